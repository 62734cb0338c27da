"""Reference answers of lesson 04, logistic regression.

What stands between the solution markers is what the learner writes. The names are the lesson's symbols.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from solutions.backpropagation import sigmoid


def log_odds(probability: np.ndarray | float) -> np.ndarray:
    """Return the natural logarithm of the odds of each probability.

    Parameters
    ----------
    probability : numpy.ndarray of float, shape (k,)
        Strictly between 0 and 1; a plain number may come too.

    Returns
    -------
    numpy.ndarray of float, shape (k,)
        0 for a probability of one half, below 0 for smaller ones and above 0 for larger ones.
    """
    ### BEGIN SOLUTION
    return np.log(probability / (1 - probability))
    ### END SOLUTION


def predict_probability(features: np.ndarray, weights: np.ndarray, bias: float) -> np.ndarray:
    """Return the probability of class 1 for each sample (formula 3-46).

    Parameters
    ----------
    features : numpy.ndarray of float, shape (m, n)
        Samples in rows.
    weights : numpy.ndarray of float, shape (n,)
        One weight a feature.
    bias : float

    Returns
    -------
    numpy.ndarray of float, shape (m,)
        The sigmoid of each sample's score.
    """
    ### BEGIN SOLUTION
    return sigmoid(features @ weights + bias)
    ### END SOLUTION


def mended_boundary(x1: np.ndarray, w1: float, w2: float, bias: float, threshold: float) -> np.ndarray:
    """Return where the decision boundary runs, for any threshold.

    Parameters
    ----------
    x1 : numpy.ndarray of float, shape (k,)
        First coordinates of some points on the boundary.
    w1, w2 : float
        The weights of the two features; `w2` is not 0.
    bias : float
    threshold : float
        A sample is called class 1 when its probability is at least this; strictly between 0 and 1.

    Returns
    -------
    numpy.ndarray of float, shape (k,)
        The second coordinate of each point. The probability there is exactly `threshold`.
    """
    ### BEGIN SOLUTION
    return (log_odds(threshold) - bias - w1 * x1) / w2
    ### END SOLUTION


def bce_with_logits(logits: np.ndarray, labels: np.ndarray) -> float:
    """Return the mean cross-entropy (formula 3-47) from scores, safely for scores of any size.

    Parameters
    ----------
    logits : numpy.ndarray of float, shape (m,)
        The scores z, before the sigmoid.
    labels : numpy.ndarray of float, shape (m,)
        0 or 1.

    Returns
    -------
    float
        Mean over the samples of minus the log-probability of what happened, in nats.
    """
    ### BEGIN SOLUTION
    losses = np.maximum(logits, 0) - labels * logits + np.log1p(np.exp(-np.abs(logits)))
    return float(losses.mean())
    ### END SOLUTION


def catches_unstable_loss(loss: Callable[[np.ndarray], np.ndarray]) -> bool:
    """Say whether somebody's loss function goes wrong for some score.

    Parameters
    ----------
    loss : callable
        ``loss(z)`` takes scores, shape (k,), of samples whose label is 1, and should return the loss
        of each, minus the logarithm of the sigmoid of z, shape (k,).

    Returns
    -------
    bool
        True when `loss` gives a wrong number somewhere, False when it is sound.
    """
    ### BEGIN SOLUTION
    far_out = np.array([-800.0, 800.0])
    return not np.allclose(loss(far_out), [800.0, 0.0])
    ### END SOLUTION


def likelihood_slope(probability: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Return how each sample's log-likelihood changes with its predicted probability.

    Parameters
    ----------
    probability : numpy.ndarray of float, shape (m,)
        The probabilities h of class 1, strictly between 0 and 1.
    labels : numpy.ndarray of float, shape (m,)
        0 or 1.

    Returns
    -------
    numpy.ndarray of float, shape (m,)
        Derivative by h of ``y ln h + (1 - y) ln(1 - h)``, one a sample.
    """
    ### BEGIN SOLUTION
    return labels / probability - (1 - labels) / (1 - probability)
    ### END SOLUTION


