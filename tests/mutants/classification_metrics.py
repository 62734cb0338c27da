"""Answers to the exercises of lesson 08: right ones written in other ways, and what learners get wrong."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
import torch
from sklearn import metrics

import course_utils.earlier.classification_metrics as earlier
import solutions.classification_metrics as known
from course_utils.judging import Outcome
from tests.mutants.harness import NOT_YET, Wrong

Array = np.ndarray
LIBRARY, RAISED = Outcome.LIBRARY, Outcome.RAISED


# --- confusion -----------------------------------------------------------------------------------


def _confusion_by_counter(y_true: Array, y_pred: Array, n_classes: int) -> list[list[int]]:
    pairs = Counter(zip(y_true.tolist(), y_pred.tolist(), strict=True))
    return [[pairs[i, j] for j in range(n_classes)] for i in range(n_classes)]


def _confusion_by_one_hot(y_true: Array, y_pred: Array, n_classes: int) -> Array:
    eye = np.eye(n_classes)
    return eye[y_true].T @ eye[y_pred]


def _confusion_shares(divide: Any) -> Any:
    return lambda y, p, c: divide(known.confusion(y, p, c))


def _confusion_in_place(y_true: Array, y_pred: Array, n_classes: int) -> Array:
    y_true *= n_classes
    y_true += y_pred
    return np.bincount(y_true, minlength=n_classes**2).reshape(n_classes, n_classes)


# --- precision_recall ----------------------------------------------------------------------------


def _pr_loop(y_true: Array, y_pred: Array, positive: int, zero_division: float) -> list[float]:
    found = called = there = 0
    for true, answer in zip(y_true, y_pred, strict=True):
        found += true == answer == positive
        called += answer == positive
        there += true == positive
    return [found / called if called else zero_division, found / there if there else zero_division]


def _pr_from_matrix(y_true: Array, y_pred: Array, positive: int, zero_division: float) -> tuple[Any, Any]:
    counts = earlier.confusion(y_true, y_pred, 5)
    tp, n_called, n_true = counts[positive, positive], counts[:, positive].sum(), counts[positive].sum()
    return tp / n_called if n_called else zero_division, tp / n_true if n_true else zero_division


def _pr_epsilon(tiny: float) -> Any:
    def answer(y: Array, p: Array, positive: int, zero_division: float) -> tuple[float, float]:
        tp = np.sum((y == positive) & (p == positive))
        return float(tp / (np.sum(p == positive) + tiny)), float(tp / (np.sum(y == positive) + tiny))

    return answer


def _pr_fixed(fixed: float) -> Any:
    return lambda y, p, positive, zero_division: known.precision_recall(y, p, positive, fixed)


def _pr_zero_division(y: Array, p: Array, positive: int, zero_division: float) -> tuple[float, float]:
    tp = int(np.sum((y == positive) & (p == positive)))
    return tp / int(np.sum(p == positive)), tp / int(np.sum(y == positive))


# --- catches_wrong_recall ------------------------------------------------------------------------

_TRUE = np.array([0, 1, 0, 1, 1, 0, 1, 0, 0, 1, 0, 0])
_CALLED = np.array([1, 1, 0, 0, 1, 1, 1, 1, 0, 0, 1, 0])


def _catches_against_own(implementation: Any) -> bool:
    """Compare with an own recall on many drawn labels, single samples among them."""
    rng = np.random.default_rng(8)
    for size in (1, 2, 3, 5, 9, 14, 30, 31):
        for _ in range(6):
            y, p = rng.integers(0, 2, size=size), rng.integers(0, 2, size=size)
            with np.errstate(all="ignore"):
                if not np.isclose(implementation(y, p), 100 * known.precision_recall(y, p, 1, 0.0)[1]):
                    return True
    return False


def _catches_by_hand(implementation: Any) -> int:
    checks = ((_TRUE, _CALLED, 60), (1 - _TRUE, _CALLED, 400 / 7), (_TRUE * 0, _CALLED, 0), (_TRUE * 0, _TRUE * 0, 0))
    return int(any(not abs(implementation(y, p) - due) < 1e-9 for y, p, due in checks))


def _catches_with_lists(implementation: Any) -> bool:
    found = implementation([1, 0, 1, 0, 1, 0, 0, 0], [1, 1, 0, 1, 0, 1, 1, 0]), implementation([0, 0, 0], [1, 0, 0])
    return not np.allclose(found, (100 / 3, 0))


def _exactly(implementation: Any) -> bool:
    thirds = np.repeat([1, 0], [7, 4])
    called = np.array([1, 0, 1, 0, 0, 1, 0, 1, 0, 0, 0])
    none = np.zeros(3, dtype=int)
    return not (implementation(thirds, called) == 100 * 3 / 7 and implementation(none, none) == 0)


# --- threshold_sweep -----------------------------------------------------------------------------


def _sweep_by_sorting(y_true: Array, scores: Array) -> dict[str, Any]:
    """Sort once, add up the labels, and keep the last sample of each score."""
    order = np.argsort(-scores, kind="stable")
    s, y = scores[order], y_true[order]
    last = np.append(np.flatnonzero(np.diff(s)), len(s) - 1)
    tp = np.cumsum(y)[last]
    precision, recall = tp / (last + 1), tp / y.sum()
    area = precision[0] * recall[0] + sum(precision[1:] * (recall[1:] - recall[:-1]))
    return {"thresholds": s[last], "precision": precision, "recall": recall, "average_precision": area}


def _sweep_loop(y_true: Array, scores: Array) -> dict[str, Any]:
    thresholds = sorted(set(scores.tolist()), reverse=True)
    rows = [known.precision_recall(y_true, (scores >= t).astype(int), 1, 0.0) for t in thresholds]
    area, before = 0.0, 0.0
    for precision, recall in rows:
        area += precision * (recall - before)
        before = recall
    precision, recall = map(list, zip(*rows, strict=True))
    return {"average_precision": area, "recall": recall, "precision": precision, "thresholds": thresholds}


def _sweep_with(**changed: Any) -> Any:
    """Return the reference with some entries worked out another way from the right curve."""

    def answer(y: Array, s: Array) -> dict[str, Any]:
        right = known.threshold_sweep(y, s)
        return right | {key: change(right["precision"], right["recall"]) for key, change in changed.items()}

    return answer


def _sweep_in_place(y_true: Array, scores: Array) -> dict[str, Any]:
    result = known.threshold_sweep(y_true, scores)
    scores.sort()
    return result


def _sweep_on_a_grid(y_true: Array, scores: Array) -> dict[str, Any]:
    thresholds = np.linspace(1, 0, 21)
    rows = [known.precision_recall(y_true, (scores >= t).astype(int), 1, 1.0) for t in thresholds]
    precision, recall = np.array(rows).T
    return {"thresholds": thresholds, "precision": precision, "recall": recall, "average_precision": 0.5}


# --- per_class_prf -------------------------------------------------------------------------------


def _prf_loop(counts: Array) -> list[list[float]]:
    rows = []
    for k in range(len(counts)):
        tp = counts[k][k]
        fp = sum(counts[i][k] for i in range(len(counts)) if i != k)
        fn = sum(counts[k][j] for j in range(len(counts)) if j != k)
        p = tp / (tp + fp) if tp + fp else 0.0
        r = tp / (tp + fn) if tp + fn else 0.0
        rows.append([p, r, 2 * p * r / (p + r) if p + r else 0.0])
    return rows


def _prf_nan_to_num(counts: Array) -> Array:
    with np.errstate(all="ignore"):
        p, r = np.diag(counts) / counts.sum(axis=0), np.diag(counts) / counts.sum(axis=1)
        return np.nan_to_num(np.column_stack([p, r, 2 * p * r / (p + r)]))


def _prf_nan(counts: Array) -> Array:
    tp, col, row = np.diag(counts), counts.sum(axis=0), counts.sum(axis=1)
    return np.column_stack([tp / col, tp / row, 2 * tp / (row + col)])


def _prf_nan_in_f1(counts: Array) -> Array:
    prf = known.per_class_prf(counts)
    prf[:, 2] = 2 * prf[:, 0] * prf[:, 1] / (prf[:, 0] + prf[:, 1])
    return prf


def _prf_without_hits(counts: Array) -> Array:
    tp, col, row = np.diag(counts), counts.sum(axis=0), counts.sum(axis=1)
    p, r = tp / (col - tp), tp / (row - tp)
    return np.column_stack([p, r, 2 * p * r / (p + r)])


def _prf_zero_diagonal(counts: Array) -> Array:
    prf = known.per_class_prf(counts)
    np.fill_diagonal(counts, 0)
    return prf


# --- averages ------------------------------------------------------------------------------------


def _averages_loop(prf: Array, support: Array) -> dict[str, list[float]]:
    total = sum(support)
    return {
        "macro": [sum(column) / len(column) for column in prf.T],
        "weighted": [sum(n * x for n, x in zip(support, column, strict=True)) / total for column in prf.T],
    }


def _weighted_by(divisor: Any) -> Any:
    return lambda prf, n: {"macro": prf.mean(axis=0), "weighted": n @ prf / divisor(n)}


# --- top_k_accuracy ------------------------------------------------------------------------------


def _top_k_loop(scores: Array, labels: Array, k: int) -> float:
    hits = 0
    for row, label in zip(scores, labels, strict=True):
        others = [score for j, score in enumerate(row) if j != label]
        hits += sum(score >= row[label] for score in others) < k
    return hits / len(labels)


def _top_k_place(scores: Array, labels: Array, k: int) -> np.floating:
    """Find the worst place of the true class among the sorted scores of its row."""
    own = np.take_along_axis(scores, labels[:, None], axis=1)
    places = scores.shape[1] - np.array(
        [np.searchsorted(np.sort(row), s[0]) for row, s in zip(scores, own, strict=True)]
    )
    return np.mean(places <= k)


def _top_k_sorted(slice_of: Any, kind: str = "stable") -> Any:
    def answer(scores: Array, labels: Array, k: int) -> float:
        best = slice_of(np.argsort(scores, axis=1, kind=kind), k)
        return float(np.mean([label in row for label, row in zip(labels, best, strict=True)]))

    return answer


def _top_k_of(reaches: Any) -> Any:
    """Count as rivals the classes that reach the true one's score in some other sense."""
    return lambda s, y, k: float((reaches(s, s[np.arange(len(y)), y][:, None]).sum(axis=1) - 1 < k).mean())


