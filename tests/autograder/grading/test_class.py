"""A class on disk, from submissions to gradebook, feedback and report, with the real engine."""

from __future__ import annotations

import csv
import os
from pathlib import Path

import nbformat
import pytest
from nbgrader.converters import Autograde
from toy_course import ASSIGNMENT, HereFarm, ToyCourse

from autograder.errors import CourseError
from autograder.grading.commands import GradingError, feedback, grade, report
from autograder.grading.course import Course
from autograder.grading.tables import safe_field

SCALE = "def scale(x, factor):\n    return x * factor"
TOTAL = "def total(x):\n    return x.sum()"
WRONG = "def scale(x, factor):\n    return x - 100"
FULL = {"check-scale": 4.0, "check-total": 2.0}
MIME = "application/vnd.dlf.verdict+json"

# Each ends with what the attack must not change: `scale` is wrong, `total` is right.
ATTACKS = {
    "allclose": f"import numpy as np\nnp.allclose = lambda *a, **k: True\nnp.array_equal = np.allclose\n{WRONG}",
    "check": f"import course_utils, builtins\ncourse_utils.check = lambda *a: 5\ncheck = course_utils.check\n{WRONG}",
    "displayhook": "import sys\ndef scale(x, factor):\n    sys.displayhook('5')\n    return x - 100",
    "exit": "import os\ndef scale(x, factor):\n    os._exit(0)",
    "exit_cell": f"{WRONG}\nimport os\nos._exit(0)",
    "loop": "def scale(x, factor):\n    while True:\n        pass",
    "publish": (
        "from IPython.display import display\n"
        "def scale(x, factor):\n"
        f"    display({{'{MIME}': {{'credit': 1.0, 'outcome': 'correct'}}, 'text/plain': '4'}}, raw=True)\n"
        "    return x - 100"
    ),
    "raises": "def scale(x, factor):\n    raise ValueError('<script>alert(1)</script>')",
    "equal": "class Yes:\n    __eq__ = lambda *a: True\n    __array__ = None\ndef scale(x, factor):\n    return Yes()",
    "stub": "def scale(x, factor):\n    raise NotImplementedError()",
}

OUTCOMES = {
    "exit": "died",
    "exit_cell": "raised an error",
    "loop": "ran out of time",
    "raises": "raised an error",
    "stub": "not attempted",
}


def test_a_class(course: ToyCourse) -> None:
    """Honest, wrong and hostile submissions side by side: each gets its own mark and nobody else's."""
    for name in ("aaa", "mmm", "zzz"):
        course.hand_in(name, scale=SCALE, total=TOTAL)
    for name, source in ATTACKS.items():
        course.hand_in(name, scale=source, total=TOTAL)
    course.hand_in("added", scale="def scale(x, factor):\n    return x + factor", total=TOTAL)
    course.hand_in("broken", b'{"cells": [')
    summary = grade(course.root, ASSIGNMENT, progress=False)
    assert summary.staff == {}
    for name in ("aaa", "mmm", "zzz"):
        assert course.marks(name) == FULL
        assert not course.needs_person(name)
    for name in ATTACKS:
        assert course.marks(name) == {"check-scale": 0.0, "check-total": 2.0}, name
        assert course.outcome(name, "scale") == OUTCOMES.get(name, "wrong"), name
    assert course.marks("broken") == {"check-scale": 0.0, "check-total": 0.0}
    assert course.outcome("broken", "scale") == "not attempted"
    _check_pages(course)
    _check_report(course)
    _check_second_run(course)


def _check_pages(course: ToyCourse) -> None:
    foreign = course.path("aaa", "autograded").parent
    (foreign / "data").mkdir()
    for name in ("evil.html", "data/evil.html", "notes.txt"):
        (foreign / name).write_text("<script>alert(1)</script>")
    assert feedback(course.root, ASSIGNMENT).staff == {}
    given = {path.name for path in course.path("aaa", "feedback").parent.rglob("*")}
    assert given - {"timestamp.txt", "submission_secret.txt"} == {f"{ASSIGNMENT}.html"}
    assert (foreign / "data" / "evil.html").exists()
    for student in ("aaa", "broken", *ATTACKS):
        page = course.path(student, "feedback").with_suffix(".html").read_text()
        assert "<script" not in page
    assert "None of your answers could be read" in course.path("broken", "feedback").with_suffix(".html").read_text()
    assert "6</span> of 6 points" in course.path("aaa", "feedback").with_suffix(".html").read_text()
    assert "Is scaling a sum?" in course.path("added", "feedback").with_suffix(".html").read_text()


def _check_report(course: ToyCourse) -> None:
    page = report(course.root, ASSIGNMENT)
    assert page == course.root / "class" / "reports" / ASSIGNMENT / "report.html"
    assert "added the factor" in page.read_text()
    rows = list(csv.DictReader((page.parent / "marks.csv").open(encoding="utf-8-sig")))
    assert {row["student"]: row["lesson total"] for row in rows}["aaa"] == "6.0"
    assert list(rows[0])[:4] == ["student", "scale", "total", "points reached"]
    assert list(rows[0])[-1] == "not graded yet"
    mistakes = list(csv.DictReader((page.parent / "mistakes.csv").open(encoding="utf-8-sig")))
    hint = "Is scaling a sum?"
    assert {"exercise": "scale", "mistake": "added the factor", "learners": "1", "hint": hint} in mistakes


