"""Merging a learner's notebook with a new release: laws for any notebook, and single cases."""

from __future__ import annotations

import copy

import nbformat
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nbformat.notebooknode import NotebookNode
from updating_lessons import (
    PLACEHOLDER,
    RELEASES,
    add,
    add_exercise,
    answer,
    cell_of,
    changed,
    delete,
    exercises,
    ids,
    insert,
    learners,
    new_releases,
    plain,
    released,
    remove_exercise,
    repoint,
    reword,
    rewrite,
    write,
)

from course_utils.updating import merge
from course_utils.updating.matching import related
from course_utils.updating.merge import REMOVED_ID
from course_utils.updating.released import CHECK_PREFIX, as_released, checksum, is_answer, is_locked
from course_utils.updating.report import Report

SOFTMAX = released("softmax_regression")
DROPOUT = released("dropout")
FIRST, SECOND, THIRD = exercises(SOFTMAX)[:3]
PLAIN = plain(SOFTMAX)


# --- what a cell says about its release ---


@pytest.mark.parametrize("path", RELEASES, ids=lambda path: path.stem)
def test_every_released_cell_tells_that_it_is_as_released(path: object) -> None:
    for cell in nbformat.read(path, as_version=4).cells:
        assert as_released(cell) is True, cell.id
        cell.source += "x"
        assert not as_released(cell), cell.id


def test_the_checksum_is_nbgraders() -> None:
    from nbgrader.utils import compute_checksum

    cells = [cell for cell in SOFTMAX.cells if "nbgrader" in cell.metadata]
    assert len(cells) > 10
    for cell in cells:
        assert checksum(cell) == compute_checksum(cell) == cell.metadata.nbgrader.checksum
    given = copy.deepcopy(cells[0])
    given.metadata.nbgrader.update({"grade": False, "solution": False, "locked": True})
    assert checksum(given) == compute_checksum(given) != checksum(cells[0])


# --- laws ---


@st.composite
def updates(draw: st.DrawFn, tame: bool = False) -> tuple[NotebookNode, list[str], NotebookNode, NotebookNode]:
    """A learner's notebook with the texts in it that are the learner's, the release it began as, and a new one."""
    release = draw(st.sampled_from([SOFTMAX, DROPOUT]))
    theirs, texts = draw(learners(release, tame))
    return theirs, texts, release, draw(new_releases(release))


@settings(max_examples=30)
@given(updates())
def test_laws_that_hold_for_any_notebook(update: tuple[NotebookNode, list[str], NotebookNode, NotebookNode]) -> None:
    theirs, texts, _, release = update
    before = copy.deepcopy((theirs, release))
    merged, report = merge(theirs, release)
    assert (theirs, release) == before
    nbformat.validate(merged)
    assert len(set(ids(merged))) == len(merged.cells)
    _nothing_is_lost(theirs, texts, merged)
    _the_lesson_is_as_released(theirs, release, merged, report)
    twice, report = merge(merged, release)
    assert twice == merged
    changes = (report.new, report.reworded, report.recheck, report.removed, report.outdated, report.fresh, report.gone)
    assert not any(changes)


def _nothing_is_lost(theirs: NotebookNode, texts: list[str], merged: NotebookNode) -> None:
    everything = [cell.source for cell in merged.cells]
    for text in texts:
        assert any(text in source for source in everything), text
    # Not only what was written: whole cells, but for those that hold what was released.
    for cell in theirs.cells:
        if not as_released(cell):
            assert cell.source in everything, cell.source


def _the_lesson_is_as_released(
    theirs: NotebookNode, release: NotebookNode, merged: NotebookNode, report: Report
) -> None:
    lesson = [cell for cell in merged.cells if cell.id in ids(release)]
    assert [cell.id for cell in lesson] == ids(release)
    different = []
    for cell, original in zip(lesson, release.cells, strict=True):
        assert cell.metadata == original.metadata
        if cell.source != original.source:
            different.append(cell)
            assert not is_locked(original)
            assert cell.source in [their.source for their in theirs.cells]
    assert [cell.id for cell in different if is_answer(cell)] == list(report.kept)
    assert len([cell for cell in different if not is_answer(cell)]) == len(report.edited)
    for cell in merged.cells:
        assert cell.id in ids(release) or "nbgrader" not in cell.metadata