def _top_k_torch(scores: Array, labels: Array, k: int) -> float:
    best = torch.tensor(scores).topk(k, dim=1).indices
    return (best == torch.tensor(labels)[:, None]).any(dim=1).double().mean().item()


# --- mended_macro_f1 -----------------------------------------------------------------------------


def _macro_f1_loop(counts: Array) -> float:
    total = 0.0
    for k, row in enumerate(counts):
        both = row.sum() + counts[:, k].sum()
        total += 2 * row[k] / both if both else 0
    return total / len(counts)


def _macro_f1_nan(counts: Array) -> float:
    p, r = np.diag(counts) / counts.sum(axis=0), np.diag(counts) / counts.sum(axis=1)
    return float(np.mean(2 * p * r / (p + r)))


def _macro_f1_of_kept(kept: Any) -> Any:
    def answer(counts: Array) -> float:
        f1 = known.per_class_prf(counts)[:, 2]
        return float(f1[kept(f1, counts.sum(axis=1), counts.sum(axis=0))].mean())

    return answer


RIGHT: dict[str, dict[str, Any]] = {
    "accuracy": {
        "a loop": lambda y, p: sum(a == b for a, b in zip(y, p, strict=True)) / len(y),
        "the trace of the matrix": lambda y, p: np.trace(earlier.confusion(y, p, 9)) / len(p),
        "a NumPy number": lambda y, p: (p == y).mean(),
        "given version": earlier.accuracy,
    },
    "confusion": {
        "a counter": _confusion_by_counter,
        "one-hot rows": _confusion_by_one_hot,
        "given version": earlier.confusion,
    },
    "precision_recall": {
        "a loop, a list": _pr_loop,
        "from the matrix": _pr_from_matrix,
        "an array": lambda *args: np.array(known.precision_recall(*args)),
        "given version": earlier.precision_recall,
    },
    "catches_wrong_recall": {
        "against an own recall": _catches_against_own,
        "recalls by hand, 1 or 0": _catches_by_hand,
        "lists of labels": _catches_with_lists,
    },
    "fbeta": {
        "reciprocals": lambda p, r, b: (1 + b * b) / (1 / p + b * b / r) if p > 0 and r > 0 else 0,
        "shares of the weights": lambda p, r, b: p * r / ((a := 1 / (1 + b**2)) * r + (1 - a) * p) if p + r else 0.0,
    },
    "threshold_sweep": {
        "sorting once": _sweep_by_sorting,
        "a loop, lists": _sweep_loop,
        "tuples": lambda y, s: {key: tuple(v) if np.ndim(v) else v for key, v in known.threshold_sweep(y, s).items()},
    },
    "per_class_prf": {"a loop, lists": _prf_loop, "NaN replaced": _prf_nan_to_num},
    "averages": {
        "a loop, lists": _averages_loop,
        "np.average": lambda prf, n: {
            "weighted": np.average(prf, axis=0, weights=n),
            "macro": np.average(prf, axis=0),
        },
    },
    "top_k_accuracy": {"a loop": _top_k_loop, "the worst place": _top_k_place},
    "mended_macro_f1": {
        "a loop": _macro_f1_loop,
        "through per_class_prf": lambda counts: known.per_class_prf(counts)[:, 2].mean(),
        "NaN replaced": lambda counts: np.nan_to_num(_prf_nan_to_num(counts)[:, 2]).mean(),
    },
}

