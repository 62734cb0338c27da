"""One notebook from its first cell to its last, whatever its cells do."""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from autograder.engine.claims import CellResult, cut_outputs
from autograder.engine.limits import Limits
from autograder.engine.process import Child
from autograder.engine.spawn import ChildStartError
from course_utils.judging.calls import Reply
from course_utils.language import _

_LOST = ("timeout", "died")


@dataclass(frozen=True)
class EngineCell:
    """One cell as the engine takes it.

    Attributes
    ----------
    id : str
        The cell's id; unique in its notebook.
    source : str
        What it holds.
    role : {"run", "check", "skip"}
        Whether it is run in the child, judged on the grader's side, or passed over.
    exercise : str or None
        For a check cell, the exercise it checks.
    figures : bool
        Whether its figures are drawn; a line of text stands for each otherwise.
    """

    id: str
    source: str
    role: Literal["run", "check", "skip"] = "run"
    exercise: str | None = None
    figures: bool = True


@dataclass(frozen=True)
class CellRun:
    """What became of one cell.

    Attributes
    ----------
    id, role, exercise
        As in the :class:`EngineCell`.
    ended : str
        For a cell that is run: "ok", "error", "timeout", "died". For a check: "judged", or "ungraded"
        when our side failed. "skipped" for a cell that is passed over.
    outputs : list of dict
        Outputs in notebook format of a cell that was run; a submission's own word.
    verdict : object
        What `judge_cell` gave for a check.
    seconds : float
        Wall time spent on it, without replays.
    notes : tuple of str
        For staff only.
    """

    id: str
    role: str
    exercise: str | None
    ended: str
    outputs: list[dict[str, Any]] = field(default_factory=list)
    verdict: Any = None
    seconds: float = 0.0
    notes: tuple[str, ...] = ()


class Caller:
    """How a judge calls the answers of one exercise.

    The first call that hangs or ends the child settles the exercise: later ones get the same reply at once.
    """

    def __init__(self, session: _Session) -> None:
        self._session = session
        self._lost: Reply | None = None

    def call(
        self, name: str, kind: str, args: tuple[Any, ...], watch: tuple[str, ...] = (), seconds: float | None = None
    ) -> Reply:
        """Call an answer; see :meth:`autograder.engine.Child.call`."""
        if self._lost is not None:
            return self._lost
        reply = self._session.call(name, kind, args, watch, seconds)
        if reply.ended in _LOST:
            self._lost = reply
        return reply


def run_notebook(
    cells: Sequence[EngineCell],
    limits: Limits,
    judge_cell: Callable[[EngineCell, Caller], Any],
    make_child: Callable[[Limits], Child] = Child,
) -> list[CellRun]:
    """Run a notebook's cells in order and judge its checks where they stand.

    A cell or a call that hangs or ends its process costs that cell or that exercise only. Calls run in
    a fork of the child; when a cell ends the child itself, a fresh one replays the cells before, but for
    those that were lost.

    Parameters
    ----------
    cells : sequence of EngineCell
        In the order of the notebook.
    limits : Limits
        What the notebook may use.
    judge_cell : callable
        Called with each check cell and a :class:`Caller`; what it gives is kept. When it raises, that
        check is "ungraded" and the notebook goes on.
    make_child : callable
        What makes a child; it is started here.

    Returns
    -------
    list of CellRun
        One for each cell, in order.

    Raises
    ------
    ChildStartError
        When no child can be started: the host's fault, so nothing is said about the submission.
    """
    session = _Session(limits, make_child)
    try:
        return [_run_one(cell, session, judge_cell) for cell in cells]
    finally:
        session.close()


def _run_one(cell: EngineCell, session: _Session, judge_cell: Callable[[EngineCell, Caller], Any]) -> CellRun:
    run = CellRun(cell.id, cell.role, cell.exercise, "skipped")
    began = time.monotonic()
    if cell.role == "run":
        result, notes = session.run_cell(cell)
        run = replace(run, ended=result.ended, outputs=result.outputs, notes=notes)
    elif cell.role == "check":
        try:
            run = replace(run, ended="judged", verdict=judge_cell(cell, Caller(session)))
        except ChildStartError:
            raise
        except Exception:  # ours, not the learner's: never a mark, never the end of the class
            run = replace(run, ended="ungraded", notes=(traceback.format_exc(limit=-8),))
        finally:
            session.end_check()
        run = replace(run, notes=run.notes + session.take_notes())
    return replace(run, seconds=time.monotonic() - began)


class _Session:
    """The children that one notebook goes through, one after the other, and the time it has left."""

    def __init__(self, limits: Limits, make_child: Callable[[Limits], Child]) -> None:
        self.limits = limits
        self.make_child = make_child
        self.left = limits.notebook_seconds
        self.room = limits.notebook_output_bytes
        self.child: Child | None = None
        self.done: list[EngineCell] = []
        self.notes: list[str] = []

    def close(self) -> None:
        if self.child is not None:
            self.child.close()
            self.child = None

    def take_notes(self) -> tuple[str, ...]:
        notes, self.notes = tuple(self.notes), []
        return notes

    def run_cell(self, cell: EngineCell) -> tuple[CellResult, tuple[str, ...]]:
        """Run a cell after those before it; one that is not lost is replayed from then on."""
        child = self._ready()
        if child is None:
            self.notes.append(_("The notebook's time was used up before this cell."))
            return CellResult(ended="timeout"), self.take_notes()
        result = self._timed(lambda: child.run_cell(cell.source, self.left, cell.figures))
        if result.ended not in _LOST:
            self.done.append(cell)
        result, self.room = cut_outputs(result, self.room)
        return result, self.take_notes()

    def call(self, name: str, kind: str, args: tuple[Any, ...], watch: tuple[str, ...], seconds: float | None) -> Reply:
        child = self._ready()
        if child is None:
            self.notes.append(_("The notebook's time was used up before this call."))
            return Reply(ended="timeout")
        limit = self.left if seconds is None else min(seconds, self.left)
        return self._timed(lambda: child.call(name, kind, args, watch, limit))

    def end_check(self) -> None:
        """End the fork that answered a check's calls."""
        if self.child is not None:
            self._timed(self.child.end_check)

    def _ready(self) -> Child | None:
        """Return a child with every earlier cell run in it, or None when the time is used up."""
        while self.left > 0:
            if self.child is not None and self.child.alive:
                return self.child
            again = self.child is not None
            self.close()
            self.child = self.make_child(self.limits)
            if not again:
                self.child.start()
            else:
                # The submission ended the one before, so its time pays for the next; the first is the host's.
                self._timed(self.child.start)
                self.notes.append(_("A fresh process replayed the cells before."))
            self._replay(self.child)
        return None

    def _replay(self, child: Child) -> None:
        """Run the earlier cells again; one that is lost this time is left out from then on."""
        for cell in list(self.done):
            if self.left <= 0:
                return
            result = self._timed(lambda source=cell.source: child.run_cell(source, self.left, False))  # type: ignore[misc]
            if result.ended in _LOST:
                self.done.remove(cell)
                self.notes.append(_("Cell {id} was lost when it was replayed, and is left out.", id=cell.id))
                return

    def _timed(self, ask: Callable[[], Any]) -> Any:
        began = time.monotonic()
        try:
            return ask()
        finally:
            self.left -= time.monotonic() - began