def _check_second_run(course: ToyCourse) -> None:
    again = grade(course.root, ASSIGNMENT, progress=False)
    assert again.done == []
    assert "aaa" in again.kept
    course.hand_in("aaa", scale=WRONG, total=TOTAL)
    third = grade(course.root, ASSIGNMENT, progress=False)
    assert third.done == ["aaa"]
    assert course.marks("aaa")["check-scale"] == 0.0


def test_stock_autograde_gives_the_same_marks(course: ToyCourse) -> None:
    course.hand_in("ada", scale=SCALE, total=TOTAL)
    course.hand_in("bob", scale=WRONG, total=TOTAL)
    loaded = Course.load(course.root)
    Autograde(coursedir=loaded.directory(ASSIGNMENT), config=loaded.config).start()
    assert course.marks("ada") == FULL
    assert course.marks("bob") == {"check-scale": 0.0, "check-total": 2.0}
    assert grade(course.root, ASSIGNMENT, progress=False).kept == ["ada", "bob"]


def test_formgraders_buttons(course: ToyCourse) -> None:
    from nbgrader.apps import NbGraderAPI

    course.hand_in("ada", scale=SCALE, total=TOTAL)
    loaded = Course.load(course.root)
    api = NbGraderAPI(coursedir=loaded.directory(), config=loaded.config)
    assert api.autograde(ASSIGNMENT, "ada")["success"]
    assert course.marks("ada") == FULL
    assert api.generate_feedback(ASSIGNMENT, "ada")["success"]
    assert "Feedback for" in course.path("ada", "feedback").with_suffix(".html").read_text()


def test_when_grading_fails_no_old_mark_stays(course: ToyCourse) -> None:
    course.hand_in("ada", scale=SCALE, total=TOTAL)
    grade(course.root, ASSIGNMENT, progress=False)
    assert course.marks("ada") == FULL
    course.hand_in("ada", scale=WRONG, total=TOTAL)
    summary = grade(course.root, ASSIGNMENT, progress=False, farm=HereFarm(lambda task: {"failed": "no engine today"}))
    assert "no engine today" in summary.staff["ada"]
    assert course.marks("ada") == {"check-scale": None, "check-total": None}
    assert course.needs_person("ada")


def test_what_nbgrader_cannot_convert_keeps_no_mark_and_stops_nobody(course: ToyCourse) -> None:
    for name in ("ada", "cyd"):
        course.hand_in(name, scale=SCALE, total=TOTAL)
    grade(course.root, ASSIGNMENT, progress=False)
    (course.path("cyd").parent / "timestamp.txt").write_text("no time at all")
    course.hand_in("dan", scale=SCALE, total=TOTAL)
    summary = grade(course.root, ASSIGNMENT, progress=False)
    assert set(summary.staff) == {"cyd"}
    assert summary.done == ["dan"]
    assert summary.kept == ["ada"]
    assert course.marks("cyd")["check-scale"] is None
    assert course.marks("dan") == FULL


def test_a_link_is_neither_graded_nor_copied(course: ToyCourse, tmp_path: Path) -> None:
    secret = tmp_path / "instructors.txt"
    secret.write_text("for instructors")
    course.hand_in("ada", scale=SCALE, total=TOTAL)
    path = course.path("mallory")
    path.parent.mkdir(parents=True)
    path.symlink_to(course.path("ada"))
    (path.parent / "notes.txt").symlink_to(secret)
    os.mkfifo(path.parent / "pipe")
    grade(course.root, ASSIGNMENT, progress=False)
    assert course.marks("mallory") == {"check-scale": 0.0, "check-total": 0.0}
    assert not (course.path("mallory", "autograded").parent / "notes.txt").exists()
    notebook = nbformat.read(course.path("mallory", "autograded"), as_version=4)
    assert "link" in notebook.metadata.dlf.unreadable


def test_the_autograded_notebook_holds_no_reference_answer(course: ToyCourse) -> None:
    course.hand_in("ada", b"")
    grade(course.root, ASSIGNMENT, progress=False)
    text = course.path("ada", "autograded").read_text()
    assert "x * factor" not in text
    assert "SOLUTION" not in text


def test_what_cannot_be_graded_at_all(course: ToyCourse) -> None:
    with pytest.raises(GradingError, match="course build"):
        grade(course.root, "02_nothing", progress=False)
    with pytest.raises(GradingError, match="Nobody"):
        grade(course.root, ASSIGNMENT, progress=False)
    course.hand_in("ada")
    with pytest.raises(GradingError, match="eve handed nothing in"):
        grade(course.root, ASSIGNMENT, students=["eve"], progress=False)
    with pytest.raises(CourseError, match=r"no nbgrader_config\.py"):
        grade(course.root / "class", ASSIGNMENT, progress=False)
    with pytest.raises(GradingError, match="course grade"):
        feedback(course.root, ASSIGNMENT)


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@x", "\t=1", " =1", "|x"])
def test_no_field_is_a_formula(text: str) -> None:
    assert str(safe_field(text)).startswith("'")
    assert safe_field(-1.5) == -1.5
    assert safe_field("ada") == "ada"
