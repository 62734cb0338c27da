"""Whatever is handed in gives a graded record with a reason a person can act on.

``COURSE_MUTANTS`` says how many are tried (300 when it is not set).
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import nbformat
import pytest
from mutant_laws import bases, check_laws, check_mutant, check_sentence, engine
from mutated import OF_BYTES, OF_CELLS, OF_FILES, OF_JSON, OF_METADATA, Mutant
from nbformat.notebooknode import NotebookNode
from nbgrader.api import Gradebook
from toy_course import ASSIGNMENT, HereFarm, ToyCourse, answer_cell, check_cell

from autograder.grading.clean import defuse_markdown
from autograder.grading.commands import feedback, grade
from autograder.grading.course import Course
from autograder.grading.execute import assess
from autograder.grading.handed_in import prepare
from autograder.grading.results import ResultStore

COUNT = int(os.environ.get("COURSE_MUTANTS", "300"))
CHUNK = 50


@pytest.mark.usefixtures("toy_lesson")
@pytest.mark.parametrize("first", range(0, COUNT, CHUNK))
def test_every_mutant_gives_a_whole_record(first: int, tmp_path: Path) -> None:
    for seed in range(first, min(first + CHUNK, COUNT)):
        check_mutant(seed, tmp_path)


@pytest.mark.usefixtures("toy_lesson")
@pytest.mark.parametrize("seed", [12, 23, 34])
def test_the_real_engine_on_a_few(seed: int, tmp_path: Path) -> None:
    """One of each of cells, bytes and files on the toy lesson."""
    check_mutant(seed, tmp_path, bases()[1], run=None)


def test_the_mutator_does_all_it_can(tmp_path: Path) -> None:
    done: set[str] = set()
    for seed in range(1200):
        mutant = Mutant(bases()[1].handed_in, seed)
        folder = tmp_path / str(seed)
        folder.mkdir()
        mutant.write(folder, ASSIGNMENT)
        done.update(mutant.steps)
    assert done == {step.__name__ for step in (*OF_JSON, *OF_METADATA, *OF_CELLS, *OF_BYTES, *OF_FILES)}


def with_stand_in(task: dict[str, Any]) -> dict[str, Any]:
    """Grade a task as a worker does, with the stand-in for the engine."""
    about = {"seeds": task["seeds"], "key": task["key"], "run": engine}
    record = assess(task["notebook"], task["assignment"], task["student"], None, **about)
    return {"cells": list(record.cells), "seconds": record.seconds}


@pytest.mark.timeout(600)
def test_a_class_of_mutants_leaves_one_record_each(course: ToyCourse) -> None:
    """Through writer, gradebook and pages; a stand-in for the engine saves the time."""
    base = nbformat.writes(course.released)
    seeds = {f"m{seed:04}": seed for seed in range(max(15, COUNT // 50))}
    for student, seed in seeds.items():
        folder = course.path(student).parent
        folder.mkdir(parents=True)
        Mutant(base, seed).write(folder, ASSIGNMENT)
    summary = grade(course.root, ASSIGNMENT, progress=False, farm=HereFarm(with_stand_in))
    assert set(summary.done) | set(summary.staff) == set(seeds)
    assert feedback(course.root, ASSIGNMENT).staff == {}
    with Gradebook(Course.load(course.root).db_url) as gradebook:
        rows = [row.student.id for row in gradebook.assignment_submissions(ASSIGNMENT)]
    assert sorted(rows) == sorted(seeds)
    for student in seeds:
        graded = nbformat.read(course.path(student, "autograded"), as_version=4)
        undecided = bool(graded.metadata.dlf.get("undecided"))
        assert (student in summary.staff) == undecided, summary.staff.get(student)
        marks = course.marks(student)
        assert set(marks) == {"check-scale", "check-total"}
        assert all((mark is None) if undecided else (0 <= mark <= 4) for mark in marks.values())
        assert course.path(student, "feedback").with_suffix(".html").is_file()
    for reason in summary.staff.values():
        check_sentence(reason)


def _code(source: str, grade_id: Any = None, cell_id: str = "x") -> dict[str, Any]:
    return {"cell_type": "code", "source": source, "id": cell_id, "metadata": {"nbgrader": {"grade_id": grade_id}}}


NAMES = [f"exercise_{number}" for number in range(30)]
ALL = "\n".join(f"def {name}(x): ..." for name in NAMES)
# Each would take minutes or more where a step of ours took time that grows with a product.
WORST: dict[str, list[dict[str, Any]]] = {
    "each of 2000 cells defines every name": [_code(ALL) for _ in range(2000)],
    "grade ids that nearly match": [_code("1", f"{NAMES[n % 30]} ") for n in range(2000)],
    "every grade id again and again": [_code("1", NAMES[n % 30]) for n in range(2000)],
    "one id for all": [_code("1", None, "same") for _ in range(2000)],
    "ids that end like ours": [_code("1", None, f"same-{n % 7}") for n in range(2000)],
    "one line that never becomes a definition": [_code("a" * 500_000 + " " * 500), _code("a:" + "b" * 499_000)],
    "lines that look like definitions": [_code("exercise_1 :\n" * 30_000), _code("exercise_1 = \\\n" * 30_000)],
    "nested brackets": [_code("exercise_1 = " + "(" * 190 + "1 1" + ")" * 190), _code("exercise_2=" + "[" * 40_000)],
    "a chain of operators": [_code("exercise_1 = " + "-" * 40_000), _code("exercise_1 = 1" + " + 1" * 9_000)],
    "names in strings": [_code("x = '''\n" + f"{name} = 1\n" * 500 + "'''") for name in NAMES * 10],
    "text of openers": [{"cell_type": "markdown", "source": "[" * 99_000} for _ in range(40)],
    "text of links": [{"cell_type": "markdown", "source": "](" + " " * 49_000 + "](<" * 9_000}],
    "text of entities": [{"cell_type": "markdown", "source": "&" + "a" * 40 + "&#" * 9_000}],
}


@pytest.mark.timeout(120)
@pytest.mark.usefixtures("toy_lesson")
@pytest.mark.parametrize("case", WORST)
def test_no_notebook_takes_long(case: str, tmp_path: Path) -> None:
    release = nbformat.v4.new_notebook(
        cells=[cell for name in NAMES for cell in (answer_cell(name, "pass"), check_cell(name, 1))]
    )
    folder = tmp_path / ASSIGNMENT
    folder.mkdir()
    content = NotebookNode(nbformat=4, nbformat_minor=5, metadata={}, cells=WORST[case])
    (folder / f"{ASSIGNMENT}.ipynb").write_text(json.dumps(content))
    notebook = prepare(folder, ASSIGNMENT, release)
    record = assess(notebook, ASSIGNMENT, "ada", ResultStore(tmp_path / "r"), secret=b"s" * 32, run=engine)
    notebook.metadata.dlf.key = record.key
    for cell, result in zip([c for c in notebook.cells if c.cell_type == "code"], record.cells, strict=True):
        assert ("verdict" in result) == bool(cell.metadata.get("nbgrader", {}).get("grade"))


@pytest.mark.timeout(60)
@pytest.mark.parametrize(
    "text", ["](" + " " * 90_000, "](<" * 30_000, "[x]: \n" * 15_000, "&a" * 40_000, "\\" * 90_000]
)
def test_defusing_takes_time_in_step_with_the_length(text: str) -> None:
    assert defuse_markdown(defuse_markdown(text)) == defuse_markdown(text)


def test_the_laws_notice_what_they_are_there_for(release: NotebookNode, tmp_path: Path) -> None:
    (tmp_path / f"{ASSIGNMENT}.ipynb").write_text(nbformat.writes(release))
    made = prepare(tmp_path, ASSIGNMENT, release)
    record = assess(made, ASSIGNMENT, "ada", ResultStore(tmp_path / "r"), secret=b"s" * 32, run=lambda *_: [])
    with pytest.raises(AssertionError):  # ungraded without a reason of the learner's
        check_laws(made, record, release)
    for text in ("", "no capital.", "No end", "A NoneType.", "Two\nlines."):
        with pytest.raises(AssertionError):
            check_sentence(text)
