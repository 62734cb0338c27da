"""A lesson that changes after a learner began: fetched, answered, released anew, updated, handed in, graded."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest
from nbformat.notebooknode import NotebookNode
from nbgrader.converters import GenerateAssignment
from nbgrader.exchange.default import ExchangeFetchAssignment, ExchangeReleaseAssignment, ExchangeSubmit
from nbgrader.nbgraderformat import reads
from nbgrader.utils import compute_checksum
from test_collect import Exchange
from toy_course import ASSIGNMENT, DECLARATIONS, ToyCourse, answer_cell, check_cell, solved, toy_source

from autograder import cli
from autograder.grading.collect import SafeCollect
from autograder.grading.commands import grade
from autograder.grading.course import Course
from course_utils.updating.merge import REMOVED_ID

SHIFT = """
shift = Exercise(
    name="shift", groups=[Group("ordinary numbers", draw)], oracle=lambda x, factor: x + factor, time_limit=2.0
)
"""
SCALE = "def scale(x, factor):\n    return helper(x) * factor"


def _second_release() -> NotebookNode:
    """`scale` says more and is worth more, `total` is gone, `shift` is new, and so is a text."""
    notebook = toy_source()
    scale = solved("scale(x, factor)", "return x * factor").replace(":\n", ':\n    """Scale all of it."""\n', 1)
    cells = {cell["id"]: cell for cell in notebook.cells}
    cells["scale"].source = scale
    cells["check-scale"].metadata.nbgrader["points"] = 5
    cells["between"].source = "And now we shift."
    added = [answer_cell("shift", solved("shift(x, factor)", "return x + factor")), check_cell("shift", 3)]
    notebook.cells = [cell for cell in notebook.cells if "total" not in cell["id"]] + added
    return notebook


def _answer(path: Path, name: str, source: str) -> None:
    notebook = nbformat.read(path, as_version=4)
    (cell,) = (cell for cell in notebook.cells if cell["id"] == name)
    cell.source = source
    nbformat.write(notebook, path)


def _release_anew(course: ToyCourse, exchange: Exchange, declarations: Path) -> None:
    (declarations / "toy_lesson.py").write_text(DECLARATIONS + SHIFT)
    nbformat.write(_second_release(), course.root / "build" / "source" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb")
    loaded = Course.load(course.root)
    made = GenerateAssignment(coursedir=loaded.directory(ASSIGNMENT, "."), config=loaded.config)
    made.force = True
    made.start()
    step = exchange.step(ExchangeReleaseAssignment)
    step.force = True
    step.start()


def test_answers_come_along_and_are_graded(
    course: ToyCourse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    exchange = Exchange(course, tmp_path)
    home = tmp_path / "home"
    home.mkdir()
    (home / "nbgrader_config.py").write_text(
        f"c = get_config()\nc.CourseDirectory.course_id = 'dlf'\nc.Exchange.root = {str(tmp_path / 'exchange')!r}\n"
    )
    monkeypatch.chdir(home)
    monkeypatch.setenv("JUPYTER_CONFIG_DIR", str(tmp_path / "config"))
    exchange.step(ExchangeFetchAssignment, "ada", home).start()
    path = home / ASSIGNMENT / f"{ASSIGNMENT}.ipynb"
    _answer(path, "scale", SCALE)
    _answer(path, "total", "def total(x):\n    return x.sum()")
    notebook = nbformat.read(path, as_version=4)
    notebook.cells.insert(2, nbformat.v4.new_code_cell("def helper(x):\n    return x"))
    nbformat.write(notebook, path)

    _release_anew(course, exchange, tmp_path / "declarations")
    capsys.readouterr()
    cli.app(["update", ASSIGNMENT], standalone_mode=False)
    said = capsys.readouterr()
    assert said.err == ""
    lines = dict(line.strip().split("  ", 1) for line in said.out.splitlines() if line.startswith("  "))
    heads = {head: text.strip() for head, text in lines.items()}
    assert "the release in nbgrader's exchange (course dlf)" in said.out
    assert heads["answers kept"] == heads["check again"] == "scale"
    assert heads["new exercises"] == "shift"
    assert heads["exercise removed"].startswith("total ")

    _is_a_submission(path, course.released)
    _answer(path, "shift", "def shift(x, factor):\n    return x - factor")
    exchange.step(ExchangeSubmit, "ada", home).start()
    exchange.step(SafeCollect, "ada").start()
    assert [name.name for name in course.path("ada").parent.glob("*.ipynb")] == [path.name]
    assert len(list(path.parent.glob("*.ipynb"))) == 2
    grade(course.root, ASSIGNMENT, progress=False)
    assert course.marks("ada") == {"check-scale": 5.0, "check-shift": 0.0}
    assert course.outcome("ada", "shift") == "wrong"


def _is_a_submission(path: Path, release: NotebookNode) -> None:
    """It is what nbgrader takes: its metadata is valid, and what is locked is as released."""
    notebook = reads(path.read_text(encoding="utf-8"), as_version=4)
    locked = {cell["id"]: cell for cell in notebook.cells if not cell.metadata.get("editable", True)}
    assert list(locked) == ["check-scale", "check-shift"]
    for cell in locked.values():
        assert compute_checksum(cell) == cell.metadata.nbgrader.checksum
    names = [cell.metadata.nbgrader.grade_id for cell in notebook.cells if "nbgrader" in cell.metadata]
    assert names == [cell.metadata.nbgrader.grade_id for cell in release.cells if "nbgrader" in cell.metadata]
    assert [cell["id"] for cell in notebook.cells[-2:]] == [REMOVED_ID, "total"]