WRONG: dict[str, list[Wrong]] = {
    "accuracy": [
        Wrong("always 0.5", lambda y, p: 0.5, tells="the number differs"),
        Wrong(
            "counts with a Python comparison", lambda y, p: float(list(y) == list(p)), mistake="everything or nothing"
        ),
        Wrong("scikit-learn", lambda y, p: metrics.accuracy_score(y, p), LIBRARY, tells="sklearn"),
        Wrong("rounded to two digits", lambda y, p: round(float((y == p).mean()), 2), NOT_YET, tells="differs"),
    ],
    "confusion": [
        Wrong("shares of all", _confusion_shares(lambda n: n / n.sum()), mistake="shares instead of counts"),
        Wrong(
            "shares of the rows",
            _confusion_shares(lambda n: n / n.sum(axis=1, keepdims=True)),
            mistake="shares instead of counts",
        ),
        Wrong(
            "shares of the columns",
            _confusion_shares(lambda n: n / n.sum(axis=0)),
            mistake="shares instead of counts",
        ),
        Wrong(
            "sized by the labels",
            lambda y, p, c: known.confusion(y, p, int(max(y.max(), p.max())) + 1),
            mistake="only the classes that occur",
        ),
        Wrong(
            "the classes that occur",
            lambda y, p, c: np.array(
                [[np.sum((y == i) & (p == j)) for j in np.union1d(y, p)] for i in np.union1d(y, p)]
            ),
            mistake="only the classes that occur",
        ),
        Wrong("changes the labels", _confusion_in_place, tells="changes argument 1 in place"),
        Wrong(
            "scikit-learn", lambda y, p, c: metrics.confusion_matrix(y, p, labels=range(c)), LIBRARY, tells="sklearn"
        ),
        Wrong("one too many in a corner", lambda y, p, c: known.confusion(y, p, c) + np.eye(c)[::-1], tells="differ"),
    ],
    "precision_recall": [
        Wrong("always 0 for 0/0", _pr_fixed(0.0), mistake="ignores zero_division"),
        Wrong("a constant of 1e-9", _pr_epsilon(1e-12), mistake="ignores zero_division"),
        Wrong("a constant of 1e-4", _pr_epsilon(1e-4), mistake="a small constant in the denominator"),
        Wrong("a constant of 1e-6", _pr_epsilon(1e-6), mistake="a small constant in the denominator"),
        Wrong("the precision alone", lambda *args: known.precision_recall(*args)[0], mistake="one number of two"),
        Wrong("Python's own division", _pr_zero_division, NOT_YET, tells="ZeroDivisionError"),
        Wrong("three numbers", lambda *args: (*known.precision_recall(*args), 0.5), tells="2 things are due"),
        Wrong(
            "scikit-learn",
            lambda y, p, c, e: (
                metrics.precision_score(y == c, p == c, zero_division=0),
                metrics.recall_score(y == c, p == c, zero_division=0),
            ),
            LIBRARY,
            tells="sklearn",
        ),
    ],
    "catches_wrong_recall": [
        Wrong(
            "lets all pass", lambda one: False, Outcome.WRONG, mistake="lets everything pass", tells="Wrong ones pass"
        ),
        Wrong("accuses all", lambda one: True, Outcome.WRONG, mistake="accuses right implementations"),
        Wrong("equal to the last digit", _exactly, NOT_YET, mistake="accuses right implementations"),
        Wrong("returns the recall", lambda one: one(_TRUE, _CALLED), NOT_YET, tells="the number differs"),
        Wrong("calls with one argument", lambda one: one(_TRUE) == 60, RAISED, tells="TypeError"),
        Wrong(
            "expects a share instead of percent",
            lambda one: not abs(one(_TRUE, _CALLED) - 0.6) < 1e-6,
            NOT_YET,
            mistake="accuses right implementations",
        ),
    ],
    "fbeta": [
        Wrong(
            "squared in front only",
            lambda p, r, b: (1 + b**2) * p * r / (b * p + r) if p + r else 0.0,
            mistake="squared in one place",
        ),
        Wrong(
            "squared below only",
            lambda p, r, b: (1 + b) * p * r / (b**2 * p + r) if p + r else 0.0,
            mistake="squared in one place",
        ),
        Wrong("Python's own division", lambda p, r, b: (1 + b**2) * p * r / (b**2 * p + r), NOT_YET, tells="ZeroDiv"),
        Wrong("the smaller one", lambda p, r, b: min(p, r), tells="differs"),
    ],
    "threshold_sweep": [
        Wrong("a grid", _sweep_on_a_grid, mistake="thresholds on a grid"),
        Wrong(
            "trapezoids from the first precision",
            _sweep_with(average_precision=lambda p, r: np.trapezoid([p[0], *p], [0.0, *r])),
            mistake="area by trapezoids",
        ),
        Wrong(
            "trapezoids from precision 1",
            _sweep_with(average_precision=lambda p, r: np.trapezoid([1.0, *p], [0.0, *r])),
            mistake="area by trapezoids",
        ),
        Wrong("mean", _sweep_with(average_precision=lambda p, r: p.mean()), mistake="plain mean of the precisions"),
        Wrong(
            "without the first",
            _sweep_with(average_precision=lambda p, r: sum(np.diff(r) * p[1:])),
            mistake="the first rise left out",
        ),
        Wrong(
            "one step off",
            _sweep_with(average_precision=lambda p, r: sum(np.diff(r) * p[:-1])),
            mistake="the precision before the rise",
        ),
        Wrong(
            "lifted",
            _sweep_with(
                average_precision=lambda p, r: sum(np.diff(r, prepend=0) * [max(p[i:]) for i in range(len(p))])
            ),
            mistake="the best precision further on",
        ),
        Wrong(
            "recall as weight",
            _sweep_with(average_precision=lambda p, r: p @ r / r.sum()),
            mistake="weighted with the recall itself",
        ),
        Wrong(
            "a first point with precision 1",
            _sweep_with(precision=lambda p, r: [1.0, *p], recall=lambda p, r: [0.0, *r]),
            mistake="a point without a threshold",
        ),
        Wrong(
            "a threshold above all scores",
            lambda y, s: known.threshold_sweep(y, s) | {"thresholds": [np.inf, *np.unique(s)[::-1]]},
            mistake="a point without a threshold",
        ),
        Wrong("sorts the scores", _sweep_in_place, tells="changes argument 2 in place"),
        Wrong("merges close scores", lambda y, s: known.threshold_sweep(y, s.round(10)), tells="squeezing"),
        Wrong(
            "no area",
            lambda y, s: {k: v for k, v in known.threshold_sweep(y, s).items() if k != "average_precision"},
            tells="the entry `average_precision` is missing",
        ),
        Wrong(
            "scikit-learn",
            lambda y, s: known.threshold_sweep(y, s) | {"average_precision": metrics.average_precision_score(y, s)},
            LIBRARY,
            tells="sklearn",
        ),
        Wrong("a tuple", lambda y, s: tuple(known.threshold_sweep(y, s).values()), tells="it should be a dict"),
    ],
    "per_class_prf": [
        Wrong("NaN everywhere empty", _prf_nan, mistake="divides 0 by 0"),
        Wrong("NaN in F1", _prf_nan_in_f1, mistake="divides 0 by 0"),
        Wrong("without the hits", _prf_without_hits, mistake="without the hits in the denominator"),
        Wrong(
            "drops the classes without samples",
            lambda counts: known.per_class_prf(counts)[counts.sum(axis=1) > 0],
            mistake="classes without samples left out",
        ),
        Wrong("changes the matrix", _prf_zero_diagonal, tells="changes argument 1 in place"),
        Wrong("F1 before the others", lambda counts: known.per_class_prf(counts)[:, [2, 0, 1]], tells="differ"),
    ],
    "averages": [
        Wrong("weighted sum", _weighted_by(lambda n: 1), mistake="weights that do not sum to 1"),
        Wrong("divided by the classes", _weighted_by(len), mistake="weights that do not sum to 1"),
        Wrong("a tuple", lambda prf, n: tuple(known.averages(prf, n).values()), mistake="a pair instead of a dict"),
        Wrong("macro only", lambda prf, n: {"macro": prf.mean(axis=0)}, tells="the entry `weighted` is missing"),
        Wrong(
            "scaled by the largest",
            _weighted_by(lambda n: n.max()),
            mistake="weights that do not sum to 1",
        ),
    ],
    "top_k_accuracy": [
        Wrong(
            "sorted, later classes first",
            _top_k_sorted(lambda order, k: order[:, ::-1][:, :k]),
            mistake="the order of sorting decides ties",
        ),
        Wrong(
            "sorted, the last k",
            _top_k_sorted(lambda order, k: order[:, -k:], "quicksort"),
            mistake="the order of sorting decides ties",
        ),
        Wrong(
            "sorted negative, the first k",
            lambda s, y, k: (np.argsort(-s, axis=1, kind="stable")[:, :k] == y[:, None]).any(axis=1).mean(),
            mistake="the order of sorting decides ties",
        ),
        Wrong("the first k of the order", _top_k_sorted(lambda order, k: order[:, :k]), mistake="the lowest scores"),
        Wrong(
            "no mean",
            lambda s, y, k: (s >= s[np.arange(len(y)), y][:, None]).sum(axis=1) <= k,
            mistake="one answer for each sample",
        ),
        Wrong(
            "a tolerance for ties", _top_k_of(lambda s, own: (s > own) | np.isclose(s, own)), tells="compare them as"
        ),
        Wrong("softmax first", _top_k_of(lambda s, own: np.exp(s) >= np.exp(own)), tells="compare them as they are"),
        Wrong("torch", _top_k_torch, LIBRARY, tells="torch"),
        Wrong("always right", lambda s, y, k: 1.0, tells="the number differs"),
    ],
    "mended_macro_f1": [
        Wrong("NaN", _macro_f1_nan, mistake="divides 0 by 0"),
        Wrong(
            "without classes of F1 0",
            _macro_f1_of_kept(lambda f1, row, col: f1 > 0),
            mistake="missing classes left out",
        ),
        Wrong(
            "without missing classes",
            _macro_f1_of_kept(lambda f1, row, col: row + col > 0),
            mistake="missing classes left out",
        ),
        Wrong("macro recall", lambda n: known.per_class_prf(n)[:, 1].mean(), mistake="mean of the precisions"),
        Wrong("macro precision", lambda n: known.per_class_prf(n)[:, 0].mean(), mistake="mean of the precisions"),
        Wrong("median", lambda n: np.median(known.per_class_prf(n)[:, 2]), tells="the number differs"),
    ],
}