@settings(max_examples=20)
@given(updates(tame=True))
def test_laws_that_hold_for_who_keeps_to_the_lesson(
    update: tuple[NotebookNode, list[str], NotebookNode, NotebookNode],
) -> None:
    theirs, _, release, new = update
    merged, report = merge(theirs, release)
    assert merged == theirs
    assert report.lines() == Report(kept=report.kept, own=report.own, edited=report.edited).lines()
    merged, _ = merge(theirs, new)
    lesson = {*ids(release), *ids(new)}
    own = [cell.id for cell in theirs.cells if cell.id not in lesson]
    assert [cell_id for cell_id in ids(merged) if cell_id in own] == own
    for cell_id in own:
        before = _neighbour(theirs, cell_id, lesson)
        if before in ids(new):
            assert _neighbour(merged, cell_id, lesson) == before


def _neighbour(notebook: NotebookNode, cell_id: str, lesson: set[str]) -> str | None:
    above = ids(notebook)[: ids(notebook).index(cell_id)]
    return next((each for each in reversed(above) if each in lesson), None)


# --- answers ---


def test_an_answer_comes_along_and_an_empty_cell_takes_the_new_text() -> None:
    theirs = changed(SOFTMAX, answer(FIRST, "return 1"))
    release = changed(SOFTMAX, reword(SECOND))
    merged, report = merge(theirs, release)
    assert cell_of(merged, FIRST).source == cell_of(theirs, FIRST).source
    assert cell_of(merged, SECOND) == cell_of(release, SECOND)
    assert (report.kept, report.refreshed, report.recheck) == ((FIRST,), (SECOND,), ())
    assert [cell for cell in merged.cells if cell.id not in ids(release)] == []


def test_blank_lines_around_a_placeholder_are_no_answer() -> None:
    theirs = changed(SOFTMAX, write(FIRST, "\n"))
    release = changed(SOFTMAX, reword(FIRST))
    merged, report = merge(theirs, release)
    assert cell_of(merged, FIRST) == cell_of(release, FIRST)
    assert report.kept == ()


def test_a_half_written_answer_is_an_answer() -> None:
    theirs = changed(SOFTMAX, answer(FIRST, f"# first the maximum\n    {PLACEHOLDER}"))
    merged, report = merge(theirs, changed(SOFTMAX, reword(FIRST)))
    assert "# first the maximum" in cell_of(merged, FIRST).source
    assert report.kept == report.reworded == (FIRST,)


def test_the_new_text_of_an_answered_exercise_stands_in_a_note_above_it() -> None:
    theirs = changed(SOFTMAX, answer(FIRST, "return 1"))
    release = changed(SOFTMAX, reword(FIRST, "Mind ```fences```."))
    merged, report = merge(theirs, release)
    assert report.reworded == report.recheck == (FIRST,)
    at = ids(merged).index(FIRST)
    note = merged.cells[at - 1]
    assert note.cell_type == "markdown"
    assert f"````python\n{cell_of(release, FIRST).source}\n````" in note.source
    assert cell_of(merged, FIRST).metadata == cell_of(release, FIRST).metadata
    assert merged.cells[at].source == cell_of(theirs, FIRST).source


def test_a_note_is_replaced_by_the_next_one_and_kept_once_somebody_wrote_into_it() -> None:
    theirs = changed(SOFTMAX, answer(FIRST, "return 1"))
    once, _ = merge(theirs, changed(SOFTMAX, reword(FIRST, "Second.")))
    third = changed(SOFTMAX, reword(FIRST, "Third."))
    notes = [cell.source for cell in merge(once, third)[0].cells if cell.id.startswith("changed-")]
    assert len(notes) == 1
    assert "Third." in notes[0]
    (note,) = (cell.id for cell in once.cells if cell.id.startswith("changed-"))
    merged, report = merge(changed(once, write(note, "to do")), third)
    assert sum("to do" in cell.source for cell in merged.cells) == 1
    assert sum("Third." in cell.source for cell in merged.cells) == 1
    assert len(report.own) == 1


def test_other_points_ask_for_a_check_and_need_no_note() -> None:
    theirs = changed(SOFTMAX, answer(FIRST, "return 1"))
    merged, report = merge(theirs, changed(SOFTMAX, repoint(FIRST, 9)))
    assert (report.recheck, report.reworded) == ((FIRST,), ())
    assert ids(merged) == ids(SOFTMAX)
    assert cell_of(merged, CHECK_PREFIX + FIRST).metadata.nbgrader.points == 9


