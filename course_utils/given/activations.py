"""Activation functions and what is said to be their slopes, for the exercises in lesson 12 that take functions.

Each takes an array of any shape and gives one of the same shape, entry by entry. None of the lesson's own four is among
them. Which of the slopes are right is for your test to find out.
"""

from __future__ import annotations

import numpy as np

Array = np.ndarray


def bent(x: Array) -> Array:
    """Rise twice as fast as x on the right and three tenths as fast on the left; the kink is at 0."""
    return 2.0 * x - 1.7 * np.minimum(x, 0.0)


def bent_slope(x: Array) -> Array:
    """Answer for `bent`."""
    return 2.0 - 1.7 * (x <= 0)


def rounded_bent_slope(x: Array) -> Array:
    """Answer for `bent`, off in the tenth digit as any long computation may be."""
    return bent_slope(x) * (1 + 1e-10)


def right_handed_bent_slope(x: Array) -> Array:
    """Answer for `bent`, with the kink counted to the right."""
    return 2.0 - 1.7 * (x < 0)


def halfway_bent_slope(x: Array) -> Array:
    """Answer for `bent`, with the mean of both sides at the kink."""
    return 2.0 - 0.85 * (x <= 0) - 0.85 * (x < 0)


def turned_bent_slope(x: Array) -> Array:
    """Answer for `bent`, with a minus on the left."""
    return 2.0 - 2.3 * (x <= 0)


def softsign(x: Array) -> Array:
    """Rise from -1 to 1, more slowly than tanh."""
    return x / (1.0 + np.abs(x))


def softsign_slope(x: Array) -> Array:
    """Answer for `softsign`."""
    return 1.0 / (1.0 + np.abs(x)) ** 2


def one_sided_softsign_slope(x: Array) -> Array:
    """Answer for `softsign`, worked out for the right side and used on both."""
    with np.errstate(all="ignore"):
        return 1.0 / (1.0 + x) ** 2


def steep_softsign_slope(x: Array) -> Array:
    """Answer for `softsign`, half a part in a hundred too steep."""
    return 1.005 * softsign_slope(x)


def softplus(x: Array) -> Array:
    """Follow ReLU with a rounded corner: the logarithm of 1 plus e to the x."""
    return np.logaddexp(0.0, x)


def softplus_slope(x: Array) -> Array:
    """Answer for `softplus`."""
    small = np.exp(-np.abs(x))
    return np.where(x >= 0, 1.0, small) / (1.0 + small)


def overflowing_softplus_slope(x: Array) -> Array:
    """Answer for `softplus`, with powers that become infinite far to the right."""
    with np.errstate(all="ignore"):
        return np.exp(x) / (1.0 + np.exp(x))


def silenced_softplus_slope(x: Array) -> Array:
    """Answer for `softplus`, with 0 put in where the powers became infinite."""
    return np.nan_to_num(overflowing_softplus_slope(x), nan=0.0)


def twice_softplus_slope(x: Array) -> Array:
    """Answer for `softplus`, taken at the output instead of the input."""
    return softplus_slope(softplus(x))


def swing(x: Array) -> Array:
    """Rise from -pi/2 to pi/2: the angle whose tangent is x."""
    return np.arctan(x)


def swing_slope(x: Array) -> Array:
    """Answer for `swing`."""
    return 1.0 / (1.0 + x**2)


def flat_swing_slope(x: Array) -> Array:
    """Answer for `swing`, set to 0 where the curve looks flat."""
    return np.where(np.abs(x) > 4, 0.0, swing_slope(x))
