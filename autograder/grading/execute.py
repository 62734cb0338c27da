"""Grading one submission: run the learner's cells in the engine, judge each check, write it down.

:func:`assess` gives the record of a submission and leaves it in the results store; any number of
threads or machines may call it. :class:`JudgeExecute` is the nbgrader step that finds the record
(or makes it) and writes it into the notebook's outputs.
"""

from __future__ import annotations

import json
import logging
import re
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from html import escape
from pathlib import Path
from typing import Any

from nbformat.notebooknode import NotebookNode
from nbgrader.preprocessors import Execute
from traitlets import Unicode

from autograder.engine import Caller, CellRun, Child, ChildStartError, EngineCell, Limits, run_notebook
from autograder.grading.clean import clean_outputs, plain
from autograder.grading.marks import UNGRADED_TYPE, VERDICT_TYPE, score
from autograder.grading.results import ResultStore, result_key
from autograder.grading.sanitise import CHECK_PREFIX, OURS
from autograder.grading.seeds import run_secret, seed
from course_utils.judging import Exercise, Reply, Verdict, judge, load_exercises, verdict_html, verdict_text
from course_utils.lesson_index import read_index

LOG = logging.getLogger(__name__)
RESULTS = "class/results"

# What a cell that was lost says about itself, below what it printed.
_ENDED = {
    "timeout": "This cell ran longer than a cell may, and was stopped.",
    "died": "This cell ended the whole Python process; grading went on without it.",
}
# What became of one code cell: {"outputs": [...]}, {"verdict": {...}} or {"ungraded": "why"}; "notes" for staff.
CellRecord = dict[str, Any]
# Names of the judge's own parts that an honest answer has no use for.
_PRYING = re.compile(
    r"course_utils\s*\.\s*exercises|course_utils\s+import[^\n]*\bexercises|load_exercises|\.\s*oracle\b|\b_Watch\b|setprofile"
)
Run = Callable[..., Sequence[CellRun]]


class CannotJudge(Exception):
    """The fault is ours and not the learner's; the text says what is wrong."""


@dataclass(frozen=True)
class Record:
    """What grading one submission gave.

    Attributes
    ----------
    key : str
        Where the results store has it.
    cells : tuple of dict
        One entry per code cell of the sanitised notebook, in order.
    seconds : float
        How long grading took.
    stored : bool
        Whether it was found in the store.
    """

    key: str
    cells: tuple[CellRecord, ...]
    seconds: float
    stored: bool

    @property
    def ungraded(self) -> list[str]:
        """Why checks are left for staff, one reason each."""
        return [cell["ungraded"] for cell in self.cells if "ungraded" in cell]


def lesson_of(assignment: str) -> str:
    """Return the lesson's slug: ``05_softmax_regression`` gives ``softmax_regression``."""
    return re.sub(r"^\d+_", "", assignment)


def earlier_lessons(assignment: str) -> tuple[str, ...]:
    """Return the slugs of the lessons before this one, whose answers it may build on."""
    number = re.match(r"\d\d(?=_)", assignment)
    return tuple(lesson.slug for lesson in read_index() if number and lesson.number < number[0])


def _engine_for(assignment: str) -> Run:
    return partial(run_notebook, make_child=partial(Child, earlier=earlier_lessons(assignment)))


def is_check(cell: Mapping[str, Any]) -> bool:
    """Whether the judge decides about this cell."""
    nbgrader = cell["metadata"].get("nbgrader") or {}
    return cell["cell_type"] == "code" and bool(nbgrader.get("grade")) and not nbgrader.get("solution")


def exercise_of(cell: Mapping[str, Any]) -> str:
    """Return the name of the exercise that a check cell asks about."""
    return str(cell["metadata"]["nbgrader"]["grade_id"]).removeprefix(CHECK_PREFIX)


