"""The reference answers of lesson 08 against published numbers, laws, scikit-learn and PyTorch."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from sklearn import metrics

from course_utils.judging.tolerance import all_close
from solutions.classification_metrics import (
    accuracy,
    averages,
    catches_wrong_recall,
    confusion,
    fbeta,
    mended_macro_f1,
    per_class_prf,
    precision_recall,
    threshold_sweep,
    top_k_accuracy,
)

THREE = np.array([[1, 1, 1], [2, 1, 0], [2, 0, 2]])
Y_TRUE, Y_PRED = np.array([1, 1, 1, 0, 0, 0, 2, 2, 2, 2]), np.array([1, 0, 0, 0, 2, 1, 0, 0, 2, 2])

labels = arrays.arrays(np.int64, 12, elements=st.integers(0, 3))
tables = arrays.arrays(np.int64, (4, 4), elements=st.integers(0, 9)).filter(lambda counts: counts.any())
shares = st.floats(0.001, 1)


def _labels_of(tp: int, fn: int, fp: int, tn: int) -> tuple[np.ndarray, np.ndarray]:
    return np.repeat([1, 1, 0, 0], [tp, fn, fp, tn]), np.repeat([1, 0, 1, 0], [tp, fn, fp, tn])


@pytest.mark.ledger("L109", "L115")
def test_the_dogs_and_cats() -> None:
    y_true, y_pred = _labels_of(5, 7, 3, 7)
    assert accuracy(y_true, y_pred) == pytest.approx(6 / 11, abs=1e-15)
    assert precision_recall(y_true, y_pred, 1, 0.0) == (5 / 8, 5 / 12)
    assert confusion(y_true, y_pred, 2).tolist() == [[7, 3], [7, 5]]
    assert fbeta(5 / 8, 5 / 12, 1.0) == pytest.approx(0.5, abs=1e-15)


@pytest.mark.ledger("L113")
@pytest.mark.parametrize(("beta", "score"), [(0.5, 0.5682), (1, 0.5), (2, 0.4464)])
def test_the_f_scores_of_the_dogs(beta: float, score: float) -> None:
    assert round(fbeta(5 / 8, 5 / 12, beta), 4) == score


@pytest.mark.ledger("L110", "L116")
def test_the_cancer_cells() -> None:
    y_true, y_pred = _labels_of(5, 195, 100, 99_900)
    nobody = np.zeros_like(y_true)
    assert round(accuracy(y_true, y_pred), 7) == 0.9970559
    assert round(accuracy(y_true, nobody), 7) == 0.9980040
    assert precision_recall(y_true, y_pred, 1, 0.0) == (5 / 105, 5 / 200)
    assert precision_recall(y_true, nobody, 1, 0.5) == (0.5, 0.0)


@pytest.mark.ledger("L117", "L118", "L119", "L120")
@pytest.mark.parametrize(
    ("counts", "share", "f1"),
    [
        ((200, 0, 100_000, 0), 0.00199601, 0.00398406),
        ((50, 150, 0, 100_000), 0.99850299, 0.4),
        ((190, 10, 20, 99_980), 0.99970060, 0.92682927),
    ],
)
def test_the_three_programs(counts: tuple[int, int, int, int], share: float, f1: float) -> None:
    y_true, y_pred = _labels_of(*counts)
    tp, fn, fp, _ = counts
    assert round(accuracy(y_true, y_pred), 8) == share
    assert round(fbeta(*precision_recall(y_true, y_pred, 1, 0.0), 1.0), 8) == f1
    assert f1 == round(2 * tp / (2 * tp + fp + fn), 8)


@pytest.mark.ledger("L121", "L122", "L123", "L124", "L125", "L126", "L127")
def test_the_three_classes() -> None:
    assert confusion(Y_TRUE, Y_PRED, 3).tolist() == THREE.tolist()
    exact = [(Fraction(1, 5), Fraction(1, 3), Fraction(1, 4)), (Fraction(1, 2), Fraction(1, 3), Fraction(2, 5))]
    exact.append((Fraction(2, 3), Fraction(1, 2), Fraction(4, 7)))
    prf = per_class_prf(THREE)
    assert all_close(prf, np.array(exact, dtype=float))
    both = averages(prf, THREE.sum(axis=1))
    assert both["macro"].round(6).tolist() == [0.455556, 0.388889, 0.407143]
    assert both["weighted"].round(6).tolist() == [0.476667, 0.4, 0.423571]
    assert round(mended_macro_f1(THREE), 6) == 0.407143


@settings(max_examples=40)
@given(labels, labels)
def test_the_matrix_and_its_averages_are_those_of_scikit_learn(y_true: np.ndarray, y_pred: np.ndarray) -> None:
    counts = confusion(y_true, y_pred, 4)
    assert counts.tolist() == metrics.confusion_matrix(y_true, y_pred, labels=range(4)).tolist()
    both = averages(per_class_prf(counts), counts.sum(axis=1))
    for kind in ("macro", "weighted"):
        how = {"labels": range(4), "average": kind, "zero_division": 0}
        assert all_close(both[kind], np.array(metrics.precision_recall_fscore_support(y_true, y_pred, **how)[:3]))
    assert both["weighted"][1] == pytest.approx(accuracy(y_true, y_pred))
    assert np.trace(counts) / counts.sum() == pytest.approx(accuracy(y_true, y_pred))


@given(tables)
def test_macro_f1_is_symmetric_and_the_mean_of_the_f1(counts: np.ndarray) -> None:
    assert mended_macro_f1(counts) == pytest.approx(mended_macro_f1(counts.T))
    assert mended_macro_f1(counts) == pytest.approx(per_class_prf(counts)[:, 2].mean())


@given(shares, shares, st.floats(0.1, 10))
def test_f_lies_between_precision_and_recall_and_below_twice_the_smaller(p: float, r: float, beta: float) -> None:
    low, high = min(p, r), max(p, r)
    assert low - 1e-12 <= fbeta(p, r, beta) <= high + 1e-12
    assert fbeta(p, r, 1.0) <= 2 * low + 1e-12
    assert fbeta(p, r, beta) == pytest.approx(fbeta(r, p, 1 / beta))


@settings(max_examples=40)
@given(arrays.arrays(np.int64, 9, elements=st.integers(0, 1)), arrays.arrays(np.int64, 9, elements=st.integers(0, 4)))
def test_the_sweep_is_that_of_scikit_learn(y_true: np.ndarray, scores: np.ndarray) -> None:
    y_true = np.append(y_true, 1)
    scores = np.append(scores, 2) / 4
    sweep = threshold_sweep(y_true, scores)
    precision, recall, thresholds = metrics.precision_recall_curve(y_true, scores)
    assert all_close(sweep["thresholds"], thresholds[::-1])
    assert all_close(sweep["precision"], precision[-2::-1])
    assert all_close(sweep["recall"], recall[-2::-1])
    assert sweep["average_precision"] == pytest.approx(metrics.average_precision_score(y_true, scores))
    assert (np.diff(sweep["recall"]) >= 0).all()


@pytest.mark.ledger("L129", "L130")
def test_the_published_top_k() -> None:
    assert [top_k_accuracy(np.array([[0.32, 0.1, 0.2, 0.05, 0.33]]), np.array([0]), k) for k in (1, 2)] == [0.0, 1.0]
    rows, targets = np.array([[0.1, 0.3, 0.2, 0.4], [0.5, 0.01, 0.9, 0.4]]), np.array([3, 0])
    assert [top_k_accuracy(rows, targets, k) for k in (1, 2)] == [0.5, 1.0]


@settings(max_examples=40)
@given(arrays.arrays(np.float64, (6, 5), elements=st.floats(-9, 9), unique=True), st.integers(1, 5))
def test_without_ties_top_k_is_that_of_pytorch(scores: np.ndarray, k: int) -> None:
    targets = np.array([0, 4, 2, 2, 1, 3])
    places = torch.tensor(scores).topk(k, dim=1).indices
    hits = (places == torch.tensor(targets)[:, None]).any(dim=1)
    assert top_k_accuracy(scores, targets, k) == pytest.approx(hits.double().mean().item())


@given(arrays.arrays(np.int64, (6, 5), elements=st.integers(0, 2)), labels.map(lambda y: y[:6]))
def test_top_k_never_falls_with_k_and_ends_at_1(scores: np.ndarray, targets: np.ndarray) -> None:
    reached = [top_k_accuracy(scores, targets, k) for k in range(1, 6)]
    assert reached == sorted(reached)
    assert reached[-1] == 1


@pytest.mark.parametrize(
    ("answer", "args"),
    [
        (threshold_sweep, (np.array([0, 1, 1, 0]), np.array([0.3, 0.2, 0.9, 0.1]))),
        (per_class_prf, (THREE,)),
        (top_k_accuracy, (np.array([[0.3, 0.2, 0.9], [0.1, 0.4, 0.2]]), np.array([1, 1]), 2)),
        (confusion, (Y_TRUE, Y_PRED, 3)),
    ],
)
def test_arguments_are_left_alone(answer: Callable[..., object], args: tuple[object, ...]) -> None:
    kept = [np.copy(arg) for arg in args]  # type: ignore[call-overload]
    answer(*args)
    assert all((before == after).all() for before, after in zip(kept, map(np.asarray, args), strict=True))


def test_the_test_of_recalls_wants_percent() -> None:
    assert catches_wrong_recall(lambda y, p: precision_recall(y, p, 1, 0.0)[1])
    assert not catches_wrong_recall(lambda y, p: 100 * precision_recall(y, p, 1, 0.0)[1])
