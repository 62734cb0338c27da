"""Grading one submission: run the learner's cells in the engine, judge each check, give a record.

:func:`assess` is the one function that grades. It takes plain data, needs seeds and not the secret they
come from, and loads nothing of nbgrader, so any process on any machine may call it.
"""

from __future__ import annotations

import json
import logging
import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

from autograder.engine import Caller, CellRun, Child, ChildStartError, EngineCell, Limits, run_notebook
from autograder.grading.clean import clean_outputs, plain
from autograder.grading.results import ResultStore, result_key
from autograder.grading.seeds import run_secret, seed
from autograder.grading.settings import Confinement
from autograder.grading.terms import OURS, code_cells, exercise_of, is_answer, is_check, is_own, lesson_of, score
from course_utils.judging import Exercise, Reply, judge, load_exercises
from course_utils.language import N_, _
from course_utils.lesson_index import read_index

LOG = logging.getLogger(__name__)

# What a cell that was lost says about itself, below what it printed.
_ENDED = {
    "timeout": N_("This cell ran longer than a cell may, and was stopped."),
    "died": N_("This cell ended the whole Python process; grading went on without it."),
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
    confinement : dict or None
        Level and steps of the machine that graded it; None where nobody asked.
    """

    key: str
    cells: tuple[CellRecord, ...]
    seconds: float
    stored: bool
    confinement: Mapping[str, Any] | None = None

    @property
    def ungraded(self) -> list[str]:
        """Why checks are left for staff, one reason each."""
        return [cell["ungraded"] for cell in self.cells if "ungraded" in cell]


def earlier_lessons(assignment: str) -> tuple[str, ...]:
    """Return the slugs of the lessons before this one, whose answers it may build on."""
    number = re.match(r"\d\d(?=_)", assignment)
    return tuple(lesson.slug for lesson in read_index() if number and lesson.number < number[0])


def _engine_for(assignment: str, key: str) -> Run:
    # The same submission draws the same numbers each time it is graded.
    child = partial(Child, earlier=earlier_lessons(assignment), seed=int(key[:12], 16))
    return partial(run_notebook, make_child=child)


def seeds_of(notebook: Mapping[str, Any], student: str, secret: bytes) -> dict[str, int]:
    """Return the seed of each exercise that the notebook checks.

    Parameters
    ----------
    notebook : NotebookNode
        The sanitised submission.
    student : str
        Whose it is.
    secret : bytes
        The course secret.
    """
    names = [exercise_of(cell) for cell in code_cells(notebook) if is_check(cell)]
    return {name: seed(secret, name, student) for name in names}


def assess(
    notebook: Mapping[str, Any],
    assignment: str,
    student: str,
    store: ResultStore | None,
    *,
    secret: bytes | None = None,
    seeds: Mapping[str, int] | None = None,
    key: str | None = None,
    force: bool = False,
    limits: Limits | None = None,
    run: Run | None = None,
    confinement: Confinement | None = None,
    unconfined: bool = False,
) -> Record:
    """Return what grading this submission gives, from the store when it is there.

    Parameters
    ----------
    notebook : NotebookNode
        The sanitised submission; plain dicts will do.
    assignment, student : str
        Whose it is. The assignment says which lesson's declarations judge it; the student goes into the seeds.
    store : ResultStore or None
        Where records are kept. One with an ungraded check is not stored: it is tried again next time.
    secret : bytes, optional
        The course secret; read from its file, once per process, when both it and the seeds are left out.
    seeds : mapping of str to int, optional
        The seed of each exercise, as :func:`seeds_of` gives them: with these no secret is needed.
    key : str, optional
        The result's key, when it is known.
    force : bool
        Grade even when the store has it.
    limits : Limits, optional
        What the submission may use.
    run : callable
        Stands for the engine's ``run_notebook`` in tests.
    confinement : Confinement, optional
        What this machine has to confine a submission; written into the record, and no more than that.
    unconfined : bool
        Whether a stored result that was graded without any confinement counts.

    Returns
    -------
    Record
        Always one: when the engine or a declaration fails, its checks are ungraded.

    Raises
    ------
    SecretError
        When the course secret is needed and cannot be used.
    """
    limits = Limits() if limits is None else limits
    code = code_cells(notebook)
    if seeds is None:
        seeds = seeds_of(notebook, student, run_secret() if secret is None else secret)
    lesson = lesson_of(assignment)
    key = result_key(notebook, lesson, seeds, limits) if key is None else key
    how = confinement.to_dict() if confinement else None
    found = undecided(notebook, key)
    if found is None and store is not None and not force:
        found = find(store, key, len(code), unconfined)
    if found is not None:
        return found
    start = time.monotonic()
    cells = _grade(code, lesson, seeds, limits, run or _engine_for(assignment, key))
    record = Record(key, tuple(cells), round(time.monotonic() - start, 2), False, how)
    if store is not None:
        keep(store, record, assignment, student)
    return record


def undecided(notebook: Mapping[str, Any], key: str) -> Record | None:
    """Return the record of a submission that only a person can read; None for every other."""
    ours = notebook["metadata"].get(OURS) or {}
    if not ours.get("undecided"):
        return None
    return Record(key, tuple(left_to_staff(code_cells(notebook), str(ours.get("unreadable")))), 0.0, False)


def find(store: ResultStore, key: str, count: int, unconfined: bool = False) -> Record | None:
    """Return the record that the store has under a key.

    Parameters
    ----------
    store : ResultStore
        Where to look.
    key : str
        The result's key.
    count : int
        How many code cells the notebook has; a record of another number is none.
    unconfined : bool
        Whether one that was graded without any confinement counts.
    """
    found = store.get(key)
    if found is None or len(found["cells"]) != count:
        return None
    how = found.get("confinement")
    if isinstance(how, dict) and how.get("level") == "none" and not unconfined:
        return None
    return Record(key, tuple(found["cells"]), float(found.get("seconds", 0.0)), True, how)


def keep(store: ResultStore, record: Record, assignment: str, student: str) -> None:
    """Put a record into the store, unless a check of it is left for staff."""
    if not record.ungraded:
        about = {"assignment": assignment, "student": student, "seconds": record.seconds}
        store.put(record.key, {**about, "confinement": record.confinement, "cells": list(record.cells)})


def left_to_staff(code: Sequence[Mapping[str, Any]], reason: str) -> list[CellRecord]:
    """Return the cells of a record that decides nothing: every check is ungraded, for the same reason."""
    return [{"ungraded": reason} if is_check(cell) else {"outputs": []} for cell in code]


def _grade(
    code: Sequence[Mapping[str, Any]], lesson: str, seeds: Mapping[str, int], limits: Limits, run: Run
) -> list[CellRecord]:
    try:
        exercises = load_exercises(lesson) if any(map(is_check, code)) else {}
        with _one_thread():
            given = run(_engine_cells(code), limits, _judge_cell(code, exercises, seeds))
        if len(given) != len(code):
            raise CannotJudge(
                _("the engine gave {found} results for {wanted} cells", found=len(given), wanted=len(code))
            )
    except Exception as error:  # whatever it is, it is ours: no learner loses a mark over it
        LOG.exception("grading failed")
        return left_to_staff(code, f"{type(error).__name__}: {plain(str(error), 500)}")
    return [_record(cell, result) for cell, result in zip(code, given, strict=True)]


@contextmanager
def _one_thread() -> Iterator[None]:
    """Let the oracles compute in one thread, whoever grades, and leave torch as it was.

    On arrays as small as a case's, several threads take ten times the CPU time to wait for one another. A farm
    says so in its workers' environment; nbgrader's command and a notebook server were started by somebody else.
    """
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def _engine_cells(code: Sequence[Mapping[str, Any]]) -> list[EngineCell]:
    return [
        EngineCell(cell["id"], cell["source"], "check", exercise_of(cell))
        if is_check(cell)
        else EngineCell(cell["id"], cell["source"], figures=is_own(cell))
        for cell in code
    ]


def _judge_cell(
    code: Sequence[Mapping[str, Any]], exercises: Mapping[str, Exercise], seeds: Mapping[str, int]
) -> Callable[[EngineCell, Caller], CellRecord]:
    answers = {cell["metadata"]["nbgrader"]["grade_id"]: cell["source"] for cell in code if is_answer(cell)}

    def judge_cell(cell: EngineCell, caller: Caller) -> CellRecord:
        name = str(cell.exercise)
        try:
            exercise = exercises.get(name)
            if exercise is None:
                raise CannotJudge(_("no exercise named `{name}` is declared", name=name))

            def ask(*args: Any) -> Reply:
                return caller.call(exercise.name, exercise.kind, args, exercise.watch, exercise.time_limit)

            verdict = judge(exercise, ask, seeds[name], answers.get(name))
            score(1.0, verdict.credit)
            return {"verdict": storable(verdict.to_dict())}
        except ChildStartError:
            raise  # no child, no grading: every check is left for staff
        except Exception as error:  # a fault of the declaration or the judge: a person has to look
            LOG.exception("the judge failed on %s", name)
            return {"ungraded": f"{type(error).__name__}: {plain(str(error), 500)}"}

    return judge_cell


def storable(data: Mapping[str, Any]) -> dict[str, Any]:
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


def _record(cell: Mapping[str, Any], result: CellRun) -> CellRecord:
    notes = [plain(note, 2000) for note in result.notes]
    if is_check(cell):
        found = result.verdict if isinstance(result.verdict, dict) else {"ungraded": _("the engine gave no verdict")}
        return {**found, "notes": notes}
    notes += [_("The cell names `{name}`, a part of the judge.", name=name) for name in _pried(cell["source"])]
    outputs = clean_outputs(result.outputs)
    if result.ended in _ENDED:
        outputs.append({"output_type": "stream", "name": "stderr", "text": _(_ENDED[result.ended])})
    return {"outputs": outputs, "notes": notes}


def _pried(source: str) -> list[str]:
    return sorted({" ".join(found[0].split())[:100] for found in _PRYING.finditer(source)})
