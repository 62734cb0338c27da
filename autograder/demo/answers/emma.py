"""Right on everyday numbers, and not thought through for large ones."""

# ruff: noqa
import numpy as np


def softmax(logits):
    return np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)


def log_softmax(logits):
    shifted = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.log(shifted / shifted.sum(axis=1, keepdims=True))


def mean_cross_entropy(logits, labels):
    shifted = np.exp(logits - logits.max(axis=1, keepdims=True))
    probs = shifted / shifted.sum(axis=1, keepdims=True)
    return -np.log(probs[np.arange(len(labels)), labels] + 1e-12).mean()


def softmax_ce_delta(logits, targets):
    shifted = np.exp(logits - logits.max(axis=1, keepdims=True))
    probs = shifted / shifted.sum(axis=1, keepdims=True)
    return probs - targets
