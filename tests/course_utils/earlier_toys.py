"""Given versions for tests, so that these hang on no lesson's own."""

GIVEN = '''"""Given versions."""

import numpy as np


def one_hot(labels, n_classes):
    targets = np.zeros((len(labels), n_classes))
    targets[np.arange(len(labels)), labels] = 1.0
    return targets


def softmax(logits):
    shifted = logits - logits.max(axis=1, keepdims=True)
    powers = np.exp(shifted)
    return powers / powers.sum(axis=1, keepdims=True)


def mean_cross_entropy(logits, labels):
    """Wrong on purpose: nobody judges a given version here."""
    return 0.0


def _helper():
    """Not an answer."""
'''
