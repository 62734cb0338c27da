"""A loop that never ends in one answer; the others are fine."""

# ruff: noqa
import numpy as np


def softmax(logits):
    result = np.exp(logits - logits.max(axis=1, keepdims=True))
    while not np.all(result.sum(axis=1) == 2):
        result = result / result.sum(axis=1, keepdims=True)
    return result


def catches_unstable_softmax(implementation):
    plain = np.array([[1.0, -2.0, 0.5], [0.2, 0.4, -0.3]])
    for z in (plain, plain + [[950.0], [-950.0]], np.array([[1600.0, 0.0, 3.0, 1.0], [0.0, 1.0, 2.0, 0.5]])):
        e = np.exp(z - z.max(axis=1, keepdims=True))
        with np.errstate(all="ignore"):
            if not np.allclose(implementation(z), 100 * e / e.sum(axis=1, keepdims=True)):
                return True
    return False


def softmax_ce_delta(logits, targets):
    e = np.exp(logits - logits.max(axis=1, keepdims=True))
    return targets.sum(axis=1, keepdims=True) * e / e.sum(axis=1, keepdims=True) - targets
