"""The inputs of lesson 13 are what their groups say."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from course_utils.exercises.multilabel import RIGHT_ONES, WRONG_ONES
from course_utils.judging import Exercise, judge, load_exercises
from course_utils.judging.checking import local_call
from course_utils.judging.exercise import Case, Group, realise
from tests.exercises.every import arrays_in, cases_of

EXERCISES = load_exercises("multilabel")
CATCHES = EXERCISES["catches_wrong_multilabel_metric"]
GROUPS = [(exercise, group) for exercise in EXERCISES.values() for group in exercise.groups if exercise is not CATCHES]
TABLES = ("multilabel_scores", "mended_jaccard", "per_label_confusion")


def _id(value: Any) -> str:
    return value.name.replace(" ", "_")


def _cases(name: str, group: str) -> Iterator[Case]:
    return cases_of(EXERCISES[name], group)


@pytest.mark.parametrize(("exercise", "group"), GROUPS, ids=_id)
def test_samples_features_labels_and_candidates_differ_in_number(exercise: Exercise, group: Group) -> None:
    for case in cases_of(exercise, group):
        lengths = {length for array in arrays_in(case) for length in array.shape}
        wanted = {"tune_thresholds": 3, "train_multilabel": 3}.get(exercise.name, 2)
        assert len(lengths) == wanted


@pytest.mark.parametrize("name", TABLES)
def test_tables_hold_rows_of_every_kind(name: str) -> None:
    for group in EXERCISES[name].groups:
        for case in cases_of(EXERCISES[name], group):
            y, p = case.args[:2]
            assert y.dtype.kind == p.dtype.kind == "i"
            both = (y & p).sum(axis=1)
            if name == "per_label_confusion" and "never" in group.name:
                assert (y.sum(axis=0) == 0).any()
                assert (p.sum(axis=0) == 0).any()
                continue
            assert ((y == p).all(axis=1) & (both > 0)).any()
            assert ((both == 0) & y.any(axis=1) & p.any(axis=1)).any()
            assert ((both > 0) & (both < y.sum(axis=1))).any()
            assert ((both > 0) & (both < p.sum(axis=1))).any()


@pytest.mark.ledger("L192", "L193", "L194", "L195")
def test_empty_rows_stand_where_they_are_announced() -> None:
    for group in ("some empty rows, 0/0 counts 1", "some empty rows, 0/0 counts 0"):
        for case in _cases("multilabel_scores", group):
            y, p, _ = case.args
            for due, found in ((0, 0), (0, 1), (1, 0)):
                assert ((y.any(axis=1) == due) & (p.any(axis=1) == found)).any()
    for case in _cases("mended_jaccard", "rows in which both are empty"):
        assert (~case.args[0].any(axis=1) & ~case.args[1].any(axis=1)).sum() >= 2
    for case in _cases("mended_jaccard", "rows with labels"):
        assert case.args[0].any(axis=1).all()


@pytest.mark.ledger("L184", "L187")
def test_rows_have_several_ones_and_scores_are_as_far_as_they_say() -> None:
    for name in ("multilabel_bce", "multilabel_bce_delta"):
        for case in _cases(name, "typical scores"):
            counts = case.args[1].sum(axis=1)
            assert counts.min() == 1
            assert counts.max() > 1
        for case in _cases(name, "scores hundreds away from 0"):
            assert np.abs(case.args[0]).min() > 700
    for case in _cases("softmax_multilabel_ce", "some rows without a label"):
        assert case.args[1].sum(axis=1).min() == 0


@pytest.mark.ledger("L186")
def test_thresholds_stand_where_they_decide() -> None:
    for case in _cases("predict_labels", "probabilities equal to the threshold"):
        assert (case.args[0] == 0).any()
    for group in ("one threshold for all labels", "one threshold a label"):
        for case in _cases("predict_labels", group):
            z, t = case.args
            labels = 1 / (1 + np.exp(-z)) > t
            assert not labels.any(axis=1).all()
            assert labels.all(axis=1).any()
            assert (labels != (z > 0)).any()
            assert (labels != (z > t)).any()
    for case in _cases("tune_thresholds", "probabilities equal to a threshold"):
        probs, _, candidates = case.args
        assert np.isin(probs, candidates).all()
    for case in _cases("tune_thresholds", "a label that never occurs"):
        probs, targets, candidates = case.args
        assert not targets[:, 1].any()
        assert not (probs[:, 1] > candidates[-2]).any()
        assert (probs[:, 1] > candidates[0]).any()


@pytest.mark.ledger("L195")
def test_the_given_metrics_are_right_and_wrong_as_their_groups_say() -> None:
    assert len(RIGHT_ONES) + len(WRONG_ONES) == 13
    for group in CATCHES.groups:
        for case in cases_of(CATCHES, group):
            assert CATCHES.oracle is not None
            assert CATCHES.oracle(*realise(case.args)) == (group.name != "right implementations")


@pytest.mark.parametrize("answer", [True, False])
def test_saying_the_same_of_every_program_earns_nothing(answer: bool) -> None:
    verdict = judge(CATCHES, local_call(lambda one: answer, CATCHES), 7)
    assert verdict.credit == 0
