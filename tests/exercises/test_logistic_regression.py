"""The inputs of lesson 04 are what their groups say."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from course_utils.judging import PUBLIC_SEED, Given, Outcome, judge, load_exercises
from course_utils.judging.checking import local_call
from course_utils.judging.exercise import Case, realise
from tests.exercises.every import cases_of

EXERCISES = load_exercises("logistic_regression")


def _cases(name: str, group: str) -> Iterator[Case]:
    return cases_of(EXERCISES[name], group)


@pytest.mark.parametrize("name", ["predict_probability", "logistic_step", "train_logistic", "train_ovr", "predict_ovr"])
def test_samples_features_and_classes_differ_in_number(name: str) -> None:
    for group in EXERCISES[name].groups:
        for case in cases_of(EXERCISES[name], group):
            features, second = case.args[:2]
            m, n = features.shape
            classes = {"train_ovr": case.args[2], "predict_ovr": np.shape(second)[-1]}.get(name, 2)
            assert group.edge or len({m, n, classes}) == 3


@pytest.mark.parametrize(
    ("name", "labels_at"),
    [("bce_with_logits", 1), ("likelihood_slope", 1), ("logistic_step", 1), ("train_logistic", 1)],
)
def test_both_labels_occur(name: str, labels_at: int) -> None:
    for group in EXERCISES[name].groups:
        for case in cases_of(EXERCISES[name], group):
            assert group.edge or set(case.args[1]) == {0.0, 1.0}


@pytest.mark.parametrize("right", [True, False])
def test_confident_scores_are_far_out_on_the_side_that_their_group_says(right: bool) -> None:
    for case in _cases("bce_with_logits", f"confident and {'right' if right else 'wrong'}"):
        z, y = case.args
        assert (np.abs(z[1:]) > 745).all()  # beyond, the exponential is 0 or infinite
        assert (((z[1:] > 0) == (y[1:] == 1)) == right).all()
        assert {-1.0, 1.0} == set(np.sign(z[1:]))


def test_large_features_overflow_the_loss_by_the_letter() -> None:
    for case in _cases("logistic_step", "features of large size"):
        x, y, w, b = case.args
        z = x @ w + b
        with np.errstate(all="ignore"):
            h = 1 / (1 + np.exp(-z))
            assert not np.isfinite(-(y * np.log(h) + (1 - y) * np.log(1 - h)).mean())


def test_the_boundary_is_asked_for_on_both_sides_of_one_half() -> None:
    assert all(case.args[-1] < 0.45 for case in _cases("mended_boundary", "thresholds below one half"))
    assert all(case.args[-1] > 0.55 for case in _cases("mended_boundary", "thresholds above one half"))


def test_every_given_loss_function_is_handed_out_and_only_the_sound_ones_pass() -> None:
    exercise = EXERCISES["catches_unstable_loss"]
    seen: dict[str, set[Any]] = {}
    for group in exercise.groups:
        for case in cases_of(exercise, group):
            (given,) = case.args
            assert isinstance(given, Given)
            seen.setdefault(given.name.split(".")[1], set()).add(exercise.oracle(*realise(case.args)))
    sound = {"loss_through_logaddexp", "loss_by_two_branches"}
    assert len(seen) == 8
    assert all(verdicts == {name not in sound} for name, verdicts in seen.items())


@pytest.mark.parametrize("verdict", [True, False])
def test_one_verdict_for_everybody_earns_nothing(verdict: bool) -> None:
    exercise = EXERCISES["catches_unstable_loss"]
    found = judge(exercise, local_call(lambda loss: verdict, exercise), PUBLIC_SEED)
    assert found.outcome is Outcome.WRONG
    assert found.credit == 0


def test_far_out_several_sigmoids_round_to_one() -> None:
    for case in _cases("predict_ovr", "samples that several sigmoids are sure of"):
        x, w, b = case.args
        assert ((1 / (1 + np.exp(-(x @ w + b)))) == 1).all()
    for case in _cases("predict_ovr", "samples that no classifier claims"):
        x, w, b = case.args
        assert (x @ w + b < 0).all()


def test_a_single_sample_is_all_that_one_class_has() -> None:
    for case in _cases("train_ovr", "a class with a single sample"):
        assert np.bincount(case.args[1]).min() == 1