def assess(
    notebook: NotebookNode,
    assignment: str,
    student: str,
    store: ResultStore,
    *,
    secret: bytes | None = None,
    force: bool = False,
    limits: Limits | None = None,
    run: Run | None = None,
) -> Record:
    """Return what grading this submission gives, from the store when it is there.

    Parameters
    ----------
    notebook : NotebookNode
        The sanitised submission.
    assignment, student : str
        Whose it is; both go into the seeds or the hash.
    store : ResultStore
        Where records are kept. One with an ungraded check is not stored: it is tried again next time.
    secret : bytes, optional
        The course secret; read from its file, once per process, when left out.
    force : bool
        Grade even when the store has it.
    limits : Limits, optional
        What the submission may use.
    run : callable
        Stands for the engine's ``run_notebook`` in tests.

    Returns
    -------
    Record
        Always one: when the engine or a declaration fails, its checks are ungraded.

    Raises
    ------
    SecretError
        When the course secret cannot be used.
    """
    secret = run_secret() if secret is None else secret
    limits = Limits() if limits is None else limits
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    seeds = {exercise_of(cell): seed(secret, exercise_of(cell), student) for cell in code if is_check(cell)}
    lesson = lesson_of(assignment)
    key = result_key(notebook, lesson, seeds, limits)
    found = None if force else store.get(key)
    if found is not None and len(found["cells"]) == len(code):
        return Record(key, tuple(found["cells"]), float(found.get("seconds", 0.0)), True)
    start = time.monotonic()
    cells = _grade(code, lesson, seeds, limits, run or _engine_for(assignment))
    record = Record(key, tuple(cells), round(time.monotonic() - start, 2), False)
    if not record.ungraded:
        about = {"assignment": assignment, "student": student, "seconds": record.seconds}
        store.put(key, {**about, "cells": cells})
    return record


def _grade(
    code: Sequence[NotebookNode], lesson: str, seeds: Mapping[str, int], limits: Limits, run: Run
) -> list[CellRecord]:
    try:
        exercises = load_exercises(lesson) if any(map(is_check, code)) else {}
        given = run(_engine_cells(code), limits, _judge_cell(code, exercises, seeds))
        if len(given) != len(code):
            raise CannotJudge(f"the engine gave {len(given)} results for {len(code)} cells")
    except Exception as error:  # whatever it is, it is ours: no learner loses a mark over it
        LOG.exception("grading failed")
        reason = f"{type(error).__name__}: {plain(str(error), 500)}"
        return [{"ungraded": reason} if is_check(cell) else {"outputs": []} for cell in code]
    return [_record(cell, result) for cell, result in zip(code, given, strict=True)]


def _engine_cells(code: Sequence[NotebookNode]) -> list[EngineCell]:
    return [
        EngineCell(cell["id"], cell.source, "check", exercise_of(cell))
        if is_check(cell)
        else EngineCell(cell["id"], cell.source)
        for cell in code
    ]


def _judge_cell(
    code: Sequence[NotebookNode], exercises: Mapping[str, Exercise], seeds: Mapping[str, int]
) -> Callable[[EngineCell, Caller], CellRecord]:
    answers = {
        cell.metadata.nbgrader.grade_id: cell.source
        for cell in code
        if (cell.metadata.get("nbgrader") or {}).get("solution")
    }

    def judge_cell(cell: EngineCell, caller: Caller) -> CellRecord:
        name = str(cell.exercise)
        try:
            exercise = exercises.get(name)
            if exercise is None:
                raise CannotJudge(f"no exercise named `{name}` is declared")

            def ask(*args: Any) -> Reply:
                return caller.call(exercise.name, exercise.kind, args, exercise.watch, exercise.time_limit)

            verdict = judge(exercise, ask, seeds[name], answers.get(name))
            score(1.0, verdict.credit)
            return {"verdict": _storable(verdict.to_dict())}
        except ChildStartError:
            raise  # no child, no grading: every check is left for staff
        except Exception as error:  # a fault of the declaration or the judge: a person has to look
            LOG.exception("the judge failed on %s", name)
            return {"ungraded": f"{type(error).__name__}: {plain(str(error), 500)}"}

    return judge_cell


