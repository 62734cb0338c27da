"""`check()`: which exercise is meant, what is shown, and how it fails."""

from __future__ import annotations

import functools
import linecache
import signal
import threading
import time
from typing import Any

import numpy as np
import pytest

import solutions.softmax_regression as known
from course_utils import check, ready
from course_utils.judging import CheckFailed, checking
from course_utils.judging.checking import local_call
from course_utils.judging.exercise import UnknownExercise
from course_utils.judging.show import verdict_text
from tests.judging.toys import exercise

CELLS = iter(range(10**6))


def run_cell(source: str, **names: Any) -> dict[str, Any]:
    """Run source as a notebook runs a cell: its text can be looked up by its file name."""
    filename = f"<cell {next(CELLS)}>"
    linecache.cache[filename] = (len(source), None, source.splitlines(keepends=True), filename)
    namespace = {"check": check, "ready": ready, "np": np, **names}
    exec(compile(source, filename, "exec"), namespace)
    return namespace


@pytest.fixture(autouse=True)
def _nothing_checked_yet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checking, "_latest", {})


def test_a_right_answer_is_told_and_nothing_is_raised(capsys: pytest.CaptureFixture[str]) -> None:
    assert check(known.softmax) is None
    assert "✓ softmax: correct" in capsys.readouterr().out


def test_a_wrong_answer_is_told_first_and_raised_then(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(CheckFailed, match="softmax: ") as failed:
        run_cell("def softmax(z):\n    return z\ncheck(softmax)")
    assert "softmax: wrong" in capsys.readouterr().out
    assert failed.value.verdict.exercise == "softmax"


@pytest.mark.parametrize(
    "source",
    [
        "softmax = lambda z: right(z)\ncheck(softmax)",
        "softmax = functools.partial(right)\ncheck(softmax)",
        "softmax = loud(right)\nprint('first')\ncheck(\n    softmax\n)",
        "@loud\ndef softmax(z):\n    return right(z)\n\ncheck(softmax)",
        "class Softmax:\n    def __call__(self, z):\n        return right(z)\nsoftmax = Softmax()\ncheck(softmax)",
        "my_own = right\ncheck(my_own, 'softmax')",
        "check(lambda z: right(z), exercise='softmax')",
        "other = right\nright.__name__ = 'softmax'\ncheck(other)",
        "answers = {'softmax': right}\ncheck(answers['softmax'])",
        "for softmax in [right]:\n    check(softmax)",
    ],
)
def test_the_exercise_is_the_one_named_in_the_cell(source: str, capsys: pytest.CaptureFixture[str]) -> None:
    def loud(function: Any) -> Any:
        def wrapper(*args: Any) -> Any:
            return function(*args)

        return wrapper

    def right(z: np.ndarray) -> np.ndarray:
        return known.softmax(z)

    right.__name__ = "softmax"
    run_cell(source, right=right, loud=loud, functools=functools)
    assert "✓ softmax: correct" in capsys.readouterr().out


@pytest.mark.parametrize("name", ["sofmax", "abc"])
def test_an_unknown_exercise_is_told_in_one_sentence(name: str) -> None:
    with pytest.raises(UnknownExercise) as unknown:
        run_cell(f"def {name}(z):\n    return z\ncheck({name})")
    assert str(unknown.value).startswith(f"No exercise is named `{name}`.")
    assert unknown.value._render_traceback_() == [str(unknown.value)]
    with pytest.raises(LookupError, match=r"Did you mean `softmax`\?"):
        check(known.softmax, "sofmax")


class Prickly:
    """Any attribute of it raises."""

    def __getattribute__(self, name: str) -> Any:
        raise RuntimeError(name)

    def __call__(self, z: np.ndarray) -> np.ndarray:
        return known.softmax(z)


ODD = {"number": lambda: 3, "none": lambda: None, "prickly": Prickly, "odd": type("Odd", (), {"__name__": 3})}


@pytest.mark.parametrize("name", ODD)
def test_anything_may_be_checked(name: str) -> None:
    with pytest.raises(UnknownExercise):
        run_cell("check(thing())", thing=ODD[name])
    if name == "prickly":
        run_cell("check(softmax)", softmax=Prickly())
    else:
        with pytest.raises(CheckFailed):
            run_cell("check(softmax)", softmax=ODD[name]())


def test_the_traceback_is_one_line_and_for_nbgrader_the_whole_verdict(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NBGRADER_EXECUTION", raising=False)
    with pytest.raises(CheckFailed) as failed:
        run_cell("check(softmax)", softmax=lambda z: known.softmax(z).T)
    assert failed.value._render_traceback_() == ["softmax: wrong (see the box above)"]
    monkeypatch.setenv("NBGRADER_EXECUTION", "validate")
    assert "\n".join(failed.value._render_traceback_()) == verdict_text(failed.value.verdict)


def test_ready_asks_for_checks_that_passed(capsys: pytest.CaptureFixture[str]) -> None:
    assert not ready("softmax", "one_hot")
    assert "waits for softmax and one_hot" in capsys.readouterr().out
    check(known.softmax)
    capsys.readouterr()
    assert not ready("softmax", "one_hot")
    assert "waits for one_hot:" in capsys.readouterr().out
    check(known.one_hot)
    capsys.readouterr()
    assert ready("softmax", "one_hot")
    assert capsys.readouterr().out == ""
    with pytest.raises(CheckFailed):
        run_cell("check(softmax)", softmax=lambda z: z)
    assert not ready("softmax")


def test_a_call_that_hangs_ends_and_leaves_the_clock_as_it_was() -> None:
    def hang(x: Any) -> None:
        while True:
            pass

    handler, timer = signal.getsignal(signal.SIGALRM), signal.getitimer(signal.ITIMER_REAL)
    start = time.monotonic()
    assert local_call(hang, exercise(time_limit=0.1))(1).ended == "timeout"
    assert time.monotonic() - start < 2
    assert signal.getsignal(signal.SIGALRM) is handler
    left = signal.getitimer(signal.ITIMER_REAL)
    assert (left[0] > 0) == (timer[0] > 0)


def test_the_time_limit_reaches_generators_and_swallowed_exceptions() -> None:
    def slow() -> Any:
        while True:
            time.sleep(0.02)
            yield 1

    def stubborn() -> None:
        try:
            time.sleep(30)
        finally:
            pass

    for answer, kind in ((slow, "generator"), (stubborn, "function")):
        assert local_call(answer, exercise(time_limit=0.1, kind=kind))().ended == "timeout"


def test_outside_the_main_thread_there_is_no_time_limit() -> None:
    replies = []
    thread = threading.Thread(target=lambda: replies.append(local_call(lambda x: x, exercise())(5)))
    thread.start()
    thread.join()
    assert replies[0].value == 5


def test_the_public_seed_never_changes() -> None:
    # learners compare notes, and the released lessons tell outputs that depend on it
    assert int("0x" + "".join(f"{b:02x}" for b in _first_bytes()), 16) == checking.PUBLIC_SEED


def _first_bytes() -> bytes:
    import hashlib

    return hashlib.sha256(b"deep-learning-foundations").digest()[:8]
