"""The class report: what it says first, what it never lets through, and how it looks at any size."""

from __future__ import annotations

import csv
import itertools
import json
import re
from collections import Counter
from pathlib import Path
from xml.etree import ElementTree

import nbformat
import pytest
from hypothesis import given
from hypothesis import strategies as st
from nbgrader.api import Gradebook
from toy_course import ASSIGNMENT, ToyCourse

from autograder.grading import charts
from autograder.grading.course import Course, GradingError
from autograder.grading.execute import Record, write_outputs
from autograder.grading.report import ClassReport, ExerciseRow, StudentRow, gather, report_page, write_report
from autograder.grading.sanitise import sanitise
from course_utils.judging import Outcome, Verdict

EVIL = "<script>alert('x')</script><img src=x onerror=alert(1)>"


def made_up(students: int, notes: int = 0) -> ClassReport:
    rows = [
        StudentRow(f"s{place:04d}", {"scale": place % 5, "total": 2.0}, place % 5 + 2.0, seconds=1 + place % 7)
        for place in range(students)
    ]
    scale = ExerciseRow("scale", 4.0, [row.marks["scale"] or 0.0 for row in rows])
    scale.mistakes = Counter({"added the factor": 3, "lost the sign": 5})
    scale.hints = {"added the factor": "Is scaling a sum?", "lost the sign": "What of `-1`?"}
    total = ExerciseRow("total", 2.0, [2.0] * students)
    said = [(row.student, "scale", f"note {place}") for row in rows[:notes] for place in range(8)]
    return ClassReport(ASSIGNMENT, rows, [scale, total], said, Counter({"full": students}))


def test_it_begins_with_what_to_know() -> None:
    made = made_up(10)
    made.students[3].hours_late, made.students[3].penalty = 2.0, 0.5
    header = report_page(made).split("<main>")[0]
    assert "The middle total is 4 of 6, from 2 to 6." in header
    assert "Hardest was <code>scale</code>: the class reached 50 % of its points." in header
    assert "The most common mistake was “lost the sign” in <code>scale</code>, made by 5." in header
    assert "1 came in late; it cost points for 1." in header


def test_what_nobody_has_begun_is_not_called_the_hardest() -> None:
    made = made_up(10)
    made.exercises.insert(0, ExerciseRow("begun_by_none", 3.0, [0.0] * 10, Counter({Outcome.NOT_ATTEMPTED: 10})))
    assert "Hardest was <code>scale</code>" in report_page(made)
    made.exercises = made.exercises[:1]
    assert "Hardest" not in report_page(made)


def test_mistakes_stand_with_the_hint_the_commonest_first() -> None:
    page = report_page(made_up(10))
    assert page.index('<th scope="row">lost the sign') < page.index('<th scope="row">added the factor')
    assert "Is scaling a sum?" in page
    assert "What of <code>-1</code>?" in page
    assert "<td>50 %</td>" in page


def test_who_waits_is_named_with_the_reason_and_has_no_zero() -> None:
    made = made_up(3)
    made.students[1].marks["scale"] = None
    made.students[1].reasons["scale"] = "KeyError: no oracle"
    page = report_page(made)
    assert "KeyError: no oracle" in page
    assert '<span class="missing">waits</span>' in page
    assert "2 of 3 are graded in full" in page


def test_a_large_class_stays_readable() -> None:
    made = made_up(1000, notes=300)
    for row in made.students[:400]:
        row.marks["scale"] = None
    page = report_page(made)
    assert page.count("It has no verdict") == 25
    assert "and 375 more; marks.csv names them all." in page
    assert "and 100 more submissions in notes.csv" in page
    assert "and 2 more in notes.csv" in page
    assert page.count('<th scope="row"><bdi class="name">s0999') == 1


@pytest.mark.parametrize("students", [0, 1, 12])
def test_any_size_gives_a_whole_page(students: int) -> None:
    made = made_up(students)
    page = report_page(made)
    assert page.endswith("</html>")
    levels = [int(level) for level in re.findall(r"<h([1-6])", page)]
    assert levels[0] == 1
    assert all(after - before <= 1 for before, after in itertools.pairwise(levels))
    pictures = re.findall(r"<svg [^>]*>", page)
    assert len(pictures) == 4
    assert all('role="img"' in picture and 'aria-label="' in picture for picture in pictures)
    for target in re.findall(r'href="#([^"]*)"', page):
        assert f'id="{target}"' in page


def test_grading_without_confinement_is_said_at_the_top() -> None:
    made = made_up(3)
    assert "without confinement" not in report_page(made)
    assert "full for 3." in report_page(made)
    made.confinement = Counter({"full": 1, "none": 2})
    assert "2 of these results were made without confinement" in report_page(made).split("<main>")[0]


