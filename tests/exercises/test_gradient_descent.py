"""What is special about the inputs of lesson 02's exercises."""

from __future__ import annotations

import inspect

import numpy as np
import pytest

import course_utils.given.gradient_descent as landscapes
from course_utils.judging import Given, load_exercises
from course_utils.judging.exercise import realise
from tests.exercises.every import SEEDS, cases_of

EXERCISES = load_exercises("gradient_descent")
FUNCTIONS = ("funnel", "hills", "cliff", "plateau", "whisper")


def test_directions_are_neither_along_the_gradient_nor_across_it() -> None:
    for group in EXERCISES["directional_derivative"].groups:
        for case in cases_of(EXERCISES["directional_derivative"], group):
            gradient, direction = case.args
            cosine = gradient @ direction / (np.linalg.norm(gradient) * np.linalg.norm(direction))
            assert 0.2 < abs(cosine) < 0.9
            if "downhill" in group.name:
                assert cosine < 0
            if "very" in group.name:
                assert abs(np.log10(np.linalg.norm(direction))) > 4


def test_overshooting_walks_end_on_the_other_side() -> None:
    for case in cases_of(EXERCISES["bowl_point"], "an odd number of steps that overshoot"):
        _, rate, k = case.args
        assert -1 < 1 - 2 * rate < 0
        assert k % 2 == 1


@pytest.mark.parametrize("name", ["largest_stable_rate", "condition_number"])
def test_curvatures_are_far_enough_apart_and_never_zero(name: str) -> None:
    for group in EXERCISES[name].groups:
        for case in cases_of(EXERCISES[name], group):
            (features,) = case.args
            m, n = features.shape
            assert m > n >= 3
            curvatures = np.linalg.eigvalsh(features.T @ features / m)
            assert curvatures[0] > 1e-3
            assert curvatures[-1] / curvatures[0] > 1.5


def test_batches_never_hold_the_first_rows_and_are_smaller_than_the_data() -> None:
    for group in EXERCISES["minibatch_gradient"].groups:
        for case in cases_of(EXERCISES["minibatch_gradient"], group):
            features, targets, weights, batch = case.args
            assert batch.min() >= 2
            assert len({len(features), len(weights), len(batch)}) == 3
            assert len(targets) == len(features)
            assert (len(np.unique(batch)) < len(batch)) == ("twice" in group.name)


def test_entries_that_add_up_to_0_do_so_exactly_and_none_is_0() -> None:
    for case in cases_of(EXERCISES["steepest_direction"], "gradients whose entries add up to 0"):
        (gradient,) = case.args
        assert gradient.sum() == 0
        assert gradient.all()


def test_the_last_small_batch_is_smaller() -> None:
    for case in cases_of(EXERCISES["train_minibatch"], "small batches in the order of `rng`"):
        features, _, _, batch, epochs, _ = case.args
        assert 0 < len(features) % batch < batch
        assert epochs == 1


def test_sorted_samples_are_sorted() -> None:
    for case in cases_of(EXERCISES["train_minibatch"], "samples sorted by their target"):
        assert (np.diff(case.args[1]) >= 0).all()


def test_walks_are_given_their_gradient_by_name_and_stay_finite() -> None:
    for group in EXERCISES["gradient_descent"].groups:
        for case in cases_of(EXERCISES["gradient_descent"], group):
            assert isinstance(case.args[0], Given)
            assert np.isfinite(EXERCISES["gradient_descent"].oracle(*realise(case.args)).numpy()).all()


@pytest.mark.parametrize("name", FUNCTIONS)
def test_the_right_gradients_are_right_and_the_wrong_ones_wrong(name: str) -> None:
    function = getattr(landscapes, name)
    oracle = EXERCISES["catches_wrong_gradient"].oracle
    point = np.array([-1.3, 1.7, 0.6, -0.8, 2.1])
    claims = [claim for claim in vars(landscapes) if claim.startswith(f"{name}_slope")]
    assert len(claims) >= 3
    for claim in claims:
        assert oracle(function, getattr(landscapes, claim), point) == (claim != f"{name}_slope")


def test_wrong_gradients_are_off_by_a_hundredth_at_least() -> None:
    for group in EXERCISES["catches_wrong_gradient"].groups:
        for case in cases_of(EXERCISES["catches_wrong_gradient"], group):
            function, claim, point = case.args
            right = Given(f"{function.name}_slope").function()(point)
            off = np.abs(claim.function()(point) - right).max() / np.abs(right).max()
            assert off == 0 if group.name.startswith(("right", "gradients that are right")) else off > 0.0099


def test_one_wrong_entry_is_never_the_first_or_the_last() -> None:
    for case in cases_of(EXERCISES["catches_wrong_gradient"], "gradients with one wrong entry"):
        function, claim, point = case.args
        differs = claim.function()(point) != Given(f"{function.name}_slope").function()(point)
        assert differs.sum() == 1
        assert not differs[0]
        assert not differs[-1]


def test_every_given_landscape_is_used() -> None:
    used = {
        value.name.split(".")[1]
        for exercise in EXERCISES.values()
        for group in exercise.groups
        for case in cases_of(exercise, group)
        for value in case.args
        if isinstance(value, Given)
    }
    functions = {name for name, value in vars(landscapes).items() if inspect.isfunction(value)}
    assert len(SEEDS) >= 10
    assert {name for name in functions if not name.startswith("_")} == used
