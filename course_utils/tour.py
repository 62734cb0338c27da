"""A tiny exercise to try the check on, for the page that shows how a lesson works. It is never noted."""

from __future__ import annotations

from typing import Any

import numpy as np

from course_utils.judging.checking import PUBLIC_SEED, CheckFailed, local_call, show_verdict, source_of
from course_utils.judging.exercise import Exercise, Group, Mistake
from course_utils.judging.judge import judge


def _some(rng: np.random.Generator, count: int) -> tuple[list[float]]:
    return (rng.uniform(1, 9, size=count).round(1).tolist(),)


def _mean(values: list[float]) -> float:
    from statistics import fmean

    return fmean(values)


AVERAGE = Exercise(
    "average",
    groups=(
        Group("several numbers", lambda rng: _some(rng, int(rng.integers(3, 9))), weight=2, count=3),
        Group("a single number", lambda rng: _some(rng, 1), count=1),
    ),
    oracle=_mean,
    mistakes=(
        Mistake("total", "Ten equal numbers and one of them have the same average: do they have the same sum?", sum),
        Mistake(
            "divided by two",
            "Dividing by two fits two numbers: how many are there in the list?",
            lambda values: sum(values) / 2,
        ),
        Mistake(
            "one too few",
            "You divide by one less than there are: which count do you need?",
            lambda values: sum(values) / max(len(values) - 1, 1),
        ),
    ),
)


def check(answer: Any) -> None:
    """Judge an answer to the tour's exercise and show the verdict, as a lesson's check does.

    Raises
    ------
    CheckFailed
        When the answer is not right yet; the verdict is shown first.
    """
    verdict = judge(AVERAGE, local_call(answer, AVERAGE), PUBLIC_SEED, source_of(answer))
    show_verdict(verdict)
    if not verdict.passed:
        raise CheckFailed(verdict)