def test_nothing_of_a_submission_is_markup() -> None:
    made = made_up(2)
    made.students[0].student, made.students[0].name = EVIL, EVIL
    made.students[0].marks["total"], made.students[0].reasons["total"] = None, EVIL
    made.exercises[0].mistakes[EVIL], made.exercises[0].hints[EVIL] = 1, EVIL
    made.exercises[0].outcomes[EVIL] = 1
    made.notes = [(EVIL, EVIL, EVIL + "\u202e`" + EVIL + "`")]
    page = report_page(made)
    assert "<script" not in page
    assert not re.search(r"<[^>]*\son\w+=", page)
    assert "\u202e" not in page
    assert page.count("<img") == 0


def test_both_axes_of_the_scatter_say_what_they_count() -> None:
    root = ElementTree.fromstring(str(charts.scatter([charts.Dot("ada", 3.0, 5.0, False, False)], 6.0)))
    texts = {"".join(element.itertext()) for element in root.iter() if element.tag.endswith("text")}
    assert {"time spent grading, in seconds", "points"} <= texts


@given(st.lists(st.floats(0, 1e6), max_size=30), st.floats(0, 500), st.booleans())
def test_every_picture_is_well_formed_and_holds_all_dots(times: list[float], points: float, late: bool) -> None:
    dots = [charts.Dot(EVIL, seconds, points / 2, late, False) for seconds in times]
    root = ElementTree.fromstring(str(charts.scatter(dots, points)))
    shapes = [shape for shape in root if shape.tag in ("circle", "path")]
    assert len(shapes) == len(dots)
    for circle in (shape for shape in shapes if shape.tag == "circle"):
        assert 0 <= float(circle.attrib["cx"]) <= 640
        assert 0 <= float(circle.attrib["cy"]) <= 295


@given(st.lists(st.integers(0, 1000), min_size=1, max_size=10))
def test_bars_say_their_numbers(counts: list[int]) -> None:
    root = ElementTree.fromstring(str(charts.bars(counts, "share of the points, in %")))
    assert len(root.findall("rect")) == len(counts)
    assert re.findall(r": (\d+)", root.attrib["aria-label"].replace("%:", ":")) == [str(count) for count in counts]


def grade_by_hand(course: ToyCourse, student: str, mark: float | None, outputs: dict[str, object]) -> Path:
    """Put a mark into the gradebook and an autograded notebook beside it, without running anything."""
    with Gradebook(Course.load(course.root).db_url) as gradebook:
        gradebook.update_or_create_student(student)
        submission = gradebook.update_or_create_submission(ASSIGNMENT, student)
        for notebook in submission.notebooks:
            for grade in notebook.grades:
                grade.auto_score = mark
        gradebook.db.commit()
    notebook, _ = sanitise(course.released, course.released)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    record = Record("k", tuple(outputs if c["id"].startswith("check-") else {"outputs": []} for c in code), 2.5, False)
    write_outputs(notebook, record)
    notebook.metadata.dlf.update({"notes": ["=cmd|'x'!A1 was here"], "confinement": {"level": "container"}})
    path = course.path(student, "autograded")
    path.parent.mkdir(parents=True)
    nbformat.write(notebook, path)
    return path


def test_from_gradebook_and_notebooks_to_page_and_tables(course: ToyCourse) -> None:
    slip = Verdict("scale", Outcome.WRONG, 0.0, "Not yet.", hint="Is it a sum?", mistake="added", notes=("odd",))
    grade_by_hand(course, "ada", 1.0, {"verdict": slip.to_dict()})
    grade_by_hand(course, "bob", None, {"ungraded": "no judge today"})
    for student, content in (("cyd", "{"), ("dan", json.dumps({"cells": 5, "metadata": []}))):
        grade_by_hand(course, student, 2.0, {"verdict": slip.to_dict()}).write_text(content)
    loaded = Course.load(course.root)
    made = gather(loaded, ASSIGNMENT)
    assert [row.name for row in made.exercises] == ["scale", "total"]
    assert made.exercises[0].mistakes == {"added": 1}
    assert made.confinement == {"container": 2}
    assert {row.student: row.seconds for row in made.students} == {"ada": 2.5, "bob": 2.5, "cyd": 0.0, "dan": 0.0}
    assert made.students[1].reasons == {"scale": "no judge today", "total": "no judge today"}
    assert [student for student, _, note in made.notes if "cannot be read" in note] == ["cyd", "dan"]
    page = write_report(loaded, ASSIGNMENT)
    with (page.parent / "marks.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = {row["student"]: row for row in csv.DictReader(file)}
    assert (rows["ada"]["lesson total"], rows["bob"]["lesson total"]) == ("2.0", "")
    assert rows["bob"]["not graded yet"] == "scale total"
    notes = (page.parent / "notes.csv").read_text(encoding="utf-8-sig")
    assert "ada,,'=cmd|'x'!A1 was here" in notes
    with pytest.raises(GradingError, match="does not know 09_none"):
        gather(loaded, "09_none")
