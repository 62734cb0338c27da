"""Writing a record into the notebook it belongs to, and nbgrader's step that does so.

:class:`JudgeExecute` finds the record of a submission in the results store, or makes it.
"""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from pathlib import Path
from typing import Any

from nbformat.notebooknode import NotebookNode
from nbgrader.preprocessors import Execute
from traitlets import Bool, Unicode

from autograder.engine import Limits
from autograder.grading.assess import (
    CellRecord,
    Record,
    assess,
    earlier_lessons,
    find,
    left_to_staff,
    seeds_of,
    storable,
    undecided,
)
from autograder.grading.clean import clean_outputs
from autograder.grading.results import ResultStore, result_key
from autograder.grading.seeds import run_secret
from autograder.grading.settings import confinement, limits_of, require_confinement
from autograder.grading.terms import (
    OURS,
    UNGRADED_TYPE,
    VERDICT_TYPE,
    code_cells,
    exercise_of,
    is_check,
    lesson_of,
    score,
)
from course_utils.judging import Verdict, verdict_html, verdict_text
from course_utils.language import _

__all__ = [
    "RESULTS",
    "JudgeExecute",
    "Record",
    "assess",
    "check_outputs",
    "earlier_lessons",
    "exercise_of",
    "is_check",
    "lesson_of",
    "write_outputs",
]

RESULTS = "class/results"


def check_outputs(record: CellRecord, points: float) -> list[dict[str, Any]]:
    """Return the outputs of a check cell: the verdict to read, then the score for nbgrader.

    Parameters
    ----------
    record : dict
        The check's entry of a :class:`Record`.
    points : float
        What the check is worth.
    """
    try:
        verdict = Verdict.from_dict(record["verdict"])
        earned = score(points, verdict.credit)
    except (KeyError, TypeError, ValueError):
        return [_ungraded_output(record.get("ungraded", _("the stored verdict cannot be read")))]
    shown = {
        VERDICT_TYPE: verdict.to_dict(),
        "text/html": verdict_html(verdict, points),
        "text/plain": verdict_text(verdict),
    }
    return [
        {"output_type": "display_data", "data": storable(shown), "metadata": {}},
        {"output_type": "execute_result", "data": {"text/plain": f"{earned}"}, "metadata": {},
         "execution_count": None},
    ]  # fmt: skip


def _ungraded_output(reason: str) -> dict[str, Any]:
    text = _("Ungraded, for staff: the judge could not decide ({reason}).", reason=reason)
    data = {UNGRADED_TYPE: {"reason": reason}, "text/html": f"<p>{escape(text)}</p>", "text/plain": text}
    return {"output_type": "display_data", "data": data, "metadata": {}}


def write_outputs(notebook: NotebookNode, record: Record) -> None:
    """Put a record into the outputs of the notebook it belongs to."""
    code = code_cells(notebook)
    for cell, result in zip(code, record.cells, strict=True):
        if is_check(cell):
            outputs = check_outputs(result, float(cell.metadata.nbgrader.points))
        else:
            outputs = clean_outputs(result.get("outputs"))
        cell.outputs = [_node(output) for output in outputs]
        cell.execution_count = None
    ours = notebook.metadata.setdefault(OURS, NotebookNode({"notes": []}))
    said = [
        _("Cell {id}: {note}", id=cell["id"], note=x)
        for cell, r in zip(code, record.cells, strict=True)
        for x in r.get("notes", ())
    ]
    ours.update({"key": record.key, "seconds": record.seconds, "notes": [*ours.get("notes", ()), *said]})
    if record.confinement:
        ours["confinement"] = _node(record.confinement)


def _node(value: Any) -> Any:
    if isinstance(value, Mapping):
        return NotebookNode({key: _node(inner) for key, inner in value.items()})
    return [_node(inner) for inner in value] if isinstance(value, list | tuple) else value


class JudgeExecute(Execute):
    """nbgrader's Execute, with our engine and judge in the place of a kernel.

    It takes ``Execute``'s place in ``c.Autograde.autograde_preprocessors``; being a subclass it
    obeys ``--no-execute``.
    """

    results_directory = Unicode(RESULTS, help="Where results are kept, below the course's root.").tag(config=True)
    unconfined = Bool(
        False, help="Whether to grade on a machine that cannot keep a submission from its files and its network."
    ).tag(config=True)

    def preprocess(
        self, nb: NotebookNode, resources: dict[str, Any] | None = None, km: Any = None
    ) -> tuple[NotebookNode, dict[str, Any]]:
        """Grade the notebook and write the verdicts into it; an error of ours leaves checks ungraded."""
        resources = resources or {}
        about = resources["nbgrader"]
        try:
            record = self._assess(nb, about["assignment"], about["student"])
        except Exception as error:  # the record of this submission says why; the class goes on
            self.log.exception("%s cannot be graded", about["student"])
            cells = left_to_staff(code_cells(nb), f"{type(error).__name__}: {error}")
            record = Record("", tuple(cells), 0.0, False)
        write_outputs(nb, record)
        for reason in record.ungraded:
            self.log.error("%s: a check is left for staff: %s", about["student"], reason)
        return nb, resources

    def _assess(self, nb: NotebookNode, assignment: str, student: str) -> Record:
        store = ResultStore(Path(self.parent.parent.coursedir.root) / self.results_directory / assignment)
        limits: Limits = limits_of(self.config)
        seeds = seeds_of(nb, student, run_secret())
        key = result_key(nb, lesson_of(assignment), seeds, limits)
        # An undecided notebook is the lesson as released, and so is one where nothing was handed in: the same key.
        found = undecided(nb, key) or find(store, key, len(code_cells(nb)), self.unconfined)
        if found is not None:
            return found
        here = confinement()
        require_confinement(here, self.unconfined)
        return assess(nb, assignment, student, store, seeds=seeds, key=key, limits=limits, force=True, confinement=here)
