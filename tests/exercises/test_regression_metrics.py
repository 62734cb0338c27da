"""The inputs of lesson 07 are what their groups say."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from course_utils.given import regression_metrics as given
from course_utils.judging import judge, load_exercises
from course_utils.judging.calls import Given
from course_utils.judging.checking import local_call
from course_utils.judging.exercise import Case, realise
from tests.exercises.every import arrays_in, cases_of

EXERCISES = load_exercises("regression_metrics")


def _cases(name: str, group: str) -> Iterator[Case]:
    return cases_of(EXERCISES[name], group)


@pytest.mark.parametrize("name", ["mae", "mse_slope", "mape", "r2", "mended_mape", "mended_r2"])
def test_errors_have_both_signs_and_do_not_add_up_to_nothing(name: str) -> None:
    """At least in the first group, so that a forgotten size shows."""
    for case in cases_of(EXERCISES[name], EXERCISES[name].groups[0]):
        y, p = arrays_in(case)
        assert y.shape == p.shape
        assert len(y) > 4
        assert {-1.0, 1.0} <= set(np.sign(p - y))
        assert abs((p - y).mean()) > 1e-6


@pytest.mark.ledger("L103", "L106")
def test_groups_hold_what_their_names_say() -> None:
    for case in _cases("mae", "errors that cancel"):
        assert abs((case.args[0] - case.args[1]).mean()) < 1e-12
    for case in _cases("mae", "whole numbers as targets"):
        assert case.args[0].dtype.kind == "i"
    for case in _cases("mape", "a target near 0"):
        assert 0 < np.abs(case.args[0]).min() < 1e-5
    for case in _cases("mape", "a fraction, as nothing else is said"):
        assert len(case.args) == 2
        assert (case.args[0] < 0).any()
        assert (case.args[0] > 0).any()
        assert (case.args[0] * case.args[1] < 0).any()
    for case in _cases("mended_mape", "targets that cross zero"):
        assert 0 < np.abs(case.args[0]).min() < 0.1
    for case in _cases("mended_mape", "a target that is exactly 0"):
        assert (case.args[0] == 0).sum() == 1
    for case in _cases("mended_mape", "targets above 0"):
        assert case.args[0].min() > 0


@pytest.mark.ledger("L107")
def test_groups_of_r2_hold_what_their_names_say() -> None:
    exercise = EXERCISES["r2"]
    for case in _cases("r2", "predictions worse than the mean"):
        assert exercise.oracle(*case.args) < -0.1
    for case in _cases("mended_r2", "constant targets whose mean is rounded"):
        assert np.ptp(case.args[0]) == 0
        assert (case.args[0] != case.args[0].mean()).any()
    kinds = {bool((case.args[0] == case.args[1]).all()) for case in _cases("mended_r2", EXACT_GROUP)}
    assert kinds == {True, False}
    for case in _cases("mended_r2", "tiny targets that differ"):
        assert 0 < np.ptp(case.args[0]) < 1e-14
    for case in _cases("mended_r2", "targets of which some are equal"):
        assert 1 < len(np.unique(case.args[0])) == len(case.args[0]) - 2
    for case in _cases("mended_r2", "predictions worse than the mean"):
        assert EXERCISES["mended_r2"].oracle(*case.args) < -0.01
    constants = {bool(np.ptp(case.args[1]) == 0) for case in _cases("mended_r2", "constant targets, other predictions")}
    assert constants == {True, False}


EXACT_GROUP = "constant targets whose mean is rounded"


@pytest.mark.ledger("L103", "L104")
def test_mean_median_and_middle_of_the_list_all_differ() -> None:
    for group in EXERCISES["best_constant"].groups:
        metrics = set()
        for case in cases_of(EXERCISES["best_constant"], group):
            y, metric = case.args
            metrics.add(metric)
            values = [y.mean(), np.median(y), y[len(y) // 2], (y.min() + y.max()) / 2]
            assert min(abs(a - b) for i, a in enumerate(values) for b in values[:i]) > 1e-4
        assert metrics == ({"mae", "mse"} if group.name.startswith("one") else metrics)
        if "odd" in group.name or "even" in group.name:
            assert len(y) % 2 == ("odd" in group.name)


@pytest.mark.ledger("L102")
def test_the_metrics_prefer_three_different_models() -> None:
    exercise = EXERCISES["compare_models"]
    for case in _cases("compare_models", "several models"):
        best = exercise.oracle(*case.args)["best"].tolist()
        assert len({best[0], best[1], best[3]}) == 3
        assert best[1] == best[2] == best[4]
        y, predictions = case.args
        assert predictions.shape == (4, len(y))


@pytest.mark.ledger("L107")
def test_the_given_implementations_are_right_and_wrong_as_their_groups_say() -> None:
    exercise = EXERCISES["catches_wrong_r2"]
    for group in exercise.groups:
        for case in cases_of(exercise, group):
            assert exercise.oracle(*realise(case.args)) == (group.name != "right implementations")


def test_saying_the_same_of_every_implementation_earns_nothing() -> None:
    exercise = EXERCISES["catches_wrong_r2"]
    for answer in (True, False):
        verdict = judge(exercise, local_call(lambda one, said=answer: said, exercise), 7)
        assert verdict.credit == 0


@pytest.mark.parametrize("name", ["mae", "mse_slope", "mape", "r2", "mended_mape", "mended_r2"])
def test_no_given_function_is_an_answer(name: str) -> None:
    functions = [value for key, value in vars(given).items() if callable(value) and not key.startswith("_")]
    for function in functions:
        if function.__module__ == given.__name__:
            assert not judge(EXERCISES[name], local_call(function, EXERCISES[name]), 3).passed


def test_given_metrics_have_both_signs() -> None:
    """A metric that is never below 0 would hide an answer that takes its size."""
    signs = set()
    for case in _cases("same_shape_metric", "arrays of one shape"):
        assert isinstance(case.args[0], Given)
        if case.args[0].name.endswith("average_offset"):
            signs.add(np.sign(EXERCISES["same_shape_metric"].oracle(*realise(case.args))))
    assert signs == {-1.0, 1.0}
