"""Walk through the drawn cases of an exercise."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from course_utils.judging import Exercise
from course_utils.judging.exercise import Case, Group
from course_utils.judging.judge import draw_cases

SEEDS = range(12)


def cases_of(exercise: Exercise, group: Group | str) -> Iterator[Case]:
    """Give the cases of one group (or of the group of that name) under several seeds."""
    chosen = next(one for one in exercise.groups if one.name == group) if isinstance(group, str) else group
    for seed in SEEDS:
        yield from draw_cases(exercise, chosen, seed)


def flat(values: Any) -> Iterator[Any]:
    """Give what stands in nested lists, tuples and dicts."""
    for value in values:
        if isinstance(value, list | tuple):
            yield from flat(value)
        elif isinstance(value, dict):
            yield from flat(value.values())
        else:
            yield value


def arrays_in(case: Case) -> list[np.ndarray]:
    """Return the arrays among a case's arguments."""
    return [value for value in flat(case.args) if isinstance(value, np.ndarray)]
