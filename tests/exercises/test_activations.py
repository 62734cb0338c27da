"""What is special about the inputs of lesson 12's exercises."""

from __future__ import annotations

import numpy as np
import pytest

from course_utils.exercises import activations as lesson
from course_utils.given import activations as given
from course_utils.judging import Given, load_exercises
from tests.exercises.every import cases_of

EXERCISES = load_exercises("activations")
ENTRYWISE = ["relu", "relu_grad", "leaky_relu", "mended_leaky_grad"]


def test_the_lesson_declares_its_exercises() -> None:
    assert len(EXERCISES) == 10
    assert {exercise.kind for exercise in EXERCISES.values()} == {"function", "module"}


@pytest.mark.parametrize("name", ENTRYWISE)
def test_there_are_numbers_above_1_on_both_sides_of_0(name: str) -> None:
    for group in EXERCISES[name].groups:
        for case in cases_of(EXERCISES[name], group):
            x = case.args[0]
            assert x.max() > 1
            assert x.min() < -1
            assert bool(np.sum(x == 0) == 3) is (group.name == "zeros among the numbers")


@pytest.mark.parametrize("name", ["relu_grad", "mended_leaky_grad", "activation_backward"])
def test_the_kink_is_tried_in_a_group_of_its_own(name: str) -> None:
    with_zeros = {
        group.name
        for group in EXERCISES[name].groups
        for case in cases_of(EXERCISES[name], group)
        if (case.args[2 if name == "activation_backward" else 0] == 0).any()
    }
    assert len(with_zeros) == 1


def test_tanh_is_asked_far_out_and_near_0() -> None:
    for case in cases_of(EXERCISES["tanh_from_sigmoid"], "very large and very small numbers"):
        assert case.args[0].max() > 1000
        assert case.args[0].min() < -1000
        assert (np.abs(case.args[0]) < 3).any()


def test_gamma_is_on_the_side_of_1_that_the_group_says() -> None:
    for group in EXERCISES["leaky_relu"].groups:
        for case in cases_of(EXERCISES["leaky_relu"], group):
            assert (case.args[1] > 1) is (group.name == "slopes above 1")


def test_some_units_are_dead_and_some_are_not() -> None:
    for group in EXERCISES["dead_units"].groups:
        for case in cases_of(EXERCISES["dead_units"], group):
            dead = lesson._dead_oracle(*case.args)
            assert dead.any()
            assert not dead.all()


def test_training_is_tiny_and_counts_rows_and_entries_apart() -> None:
    exercise = EXERCISES["train_with_activation"]
    for group in exercise.groups:
        for case in cases_of(exercise, group):
            x, y, w1, _, w2, *_, steps = case.args
            assert y.shape == (len(x), w2.shape[1])
            assert y.size > len(x)
            assert len({*w1.shape, len(x), y.shape[1]}) == 4
            assert {*np.unique(y)} == {0.0, 1.0}
            assert 4 <= steps < 8


def test_every_given_slope_is_handed_out_and_judged_as_its_group_says() -> None:
    exercise = EXERCISES["catches_wrong_slope"]
    handed = set()
    for group in exercise.groups:
        for case in cases_of(exercise, group):
            assert all(isinstance(value, Given) for value in case.args)
            handed |= {value.name for value in case.args}
            wrong = lesson._catches_oracle(*(value.function() for value in case.args))
            assert wrong is not group.name.startswith("right slopes")
    public = {name for name, value in vars(given).items() if callable(value) and not name.startswith("_")}
    assert handed == {f"activations.{name}" for name in public if name != "Array"}


def test_only_one_place_tells_the_slopes_at_the_kink_apart() -> None:
    x = np.linspace(-4, 4, 161)
    for _, name in lesson.AT_THE_KINK:
        differs = ~np.isclose(getattr(given, name)(x), given.bent_slope(x))
        assert x[differs].tolist() == [0.0]
