"""Reference answers of lesson 13, several labels at once.

What stands between the solution markers is what the learner writes. The names are the lesson's symbols.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from solutions.backpropagation import sigmoid
from solutions.softmax_regression import log_softmax


def multilabel_bce(logits: np.ndarray, targets: np.ndarray) -> float:
    """Return the sigmoid loss of several labels (formula 3-122), safely for scores of any size.

    Parameters
    ----------
    logits : numpy.ndarray of float, shape (m, c)
        One row a sample, one column a label.
    targets : numpy.ndarray of float, shape (m, c)
        1 where the label belongs to the sample, else 0; any number of ones a row.

    Returns
    -------
    float
        The mean over all samples and all labels, in nats.
    """
    ### BEGIN SOLUTION
    softplus = np.logaddexp(0.0, logits)
    return float(np.mean(softplus - targets * logits))
    ### END SOLUTION


def multilabel_bce_delta(logits: np.ndarray, targets: np.ndarray) -> np.ndarray:
    """Return the slope of the sigmoid loss of formula 3-122 by every score.

    Parameters
    ----------
    logits : numpy.ndarray of float, shape (m, c)
    targets : numpy.ndarray of float, shape (m, c)
        0 or 1; any number of ones a row.

    Returns
    -------
    numpy.ndarray of float, shape (m, c)
        Entry (i, j) is the slope of the mean loss by the score of sample i for label j.
    """
    ### BEGIN SOLUTION
    return (sigmoid(logits) - targets) / targets.size
    ### END SOLUTION


def softmax_multilabel_ce(logits: np.ndarray, targets: np.ndarray) -> float:
    """Return the softmax cross-entropy for rows with several ones (formula 3-123), for scores of any size.

    Parameters
    ----------
    logits : numpy.ndarray of float, shape (m, c)
    targets : numpy.ndarray of float, shape (m, c)
        0 or 1; any number of ones a row, used as they are. A row without a one costs 0.

    Returns
    -------
    float
        The mean over the samples, in nats.
    """
    ### BEGIN SOLUTION
    costs = -(targets * log_softmax(logits)).sum(axis=1)
    return float(costs.mean())
    ### END SOLUTION


def predict_labels(logits: np.ndarray, thresholds: float | np.ndarray) -> np.ndarray:
    """Give each sample the labels whose probability lies above their threshold.

    Parameters
    ----------
    logits : numpy.ndarray of float, shape (m, c)
        Scores before the sigmoid.
    thresholds : float, or numpy.ndarray of float, shape (c,)
        Probabilities between 0 and 1: one for all labels, or one a label.

    Returns
    -------
    numpy.ndarray of int or bool, shape (m, c)
        1 where the probability is larger than the threshold, else 0; equal is not larger. A row may hold no 1 at all.
    """
    ### BEGIN SOLUTION
    return (sigmoid(logits) > thresholds).astype(int)
    ### END SOLUTION


def multilabel_scores(targets: np.ndarray, predicted: np.ndarray, empty: float) -> dict[str, float]:
    """Return precision, recall and F1 of each sample, averaged over the samples (formulas 3-130, 3-133 and 3-135).

    Parameters
    ----------
    targets, predicted : numpy.ndarray of int, shape (m, c)
        True and predicted labels, 0 or 1; rows may be empty.
    empty : float
        What a fraction 0/0 counts, 0.0 or 1.0.

    Returns
    -------
    dict
        ``"precision"``, ``"recall"`` and ``"f1"``, one float each.
    """
    ### BEGIN SOLUTION
    hits = (targets * predicted).sum(axis=1)
    due, found = targets.sum(axis=1), predicted.sum(axis=1)

    def mean_ratio(above: np.ndarray, below: np.ndarray) -> float:
        return float(np.where(below > 0, above / np.maximum(below, 1), empty).mean())

    return {
        "precision": mean_ratio(hits, found),
        "recall": mean_ratio(hits, due),
        "f1": mean_ratio(2 * hits, due + found),
    }
    ### END SOLUTION


def per_label_confusion(targets: np.ndarray, predicted: np.ndarray) -> np.ndarray:
    """Count, label by label, the four ways a prediction can turn out.

    Parameters
    ----------
    targets, predicted : numpy.ndarray of int, shape (m, c)
        True and predicted labels, 0 or 1.

    Returns
    -------
    numpy.ndarray of int, shape (c, 2, 2)
        For each label: row = truth (0, 1), column = prediction (0, 1).
    """
    ### BEGIN SOLUTION
    counts = np.empty((targets.shape[1], 2, 2), dtype=int)
    for truth in (0, 1):
        for guess in (0, 1):
            counts[:, truth, guess] = ((targets == truth) & (predicted == guess)).sum(axis=0)
    return counts
    ### END SOLUTION


def tune_thresholds(probs: np.ndarray, targets: np.ndarray, candidates: np.ndarray) -> np.ndarray:
    """Choose for each label the threshold with the largest F1 of that label.

    Parameters
    ----------
    probs : numpy.ndarray of float, shape (m, c)
        Predicted probabilities of the validation samples.
    targets : numpy.ndarray of int, shape (m, c)
        Their true labels, 0 or 1.
    candidates : numpy.ndarray of float, shape (k,)
        The thresholds to try, ascending. A label is predicted where its probability is larger than the threshold.

    Returns
    -------
    numpy.ndarray of float, shape (c,)
        One of the candidates for each label; where several are equally good, the lowest. An F1 of 0/0 counts 0.
    """
    ### BEGIN SOLUTION
    chosen = []
    for column, truth in zip(probs.T, targets.T, strict=True):
        best, best_f1 = candidates[0], 0.0
        for threshold in candidates:
            guess = column > threshold
            hits = (guess * truth).sum()
            f1 = 2 * hits / max(guess.sum() + truth.sum(), 1)
            if f1 > best_f1:
                best, best_f1 = threshold, f1
        chosen.append(best)
    return np.array(chosen)
    ### END SOLUTION


def train_multilabel(
    features: np.ndarray, targets: np.ndarray, learning_rate: float, steps: int
) -> tuple[np.ndarray, np.ndarray, list[float]]:
    """Train one sigmoid unit a label with gradient descent on all samples, from weights and biases of zero.

    Parameters
    ----------
    features : numpy.ndarray of float, shape (m, n)
    targets : numpy.ndarray of float, shape (m, c)
        0 or 1; any number of ones a row.
    learning_rate : float
    steps : int
        How many updates.

    Returns
    -------
    weights : numpy.ndarray of float, shape (n, c)
    bias : numpy.ndarray of float, shape (c,)
    losses : list of float
        The loss of formula 3-122 before each update, `steps` numbers.
    """
    ### BEGIN SOLUTION
    weights, bias, losses = np.zeros((features.shape[1], targets.shape[1])), np.zeros(targets.shape[1]), []
    for _ in range(steps):
        logits = features @ weights + bias
        losses.append(multilabel_bce(logits, targets))
        delta = multilabel_bce_delta(logits, targets)
        weights = weights - learning_rate * features.T @ delta
        bias = bias - learning_rate * delta.sum(axis=0)
    return weights, bias, losses
    ### END SOLUTION


def mended_jaccard(targets: np.ndarray, predicted: np.ndarray) -> float:
    """Return the Jaccard index of each sample, averaged over the samples (formula 3-127).

    Parameters
    ----------
    targets, predicted : numpy.ndarray of int, shape (m, c)
        True and predicted labels, 0 or 1; rows may be empty.

    Returns
    -------
    float
        Between 0 and 1. A sample whose true and predicted rows are both empty counts 1.
    """
    ### BEGIN SOLUTION
    shared = ((targets == 1) & (predicted == 1)).sum(axis=1)
    either = ((targets == 1) | (predicted == 1)).sum(axis=1)
    ratios = np.ones(len(targets))
    np.divide(shared, either, out=ratios, where=either > 0)
    return float(ratios.mean())
    ### END SOLUTION


def catches_wrong_multilabel_metric(implementation: Callable[[np.ndarray, np.ndarray], float]) -> bool:
    """Test somebody's F1 per sample that answers in percent.

    Parameters
    ----------
    implementation : callable
        ``implementation(targets, predicted)`` takes two arrays of 0 and 1, shape (m, c), and should give 100
        times the F1 of formula 3-135: the mean over the samples, where a sample whose two rows are both empty counts 1.

    Returns
    -------
    bool
        True when it is wrong, False when it is right.
    """
    ### BEGIN SOLUTION
    rng = np.random.default_rng(0)
    for m, c, share in ((1, 5, 0.6), (6, 4, 0.5), (9, 3, 0.2), (8, 3, 0.0)):
        targets = (rng.random((m, c)) < share).astype(int)
        predicted = (rng.random((m, c)) < share).astype(int)
        due = 100 * multilabel_scores(targets, predicted, 1.0)["f1"]
        if not np.isclose(implementation(targets, predicted), due):
            return True
    return False
    ### END SOLUTION