def test_the_answer_to_a_removed_exercise_goes_to_the_end_and_comes_back() -> None:
    theirs = changed(SOFTMAX, answer(FIRST, "return 1"), answer(THIRD, "return 3"))
    without = changed(SOFTMAX, remove_exercise(FIRST), remove_exercise(SECOND))
    merged, report = merge(theirs, without)
    assert (report.removed, report.dropped) == ((FIRST,), (SECOND,))
    assert ids(merged) == [*ids(without), REMOVED_ID, FIRST]
    assert merged.cells[-1].source == cell_of(theirs, FIRST).source
    assert merged.cells[-1].metadata == {}
    later, report = merge(merged, changed(without, remove_exercise(THIRD)))
    assert ids(later)[-3:] == [REMOVED_ID, FIRST, THIRD]
    back, report = merge(merged, SOFTMAX)
    assert cell_of(back, FIRST).source == cell_of(theirs, FIRST).source
    assert FIRST in report.recheck


def test_new_exercises_are_named() -> None:
    release = changed(SOFTMAX, add_exercise("made_up", FIRST))
    merged, report = merge(changed(SOFTMAX, answer(FIRST, "return 1")), release)
    assert report.new == ("made_up",)
    assert cell_of(merged, "made_up") == cell_of(release, "made_up")
    assert ids(merged) == ids(release)


@pytest.mark.parametrize("filled_first", [True, False])
def test_of_two_cells_for_one_answer_the_filled_one_counts(filled_first: bool) -> None:
    theirs = changed(SOFTMAX, answer(FIRST, "return 1"))
    at = ids(theirs).index(FIRST)
    theirs.cells.insert(at + filled_first, copy.deepcopy(cell_of(SOFTMAX, FIRST)))
    merged, report = merge(theirs, SOFTMAX)
    assert "return 1" in cell_of(merged, FIRST).source
    assert ids(merged) == ids(SOFTMAX)
    assert report.kept == (FIRST,)


def test_of_two_filled_cells_both_are_kept() -> None:
    theirs = changed(SOFTMAX, answer(FIRST, "return 1"))
    second = copy.deepcopy(cell_of(theirs, FIRST))
    second.source += " + 1"
    theirs.cells.insert(ids(theirs).index(FIRST) + 1, second)
    merged, _ = merge(theirs, SOFTMAX)
    at = ids(merged).index(FIRST)
    assert [cell.source[-8:] for cell in merged.cells[at : at + 2]] == ["return 1", "rn 1 + 1"]
    assert "nbgrader" not in merged.cells[at + 1].metadata


def test_an_answer_that_lost_nbgraders_metadata_is_known_by_its_id() -> None:
    theirs = changed(SOFTMAX, answer(FIRST, "return 1"))
    del cell_of(theirs, FIRST).metadata["nbgrader"]
    merged, report = merge(theirs, SOFTMAX)
    assert "return 1" in cell_of(merged, FIRST).source
    assert cell_of(merged, FIRST).metadata == cell_of(SOFTMAX, FIRST).metadata
    assert report.recheck == (FIRST,)


def test_outputs_stay_unless_they_tell_of_an_old_text() -> None:
    theirs = changed(SOFTMAX, answer(FIRST, "return 1"), answer(SECOND, "return 2"))
    for name in (FIRST, SECOND, THIRD):
        cell = cell_of(theirs, CHECK_PREFIX + name)
        cell.outputs, cell.execution_count = [nbformat.v4.new_output("stream", name="stdout", text="correct")], 7
    merged, _ = merge(theirs, changed(SOFTMAX, reword(FIRST), repoint(THIRD, 9)))
    left = [len(cell_of(merged, CHECK_PREFIX + name).outputs) for name in (FIRST, SECOND, THIRD)]
    assert left == [0, 1, 0]
    assert cell_of(merged, CHECK_PREFIX + SECOND).execution_count == 7


# --- the lesson's own text ---


def test_a_changed_cell_that_the_release_leaves_alone_stays_changed() -> None:
    theirs = changed(SOFTMAX, write(PLAIN[4], "learning_rate = 5"))
    merged, report = merge(theirs, changed(SOFTMAX, rewrite(PLAIN[8], "More.")))
    assert cell_of(merged, PLAIN[4]).source.endswith("learning_rate = 5")
    assert len(report.edited) == 1
    assert (report.fresh, report.gone) == (1, 1)


