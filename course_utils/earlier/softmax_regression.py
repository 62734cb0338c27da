"""Answers of lesson 05 that later lessons reuse, for learners who come without their own."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np


def one_hot(labels: np.ndarray, n_classes: int) -> np.ndarray:
    """Turn class numbers, shape (m,), into rows with a single one, shape (m, n_classes)."""
    return (np.asarray(labels)[:, None] == np.arange(n_classes)).astype(float)


def softmax(logits: np.ndarray) -> np.ndarray:
    """Turn each row of scores, shape (m, c), into probabilities; the largest exponent of a row is 0."""
    shares = np.exp(logits - logits.max(axis=1, keepdims=True))
    shares /= shares.sum(axis=1, keepdims=True)
    return shares


def log_softmax(logits: np.ndarray) -> np.ndarray:
    """Return the logarithm of the softmax of each row, shape (m, c), finite for scores of any size."""
    below_top = logits - logits.max(axis=1, keepdims=True)
    below_top -= np.log(np.exp(below_top).sum(axis=1, keepdims=True))
    return below_top


def mean_cross_entropy(logits: np.ndarray, labels: np.ndarray) -> float:
    """Return the mean loss in nats of scores, shape (m, c), against class numbers, shape (m,)."""
    picked = np.take_along_axis(log_softmax(logits), np.asarray(labels)[:, None], axis=1)
    return -float(picked.mean())


def minibatches(
    features: np.ndarray, labels: np.ndarray, batch_size: int, rng: np.random.Generator
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Give one epoch of batches in the order of ``rng.permutation(m)``; the last holds what is left over."""
    order = rng.permutation(len(features))
    while len(order):
        chosen, order = order[:batch_size], order[batch_size:]
        yield features[chosen], labels[chosen]
