"""What is special about the exercises of lesson 01."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from course_utils.exercises.linear_regression import _is_affine
from course_utils.given import linear_regression as given
from course_utils.judging import Exercise, load_exercises
from course_utils.judging.exercise import realise
from course_utils.judging.judge import draw_cases

EXERCISES = load_exercises("linear_regression")
SEEDS = range(10)
VERDICTS = ("catches_affine_stack", "has_settled")


def _verdicts(exercise: Exercise, group: Any, seed: int) -> list[bool]:
    assert exercise.oracle is not None
    return [bool(exercise.oracle(*realise(case.args))) for case in draw_cases(exercise, group, seed)]


@pytest.mark.parametrize("name", VERDICTS)
def test_no_group_is_won_by_one_verdict_for_everything(name: str) -> None:
    for group in EXERCISES[name].groups:
        for seed in SEEDS:
            assert set(_verdicts(EXERCISES[name], group, seed)) == {True, False}


@pytest.mark.parametrize("name", VERDICTS)
def test_drawing_twice_gives_the_same_cases(name: str) -> None:
    for group in EXERCISES[name].groups:
        assert _verdicts(EXERCISES[name], group, 3) == _verdicts(EXERCISES[name], group, 3)


@pytest.mark.ledger("L010")
@pytest.mark.parametrize(
    ("function", "affine"),
    [
        (given.two_layers, True),
        (given.three_layers, True),
        (given.high_plane, True),
        (given.two_layers_with_sigmoid, False),
        (given.two_layers_with_relu, False),
        (given.product, False),
        (given.third_power, False),
        (given.bowl, False),
        (given.fold_above, False),
        (given.fold_below, False),
    ],
)
def test_an_activation_that_is_not_affine_stops_the_collapse(function: Callable[..., Any], affine: bool) -> None:
    assert _is_affine(function, -2.0, 2.0) is affine
    assert function(np.ones((7, 2))).shape == (7,)


@pytest.mark.ledger("L010")
def test_it_depends_on_the_range_whether_a_kink_is_met() -> None:
    assert _is_affine(given.hinge, -2.0, 0.9)
    assert _is_affine(given.hinge, 1.1, 3.0)
    assert not _is_affine(given.hinge, 0.0, 2.0)


@pytest.mark.ledger("L010")
def test_close_to_zero_a_sigmoid_bends_far_more_than_rounding() -> None:
    assert not _is_affine(given.two_layers_with_sigmoid, -0.05, 0.05)
    p, q = np.random.default_rng(0).uniform(-0.05, 0.05, size=(2, 500, 2))
    f = given.two_layers_with_sigmoid
    bend = np.abs(f((p + q) / 2) - (f(p) + f(q)) / 2).max()
    assert 1e-4 < bend < 1e-3


def test_a_kink_in_a_corner_leaves_most_of_the_square_straight() -> None:
    exercise = EXERCISES["catches_affine_stack"]
    kinks = next(group for group in exercise.groups if "kink" in group.name)
    for seed in SEEDS:
        for case in draw_cases(exercise, kinks, seed)[3:]:
            f, low, high = realise(case.args)
            assert not _is_affine(f, low, high)
            centre, reach = (low + high) / 2, (high - low) / 4
            assert _is_affine(f, centre - reach, centre + reach)


def test_no_curve_is_close_to_the_tolerance() -> None:
    """The share lost from one window to the next is far from what is allowed, so that rounding decides nothing."""
    for group in EXERCISES["has_settled"].groups:
        for seed in SEEDS:
            for case in draw_cases(EXERCISES["has_settled"], group, seed):
                losses, window, tolerance = case.args
                assert (losses > 0).all()
                if len(losses) >= 2 * window:
                    before, now = losses[-2 * window : -window].mean(), losses[-window:].mean()
                    share = 1 - now / before
                    assert share < 0.95 * tolerance or share > 1.5 * tolerance


def test_the_training_cases_stay_below_and_above_the_limit() -> None:
    for group in EXERCISES["train_linear"].groups:
        for seed in SEEDS:
            for case in draw_cases(EXERCISES["train_linear"], group, seed):
                x, _, rate, _ = case.args
                wide = np.column_stack([x, np.ones(len(x))])
                limit = 2 / np.linalg.eigvalsh(2 / len(x) * wide.T @ wide).max()
                assert (rate > limit) == (group.name == "a learning rate that is too large")


@pytest.mark.parametrize("name", ["fit_least_squares", "trapezoid_features"])
def test_the_oracles_agree_with_scikit_learn(name: str) -> None:
    from sklearn.linear_model import LinearRegression
    from sklearn.preprocessing import PolynomialFeatures

    exercise = EXERCISES[name]
    assert exercise.oracle is not None
    for group in exercise.groups:
        for seed in SEEDS:
            for case in draw_cases(exercise, group, seed):
                if name == "fit_least_squares":
                    w, b = exercise.oracle(*case.args)
                    model = LinearRegression().fit(*case.args)
                    np.testing.assert_allclose([*w, b], [*model.coef_, model.intercept_], rtol=1e-9, atol=1e-11)
                else:
                    features = PolynomialFeatures(2, include_bias=False).fit_transform(*case.args)
                    np.testing.assert_allclose(exercise.oracle(*case.args), features, rtol=1e-12)
