"""The inputs of lesson 05 are never degenerate, and its oracles agree with the reference answers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import solutions.softmax_regression as solutions
from course_utils.judging import Exercise, Rng, load_exercises
from course_utils.judging.compare import as_plain, find_difference
from course_utils.judging.exercise import Case, Group, realise
from course_utils.judging.judge import draw_cases

EXERCISES = load_exercises("softmax_regression")
GROUPS = [(exercise, group) for exercise in EXERCISES.values() for group in exercise.groups]
SEEDS = range(20)
# groups whose very point is an axis of length 1
SINGLE = {"one sample", "a batch of one sample", "one image", "one sample a batch"}


def _id(value: Any) -> str:
    return value.name.replace(" ", "_")


def _cases(exercise: Exercise, group: Group) -> Iterator[Case]:
    for seed in SEEDS:
        yield from draw_cases(exercise, group, seed)


def _flat(values: Any) -> Iterator[Any]:
    for value in values:
        if isinstance(value, list | tuple):
            yield from _flat(value)
        else:
            yield value


def _arrays(case: Case) -> list[np.ndarray]:
    return [value for value in _flat(case.args) if isinstance(value, np.ndarray)]


def test_the_lesson_declares_its_exercises_and_solves_them() -> None:
    assert len(EXERCISES) == 11
    assert {exercise.kind for exercise in EXERCISES.values()} == {"function", "generator", "trained", "module"}
    assert all(callable(getattr(solutions, name)) for name in EXERCISES)


@pytest.mark.parametrize(("exercise", "group"), GROUPS, ids=_id)
def test_inputs_are_never_degenerate(exercise: Exercise, group: Group) -> None:
    for case in _cases(exercise, group):
        for array in _arrays(case):
            assert np.isfinite(array).all()
            if array.ndim >= 2:
                assert len(set(array.shape)) == array.ndim, f"two axes of one length: {array.shape}"
            if group.name not in SINGLE:
                assert min(array.shape) >= 3, array.shape
            elif array.ndim >= 2:
                assert min(array.shape[1:]) >= 3, array.shape


@pytest.mark.parametrize(("exercise", "group"), GROUPS, ids=_id)
def test_no_two_axes_that_mean_different_things_have_one_length(exercise: Exercise, group: Group) -> None:
    """The numbers of samples, features and classes (m, n, c) all differ."""
    for case in _cases(exercise, group):
        arrays = _arrays(case)
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


@pytest.mark.parametrize(("exercise", "group"), GROUPS, ids=_id)
def test_the_answer_is_not_trivial(exercise: Exercise, group: Group) -> None:
    """No expected result is all zeros, or equal to an argument."""
    if exercise.oracle is None or group.reach is not None:
        return
    for case in _cases(exercise, group):
        wanted = as_plain(exercise.oracle(*realise(case.args)))
        assert find_difference(as_plain(list(case.args[:1]))[0], wanted, exercise.computation) is not None
        for part in _flat(wanted.values() if isinstance(wanted, dict) else [wanted]):
            assert np.isfinite(part).all()
            assert np.any(part)


@pytest.mark.parametrize("exercise", EXERCISES.values(), ids=_id)
def test_every_group_has_weight_and_the_typical_one_the_most(exercise: Exercise) -> None:
    weights = [group.weight for group in exercise.groups]
    assert min(weights) > 0
    assert exercise.name == "softmax_ce_delta" or weights[0] == max(weights)
    assert min(weights) / sum(weights) >= 0.1


@pytest.mark.parametrize("exercise", EXERCISES.values(), ids=_id)
def test_every_mistake_has_a_hint_in_one_or_two_sentences(exercise: Exercise) -> None:
    assert len(exercise.mistakes) >= 5
    for mistake in exercise.mistakes:
        assert mistake.hint.endswith((".", "?"))
        assert len(mistake.hint) <= 200
        for code in ("axis=", "keepdims", "np.", "torch.", "return "):
            assert code not in mistake.hint.replace("`return`", "")


@pytest.mark.parametrize(("exercise", "group"), GROUPS, ids=_id)
def test_oracle_and_solution_agree(exercise: Exercise, group: Group) -> None:
    if exercise.oracle is None or group.reach is not None or exercise.kind == "module":
        return
    solution = getattr(solutions, exercise.name)
    for case in _cases(exercise, group):
        found = solution(*realise(case.args))
        found = list(found) if exercise.kind == "generator" else found
        wanted = as_plain(exercise.oracle(*realise(case.args)))
        assert find_difference(as_plain(found), wanted, exercise.computation) is None


@pytest.mark.parametrize("exercise", EXERCISES.values(), ids=_id)
def test_mistakes_that_say_what_they_give_can_be_computed(exercise: Exercise) -> None:
    for group in exercise.groups:
        case = draw_cases(exercise, group, 1)[0]
        for mistake in exercise.mistakes:
            if mistake.answer is not None:
                with np.errstate(all="ignore"):
                    assert mistake.answer(*realise(case.args)) is not None


def test_groups_hold_what_their_names_say() -> None:
    def cases(name: str, group: str) -> Iterator[Case]:
        exercise = EXERCISES[name]
        return _cases(exercise, next(one for one in exercise.groups if one.name == group))

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
