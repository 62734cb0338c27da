"""`check(answer)`: judge an answer here and now, in the learner's notebook."""

from __future__ import annotations

import ast
import hashlib
import importlib
import inspect
import linecache
import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

from course_utils.judging.calls import LearnerError, Reply, TimeLimit, run_call
from course_utils.judging.exercise import Exercise, UnknownExercise, find_exercise
from course_utils.judging.judge import Call, judge
from course_utils.judging.show import verdict_html, verdict_text
from course_utils.judging.verdict import Verdict
from course_utils.language import N_, _, pairing
from course_utils.progress import note_check

PUBLIC_SEED = int.from_bytes(hashlib.sha256(b"deep-learning-foundations").digest()[:8], "big")

# What a learner's own cell with a check in it says while the notebook is graded: the exercises are not there then.
_JUDGED_OUTSIDE = N_(
    "No verdict here: while a notebook is graded, the judge stays outside and asks for each answer itself. "
    "This check counts for nothing."
)

_latest: dict[str, Verdict] = {}


class CheckFailed(Exception):
    """A check did not pass. The verdict says why, so the notebook shows one line and no traceback.

    nbgrader's Validate reads an error output as "this cell fails" and shows its traceback; there the
    whole verdict stands in it.
    """

    def __init__(self, verdict: Verdict) -> None:
        super().__init__(f"{verdict.exercise}: {verdict.outcome.words}")
        self.verdict = verdict

    def _render_traceback_(self) -> list[str]:
        if os.environ.get("NBGRADER_EXECUTION"):
            return verdict_text(self.verdict).splitlines()
        return [_("{verdict} (see the box above)", verdict=self)]


def check(answer: Any, exercise: str | None = None) -> None:
    """Judge an answer and show the verdict.

    Parameters
    ----------
    answer : object
        Your function or class.
    exercise : str, optional
        The exercise's name, when the answer goes by another one.

    Raises
    ------
    CheckFailed
        When the answer is not right yet; the verdict is shown first.
    LookupError
        When no exercise has that name.
    """
    if _judged_outside():
        print(_(_JUDGED_OUTSIDE))
        return
    caller = inspect.currentframe()
    name = exercise or _name_of(answer, caller.f_back if caller else None)
    declared = find_exercise(name)
    source = source_of(answer)
    verdict = judge(declared, local_call(answer, declared), PUBLIC_SEED, source)
    _latest[name] = verdict
    show_verdict(verdict)
    note_check(verdict, answer, source)
    if not verdict.passed:
        raise CheckFailed(verdict)


def _judged_outside() -> bool:
    try:
        importlib.import_module("course_utils.exercises")
    except ModuleNotFoundError:
        return True
    return False


def ready(*names: str) -> bool:
    """Say whether these exercises have passed their checks; if not, print which to do first.

    Cells that build on your answers ask this, so that the notebook runs from top to bottom while it
    is unfinished.

    Parameters
    ----------
    *names : str
        Names of exercises.

    Returns
    -------
    bool
    """
    missing = [name for name in names if name not in _latest or not _latest[name].passed]
    if missing:
        waits = _("This cell waits for {names}: pass the check, then run the cell again.", names=pairing(missing))
        print(waits)
    return not missing


def local_call(answer: Any, exercise: Exercise) -> Call:
    """Return ``call(*args) -> Reply`` for an answer in this process.

    The first call is watched for libraries; every call has the exercise's time limit, where the
    platform can interrupt a running call (the main thread of a Unix process).
    """
    watched = False

    def call(*args: Any) -> Reply:
        nonlocal watched
        watch = () if watched else exercise.watch
        watched = True
        try:
            with time_limit(exercise.time_limit):
                return run_call(answer, exercise.kind, args, watch)
        except TimeLimit:
            return Reply(ended="timeout")
        except RecursionError:
            return Reply(ended="raised", error=LearnerError("RecursionError", _("it calls itself for ever"), ""))

    return call


@contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """Raise :class:`TimeLimit` in the code inside after so many seconds, where the platform can."""
    if not hasattr(signal, "setitimer") or threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(_signum: int, _frame: FrameType | None) -> None:
        raise TimeLimit

    before = signal.signal(signal.SIGALRM, stop)
    running = signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
        signal.setitimer(signal.ITIMER_REAL, *running)


def _name_of(answer: Any, frame: FrameType | None) -> str:
    """Return the name that stands in the call ``check(name)``, else the answer's own name.

    The name in the cell comes first, because a lambda or a wrapped function has another name of its own.
    """
    written = _name_in_cell(frame) if frame is not None else None
    own = _own_name(answer)
    for name in (written, own):
        if name:
            try:
                return find_exercise(name).name
            except UnknownExercise:
                continue
    shown = written or own or type(answer).__name__
    raise UnknownExercise(
        _(
            "No exercise is named `{name}`. Pass the function itself, as in `check(softmax)`, "
            "or name the exercise: `check(answer, exercise='softmax')`.",
            name=shown,
        )
    )


def _own_name(answer: Any) -> str | None:
    try:
        name = answer.__name__
    except Exception:  # the answer is the learner's: any attribute of it may raise
        return None
    return name if isinstance(name, str) else None


def _name_in_cell(frame: FrameType) -> str | None:
    text = "".join(linecache.getlines(frame.f_code.co_filename, frame.f_globals))
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError):
        return None
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Name)
            and node.func.id == "check"
            and node.lineno <= frame.f_lineno <= (node.end_lineno or node.lineno)
            and node.args
            and isinstance(node.args[0], ast.Name)
        ):
            return node.args[0].id
    return None


def source_of(answer: Any) -> str | None:
    """Return the text of an answer; None where it cannot be found."""
    try:
        return inspect.getsource(answer)
    except Exception:  # no source, or an object of the learner's that raises when looked at
        return None


class _Shown:
    """A verdict as IPython shows it: rich where there is a page, plain where there is none."""

    def __init__(self, verdict: Verdict) -> None:
        self.verdict = verdict

    def _repr_mimebundle_(self, **_: object) -> dict[str, str]:
        return {"text/html": verdict_html(self.verdict), "text/plain": verdict_text(self.verdict)}


def show_verdict(verdict: Verdict) -> None:
    """Show a verdict: as a card in a notebook, else as lines of text."""
    if "IPython" in sys.modules:
        from IPython import get_ipython

        if get_ipython() is not None:
            from IPython.display import display

            display(_Shown(verdict))
            return
    print(verdict_text(verdict))
