"""What is special about the inputs of lesson 03's exercises."""

from __future__ import annotations

import numpy as np
import pytest

from course_utils.exercises import backpropagation as lesson
from course_utils.given import backpropagation as given
from course_utils.judging import Given, Rng, load_exercises
from tests.exercises.every import cases_of

EXERCISES = load_exercises("backpropagation")


def test_the_lesson_declares_its_exercises() -> None:
    assert len(EXERCISES) == 11
    assert {exercise.kind for exercise in EXERCISES.values()} == {"function", "trained"}


@pytest.mark.parametrize("name", ["sigmoid", "sigmoid_grad"])
def test_very_large_and_very_small_numbers_are_both_there(name: str) -> None:
    for case in cases_of(EXERCISES[name], "very large and very small numbers"):
        assert case.args[0].max() > 1000
        assert case.args[0].min() < -1000
        assert (np.abs(case.args[0]) < 3).any()


def test_a_weight_of_the_first_layer_can_be_swapped_without_an_error() -> None:
    for case in cases_of(EXERCISES["paths_gradient"], "weights chosen at random"):
        x, y, w1, _, w2, _, i, j = case.args
        assert len({*w1.shape, len(y)}) == 3
        assert w1.shape == (len(x), len(w2))
        assert i != j
        assert max(i, j) < min(*w1.shape, len(y))
        assert len(w2) > len(y)  # so that turning it round raises no error either
        assert abs(x[j]) > 0.3


@pytest.mark.parametrize("name", ["forward_pass", "backward_pass"])
def test_no_two_lengths_of_a_net_are_equal(name: str) -> None:
    for group in EXERCISES[name].groups:
        for case in cases_of(EXERCISES[name], group):
            if group.name == "layers of equal width":
                continue
            weights = case.args[1]
            lengths = [weights[0].shape[0], *(w.shape[1] for w in weights)]
            assert len(set(lengths)) == len(lengths)
            first = case.args[0] if name == "forward_pass" else case.args[0][0]
            assert len(first) not in lengths


def test_hidden_neurons_are_saturated_where_the_group_says_so() -> None:
    for case in cases_of(EXERCISES["two_layer_step"], "saturated hidden neurons"):
        x, _, w1, b1, _, _ = case.args
        assert np.mean(np.abs(x @ w1 + b1) > 4) > 0.3


def test_training_has_a_generator_and_few_steps() -> None:
    for group in EXERCISES["train_two_layer"].groups:
        for case in cases_of(EXERCISES["train_two_layer"], group):
            assert isinstance(case.args[-1], Rng)
            assert case.args[-2] <= 25


def test_every_given_gradient_is_handed_out_and_judged_as_it_should_be() -> None:
    exercise = EXERCISES["catches_wrong_backward"]
    handed = set()
    for group in exercise.groups:
        for case in cases_of(exercise, group):
            assert isinstance(case.args[0], Given)
            handed.add(case.args[0].name)
            wrong = lesson._catches_oracle(case.args[0].function(), *case.args[1:])
            assert wrong is (group.name != "right gradients")
    listed = {f"backpropagation.{name}" for name in vars(given) if name.endswith("_gradient")}
    assert handed == listed


def test_the_loss_falls_along_every_given_gradient_but_the_climbing_one() -> None:
    """That is what makes the falling loss no proof."""
    for group in EXERCISES["catches_wrong_backward"].groups:
        for case in cases_of(EXERCISES["catches_wrong_backward"], group):
            rises = lesson._loss_rises(case.args[0].function(), *case.args[1:])
            assert rises is (group.name == "gradients that climb")
