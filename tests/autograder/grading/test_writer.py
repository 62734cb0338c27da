"""What the one writer leaves: what nbgrader's own command leaves, and at every moment a state that can be told."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbgrader.converters import Autograde
from toy_course import ASSIGNMENT, HereFarm, ToyCourse, answer_cell

from autograder.grading import writer as module
from autograder.grading.commands import grade
from autograder.grading.course import Course
from autograder.grading.worker import Result, Task, grade_task

SCALE = "def scale(x, factor):\n    return x * factor"
TOTAL = "def total(x):\n    return x.sum()"
WRONG = "def scale(x, factor):\n    return x - 100"
FULL = {"check-scale": 4.0, "check-total": 2.0}
# How each table's rows are told apart without the random ids that nbgrader gives them.
QUERIES = {
    "student": "select id, first_name, last_name, email from student",
    "course": "select id from course",
    "submission": "select student_id, timestamp, extension from submitted_assignment",
    "notebook": """select s.student_id, b.name, n.late_submission_penalty, n.flagged from submitted_notebook n
        join submitted_assignment s on s.id = n.assignment_id join notebook b on b.id = n.notebook_id""",
    "grade": """select s.student_id, c.name, g.auto_score, g.manual_score, g.extra_credit, g.needs_manual_grade
        from grade g join submitted_notebook n on n.id = g.notebook_id
        join submitted_assignment s on s.id = n.assignment_id join base_cell c on c.id = g.cell_id""",
    "comment": """select s.student_id, c.name, m.auto_comment, m.manual_comment
        from comment m join submitted_notebook n on n.id = m.notebook_id
        join submitted_assignment s on s.id = n.assignment_id join base_cell c on c.id = m.cell_id""",
}


def dump(root: Path) -> dict[str, list[tuple[Any, ...]]]:
    """Return all that grading writes into the gradebook, in an order of its own."""
    with sqlite3.connect(root / "class" / "gradebook.db") as database:
        return {name: sorted(database.execute(query), key=repr) for name, query in QUERIES.items()}


def files(root: Path) -> dict[str, tuple[int, bytes]]:
    """Return every file of the graded submissions with its mode; the time that grading took is left out."""
    found = {}
    folder = root / "class" / "autograded"
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            content = path.read_bytes()
            if path.suffix == ".ipynb":
                notebook = json.loads(content)
                assert notebook["metadata"]["dlf"].pop("seconds") >= 0
                content = json.dumps(notebook, indent=1).encode()
            found[path.relative_to(folder).as_posix()] = (path.stat().st_mode & 0o777, content)
    return found


def autograde(root: Path) -> None:
    """Grade as `nbgrader autograde` does."""
    loaded = Course.load(root)
    Autograde(coursedir=loaded.directory(ASSIGNMENT), config=loaded.config).start()


def set_due(course: ToyCourse, due: str, **lines: str) -> None:
    """Give the assignment a due date, and the configuration some lines."""
    with sqlite3.connect(course.root / "class" / "gradebook.db") as database:
        database.execute("update assignment set duedate = ?", (due,))
    with (course.root / "nbgrader_config.py").open("a") as file:
        file.writelines(f"{name.replace('__', '.')} = {value!r}\n" for name, value in lines.items())


def a_class(course: ToyCourse) -> None:
    """Hand in: right, wrong, untouched, late, not readable, with a cell of the learner's own."""
    for name, answers in {
        "ada": {"scale": SCALE, "total": TOTAL},
        "bob": {"scale": WRONG, "total": TOTAL},
        "stub": {},
        "late": {"scale": SCALE, "total": TOTAL},
    }.items():
        course.hand_in(name, **answers)
        stamp = "2030-01-02 03:04:05 UTC" if name == "late" else "2026-01-02 03:04:05.5 UTC"
        (course.path(name).parent / "timestamp.txt").write_text(stamp)
    (course.path("ada").parent / "submission_secret.txt").write_text("s3cret")
    course.hand_in("broken", b'{"cells": [')
    own = course.released
    own.cells.insert(2, nbformat.v4.new_code_cell("print('mine', '\\n' * 1500)", id="mine"))
    course.hand_in("own", own, scale=SCALE, total=TOTAL)


def test_it_leaves_what_nbgrader_leaves(course: ToyCourse) -> None:
    """The rows of the gradebook, the files, their modes and their bytes."""
    (course.root / "build" / "source" / ASSIGNMENT / "given.csv").write_text("1,2\n")
    set_due(course, "2027-01-01 00:00:00", c__LateSubmissionPlugin__penalty_method="zero")
    a_class(course)
    database = course.root / "class" / "gradebook.db"
    before = database.read_bytes()
    assert grade(course.root, ASSIGNMENT, progress=False).staff == {}
    ours = dump(course.root), files(course.root)
    database.write_bytes(before)
    (course.root / "class" / "autograded").rename(course.root / "class" / "ours")
    autograde(course.root)
    theirs = dump(course.root), files(course.root)
    assert ours[0] == theirs[0]
    assert sorted(ours[1]) == sorted(theirs[1])
    for name, (mode, content) in theirs[1].items():
        assert ours[1][name] == (mode, content), name
    assert any(row[1:3] == (ASSIGNMENT, 6.0) for row in ours[0]["notebook"])
    assert (f"ada/{ASSIGNMENT}/given.csv") in ours[1]
