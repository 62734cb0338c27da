"""Reference answers of lesson 05, softmax regression.

What stands between the solution markers is what the learner writes. The names are the lesson's symbols.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import torch
from torch import nn


def one_hot(labels: np.ndarray, n_classes: int) -> np.ndarray:
    """Turn class numbers into rows with a single one.

    Parameters
    ----------
    labels : numpy.ndarray of int, shape (m,)
        Class numbers from 0 to ``n_classes - 1``.
    n_classes : int
        How many classes there are, also when some do not occur in `labels`.

    Returns
    -------
    numpy.ndarray of float, shape (m, n_classes)
        Row i is 1 in column ``labels[i]`` and 0 elsewhere.
    """
    ### BEGIN SOLUTION
    targets = np.zeros((len(labels), n_classes))
    targets[np.arange(len(labels)), labels] = 1.0
    return targets
    ### END SOLUTION


def softmax(logits: np.ndarray) -> np.ndarray:
    """Turn each row of scores into probabilities (formula 3-50), safely for scores of any size.

    Parameters
    ----------
    logits : numpy.ndarray of float, shape (m, c)
        Scores, one row a sample, one column a class. Leave it unchanged.

    Returns
    -------
    numpy.ndarray of float, shape (m, c)
        No entry is negative, and every row sums to 1.
    """
    ### BEGIN SOLUTION
    shifted = logits - logits.max(axis=1, keepdims=True)
    powers = np.exp(shifted)
    return powers / powers.sum(axis=1, keepdims=True)
    ### END SOLUTION


def catches_unstable_softmax(implementation: Callable[[np.ndarray], np.ndarray]) -> bool:
    """Test somebody's softmax that answers in percent.

    Parameters
    ----------
    implementation : callable
        ``implementation(logits)`` takes scores (m, c) and should give 100 times the softmax of each row, (m, c), for
        scores of any size.

    Returns
    -------
    bool
        True when it is wrong, False when it is right.
    """
    ### BEGIN SOLUTION
    everyday = np.random.default_rng(0).normal(size=(4, 3))
    levels = everyday + np.array([[0.0], [2000.0], [-2000.0], [900.0]])
    far_apart = np.array([[0.0, 1.0, 1500.0, 2.0], [-1500.0, 3.0, 1.0, 0.0]])
    with np.errstate(all="ignore"):
        for logits in (everyday, levels, far_apart):
            if not np.allclose(implementation(logits), 100 * softmax(logits)):
                return True
    return False
    ### END SOLUTION


def softmax_jacobian(logits: np.ndarray) -> np.ndarray:
    """Return every slope of the softmax of one sample (formulas 3-61 and 3-62).

    Parameters
    ----------
    logits : numpy.ndarray of float, shape (c,)
        The scores of one sample.

    Returns
    -------
    numpy.ndarray of float, shape (c, c)
        Entry (i, j) is the derivative of probability i by score j.
    """
    ### BEGIN SOLUTION
    powers = np.exp(logits - logits.max())
    a = powers / powers.sum()
    return np.diag(a) - np.outer(a, a)
    ### END SOLUTION


def log_softmax(logits: np.ndarray) -> np.ndarray:
    """Return the logarithm of the softmax without ever forming a probability.

    Parameters
    ----------
    logits : numpy.ndarray of float, shape (m, c)
        Scores of any size. Leave it unchanged.

    Returns
    -------
    numpy.ndarray of float, shape (m, c)
        Finite wherever the scores are finite.
    """
    ### BEGIN SOLUTION
    shifted = logits - logits.max(axis=1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    ### END SOLUTION


def mean_cross_entropy(logits: np.ndarray, labels: np.ndarray) -> float:
    """Return the cross-entropy loss of a batch, from scores and class numbers (formula 3-53).

    Parameters
    ----------
    logits : numpy.ndarray of float, shape (m, c)
        Scores of any size.
    labels : numpy.ndarray of int, shape (m,)
        The true class of each sample.

    Returns
    -------
    float
        Mean over the batch of minus the log-probability of the true class, in nats.
    """
    ### BEGIN SOLUTION
    true_class = log_softmax(logits)[np.arange(len(labels)), labels]
    return float(-true_class.mean())
    ### END SOLUTION


def softmax_ce_delta(logits: np.ndarray, targets: np.ndarray) -> np.ndarray:
    """Return the slope of each sample's cross-entropy by its scores, for rows with any number of ones.

    Parameters
    ----------
    logits : numpy.ndarray of float, shape (m, c)
        Scores.
    targets : numpy.ndarray of float, shape (m, c)
        k-hot rows: k entries are 1 and the others 0; k may differ from row to row.

    Returns
    -------
    numpy.ndarray of float, shape (m, c)
        Row i is the gradient of ``-sum(targets[i] * log(softmax(logits[i])))`` by ``logits[i]``.
    """
    ### BEGIN SOLUTION
    k = targets.sum(axis=1, keepdims=True)
    return k * softmax(logits) - targets
    ### END SOLUTION


def joint_probabilities(scores: np.ndarray) -> np.ndarray:
    """Turn the outputs of c separate sigmoid classifiers into one distribution over the c classes.

    Parameters
    ----------
    scores : numpy.ndarray of float, shape (m, c)
        Sigmoid outputs, strictly between 0 and 1; a row need not sum to 1.

    Returns
    -------
    numpy.ndarray of float, shape (m, c)
        Softmax of the scores *before* the sigmoid.
    """
    ### BEGIN SOLUTION
    odds = scores / (1.0 - scores)
    return odds / odds.sum(axis=1, keepdims=True)
    ### END SOLUTION


def minibatches(
    features: np.ndarray, labels: np.ndarray, batch_size: int, rng: np.random.Generator
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Give one epoch of shuffled batches, one at a time.

    Parameters
    ----------
    features : numpy.ndarray, shape (m, n)
        Samples in rows. Leave it unchanged.
    labels : numpy.ndarray, shape (m,)
        The label of each row. Leave it unchanged.
    batch_size : int
        Samples in a batch; the last batch holds what is left over.
    rng : numpy.random.Generator
        Shuffle with ``order = rng.permutation(m)``, once, before the first batch.

    Yields
    ------
    tuple of (numpy.ndarray, shape (b, n)) and (numpy.ndarray, shape (b,))
        The samples ``order[0:batch_size]`` first, then the next, until each was given once.
    """
    ### BEGIN SOLUTION
    order = rng.permutation(len(features))
    for start in range(0, len(features), batch_size):
        chosen = order[start : start + batch_size]
        yield features[chosen], labels[chosen]
    ### END SOLUTION


