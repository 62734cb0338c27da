"""Small exercises for the tests of the judge."""

from __future__ import annotations

from typing import Any

import numpy as np

from course_utils.judging import Exercise, Group, Law, Mistake, Verdict, judge
from course_utils.judging.checking import local_call


def doubled(x: np.ndarray) -> np.ndarray:
    return 2 * x


def draw(rng: np.random.Generator) -> tuple[np.ndarray]:
    return (rng.normal(size=(4, 3)),)


def draw_negative(rng: np.random.Generator) -> tuple[np.ndarray]:
    return (-np.abs(rng.normal(size=(5, 3))) - 0.1,)


def exercise(**changes: Any) -> Exercise:
    """Return "double every number", with some fields changed."""
    fields: dict[str, Any] = {
        "name": "double",
        "groups": (Group("typical numbers", draw, weight=3), Group("negative numbers", draw_negative)),
        "oracle": doubled,
        "mistakes": (Mistake("square", "Twice a number is not its square.", lambda x: x * x),),
        "time_limit": 2.0,
    }
    return Exercise(**{**fields, **changes})


ADDS = Law("the whole is the sum of its parts", lambda ask, x: np.allclose(ask(x + 1), ask(x) + 2))


def verdict_on(answer: Any, seed: int = 1, source: str | None = None, **changes: Any) -> Verdict:
    declared = exercise(**changes)
    return judge(declared, local_call(answer, declared), seed, source)


def steps(x: np.ndarray) -> dict[str, Any]:
    """Return the right answer of an exercise of several steps."""
    return {"sum": x.sum(), "mean": x.sum() / 2, "rest": x - x.sum() / 2}
