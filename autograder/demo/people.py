"""The demo's made-up class: who hands in what, and the mark that is due for it."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path

import nbformat
from nbformat import NotebookNode

Spoil = Callable[[NotebookNode, Path], None]
MARKER = re.compile(r"^ *### (BEGIN|END) SOLUTION$\n?", re.M)
STUB = "stub"
REFERENCE = "reference"


@dataclass(frozen=True)
class Person:
    """One made-up learner.

    Attributes
    ----------
    name : str
        The account that hands in.
    story : str
        What the person did, in one line.
    start : {"reference", "stub"}
        What the answers are where the person wrote none of their own.
    own : str or None
        The module of :mod:`autograder.demo.answers` with the person's own answers.
    unanswered : tuple of str
        Exercises left as they came.
    spoil : callable or None
        ``spoil(notebook, path)``: what else happened to the file; it may write `path` itself.
    due : mapping of str to float
        Share of the points due, by exercise, where it is not that of `start` (1 or 0).
    """

    name: str
    story: str
    start: str = REFERENCE
    own: str | None = None
    unanswered: tuple[str, ...] = ()
    spoil: Spoil | None = None
    due: Mapping[str, float] = field(default_factory=dict)

    def due_for(self, exercise: str) -> float:
        """Share of the exercise's points that this person should get."""
        otherwise = 1.0 if self.start == REFERENCE and exercise not in self.unanswered else 0.0
        return self.due.get(exercise, self.due.get("*", otherwise))


def definitions(source: str) -> dict[str, str]:
    """Return the source text of every top-level function and class, by name."""
    return {
        node.name: ast.get_source_segment(source, node) or ""
        for node in ast.parse(source).body
        if isinstance(node, ast.FunctionDef | ast.ClassDef)
    }


def own_answers(person: Person) -> dict[str, str]:
    """Return the answers the person wrote, by exercise; helper classes go with the first answer."""
    if person.own is None:
        return {}
    source = resources.files("autograder.demo.answers").joinpath(f"{person.own}.py").read_text(encoding="utf-8")
    return definitions(source)


def fill_in(notebook: NotebookNode, person: Person, reference: Mapping[str, str]) -> None:
    """Write the person's answers into a fetched notebook, in place."""
    own = own_answers(person)
    exercises = {cell.metadata.nbgrader.grade_id for cell in notebook.cells if _is_answer(cell)}
    helpers = [text for name, text in own.items() if name not in exercises]
    for cell in notebook.cells:
        if not _is_answer(cell):
            continue
        name = cell.metadata.nbgrader.grade_id
        if name in own:
            cell.source = "\n\n\n".join([*helpers, own[name]])
            helpers = []
        elif person.start == REFERENCE and name not in person.unanswered:
            cell.source = MARKER.sub("", reference[name])


def _is_answer(cell: NotebookNode) -> bool:
    return bool(cell.metadata.get("nbgrader", {}).get("solution"))


def _cell(notebook: NotebookNode, cell_id: str) -> NotebookNode:
    return next(cell for cell in notebook.cells if cell.id == cell_id)


def _break_syntax(notebook: NotebookNode, path: Path) -> None:
    cell = _cell(notebook, "softmax")
    cell.source = cell.source.replace("return powers /", "return powers / (")


def _forge(notebook: NotebookNode, path: Path) -> None:
    """Skip tags on the checks, a check that praises everything, and scores printed everywhere."""
    notebook.cells.insert(
        1,
        nbformat.v4.new_code_cell(
            "import course_utils, course_utils.judging as judging, IPython\n"
            "course_utils.check = judging.check = lambda *a, **k: 5.0\n"
            "judging.Outcome.WRONG = judging.Outcome.CORRECT\n"
            "IPython.core.interactiveshell.InteractiveShell.showtraceback = lambda *a, **k: None\n"
            "5.0"
        ),
    )
    for cell in notebook.cells:
        if cell.id.startswith("check-"):
            cell.source = "5.0"
            cell.metadata.tags = ["skip-execution"]
            cell.metadata.nbgrader.points = 100
            cell.metadata.nbgrader.locked = False
            cell.outputs = [
                nbformat.v4.new_output("execute_result", data={"text/plain": "5.0"}, execution_count=1),
            ]


def _truncate(notebook: NotebookNode, path: Path) -> None:
    text = nbformat.writes(notebook)
    path.write_text(text[: len(text) // 2], encoding="utf-8")


def _shuffle_cells(notebook: NotebookNode, path: Path) -> None:
    """A check deleted, one turned into text, an answer pasted twice, one cell moved to the end."""
    cells = notebook.cells
    cells.remove(_cell(notebook, "check-softmax"))
    check = _cell(notebook, "check-log_softmax")
    check.cell_type = "markdown"
    for key in ("outputs", "execution_count"):
        check.pop(key, None)
    twice = nbformat.from_dict({**_cell(notebook, "one_hot"), "id": "one_hot-copy"})
    cells.append(twice)
    moved = _cell(notebook, "check-minibatches")
    cells.remove(moved)
    cells.append(moved)
    _cell(notebook, "softmax_step").metadata = NotebookNode()


HALF = ("softmax_step", "minibatches", "train_softmax", "SoftmaxRegression", "joint_probabilities", "softmax_ce_delta")

PEOPLE: tuple[Person, ...] = (
    Person("ada", "everything right"),
    Person("ben", "everything right, written in other ways", own="ben"),
    Person("chloe", "half done, the rest untouched", unanswered=HALF),
    Person(
        "dan",
        "the classic mistakes",
        own="dan",
        due={"*": 0.0, "mean_cross_entropy": 1 / 6, "softmax_ce_delta": 1 / 5, "softmax_step": 1 / 5}
        | {"catches_unstable_softmax": 6 / 10},
    ),
    Person(
        "emma",
        "right on everyday numbers, not on large ones",
        own="emma",
        due={"softmax": 4 / 7, "log_softmax": 3 / 6, "mean_cross_entropy": 5 / 6, "softmax_ce_delta": 1 / 5}
        | {"softmax_step": 4 / 5, "catches_unstable_softmax": 0.0},
    ),
    Person(
        "farid",
        "a cell that does not even parse",
        spoil=_break_syntax,
        due={"softmax": 0.0, "softmax_ce_delta": 0.0, "catches_unstable_softmax": 0.0},
    ),
    Person("grace", "a loop that never ends", own="grace", due={"softmax": 0.0}),
    Person("hugo", "cheats in every way that came to mind", own="hugo", spoil=_forge, due={"*": 0.0}),
    Person(
        "ines",
        "lets the library do the work, also inside later answers",
        own="ines",
        due={"*": 0.0} | dict.fromkeys(("one_hot", "minibatches", "SoftmaxRegression", "joint_probabilities"), 1.0),
    ),
    Person(
        "jonas",
        "one answer ends the process, another recurses for ever",
        own="jonas",
        due={"softmax_jacobian": 0.0, "mean_cross_entropy": 0.0},
    ),
    Person("kira", "half of the file got lost on the way", spoil=_truncate, due={"*": 0.0}),
    Person("lena", "everything right, cells deleted, pasted twice, retyped and moved", spoil=_shuffle_cells),
)
