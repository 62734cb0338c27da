"""Pages (lessons without exercises), and the list of lessons that goes into `course_utils`."""

from __future__ import annotations

import json

import nbformat
from mini_course import LESSON, Course
from nbgrader.api import Gradebook

from autograder.build import check, checking
from course_utils import record_book

PAGE = """# Signs

A word.

```{code-cell} ipython3
:tags: [first]

print(1 + 1)
```
"""
NAME = "notebooks/00_notation.md"


def test_a_page_is_released_and_known_to_the_gradebook(course: Course) -> None:
    course.write(NAME, PAGE)
    course.write("notebooks/00_start_here.md", PAGE)
    url = f"sqlite:///{course.root / 'gradebook.db'}"
    report = course.build(course.root / "out", url)
    assert [lesson.assignment for lesson in report.lessons] == ["00_notation", "00_start_here", "01_mini"]
    assert (report.lessons[0].exercises, report.lessons[0].points) == (0, 0)
    cells = nbformat.read(report.release / "00_notation" / "00_notation.ipynb", as_version=4).cells
    assert [cell.cell_type for cell in cells] == ["markdown", "code"]
    with Gradebook(url, "dlf") as gradebook:
        assert {found.name for found in gradebook.assignments} == {"00_notation", "00_start_here", "01_mini"}


def test_a_page_has_no_exercises(course: Course) -> None:
    course.write(NAME, LESSON)
    assert "notebooks/00_notation.md:15: a page has no exercises." in course.refusal()[0]


def test_a_page_runs_once(course: Course) -> None:
    course.write(NAME, PAGE)
    course.install()
    report = check(course.root, ["00_notation"], exercises=course.exercises)
    assert report.ok, report.problems
    assert len(report.runs) == 1


def test_a_page_that_fails(course: Course) -> None:
    course.write(NAME, PAGE.replace("print(1 + 1)", "1 / 0"))
    course.install()
    (problem,) = check(course.root, ["00_notation"], exercises=course.exercises).problems
    assert problem.startswith(f"{NAME}:8: ")
    assert "ZeroDivisionError" in problem


def test_the_index_says_what_a_lesson_holds(course: Course) -> None:
    course.write(NAME, PAGE)
    report = course.build(course.root / "out")
    assert [path.name for path in report.index.iterdir()] == ["01_mini.json"]
    assert json.loads((report.index / "01_mini.json").read_text()) == {
        "title": "Doubling",
        "minutes": 6,
        "exercises": [{"name": "weighted", "points": 3, "minutes": 6}],
    }


def test_title_and_minutes_come_from_the_box(course: Course) -> None:
    course.edit(course.lesson, "# Doubling", "# 01 · Doubling, twice\n\n> **Time:** about 25 minutes, half of it x.")
    content = json.loads((course.build(course.root / "out").index / "01_mini.json").read_text())
    assert (content["title"], content["minutes"]) == ("Doubling, twice", 25)


def test_an_index_that_is_stale_is_named(course: Course) -> None:
    course.install()
    course.write("course_utils/lessons/01_mini.json", "{}\n")
    course.write("course_utils/lessons/02_gone.json", "{}\n")
    differs, extra = check(course.root, run=False, exercises=course.exercises).problems
    assert differs.startswith("course_utils/lessons/01_mini.json differs from what the sources give.")
    assert extra.startswith("course_utils/lessons/02_gone.json is not in what the sources give.")


def test_a_course_without_a_package_of_its_own_gets_no_index(course: Course) -> None:
    (course.root / "course_utils" / "__init__.py").unlink()
    course.install()
    (only,) = check(course.root, run=False, exercises=course.exercises).freshness
    assert only.folder == "release"


def test_a_checked_lesson_has_a_record_of_its_own(course: Course) -> None:
    course.write(NAME, PAGE.replace("print(1 + 1)", "import os\nraise SystemExit(os.environ['COURSE_PROGRESS'])"))
    course.install()
    (problem,) = check(course.root, ["00_notation"], exercises=course.exercises).problems
    assert "00_notation-release.progress.json" in problem
    assert checking._RECORD == record_book.VARIABLE


def test_the_coverage_page_is_written_and_its_freshness_proven(course: Course) -> None:
    docs = course.root / "docs"
    docs.mkdir()
    (docs / "syllabus.csv").write_text("row,section,lesson,item,formulas,figures\nL001,3.1.1,mini,A mean,,\n")
    course.build()
    page = docs / "coverage.md"
    assert "| L001 | A mean |" in page.read_text(encoding="utf-8")
    assert check(course.root, run=False, exercises=course.exercises).ok
    page.write_text("edited by hand", encoding="utf-8")
    (problem,) = check(course.root, run=False, exercises=course.exercises).problems
    assert problem.startswith("docs/coverage.md differs from what the sources give.")