def test_of_a_cell_that_both_changed_both_texts_stand_and_the_new_one_runs_last() -> None:
    theirs = changed(SOFTMAX, write(PLAIN[4], "learning_rate = 5"), add(PLAIN[4], "below = 1"))
    release = changed(SOFTMAX, rewrite(PLAIN[4], "learning_rate = 6"))
    merged, report = merge(theirs, release)
    at = next(index for index, cell in enumerate(merged.cells) if cell.source.endswith("learning_rate = 5"))
    assert merged.cells[at + 1].source.endswith("learning_rate = 6")
    assert merged.cells[at + 2].source == "below = 1"
    assert merged.cells[at].id.startswith("own-")
    assert len(report.outdated) == len(report.own) == 1


def test_a_changed_cell_that_is_gone_keeps_its_place() -> None:
    theirs = changed(SOFTMAX, write(PLAIN[4], "mine"))
    merged, report = merge(theirs, changed(SOFTMAX, delete(PLAIN[4])))
    at = next(index for index, cell in enumerate(merged.cells) if cell.source.endswith("mine"))
    assert merged.cells[at - 1].id == ids(SOFTMAX)[ids(SOFTMAX).index(PLAIN[4]) - 1]
    assert len(report.outdated) == 1


def test_a_second_copy_of_a_text_is_the_learners() -> None:
    theirs = changed(SOFTMAX)
    theirs.cells.append(copy.deepcopy(cell_of(theirs, PLAIN[4])))
    merged, report = merge(theirs, SOFTMAX)
    assert [cell.source for cell in merged.cells].count(cell_of(SOFTMAX, PLAIN[4]).source) == 2
    assert len(report.own) == 1


def test_an_own_cell_follows_the_text_that_was_rewritten() -> None:
    theirs = changed(SOFTMAX, add(PLAIN[4], "plot = 1"))
    release = changed(SOFTMAX, rewrite(PLAIN[4], "More."), insert(PLAIN[3], "Something before it."))
    merged, _ = merge(theirs, release)
    at = next(index for index, cell in enumerate(merged.cells) if cell.source == "plot = 1")
    assert merged.cells[at - 1].source.endswith("More.")


def test_a_check_is_the_releases_whatever_was_written_into_it() -> None:
    theirs = changed(SOFTMAX, write(CHECK_PREFIX + FIRST, "print('mine')"))
    merged, report = merge(theirs, SOFTMAX)
    at = ids(merged).index(CHECK_PREFIX + FIRST)
    assert merged.cells[at] == SOFTMAX.cells[at]
    assert merged.cells[at + 1].source.endswith("print('mine')")
    assert merged.cells[at + 1].metadata.get("editable") is None
    assert len(report.outdated) == 1


def test_a_notebook_that_lost_all_its_ids_is_known_by_its_text() -> None:
    theirs = changed(SOFTMAX, answer(FIRST, "return 1"), add(PLAIN[4], "mine = 1"))
    for cell in theirs.cells:
        del cell["id"]
    theirs.nbformat_minor = 4
    merged, report = merge(theirs, SOFTMAX)
    assert [cell.id for cell in merged.cells if cell.source != "mine = 1"] == ids(SOFTMAX)
    assert report.own == ("mine = 1",)
    assert merged.nbformat_minor == 5


def test_pictures_and_settings_of_the_learners_stay() -> None:
    theirs = changed(SOFTMAX)
    cell = next(cell for cell in theirs.cells if cell.cell_type == "markdown" and cell.id in PLAIN)
    cell["attachments"] = {"a.png": {"image/png": "AAAA"}}
    cell.metadata["slideshow"] = {"slide_type": "skip"}
    theirs.metadata.kernelspec["name"] = "mine"
    merged, _ = merge(theirs, changed(SOFTMAX, reword(FIRST)))
    assert cell_of(merged, cell.id) == cell
    assert merged.metadata.kernelspec.name == "mine"


# --- what belongs together ---


def test_lessons_are_told_apart() -> None:
    assert related(changed(SOFTMAX, reword(FIRST)), SOFTMAX)
    assert not related(DROPOUT, SOFTMAX)
    assert not related(nbformat.v4.new_notebook(), SOFTMAX)
    start, notation = released("start_here"), released("notation")
    assert related(changed(start, rewrite(plain(start)[0], "More.")), start)
    assert not related(start, notation)


def test_the_report_is_a_line_a_subject() -> None:
    report = Report(kept=("a", "b"), recheck=("a",), removed=("c",), own=tuple(f"x = {n}" for n in range(9)))
    assert [line.split("  ")[0] for line in report.lines()] == [
        "answers kept", "check again", "exercise removed", "your own cells",
    ]  # fmt: skip
    assert "9 kept: “x = 0”" in report.lines()[-1]
    assert report.lines()[-1].endswith("and 3 more")
