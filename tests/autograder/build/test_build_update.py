"""What the build writes into a release suffices to update a lesson that somebody has begun."""

from __future__ import annotations

import nbformat
from mini_course import Course

from course_utils.updating import merge


def test_a_release_is_told_from_what_a_learner_changed(course: Course) -> None:
    course.install()
    theirs = nbformat.read(course.release, as_version=4)
    for cell in theirs.cells:
        if cell.id == "weighted":
            cell.source = "def weighted(values, weights):\n    return 2.0"
        if cell.source == "Write it.":
            cell.source = "Write it! (I will.)"
    course.edit(course.lesson, "# Doubling", "# Doubling, and more")
    course.edit(course.lesson, "points: 3", "points: 4")
    course.edit(course.lesson, "minutes: 6", "minutes: 8")
    course.edit(course.solutions, "Return the weighted mean.", "Return the mean, each value with its weight.")
    course.install()
    release = nbformat.read(course.release, as_version=4)
    merged, report = merge(theirs, release)
    assert report.kept == report.reworded == report.recheck == ("weighted",)
    assert report.edited == ("Write it! (I will.)",)
    assert (report.fresh, report.gone, report.own, report.outdated) == (1, 1, (), ())
    note, at = next((cell, index) for index, cell in enumerate(merged.cells) if cell.id.startswith("changed-"))
    assert "each value with its weight" in note.source
    del merged.cells[at]
    for cell, original in zip(merged.cells, release.cells, strict=True):
        mine = cell.id == "weighted" or cell.source.startswith("Write it!")
        assert mine or cell == original
