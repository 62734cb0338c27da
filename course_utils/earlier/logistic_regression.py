"""Given versions of the answers of lesson 04 that later lessons build on."""

from __future__ import annotations

import numpy as np

from course_utils.earlier.backpropagation import sigmoid


def log_odds(probability: np.ndarray) -> np.ndarray:
    """Return the natural logarithm of the odds of each probability.

    Parameters
    ----------
    probability : numpy.ndarray of float, any shape
        Strictly between 0 and 1.

    Returns
    -------
    numpy.ndarray of float
        Same shape.
    """
    return np.log(probability) - np.log1p(-probability)


def predict_probability(features: np.ndarray, weights: np.ndarray, bias: float) -> np.ndarray:
    """Return the probability of class 1 for each sample.

    Parameters
    ----------
    features : numpy.ndarray of float, shape (m, n)
    weights : numpy.ndarray of float, shape (n,)
    bias : float

    Returns
    -------
    numpy.ndarray of float, shape (m,)
    """
    return sigmoid(features @ weights + bias)


def bce_with_logits(logits: np.ndarray, labels: np.ndarray) -> float:
    """Return the mean binary cross-entropy from scores, safely for scores of any size.

    Parameters
    ----------
    logits : numpy.ndarray of float, shape (m,)
    labels : numpy.ndarray of float, shape (m,)
        0 or 1.

    Returns
    -------
    float
        In nats.
    """
    return float(np.mean(np.logaddexp(0.0, logits) - labels * logits))


def train_logistic(
    features: np.ndarray, labels: np.ndarray, learning_rate: float, steps: int
) -> tuple[np.ndarray, float, list[float]]:
    """Train logistic regression with gradient descent on all samples, from weights and bias of zero.

    Parameters
    ----------
    features : numpy.ndarray of float, shape (m, n)
    labels : numpy.ndarray of float, shape (m,)
        0 or 1.
    learning_rate : float
    steps : int

    Returns
    -------
    weights : numpy.ndarray of float, shape (n,)
    bias : float
    losses : list of float
        The loss before each update.
    """
    weights, bias, losses = np.zeros(features.shape[1]), 0.0, []
    for _ in range(steps):
        logits = features @ weights + bias
        losses.append(bce_with_logits(logits, labels))
        gap = (sigmoid(logits) - labels) / len(labels)
        weights = weights - learning_rate * features.T @ gap
        bias = bias - learning_rate * float(gap.sum())
    return weights, bias, losses