def _storable(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return plain JSON data whose texts can be written as UTF-8; NumPy numbers become plain ones."""
    packed = json.dumps(data, allow_nan=False, default=lambda value: value.item())

    def mended(value: Any) -> Any:
        if isinstance(value, dict):
            return {plain(key): mended(inner) for key, inner in value.items()}
        if isinstance(value, list):
            return [mended(inner) for inner in value]
        return plain(value) if isinstance(value, str) else value

    result: dict[str, Any] = mended(json.loads(packed))
    return result


def _record(cell: NotebookNode, result: CellRun) -> CellRecord:
    notes = [plain(note, 2000) for note in result.notes]
    if is_check(cell):
        found = result.verdict if isinstance(result.verdict, dict) else {"ungraded": "the engine gave no verdict"}
        return {**found, "notes": notes}
    notes += [f"The cell names `{name}`, a part of the judge." for name in _pried(cell.source)]
    outputs = clean_outputs(result.outputs)
    if result.ended in _ENDED:
        outputs.append({"output_type": "stream", "name": "stderr", "text": _ENDED[result.ended]})
    return {"outputs": outputs, "notes": notes}


def _pried(source: str) -> list[str]:
    return sorted({" ".join(found[0].split())[:100] for found in _PRYING.finditer(source)})


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
        return [_ungraded_output(record.get("ungraded", "the stored verdict cannot be read"))]
    shown = {
        VERDICT_TYPE: verdict.to_dict(),
        "text/html": verdict_html(verdict, points),
        "text/plain": verdict_text(verdict),
    }
    return [
        {"output_type": "display_data", "data": _storable(shown), "metadata": {}},
        {"output_type": "execute_result", "data": {"text/plain": f"{earned}"}, "metadata": {},
         "execution_count": None},
    ]  # fmt: skip


def _ungraded_output(reason: str) -> dict[str, Any]:
    text = f"Ungraded, for staff: the judge could not decide ({reason})."
    data = {UNGRADED_TYPE: {"reason": reason}, "text/html": f"<p>{escape(text)}</p>", "text/plain": text}
    return {"output_type": "display_data", "data": data, "metadata": {}}


def write_outputs(notebook: NotebookNode, record: Record) -> None:
    """Put a record into the outputs of the notebook it belongs to."""
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    for cell, result in zip(code, record.cells, strict=True):
        if is_check(cell):
            outputs = check_outputs(result, float(cell.metadata.nbgrader.points))
        else:
            outputs = clean_outputs(result.get("outputs"))
        cell.outputs = [_node(output) for output in outputs]
        cell.execution_count = None
    ours = notebook.metadata.setdefault(OURS, NotebookNode({"notes": []}))
    said = [f"Cell {cell['id']}: {x}" for cell, r in zip(code, record.cells, strict=True) for x in r.get("notes", ())]
    ours.update({"key": record.key, "seconds": record.seconds, "notes": [*ours.get("notes", ()), *said]})


def _node(value: Any) -> Any:
    if isinstance(value, dict):
        return NotebookNode({key: _node(inner) for key, inner in value.items()})
    return [_node(inner) for inner in value] if isinstance(value, list | tuple) else value


class JudgeExecute(Execute):
    """nbgrader's Execute, with our engine and judge in the place of a kernel.

    It takes ``Execute``'s place in ``c.Autograde.autograde_preprocessors``; being a subclass it
    obeys ``--no-execute``.
    """

    results_directory = Unicode(RESULTS, help="Where results are kept, below the course's root.").tag(config=True)

    def preprocess(
        self, nb: NotebookNode, resources: dict[str, Any] | None = None, km: Any = None
    ) -> tuple[NotebookNode, dict[str, Any]]:
        """Grade the notebook and write the verdicts into it; an error of ours leaves checks ungraded."""
        resources = resources or {}
        about = resources["nbgrader"]
        store = ResultStore(Path(self.parent.parent.coursedir.root) / self.results_directory)
        try:
            record = assess(nb, about["assignment"], about["student"], store)
        except Exception as error:  # the record of this submission says why; the class goes on
            self.log.exception("%s cannot be graded", about["student"])
            reason = f"{type(error).__name__}: {error}"
            code = [cell for cell in nb.cells if cell.cell_type == "code"]
            record = Record("", tuple({"ungraded": reason} if is_check(c) else {} for c in code), 0.0, False)
        write_outputs(nb, record)
        for reason in record.ungraded:
            self.log.error("%s: a check is left for staff: %s", about["student"], reason)
        return nb, resources
