"""The demo's class, from release to feedback, through nbgrader's own exchange and gradebook."""

from __future__ import annotations

import builtins
import os
import re
import shutil
import subprocess
import symtable
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from nbgrader.api import Gradebook
from rich.console import Console

from autograder import demo
from autograder.demo.answers import hugo
from autograder.demo.people import PEOPLE, Person, definitions, own_answers
from autograder.grading.report import gather

ROOT = Path(__file__).resolve().parents[2]
LESSON = demo.LESSON
# The first test grades the whole class.
pytestmark = pytest.mark.timeout(900)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Run the whole demo once in a copy of what it needs."""
    root = tmp_path_factory.mktemp("course")
    for name in demo.COPIED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, root / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, root / name)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COURSE_SECRET_FILE", str(root / "secret"))
        demo.run(root, console=Console(quiet=True))  # raises DemoError when a mark is not what is due
        yield root / "class" / "demo"


def test_everybody_has_a_record_and_a_feedback_page(place: Path) -> None:
    report = gather(demo.Course.load(place), LESSON)
    assert {row.student for row in report.students} == {person.name for person in PEOPLE}
    assert all(mark is not None for row in report.students for mark in row.marks.values())
    for person in PEOPLE:
        page = place / "class" / "feedback" / person.name / LESSON / f"{LESSON}.html"
        assert "softmax" in page.read_text(encoding="utf-8")


def test_the_exchange_hands_feedback_back(place: Path) -> None:
    handed_back = place / "class" / "exchange" / "dlf" / "feedback"
    assert len(list(handed_back.glob("*.html"))) == len(PEOPLE)


def test_the_report_names_mistakes_and_notes_tampering(place: Path) -> None:
    folder = place / "class" / "reports" / LESSON
    mistakes = (folder / "mistakes.csv").read_text(encoding="utf-8")
    assert "a - y for every row" in mistakes
    report = gather(demo.Course.load(place), LESSON)
    assert any(student == "hugo" for student, _, _ in report.notes)


def test_the_unreadable_file_is_explained_to_its_author(place: Path) -> None:
    page = place / "class" / "feedback" / "kira" / LESSON / f"{LESSON}.html"
    assert "could not be read" in page.read_text(encoding="utf-8")


@pytest.mark.parametrize("student", ["hugo", "emma"])
def test_nbgraders_own_command_gives_the_same_marks(place: Path, student: str) -> None:
    def marks() -> dict[str, float]:
        with Gradebook(f"sqlite:///{place / 'class' / 'gradebook.db'}") as gradebook:
            submission = gradebook.find_submission(LESSON, student)
            return {grade.name: grade.score for notebook in submission.notebooks for grade in notebook.grades}

    before = marks()
    shutil.rmtree(place / "class" / "results")
    command = [sys.executable, "-m", "nbgrader", "autograde", LESSON, "--student", student, "--force"]
    subprocess.run(command, cwd=place, env=os.environ.copy(), check=True, capture_output=True, timeout=200)
    assert marks() == before


def _global_names(table: symtable.SymbolTable) -> set[str]:
    found = {symbol.get_name() for symbol in table.get_symbols() if symbol.is_global()}
    return found.union(*map(_global_names, table.get_children()))


@pytest.mark.parametrize("person", [person for person in PEOPLE if person.own], ids=lambda person: person.name)
def test_an_answer_names_nothing_that_the_notebook_lacks(person: Person) -> None:
    """The modules' own imports are for the linter: they are not handed in."""
    lesson = (ROOT / "notebooks" / f"{LESSON}.md").read_text(encoding="utf-8")
    imported = re.findall(r"^(?:from \S+ )?import ([^(\n]+)$", lesson, re.M)
    there = {name.split()[-1] for line in imported for name in line.split(",")}
    solved = (ROOT / "solutions" / f"{LESSON[3:]}.py").read_text(encoding="utf-8")
    own = own_answers(person)
    used = _global_names(symtable.symtable("\n\n".join(own.values()), person.name, "exec"))
    assert used <= there | own.keys() | definitions(solved).keys() | set(dir(builtins))


def test_the_cheat_that_looks_for_files_looks_near_by_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What takes as long as a call may, here and there, has another verdict here and there."""
    work = tmp_path / "home" / "work"
    deep = tmp_path / "a" / "b" / "c"
    for folder in (work, deep):
        folder.mkdir(parents=True)
    near, far = work / "lesson.ipynb", deep / "d.ipynb"
    for path in (near, far):
        path.touch()
    monkeypatch.chdir(work)
    hugo.joint_probabilities(None)
    assert near.read_text() == "full marks, please"
    assert far.read_text() == ""
