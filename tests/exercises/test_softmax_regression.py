"""The inputs of lesson 05 are what their groups say."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from course_utils.judging import Exercise, Rng, judge, load_exercises
from course_utils.judging.checking import local_call
from course_utils.judging.exercise import Case, Group, realise
from tests.exercises.every import arrays_in, cases_of

EXERCISES = load_exercises("softmax_regression")
GROUPS = [
    (exercise, group)
    for exercise in EXERCISES.values()
    for group in exercise.groups
    if exercise.name != "catches_unstable_softmax"  # it gets functions
]


def _id(value: Any) -> str:
    return value.name.replace(" ", "_")


def test_the_lesson_declares_exercises_of_every_kind() -> None:
    assert {exercise.kind for exercise in EXERCISES.values()} == {"function", "generator", "trained", "module"}


@pytest.mark.parametrize(("exercise", "group"), GROUPS, ids=_id)
def test_no_two_axes_that_mean_different_things_have_one_length(exercise: Exercise, group: Group) -> None:
    """The numbers of samples, features and classes (m, n, c) all differ."""
    for case in cases_of(exercise, group):
        arrays = arrays_in(case)
        m = len(arrays[0]) if exercise.kind != "module" else len(arrays[-1])
        others = {length for array in arrays for length in array.shape if length != m}
        if exercise.name == "softmax_step":
            x, y, w, b = arrays
            assert x.shape == (m, w.shape[0])
            assert y.shape == (m, len(b))
            assert len({m, *w.shape}) == 3
        elif exercise.name == "one_hot":
            assert case.args[1] not in (m, 1, 2)
        elif exercise.kind == "module":
            assert len({m, *case.args[0]}) == 3
        elif arrays[0].ndim == 2:
            assert arrays[0].shape[1] in others


def test_groups_hold_what_their_names_say() -> None:
    def cases(name: str, group: str) -> Iterator[Case]:
        return cases_of(EXERCISES[name], group)

    for case in cases("one_hot", "labels of every class"):
        labels, c = case.args
        assert set(labels) == set(range(c))
    for case in cases("one_hot", "classes that do not occur"):
        labels, c = case.args
        assert labels.max() < c - 1
    for case in cases("softmax", "rows of very different size"):
        (z,) = case.args
        assert np.ptp(z.max(axis=1)) > 1500
        assert (z.max(axis=1) - z.mean(axis=1)).max() > 709
    for name in ("softmax", "log_softmax"):
        for case in cases(name, "scores near 1000"):
            assert case.args[0].min() > 900
    for case in cases("log_softmax", "scores far apart"):
        assert (np.ptp(case.args[0], axis=1) > 750).all()
    for case in cases("softmax_ce_delta", "rows with several ones"):
        ones = case.args[1].sum(axis=1)
        assert ones.max() >= 2
        assert ones.min() >= 1
    for case in cases("softmax_ce_delta", "rows without any one"):
        ones = case.args[1].sum(axis=1)
        assert ones.min() == 0
    for case in cases("minibatches", "a last batch that is smaller"):
        assert len(case.args[0]) % case.args[2]
    for case in cases("train_softmax", "samples sorted by class"):
        assert (np.diff(case.args[1]) >= 0).all()
        assert isinstance(case.args[-1], Rng)


@pytest.mark.ledger("L095")
def test_the_given_softmaxes_are_right_and_wrong_as_their_groups_say() -> None:
    exercise = EXERCISES["catches_unstable_softmax"]
    for group in exercise.groups:
        for case in cases_of(exercise, group):
            wrong = exercise.oracle(*realise(case.args))
            assert wrong == (group.name != "right implementations")


def test_saying_the_same_of_every_implementation_earns_nothing() -> None:
    exercise = EXERCISES["catches_unstable_softmax"]
    for answer in (True, False):
        verdict = judge(exercise, local_call(lambda one, said=answer: said, exercise), 7)
        assert verdict.credit == 0
