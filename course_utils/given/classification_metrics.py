"""Ways to write a recall in percent, for the exercise `catches_wrong_recall`.

Each takes labels 0 and 1, two arrays of shape (m,), the true ones first, and should give 100 times the recall of
class 1, or 0 where no sample belongs to class 1.
"""

from __future__ import annotations

import functools
from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike

__all__ = [
    "recall_at_full_marks_for_nothing",
    "recall_by_adding_shares",
    "recall_by_counting",
    "recall_by_misses",
    "recall_divided_by_all",
    "recall_divided_by_calls",
    "recall_mixed_with_precision",
    "recall_of_either_class",
    "recall_of_the_misses",
    "recall_of_the_other_class",
    "recall_without_a_guard",
]


def _on_arrays(recall: Callable[[np.ndarray, np.ndarray], float]) -> Callable[[ArrayLike, ArrayLike], float]:
    """Let a recall take lists as well."""

    @functools.wraps(recall)
    def taking_lists(y_true: ArrayLike, y_pred: ArrayLike) -> float:
        return recall(np.asarray(y_true), np.asarray(y_pred))

    return taking_lists


@_on_arrays
def recall_by_counting(y_true: np.ndarray, y_pred: np.ndarray) -> float:
    """Right: the positives that were found, out of all positives."""
    n_positive = np.sum(y_true == 1)
    if n_positive == 0:
        return 0.0
    return float(100 * np.sum((y_true == 1) & (y_pred == 1)) / n_positive)


@_on_arrays
def recall_by_adding_shares(y_true: np.ndarray, y_pred: np.ndarray) -> float:
    """Right: every positive that was found adds its share of the hundred."""
    called = y_pred[y_true == 1]
    return float(sum(100 / len(called) for answer in called if answer == 1))


@_on_arrays
def recall_by_misses(y_true: np.ndarray, y_pred: np.ndarray) -> float:
    """Right: what is left of the hundred when the misses are taken off."""
    called = y_pred[y_true == 1]
    return float(100 - 100 * np.mean(called == 0)) if len(called) else 0.0


@_on_arrays
def recall_divided_by_calls(y_true: np.ndarray, y_pred: np.ndarray) -> float:
    """Wrong: divides by how many were called positive, which gives the precision."""
    return recall_by_counting(y_pred, y_true)


@_on_arrays
def recall_of_either_class(y_true: np.ndarray, y_pred: np.ndarray) -> float:
    """Wrong: counts the hits of both classes out of all samples, which gives the accuracy."""
    return float(100 * np.mean(y_true == y_pred)) if (y_true == 1).any() else 0.0


@_on_arrays
def recall_divided_by_all(y_true: np.ndarray, y_pred: np.ndarray) -> float:
    """Wrong: divides by the number of all samples."""
    return float(100 * np.mean((y_true == 1) & (y_pred == 1)))


@_on_arrays
def recall_of_the_other_class(y_true: np.ndarray, y_pred: np.ndarray) -> float:
    """Wrong: takes class 0 for the positive one."""
    return recall_by_counting(1 - y_true, 1 - y_pred) if (y_true == 1).any() else 0.0


@_on_arrays
def recall_of_the_misses(y_true: np.ndarray, y_pred: np.ndarray) -> float:
    """Wrong: gives the share of the positives that were missed."""
    return recall_by_counting(y_true, 1 - y_pred)


@_on_arrays
def recall_mixed_with_precision(y_true: np.ndarray, y_pred: np.ndarray) -> float:
    """Wrong: gives the F1 score."""
    together = np.sum(y_true == 1) + np.sum(y_pred == 1)
    return float(200 * np.sum((y_true == 1) & (y_pred == 1)) / together) if together else 0.0


@_on_arrays
def recall_without_a_guard(y_true: np.ndarray, y_pred: np.ndarray) -> float:
    """Wrong: divides 0 by 0 where there is no positive."""
    with np.errstate(all="ignore"):
        return float(100 * np.sum((y_true == 1) & (y_pred == 1)) / np.sum(y_true == 1))


@_on_arrays
def recall_at_full_marks_for_nothing(y_true: np.ndarray, y_pred: np.ndarray) -> float:
    """Wrong: gives 100 where there is no positive to find."""
    return recall_by_counting(y_true, y_pred) if (y_true == 1).any() else 100.0
