"""The parts of a tiny course: one lesson, two exercises, and a folder to hand things in."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import nbformat
from nbformat.notebooknode import NotebookNode

from autograder.grading.course import Course
from autograder.grading.worker import Result, Task

ASSIGNMENT = "01_toy_lesson"

DECLARATIONS = """
import numpy as np
from course_utils.judging import Exercise, Group, Mistake

def draw(rng):
    return (rng.normal(size=(5, 7)), 3.0)

def draw_negative(rng):
    return (-np.abs(rng.normal(size=(4, 6))), 2.0)

scale = Exercise(
    name="scale",
    groups=[Group("ordinary numbers", draw), Group("negative numbers", draw_negative)],
    oracle=lambda x, factor: x * factor,
    time_limit=2.0,
    mistakes=[Mistake("added the factor", "Is scaling a sum?", answer=lambda x, factor: x + factor)],
)
total = Exercise(
    name="total",
    groups=[Group("ordinary numbers", lambda rng: (rng.normal(size=(5, 7)),))],
    oracle=lambda x: x.sum(),
    time_limit=2.0,
)
"""

BASE_CONFIG = """
import os
c = get_config()
c.CourseDirectory.course_id = "dlf"
c.CourseDirectory.root = os.path.dirname(os.path.abspath(__file__))
c.CourseDirectory.source_directory = "build/source"
c.CourseDirectory.release_directory = "release"
c.CourseDirectory.submitted_directory = "class/submitted"
c.CourseDirectory.autograded_directory = "class/autograded"
c.CourseDirectory.feedback_directory = "class/feedback"
c.CourseDirectory.db_url = "sqlite:///" + os.path.join(c.CourseDirectory.root, "class", "gradebook.db")
c.ClearSolutions.code_stub = {"python": 'raise NotImplementedError("your answer goes here")'}
"""


def answer_cell(name: str, source: str) -> NotebookNode:
    cell = nbformat.v4.new_code_cell(source)
    cell["id"] = name
    cell.metadata["nbgrader"] = {
        "grade": False, "solution": True, "locked": False, "task": False,
        "schema_version": 3, "cell_type": "code", "grade_id": name,
    }  # fmt: skip
    return cell


def check_cell(name: str, points: float) -> NotebookNode:
    cell = nbformat.v4.new_code_cell(f"check({name})")
    cell["id"] = f"check-{name}"
    cell.metadata["tags"] = ["raises-exception"]
    cell.metadata["nbgrader"] = {
        "grade": True, "solution": False, "locked": True, "task": False, "points": points,
        "schema_version": 3, "cell_type": "code", "grade_id": f"check-{name}",
    }  # fmt: skip
    return cell


def solved(signature: str, body: str) -> str:
    return f"def {signature}:\n    ### BEGIN SOLUTION\n    {body}\n    ### END SOLUTION"


def toy_source() -> NotebookNode:
    notebook = nbformat.v4.new_notebook(
        cells=[
            nbformat.v4.new_markdown_cell("# A toy lesson", id="title"),
            nbformat.v4.new_code_cell("import numpy as np\nfrom course_utils import check", id="imports"),
            answer_cell("scale", solved("scale(x, factor)", "return x * factor")),
            check_cell("scale", 4),
            nbformat.v4.new_markdown_cell("And now the sum, where $a < b$ and <b>bold</b>.", id="between"),
            answer_cell("total", solved("total(x)", "return x.sum()")),
            check_cell("total", 2),
        ]
    )
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return notebook


def with_answers(notebook: NotebookNode, **answers: str) -> NotebookNode:
    """Return a submission: the released notebook with answers written into it, by cell id."""
    filled = copy.deepcopy(notebook)
    for cell in filled.cells:
        if cell["id"] in answers:
            cell.source = answers[cell["id"]]
    return filled


class HereFarm:
    """A farm that grades in this process, with a function in the place of engine and judge."""

    def __init__(self, work: Callable[[Task], Result]) -> None:
        self.work = work
        self.students: list[str] = []

    def run(self, tasks: Iterator[Task]) -> Iterator[tuple[Task, Result]]:
        for task in tasks:
            self.students.append(task["student"])
            yield task, self.work(task)

    def close(self) -> None:
        pass


class ToyCourse:
    """A course on disk, with helpers to hand things in."""

    def __init__(self, root: Path) -> None:
        self.root = root

    @property
    def released(self) -> NotebookNode:
        return nbformat.read(self.root / "release" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb", as_version=4)

    def path(self, student: str, step: str = "submitted") -> Path:
        return self.root / "class" / step / student / ASSIGNMENT / f"{ASSIGNMENT}.ipynb"

    def hand_in(self, student: str, content: Any = None, **answers: str) -> Path:
        path = self.path(student)
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, bytes):
            path.write_bytes(content)
        else:
            nbformat.write(with_answers(content or self.released, **answers), path)
        return path

    def marks(self, student: str) -> dict[str, float | None]:
        from nbgrader.api import Gradebook

        with Gradebook(Course.load(self.root).db_url) as gradebook:
            submission = gradebook.find_submission(ASSIGNMENT, student)
            return {grade.name: grade.auto_score for book in submission.notebooks for grade in book.grades}

    def needs_person(self, student: str) -> bool:
        from nbgrader.api import Gradebook

        with Gradebook(Course.load(self.root).db_url) as gradebook:
            submission = gradebook.find_submission(ASSIGNMENT, student)
            return any(grade.needs_manual_grade for book in submission.notebooks for grade in book.grades)

    def outcome(self, student: str, exercise: str) -> str:
        from autograder.grading.marks import verdict_data

        cells = nbformat.read(self.path(student, "autograded"), as_version=4).cells
        found = [verdict_data(cell) for cell in cells if cell["id"] == f"check-{exercise}"]
        return str((found[0] or {}).get("outcome"))