def softmax_step(features: np.ndarray, targets: np.ndarray, weights: np.ndarray, bias: np.ndarray) -> dict:
    """Go once forward and backward through softmax regression, keeping every intermediate.

    Parameters
    ----------
    features : numpy.ndarray of float, shape (m, n)
        One batch.
    targets : numpy.ndarray of float, shape (m, c)
        One-hot rows.
    weights : numpy.ndarray of float, shape (n, c)
    bias : numpy.ndarray of float, shape (c,)

    Returns
    -------
    dict
        ``logits`` (m, c), ``probs`` (m, c), ``loss`` (a float, the mean over the batch),
        ``delta`` (m, c), the slope of that mean by the logits, ``grad_weights`` (n, c) and
        ``grad_bias`` (c,).
    """
    ### BEGIN SOLUTION
    m = len(features)
    logits = features @ weights + bias
    log_probs = log_softmax(logits)
    probs = np.exp(log_probs)
    delta = (probs - targets) / m
    return {
        "logits": logits,
        "probs": probs,
        "loss": float(-(targets * log_probs).sum() / m),
        "delta": delta,
        "grad_weights": features.T @ delta,
        "grad_bias": delta.sum(axis=0),
    }
    ### END SOLUTION


def train_softmax(
    features: np.ndarray,
    labels: np.ndarray,
    n_classes: int,
    learning_rate: float,
    batch_size: int,
    epochs: int,
    rng: np.random.Generator,
) -> tuple[np.ndarray, np.ndarray, list[float]]:
    """Train softmax regression with mini-batch gradient descent, from weights and bias of zero.

    Parameters
    ----------
    features : numpy.ndarray of float, shape (m, n)
    labels : numpy.ndarray of int, shape (m,)
        Class numbers from 0 to ``n_classes - 1``.
    n_classes : int
    learning_rate : float
        Step size of the update.
    batch_size : int
    epochs : int
        How often to go through all samples, shuffled anew each time.
    rng : numpy.random.Generator
        Source of the shuffling.

    Returns
    -------
    weights : numpy.ndarray of float, shape (n, c)
    bias : numpy.ndarray of float, shape (c,)
    losses : list of float
        The loss of every batch, measured before its update.
    """
    ### BEGIN SOLUTION
    targets = one_hot(labels, n_classes)
    weights = np.zeros((features.shape[1], n_classes))
    bias = np.zeros(n_classes)
    losses = []
    for _ in range(epochs):
        for x, y in minibatches(features, targets, batch_size, rng):
            step = softmax_step(x, y, weights, bias)
            losses.append(step["loss"])
            weights -= learning_rate * step["grad_weights"]
            bias -= learning_rate * step["grad_bias"]
    return weights, bias, losses
    ### END SOLUTION


class SoftmaxRegression(nn.Module):
    """Softmax regression as a PyTorch module that gives logits, as ``nn.CrossEntropyLoss`` wants them.

    Parameters
    ----------
    n_features : int
        Numbers in one sample after flattening.
    n_classes : int
        How many scores to give.
    """

    def __init__(self, n_features: int, n_classes: int) -> None:
        super().__init__()
        ### BEGIN SOLUTION
        self.layers = nn.Sequential(nn.Flatten(), nn.Linear(n_features, n_classes))
        ### END SOLUTION

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Return the logits, shape (m, n_classes), of images with shape (m, ...)."""
        ### BEGIN SOLUTION
        return self.layers(images)
        ### END SOLUTION
