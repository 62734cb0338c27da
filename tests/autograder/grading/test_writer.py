"""What the one writer leaves: what nbgrader's own command leaves, and at every moment a state that can be told."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path
from typing import Any

import nbformat
import pytest
from farm_work import quick
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
    set_due(course, "2027-01-01 00:00:00", c__LatePenalty__method="zero")
    a_class(course)
    database = course.root / "class" / "gradebook.db"
    before = database.read_bytes()
    assert grade(course.root, ASSIGNMENT, progress=False, farm=HereFarm(grade_task)).staff == {}
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


class Power(BaseException):
    """The power goes: nothing after this moment runs, not even an error handler of the run."""


STEPS = ["begin", "new folder", "old marks taken back", "new folder in place", "end"]


def cut(monkeypatch: pytest.MonkeyPatch, step: str) -> None:
    """Cut the power at a moment of writing a submission."""

    def off(*_: Any, **__: Any) -> None:
        raise Power(step)

    after = {"begin": "_remove", "new folder": "_has_marks", "old marks taken back": "_put_in_place"}
    if step in after:
        monkeypatch.setattr(module, after[step], off)
    elif step == "new folder in place":
        monkeypatch.setattr(module.MarkBook, "write", off)


@pytest.mark.parametrize("step", STEPS)
def test_the_power_goes_while_a_submission_is_written(
    course: ToyCourse, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    """Before: the old result. In between: no mark. After: the new one. And the next run ends it, from the store."""
    none = {"check-scale": 0.0, "check-total": 0.0}
    course.hand_in("ada", scale="# right check-scale, right check-total")
    grade(course.root, ASSIGNMENT, progress=False, farm=HereFarm(quick))
    course.hand_in("ada", scale="# now it is wrong")
    with monkeypatch.context() as patched:
        cut(patched, step)
        if step == "end":
            grade(course.root, ASSIGNMENT, progress=False, farm=HereFarm(quick))
        else:
            with pytest.raises(Power):
                grade(course.root, ASSIGNMENT, progress=False, farm=HereFarm(quick))
    between = {"check-scale": None, "check-total": None}
    expected = {"begin": FULL, "new folder": FULL, "end": none}.get(step, between)
    assert course.marks("ada") == expected
    assert course.needs_person("ada") == (expected == between)
    again = HereFarm(quick)
    summary = grade(course.root, ASSIGNMENT, progress=False, farm=again)
    assert again.students == []
    assert summary.kept == (["ada"] if step == "end" else [])
    assert course.marks("ada") == none
    assert course.outcome("ada", "scale") == "wrong"
    assert [path.name for path in course.path("ada", "autograded").parents[1].iterdir()] == [ASSIGNMENT]


def test_a_submission_that_cannot_be_written_keeps_nothing_of_the_old_one(course: ToyCourse) -> None:
    course.hand_in("ada", scale="# right check-scale")
    grade(course.root, ASSIGNMENT, progress=False, farm=HereFarm(quick))
    (course.path("ada").parent / "timestamp.txt").write_text("yesterday, or so")
    course.hand_in("ada", scale="# wrong")
    summary = grade(course.root, ASSIGNMENT, progress=False, farm=HereFarm(quick))
    assert "timestamp.txt" in summary.staff["ada"]
    assert course.marks("ada") == {"check-scale": None, "check-total": None}
    assert not course.path("ada", "autograded").exists()


def test_marks_that_changed_outside_are_put_right_and_marks_by_hand_stay(course: ToyCourse) -> None:
    course.hand_in("ada", scale="# right check-scale")
    grade(course.root, ASSIGNMENT, progress=False, farm=HereFarm(quick))
    with sqlite3.connect(course.root / "class" / "gradebook.db") as database:
        database.execute("update grade set auto_score = 3.5 where auto_score = 4.0")
        database.execute("update grade set manual_score = 1.5, extra_credit = 0.5 where auto_score = 0.0")
    summary = grade(course.root, ASSIGNMENT, progress=False, farm=HereFarm(quick))
    assert summary.done == ["ada"]
    rows = {row[1]: row[2:5] for row in dump(course.root)["grade"]}
    assert rows == {"check-scale": (4.0, None, None), "check-total": (0.0, 1.5, 0.5)}
    assert grade(course.root, ASSIGNMENT, progress=False, farm=HereFarm(quick)).kept == ["ada"]


def test_a_penalty_follows_the_due_date_without_grading_again(course: ToyCourse) -> None:
    course.hand_in("ada", scale="# right check-scale")
    (course.path("ada").parent / "timestamp.txt").write_text("2026-06-01 00:00:00 UTC")
    set_due(course, "2027-01-01 00:00:00.000000", c__LatePenalty__method="zero")

    def penalty() -> Any:
        grade(course.root, ASSIGNMENT, progress=False, farm=HereFarm(quick))
        return dump(course.root)["notebook"][0][2]

    assert penalty() is None
    set_due(course, "2026-01-01 00:00:00.000000")
    assert penalty() == 4.0
    set_due(course, "2027-01-01 00:00:00.000000")
    assert penalty() is None


def test_nothing_foreign_is_copied(course: ToyCourse) -> None:
    folder = course.hand_in("ada", scale="# right check-scale").parent
    (folder / "virus.exe").write_bytes(b"MZ")
    (folder / "timestamp.txt").symlink_to("/etc/passwd")
    (folder / "submission_secret.txt").write_text("x" * 100_000)
    grade(course.root, ASSIGNMENT, progress=False, farm=HereFarm(quick))
    assert [path.name for path in course.path("ada", "autograded").parent.iterdir()] == [f"{ASSIGNMENT}.ipynb"]


def test_the_store_keeps_what_the_class_refers_to(course: ToyCourse) -> None:
    store = course.root / "class" / "results" / ASSIGNMENT
    for version in range(3):
        course.hand_in("ada", scale=f"# version {version}")
        course.hand_in("bob", scale="# the same")
        grade(course.root, ASSIGNMENT, students=["ada"], progress=False, farm=HereFarm(quick))
    assert len(list(store.glob("*.json"))) == 3
    farm = HereFarm(quick)
    grade(course.root, ASSIGNMENT, progress=False, farm=farm)
    assert farm.students == ["bob"]
    students = sorted(json.loads(path.read_text())["student"] for path in store.glob("*.json"))
    assert students == ["ada", "bob"]


def test_figures_are_wanted_in_the_learners_own_cells_only(course: ToyCourse) -> None:
    from autograder.grading.terms import is_own

    book = course.released
    book.cells.insert(2, nbformat.v4.new_code_cell("print('mine')", id="mine"))
    book.cells.insert(3, nbformat.v4.new_code_cell(book.cells[1].source, id="a-copy"))
    course.hand_in("ada", book, scale=SCALE)
    seen: list[Task] = []

    def look(task: Task) -> Result:
        seen.append(task)
        return quick(dict(task))

    grade(course.root, ASSIGNMENT, progress=False, farm=HereFarm(look))
    own = {cell["id"]: is_own(cell) for cell in seen[0]["notebook"]["cells"]}
    expected = {"imports": False, "mine": True, "a-copy": False, "scale": True, "total": True}
    assert own == {**expected, "check-scale": False, "check-total": False}
    assert "secret" not in json.dumps(seen[0])
    assert json.loads(json.dumps(grade_task({**json.loads(json.dumps(seen[0])), "code": {}})))["failed"]


def test_level_and_steps_are_written_into_result_and_notebook(course: ToyCourse) -> None:
    course.hand_in("ada", scale=SCALE)
    grade(course.root, ASSIGNMENT, progress=False, farm=HereFarm(quick))
    stored = next((course.root / "class" / "results" / ASSIGNMENT).glob("*.json"))
    how = json.loads(stored.read_text())["confinement"]
    assert how["level"] in ("full", "container", "none")
    assert how == nbformat.read(course.path("ada", "autograded"), as_version=4).metadata.dlf.confinement


def test_a_manually_marked_answer_waits_for_a_person(course: ToyCourse) -> None:
    """As nbgrader has it: no points for an untouched one, and no automatic mark for a written one."""
    from autograder.grading.marks import auto_comment, auto_score

    cell = answer_cell("essay", "write here")
    cell.metadata.nbgrader.update({"grade": True, "points": 3})
    from nbgrader.utils import compute_checksum

    cell.metadata.nbgrader["checksum"] = compute_checksum(cell)
    assert (auto_score(cell), auto_comment(cell)) == (0, "No response.")
    cell.source = "something"
    assert (auto_score(cell), auto_comment(cell)) == (None, None)
