"""The inputs of lesson 09 are what their groups say."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from course_utils.judging import judge, load_exercises
from course_utils.judging.checking import local_call
from course_utils.judging.exercise import Case, realise
from tests.exercises.every import cases_of

EXERCISES = load_exercises("regularization")


def _cases(name: str, group: str) -> Iterator[Case]:
    return cases_of(EXERCISES[name], group)


@pytest.mark.parametrize("name", ["ridge_loss", "ridge_grad", "ridge_fit", "train_lasso"])
def test_samples_and_features_differ_and_nothing_is_centred(name: str) -> None:
    for group in EXERCISES[name].groups:
        for case in cases_of(EXERCISES[name], group):
            x, y = case.args[:2]
            assert x.shape[0] != x.shape[1]
            assert np.abs(x.mean(axis=0)).max() > 0.1
            assert abs(y.mean()) > 0.1
            strength = case.args[2] if name in ("ridge_fit", "train_lasso") else case.args[-1]
            assert strength not in (1, *x.shape)


def test_groups_hold_what_their_names_say() -> None:
    for name in ("ridge_loss", "ridge_fit", "train_lasso"):
        for case in _cases(name, "more features than samples"):
            assert case.args[0].shape[0] < case.args[0].shape[1]
    for case in _cases("split_data", "a last part that takes what is left"):
        x, _, shares, _ = case.args
        assert sum(len(x) * share // sum(shares) for share in shares) <= len(x)
    assert any(
        sum(len(case.args[0]) * share // 9 for share in (2, 3, 4)) < len(case.args[0])
        for case in _cases("split_data", "a last part that takes what is left")
    )
    for case in _cases("l2_minimiser", "bowls across the axes"):
        assert np.abs(case.args[0] - np.diag(np.diag(case.args[0]))).max() > 0.01
    for case in _cases("sgd_weight_decay", "decay so strong that weights change sign"):
        assert 1 < case.args[2] * case.args[3] < 2
    for case in _cases("soft_threshold", "values at the threshold and at 0"):
        values, threshold = case.args
        assert {0.0, threshold, -threshold} <= set(values.tolist())
    for case in _cases("train_lasso", "a strong penalty and many steps"):
        w, _ = EXERCISES["train_lasso"].oracle(*case.args)
        assert (w == 0).any()
        assert (w != 0).any()


@pytest.mark.ledger("L138")
def test_the_given_fits_pull_the_bias_or_leave_it_as_their_groups_say() -> None:
    exercise = EXERCISES["catches_penalised_bias"]
    for group in exercise.groups:
        for case in cases_of(exercise, group):
            assert exercise.oracle(*realise(case.args)) == (group.name != "fits that leave the bias alone")


def test_saying_the_same_of_every_fit_earns_nothing() -> None:
    exercise = EXERCISES["catches_penalised_bias"]
    for answer in (True, False):
        assert judge(exercise, local_call(lambda one, said=answer: said, exercise), 7).credit == 0