def logistic_step(features: np.ndarray, labels: np.ndarray, weights: np.ndarray, bias: float) -> dict:
    """Go once forward and backward through logistic regression, keeping every intermediate.

    Parameters
    ----------
    features : numpy.ndarray of float, shape (m, n)
        Samples in rows.
    labels : numpy.ndarray of float, shape (m,)
        0 or 1.
    weights : numpy.ndarray of float, shape (n,)
    bias : float

    Returns
    -------
    dict
        ``logits`` (m,), ``probs`` (m,), ``loss`` (a float, the mean over the samples),
        ``delta`` (m,), the slope of that mean by each logit, ``grad_weights`` (n,) and
        ``grad_bias`` (a float).
    """
    ### BEGIN SOLUTION
    logits = features @ weights + bias
    probs = sigmoid(logits)
    delta = (probs - labels) / len(labels)
    return {
        "logits": logits,
        "probs": probs,
        "loss": bce_with_logits(logits, labels),
        "delta": delta,
        "grad_weights": features.T @ delta,
        "grad_bias": float(delta.sum()),
    }
    ### END SOLUTION


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
        Step size of the update.
    steps : int
        How many updates; each uses all samples.

    Returns
    -------
    weights : numpy.ndarray of float, shape (n,)
    bias : float
    losses : list of float
        The loss before each update.
    """
    ### BEGIN SOLUTION
    weights, bias = np.zeros(features.shape[1]), 0.0
    losses = []
    for _ in range(steps):
        step = logistic_step(features, labels, weights, bias)
        losses.append(step["loss"])
        weights -= learning_rate * step["grad_weights"]
        bias -= learning_rate * step["grad_bias"]
    return weights, bias, losses
    ### END SOLUTION


def ovr_labels(labels: np.ndarray, one: int) -> np.ndarray:
    """Recode class numbers for one class against the rest.

    Parameters
    ----------
    labels : numpy.ndarray of int, shape (m,)
        Class numbers, counted from 0. Leave them unchanged.
    one : int
        The class that plays against all others.

    Returns
    -------
    numpy.ndarray of float, shape (m,)
        1 for samples of that class and 0 for all others.
    """
    ### BEGIN SOLUTION
    return (labels == one).astype(float)
    ### END SOLUTION


def train_ovr(
    features: np.ndarray, labels: np.ndarray, n_classes: int, learning_rate: float, steps: int
) -> tuple[np.ndarray, np.ndarray]:
    """Train one logistic regression a class, each against the rest.

    Parameters
    ----------
    features : numpy.ndarray of float, shape (m, n)
    labels : numpy.ndarray of int, shape (m,)
        Class numbers from 0 to ``n_classes - 1``.
    n_classes : int
    learning_rate : float
    steps : int
        Updates of each of the trainings.

    Returns
    -------
    weights : numpy.ndarray of float, shape (n, n_classes)
        Column k holds the weights of class k.
    bias : numpy.ndarray of float, shape (n_classes,)
    """
    ### BEGIN SOLUTION
    weights = np.zeros((features.shape[1], n_classes))
    bias = np.zeros(n_classes)
    for k in range(n_classes):
        weights[:, k], bias[k], _ = train_logistic(features, ovr_labels(labels, k), learning_rate, steps)
    return weights, bias
    ### END SOLUTION


def predict_ovr(features: np.ndarray, weights: np.ndarray, bias: np.ndarray) -> np.ndarray:
    """Return the class whose own classifier is surest of each sample.

    Parameters
    ----------
    features : numpy.ndarray of float, shape (m, n)
    weights : numpy.ndarray of float, shape (n, c)
    bias : numpy.ndarray of float, shape (c,)

    Returns
    -------
    numpy.ndarray of int, shape (m,)
        Class numbers from 0 to c - 1, also right where several sigmoids round to 1.
    """
    ### BEGIN SOLUTION
    logits = features @ weights + bias
    return logits.argmax(axis=1)
    ### END SOLUTION
