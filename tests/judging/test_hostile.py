"""Whatever an answer does, the judge gives a verdict, and never a good one for nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from course_utils.judging import Group, Outcome
from course_utils.judging.calls import MODES
from course_utils.judging.show import verdict_html, verdict_text
from tests.judging.test_compare import HOSTILE
from tests.judging.toys import ADDS, steps, verdict_on


class _NoBirth:
    def __init__(self, *_: Any) -> None:
        raise KeyboardInterrupt("no")


class _Evil:
    __name__ = property(lambda self: 1 / 0)  # type: ignore[assignment]

    def __call__(self, x: Any) -> Any:
        return self

    def __getattr__(self, name: str) -> Any:
        raise RuntimeError(name)

    def __eq__(self, other: object) -> bool:
        return True

    def __hash__(self) -> int:
        return 0

    def __bool__(self) -> bool:
        raise SystemExit


def _raising(error: BaseException) -> Callable[[Any], Any]:
    def answer(x: Any) -> Any:
        raise error

    return answer


def _nested(depth: int) -> Any:
    value: Any = [1.0]
    for _ in range(depth):
        value = [value]
    return value


def _doubling(x: Any) -> Any:
    value: Any = [x]
    for _ in range(60):
        value = [value, value]
    return value


HOSTILE_ANSWERS: dict[str, Any] = {
    **{f"gives {type(value).__name__} {n}": (lambda x, value=value: value) for n, value in enumerate(HOSTILE)},
    "interrupts": _raising(KeyboardInterrupt()),
    "exits": _raising(SystemExit(0)),
    "raises BaseException": _raising(BaseException("b")),
    "raises GeneratorExit": _raising(GeneratorExit()),
    "endless generator": lambda x: iter(int, 1),
    "deeply nested": lambda x: _nested(50_000),
    "doubling": _doubling,
    "class that cannot be made": _NoBirth,
    "evil object": _Evil(),
    "a class": _Evil,
    "no function": 3,
    "None": None,
    "takes nothing": lambda: 1,
    "gives its argument's type": type,
    "gives a huge number": lambda x: 10**5000,
    "gives strange floats": lambda x: np.longdouble(1) * x + np.longdouble("1e4000"),
}


@pytest.mark.parametrize("kind", ["function", "generator", "module", "trained"])
@pytest.mark.parametrize("name", HOSTILE_ANSWERS)
def test_nothing_an_answer_does_stops_the_judge(name: str, kind: Any) -> None:
    changes: dict[str, Any] = {"kind": kind, "by_hand": kind != "module", "laws": (ADDS,)}
    if kind == "module":
        groups = (
            Group("a batch", lambda rng: ((3, 2), [rng.normal(size=(2, 3)), rng.normal(size=2)], np.ones((4, 3)))),
        )
        changes |= {"groups": groups, "oracle": lambda *_: {MODES[0]: np.ones((4, 2))}, "mistakes": (), "laws": ()}
    verdict = verdict_on(HOSTILE_ANSWERS[name], **changes)
    assert verdict.outcome not in (Outcome.CORRECT, Outcome.PARTLY, Outcome.NOT_ATTEMPTED)
    assert verdict_text(verdict)
    assert verdict_html(verdict)


def test_always_equal_is_equal_to_nothing_insteps() -> None:
    class Equal(float):
        def __eq__(self, other: object) -> bool:
            return True

        def __hash__(self) -> int:
            return 1

    verdict = verdict_on(lambda x: {"sum": Equal(3), "mean": Equal(4), "rest": [Equal(5)]}, oracle=steps, mistakes=())
    assert verdict.outcome is Outcome.WRONG
