"""The inputs of lesson 11 are what their groups say."""

from __future__ import annotations

import numpy as np
import pytest

from course_utils.exercises.model_selection import _cross_with, _mended_with, _search_with
from course_utils.judging import load_exercises
from course_utils.judging.exercise import realise
from tests.exercises.every import cases_of

EXERCISES = load_exercises("model_selection")


def _groups(name: str) -> list[str]:
    return [group.name for group in EXERCISES[name].groups]


def test_uneven_splits_leave_a_remainder_of_at_least_two() -> None:
    """With a remainder of one, several ways to cut agree."""
    for case in cases_of(EXERCISES["kfold_indices"], "numbers of samples that k does not divide"):
        m, k, _ = case.args
        assert m % k >= 2
    for group in _groups("catches_leaky_folds"):
        for case in cases_of(EXERCISES["catches_leaky_folds"], group):
            assert case.args[1] % case.args[2] >= 2


def test_folds_are_disjoint_cover_everything_and_differ_in_size() -> None:
    for name, place, rows in (("cross_validate", 3, 1), ("grid_search", 4, 2), ("mended_cross_validate", 3, 1)):
        for group in _groups(name):
            for case in cases_of(EXERCISES[name], group):
                folds, m = case.args[place], len(case.args[rows])
                assert sorted(i for _, val in folds for i in val) == list(range(m))
                assert all(sorted([*train, *val]) == list(range(m)) for train, val in folds)
                assert len({len(val) for _, val in folds}) == 2


@pytest.mark.parametrize("group", ["random labels", "a model that memorises"])
def test_who_memorises_is_perfect_where_it_was_trained(group: str) -> None:
    for case in cases_of(EXERCISES["cross_validate"], group):
        assert (_cross_with("training part")(*realise(case.args)) == 1).all()
        assert (_cross_with("reused")(*realise(case.args))[1:] == 1).all()


def test_the_winner_of_a_search_is_not_the_first_and_no_slip_has_its_answer() -> None:
    for case in cases_of(EXERCISES["grid_search"], "grids of four settings"):
        right = _search_with("")(*realise(case.args))
        assert right["best"] > 0
        refit_missing = _search_with("last fold")(*realise(case.args))
        assert not np.array_equal(refit_missing["predictions"], right["predictions"])
    for case in cases_of(EXERCISES["grid_search"], "a grid with duplicates"):
        grid = case.args[1]
        assert grid[:3] == grid[3:]


def test_the_scale_of_all_samples_shows() -> None:
    for group in _groups("mended_cross_validate"):
        for case in cases_of(EXERCISES["mended_cross_validate"], group):
            right, leaking = (_mended_with(slip)(*realise(case.args))["scores"] for slip in ("", "scale of all"))
            assert not np.array_equal(right, leaking)


def test_the_rule_chooses_another_row_than_the_best() -> None:
    reference = EXERCISES["one_standard_error"].oracle
    assert reference is not None
    for case in cases_of(EXERCISES["one_standard_error"], "scores in which a simpler model is good enough"):
        found = reference(*case.args)
        assert found["chosen"] < found["best"]
    for case in cases_of(EXERCISES["one_standard_error"], "two equally good models that never vary"):
        mean = case.args[0].mean(axis=1)
        assert mean[2] == mean[4]
