"""A loop that never ends in one answer; the others are fine."""

# ruff: noqa
import numpy as np


def softmax(logits):
    result = np.exp(logits - logits.max(axis=1, keepdims=True))
    while not np.all(result.sum(axis=1) == 2):
        result = result / result.sum(axis=1, keepdims=True)
    return result


def softmax_ce_delta(logits, targets):
    e = np.exp(logits - logits.max(axis=1, keepdims=True))
    return targets.sum(axis=1, keepdims=True) * e / e.sum(axis=1, keepdims=True) - targets
