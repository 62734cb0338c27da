"""Turns a lesson and its answers into nbgrader's source notebook."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_raw_cell

from autograder.build.answers import Answer
from autograder.build.lessons import Lesson, TextCell

CHECK_PREFIX = "check-"
HEADER_PREFIX = "head-"

# JupyterLab's "Run All" goes on after a check that does not pass.
_GO_ON = "raises-exception"

# Fixed, so that the bytes do not depend on the Python or the kernel of whoever builds.
_METADATA = {
    "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
    "language_info": {"file_extension": ".py", "mimetype": "text/x-python", "name": "python"},
}


@dataclass(frozen=True)
class Woven:
    """A source notebook that knows where its cells come from.

    Attributes
    ----------
    lesson : Lesson
        What it was woven from.
    notebook : nbformat.NotebookNode
        With answers and checks.
    origin : dict
        Cell id -> the cell of the text notebook.
    """

    lesson: Lesson
    notebook: nbformat.NotebookNode
    origin: Mapping[str, TextCell]

    @property
    def checks(self) -> list[nbformat.NotebookNode]:
        """The check cells, in order."""
        return [cell for cell in self.notebook.cells if is_check(cell.id)]

    @property
    def points(self) -> float:
        """What the lesson is worth."""
        return sum(cell.metadata["nbgrader"]["points"] for cell in self.checks)


def is_check(cell_id: str) -> bool:
    """Whether that is the id of a check cell."""
    return cell_id.startswith(CHECK_PREFIX)


def weave(lesson: Lesson, answers: Mapping[str, Answer]) -> Woven:
    """Weave one lesson; the same lesson and answers give the same bytes.

    Parameters
    ----------
    lesson : Lesson
        A lesson that keeps to the rules.
    answers : mapping
        Exercise name -> reference answer.

    Returns
    -------
    Woven
    """
    cells: list[nbformat.NotebookNode] = []
    origin: dict[str, TextCell] = {}
    number = 0
    for cell in lesson.cells:
        if cell.is_exercise:
            number += 1
            answer = answers[cell.metadata["exercise"]]
            new = [_header(cell, number), _answer(cell, answer), _check(cell)]
        else:
            new = [_plain(cell, origin)]
        cells += new
        origin.update({made.id: cell for made in new})
    notebook = new_notebook(cells=cells, metadata=_METADATA)
    notebook.nbformat_minor = 5
    return Woven(lesson, notebook, origin)


def to_text(notebook: nbformat.NotebookNode) -> str:
    """Return the notebook as it is written to disk, with a newline at its end."""
    nbformat.validate(notebook)
    return nbformat.writes(notebook, version=4).rstrip("\n") + "\n"


def _plain(cell: TextCell, taken: Mapping[str, TextCell]) -> nbformat.NotebookNode:
    # `course update` tells from this id whether a learner has changed the cell: course_utils/updating/released.py.
    digest = hashlib.sha1(cell.source.encode(), usedforsecurity=False).hexdigest()[:8]
    base = cell_id = f"{cell.kind}-{digest}"
    count = 1
    while cell_id in taken:
        count += 1
        cell_id = f"{base}-{count}"
    make = {"markdown": new_markdown_cell, "code": new_code_cell, "raw": new_raw_cell}[cell.kind]
    return make(cell.source, id=cell_id, metadata=_tags(cell))


def _tags(cell: TextCell, *more: str) -> dict[str, Any]:
    tags = [*cell.metadata.get("tags", []), *more]
    return {"tags": tags} if tags else {}


def _header(cell: TextCell, number: int) -> nbformat.NotebookNode:
    name = cell.metadata["exercise"]
    difficulty = int(cell.metadata["difficulty"])
    stars = "★" * difficulty + "☆" * (3 - difficulty)
    text = (
        f"### Exercise {number}: `{name}`\n\n"
        f"Difficulty {stars} ({difficulty} of 3) · {_count(cell.metadata['minutes'], 'minute')} · "
        f"{_count(cell.metadata['points'], 'point')}"
    )
    return new_markdown_cell(text, id=HEADER_PREFIX + name, metadata={})


def _count(amount: float, unit: str) -> str:
    return f"{amount:g} {unit}" if amount == 1 else f"{amount:g} {unit}s"


def _answer(cell: TextCell, answer: Answer) -> nbformat.NotebookNode:
    nbgrader = _nbgrader(answer.name, grade=False, solution=True, locked=False)
    return new_code_cell(answer.source, id=answer.name, metadata={**_tags(cell), "nbgrader": nbgrader})


def _check(cell: TextCell) -> nbformat.NotebookNode:
    name = cell.metadata["exercise"]
    grade_id = CHECK_PREFIX + name
    nbgrader = _nbgrader(grade_id, grade=True, solution=False, locked=True)
    nbgrader["points"] = cell.metadata["points"]
    return new_code_cell(f"check({name})", id=grade_id, metadata={"tags": [_GO_ON], "nbgrader": nbgrader})


def _nbgrader(grade_id: str, *, grade: bool, solution: bool, locked: bool) -> dict[str, Any]:
    return {
        "cell_type": "code",
        "grade": grade,
        "grade_id": grade_id,
        "locked": locked,
        "schema_version": 3,
        "solution": solution,
        "task": False,
    }
