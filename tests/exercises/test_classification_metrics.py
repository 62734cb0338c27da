"""The inputs of lesson 08 are what their groups say."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from course_utils.judging import judge, load_exercises
from course_utils.judging.checking import local_call
from course_utils.judging.exercise import realise
from tests.exercises.every import cases_of

EXERCISES = load_exercises("classification_metrics")


def _cases(name: str, group: str) -> Any:
    return cases_of(EXERCISES[name], group)


def test_every_metric_of_two_classes_is_another_number() -> None:
    for name in ("accuracy", "precision_recall"):
        for case in _cases(name, "two classes"):
            y, p = case.args[:2]
            tp, fn, fp, tn = (int(np.sum((y == a) & (p == b))) for a, b in ((1, 1), (1, 0), (0, 1), (0, 0)))
            ratios = (tp / (tp + fp), tp / (tp + fn), (tp + tn) / len(y), tn / (tn + fp), tn / (tn + fn), tp / len(y))
            assert len(set(ratios)) == 6


def test_labels_are_in_no_order() -> None:
    for name, group in (("accuracy", "two classes"), ("confusion", "classes that all occur")):
        for case in _cases(name, group):
            assert (np.diff(case.args[0]) < 0).any()
            assert (np.diff(case.args[0]) > 0).any()


def test_matrices_are_uneven_and_not_symmetric() -> None:
    for case in _cases("confusion", "classes that all occur"):
        y, p, c = case.args
        counts = np.bincount(y * c + p, minlength=c * c).reshape(c, c)
        assert (counts != counts.T).any()
        assert counts.max() >= 2
    for case in _cases("per_class_prf", "classes that all occur"):
        (counts,) = case.args
        assert (counts.sum(axis=0) != counts.sum(axis=1)).all()
        assert (counts > 0).all()


def test_groups_hold_what_their_names_say() -> None:
    for case in _cases("confusion", "classes that do not occur"):
        y, p, c = case.args
        assert max(y.max(), p.max()) < c - 1
        assert 1 not in y
    for case in _cases("precision_recall", "samples of which none is called positive"):
        y, p, positive, zero_division = case.args
        assert positive in y
        assert positive not in p
        assert zero_division > 0
    for case in _cases("precision_recall", "samples of which none is positive"):
        y, p, positive, zero_division = case.args
        assert positive not in y
        assert positive in p
        assert zero_division > 0
    for case in _cases("precision_recall", "positives of which none is found"):
        y, p, positive, _ = case.args
        assert positive in y
        assert positive in p
        assert not ((y == positive) & (p == positive)).any()
    for name, group, rows, columns in (
        ("per_class_prf", "a class that is never predicted", False, True),
        ("per_class_prf", "a class without samples", True, False),
        ("per_class_prf", "a class that is neither", True, True),
        ("mended_macro_f1", "a class that is neither there nor predicted", True, True),
    ):
        for case in _cases(name, group):
            (counts,) = case.args
            assert (counts.sum(axis=1) == 0).any() == rows
            assert (counts.sum(axis=0) == 0).any() == columns
    for case in _cases("averages", "a class without samples"):
        prf, support = case.args
        assert (support == 0).sum() == 1
        assert prf.shape[1] == 3 != len(prf)


def test_scores_are_tied_where_the_group_says_so_and_nowhere_else() -> None:
    for group, tied in (
        ("probabilities", False),
        ("scores below and above 0", False),
        ("scores that several samples share", True),
    ):
        for case in _cases("threshold_sweep", group):
            y, s = case.args
            assert (len(np.unique(s)) < len(s)) == tied
            assert set(y) == {0, 1}
            assert y[s == s.max()].all()
    for case in _cases("top_k_accuracy", "classes with equal scores"):
        scores, labels, _ = case.args
        own = scores[np.arange(len(labels)), labels][:, None]
        assert ((scores == own).sum(axis=1) > 1).any()
    for case in _cases("top_k_accuracy", "different scores"):
        scores, _, k = case.args
        assert 2 <= k < scores.shape[1] - 1 or scores.shape[1] == 4
        assert len(np.unique(scores)) == scores.size


@pytest.mark.ledger("L112")
def test_the_given_recalls_are_right_and_wrong_as_their_groups_say() -> None:
    exercise = EXERCISES["catches_wrong_recall"]
    for group in exercise.groups:
        for case in cases_of(exercise, group):
            wrong = exercise.oracle(*realise(case.args))
            assert wrong == (group.name != "right implementations")


def test_saying_the_same_of_every_implementation_earns_nothing() -> None:
    exercise = EXERCISES["catches_wrong_recall"]
    for answer in (True, False):
        verdict = judge(exercise, local_call(lambda one, said=answer: said, exercise), 7)
        assert verdict.credit == 0
