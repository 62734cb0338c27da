"""Reference answers of lesson 08, classification metrics.

What stands between the solution markers is what the learner writes. The names are the lesson's symbols.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np


def accuracy(y_true: np.ndarray, y_pred: np.ndarray) -> float:
    """Return the share of samples that get the right class, as in formula 3-74.

    Parameters
    ----------
    y_true, y_pred : numpy.ndarray of int, shape (m,)
        True and predicted class numbers; there may be more than two classes.

    Returns
    -------
    float
        Between 0 and 1.
    """
    ### BEGIN SOLUTION
    return float(np.mean(y_true == y_pred))
    ### END SOLUTION


def confusion(y_true: np.ndarray, y_pred: np.ndarray, n_classes: int) -> np.ndarray:
    """Count how often each class is taken for each class.

    Parameters
    ----------
    y_true, y_pred : numpy.ndarray of int, shape (m,)
        Class numbers from 0 to ``n_classes - 1``; some class may never occur.
    n_classes : int
        How many classes there are.

    Returns
    -------
    numpy.ndarray of int, shape (n_classes, n_classes)
        Entry (i, j) counts the samples of class i that are called class j: rows true,
        columns predicted.
    """
    ### BEGIN SOLUTION
    counts = np.zeros((n_classes, n_classes), dtype=int)
    for true, called in zip(y_true, y_pred, strict=True):
        counts[true, called] += 1
    return counts
    ### END SOLUTION


def precision_recall(
    y_true: np.ndarray, y_pred: np.ndarray, positive: int, zero_division: float
) -> tuple[float, float]:
    """Return precision and recall of one class against all others (formulas 3-77 and 3-78).

    Parameters
    ----------
    y_true, y_pred : numpy.ndarray of int, shape (m,)
        True and predicted class numbers; there may be more than two classes.
    positive : int
        The class that counts as positive. All others together are negative.
    zero_division : float
        What to return in place of 0/0: for the precision when no sample is called positive,
        for the recall when no sample is positive. Everywhere else it plays no part.

    Returns
    -------
    precision, recall : float
    """
    ### BEGIN SOLUTION
    tp = np.sum((y_true == positive) & (y_pred == positive))
    n_called = np.sum(y_pred == positive)
    n_positive = np.sum(y_true == positive)
    precision = float(tp / n_called) if n_called > 0 else zero_division
    recall = float(tp / n_positive) if n_positive > 0 else zero_division
    return precision, recall
    ### END SOLUTION


def catches_wrong_recall(implementation: Callable[[np.ndarray, np.ndarray], float]) -> bool:
    """Test somebody's recall that answers in percent.

    Parameters
    ----------
    implementation : callable
        ``implementation(y_true, y_pred)`` takes labels 0 and 1, two arrays of shape (m,), and
        should give 100 times the recall of class 1; 0 when no sample belongs to class 1.
        Right ones differ in their last digits.

    Returns
    -------
    bool
        True when it is wrong, False when it is right.
    """
    ### BEGIN SOLUTION
    # TP 2, FN 3, FP 5, TN 1: every ratio of the counts is another number
    y_true = np.array([1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0])
    y_pred = np.array([1, 1, 0, 0, 0, 1, 1, 1, 1, 1, 0])
    with np.errstate(all="ignore"):
        ordinary = implementation(y_true, y_pred)
        without_positives = implementation(np.zeros(4, dtype=int), np.array([0, 1, 0, 0]))
    right = abs(ordinary - 40.0) < 1e-6 and abs(without_positives) < 1e-6
    return not right
    ### END SOLUTION


def fbeta(precision: float, recall: float, beta: float) -> float:
    """Return the weighted harmonic mean of precision and recall (formula 3-79).

    The recall has beta squared times the weight of the precision.

    Parameters
    ----------
    precision, recall : float
        Between 0 and 1.
    beta : float
        Above 0. With 1 both weigh the same.

    Returns
    -------
    float
        0 when precision and recall are both 0.
    """
    ### BEGIN SOLUTION
    if precision == 0 and recall == 0:
        return 0.0
    return (1 + beta**2) * precision * recall / (beta**2 * precision + recall)
    ### END SOLUTION


def threshold_sweep(y_true: np.ndarray, scores: np.ndarray) -> dict[str, np.ndarray | float]:
    """Lower the threshold step by step, and note precision and recall of class 1 at each step.

    A sample is called positive when its score is at least the threshold.

    Parameters
    ----------
    y_true : numpy.ndarray of int, shape (m,)
        Labels 0 and 1 in any order, with at least one 1.
    scores : numpy.ndarray of float, shape (m,)
        Any numbers, larger for samples that look more positive. Several samples may share
        a score. Leave it unchanged.

    Returns
    -------
    dict
        ``"thresholds"`` : numpy.ndarray of float, shape (u,)
            The u different scores, largest first.
        ``"precision"``, ``"recall"`` : numpy.ndarray of float, shape (u,)
            Their values at each threshold.
        ``"average_precision"`` : float
            The precisions, each weighted with the rise in recall since the threshold before;
            before the first, the recall is 0.
    """
    ### BEGIN SOLUTION
    thresholds = np.unique(scores)[::-1]
    called = scores[None, :] >= thresholds[:, None]
    tp = (called & (y_true == 1)).sum(axis=1)
    precision = tp / called.sum(axis=1)
    recall = tp / np.sum(y_true == 1)
    rises = np.diff(recall, prepend=0.0)
    return {
        "thresholds": thresholds,
        "precision": precision,
        "recall": recall,
        "average_precision": float(np.sum(rises * precision)),
    }
    ### END SOLUTION


def per_class_prf(counts: np.ndarray) -> np.ndarray:
    """Return precision, recall and F1 of every class from a confusion matrix.

    Parameters
    ----------
    counts : numpy.ndarray of int, shape (c, c)
        Rows true, columns predicted.

    Returns
    -------
    numpy.ndarray of float, shape (c, 3)
        One row a class: precision, recall, F1. Each 0/0 gives 0.
    """
    ### BEGIN SOLUTION
    tp = np.diag(counts)
    n_called = counts.sum(axis=0)
    n_true = counts.sum(axis=1)
    # a denominator of 0 has a numerator of 0 above it, and 0 / 1 is the 0 that is wanted
    precision = tp / np.maximum(n_called, 1)
    recall = tp / np.maximum(n_true, 1)
    f1 = 2 * tp / np.maximum(n_called + n_true, 1)
    return np.stack([precision, recall, f1], axis=1)
    ### END SOLUTION


def averages(prf: np.ndarray, support: np.ndarray) -> dict[str, np.ndarray]:
    """Average precision, recall and F1 over the classes in two ways.

    Parameters
    ----------
    prf : numpy.ndarray of float, shape (c, 3)
        Precision, recall and F1, one row a class.
    support : numpy.ndarray of int, shape (c,)
        How many samples truly belong to each class; not all zero.

    Returns
    -------
    dict
        ``"macro"`` : numpy.ndarray of float, shape (3,)
            The mean in which every class counts the same.
        ``"weighted"`` : numpy.ndarray of float, shape (3,)
            The mean in which every class counts by its support.
    """
    ### BEGIN SOLUTION
    return {
        "macro": prf.mean(axis=0),
        "weighted": support @ prf / support.sum(),
    }
    ### END SOLUTION


def top_k_accuracy(scores: np.ndarray, labels: np.ndarray, k: int) -> float:
    """Return the share of samples whose true class is among the k largest scores.

    Ties count against the model: a sample is right only when fewer than k *other* classes
    score at least as high as its true class.

    Parameters
    ----------
    scores : numpy.ndarray of float, shape (m, c)
        One row a sample; logits or probabilities. Leave it unchanged.
    labels : numpy.ndarray of int, shape (m,)
        True class numbers.
    k : int
        From 1 to c.

    Returns
    -------
    float
        Between 0 and 1; 1 when k is c.
    """
    ### BEGIN SOLUTION
    own = scores[np.arange(len(labels)), labels]
    # the true class reaches its own score as well, so it is taken off again
    rivals = (scores >= own[:, None]).sum(axis=1) - 1
    return float(np.mean(rivals < k))
    ### END SOLUTION


def mended_macro_f1(counts: np.ndarray) -> float:
    """Return the mean of the F1 scores of all classes.

    Parameters
    ----------
    counts : numpy.ndarray of int, shape (c, c)
        Confusion matrix, rows true, columns predicted.

    Returns
    -------
    float
        A class that never occurs and is never predicted has an F1 of 0, and counts in the mean.
    """
    ### BEGIN SOLUTION
    tp = np.diag(counts)
    f1 = 2 * tp / np.maximum(counts.sum(axis=0) + counts.sum(axis=1), 1)
    return float(f1.mean())
    ### END SOLUTION
