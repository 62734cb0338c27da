"""Right and wrong ways to give the softmax of each row in percent, for `catches_unstable_softmax`.

Each function takes scores of shape (m, c) and gives numbers of that shape.
"""

from __future__ import annotations

import numpy as np

Array = np.ndarray


def by_logarithms(logits: Array) -> Array:
    """Take the logarithm of the sum away before the exponential."""
    return 100 * np.exp(logits - np.logaddexp.reduce(logits, axis=1, keepdims=True))


def by_differences(logits: Array) -> Array:
    """Compare each score with every other of its row."""
    with np.errstate(over="ignore"):
        return 100 / np.exp(logits[:, None, :] - logits[:, :, None]).sum(axis=2)


def row_by_row(logits: Array) -> Array:
    """Go through the rows in a loop."""
    rows = []
    for row in logits:
        odds = np.exp(row - max(row))
        rows.append(odds * (100 / sum(odds)))
    return np.array(rows)


def by_pairs(logits: Array) -> Array:
    """Let each score of a row compete with the sum of the others, in powers of 2."""
    powers = np.exp2((logits - np.sort(logits, axis=1)[:, -1:]) / np.log(2))
    others = powers.sum(axis=1, keepdims=True) - powers
    return 100 * powers / (powers + others)


def along_the_columns(logits: Array) -> Array:
    """Share out each column instead of each row."""
    powers = np.exp(logits - logits.max(axis=0))
    return 100 * powers / powers.sum(axis=0)


def never_divided(logits: Array) -> Array:
    """Shift, take powers, and stop."""
    return 100 * np.exp(logits - logits.max(axis=1, keepdims=True))


def without_a_shift(logits: Array) -> Array:
    """Take the powers of the scores as they are."""
    powers = np.exp(logits)
    return 100 * powers / powers.sum(axis=1, keepdims=True)


def shifted_by_the_batch(logits: Array) -> Array:
    """Take the same number away from all rows."""
    powers = np.exp(logits - logits.max())
    return 100 * powers / powers.sum(axis=1, keepdims=True)


def shifted_by_the_mean(logits: Array) -> Array:
    """Take each row's mean away from it."""
    powers = np.exp(logits - logits.mean(axis=1, keepdims=True))
    return 100 * powers / powers.sum(axis=1, keepdims=True)


def cut_off(logits: Array) -> Array:
    """Treat scores beyond 500 as 500."""
    powers = np.exp(np.clip(logits, -500, 500))
    return 100 * powers / powers.sum(axis=1, keepdims=True)


def in_powers_of_two(logits: Array) -> Array:
    """Take powers of 2 instead of e."""
    powers = np.exp2(logits - logits.max(axis=1, keepdims=True))
    return 100 * powers / powers.sum(axis=1, keepdims=True)
