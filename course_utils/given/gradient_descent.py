"""Landscapes for lesson 02: functions of n weights, their gradients, and gradients that are wrong.

Every function takes the weights, shape (n,). What ends in ``_slope`` is claimed to be a gradient.
"""

from __future__ import annotations

import numpy as np

Array = np.ndarray

# --- gradients to walk on ------------------------------------------------------------------------


def tilted_bowl_slope(weights: Array) -> Array:
    """Give the gradient of a bowl in three weights whose valley lies across the axes."""
    curvature = np.array([[1.5, 0.6, -0.2], [0.6, 0.9, 0.3], [-0.2, 0.3, 0.5]])
    return curvature @ weights - np.array([0.4, -1.1, 0.7])


def ripple_slope(weights: Array) -> Array:
    """Give the gradient of a bowl with ripples, in which neighbouring weights pull at each other."""
    return 0.3 * weights + np.cos(2 * weights) + 0.2 * np.roll(weights, 1)


# --- functions, and claims about their gradients -------------------------------------------------


def funnel(weights: Array) -> float:
    """Give half the weighted sum of squared distances from 1, steeper for later weights."""
    steepness = np.arange(1, len(weights) + 1)
    return (steepness * (weights - 1) ** 2).sum() / 2


def funnel_slope(weights: Array) -> Array:
    """Give the gradient of the funnel."""
    return np.arange(1, len(weights) + 1) * (weights - 1)


def funnel_slope_uphill(weights: Array) -> Array:
    """Claim the opposite of the funnel's gradient."""
    return -funnel_slope(weights)


def funnel_slope_doubled(weights: Array) -> Array:
    """Claim twice the funnel's gradient, as if the half in front had been forgotten."""
    return 2 * funnel_slope(weights)


def funnel_slope_turned(weights: Array) -> Array:
    """Claim the entries of the funnel's gradient in the opposite order."""
    return funnel_slope(weights)[::-1].copy()


def funnel_slope_inner(weights: Array) -> Array:
    """Claim the funnel's gradient with one entry in the middle of the opposite sign."""
    return _changed_inside(funnel_slope(weights), factor=-1.0)


def funnel_slope_slightly(weights: Array) -> Array:
    """Claim the funnel's gradient with all entries three hundredths too large."""
    return 1.03 * funnel_slope(weights)


def hills(weights: Array) -> float:
    """Give a landscape of waves, plus the products of neighbouring weights."""
    return np.sin(weights).sum() + (weights[:-1] * weights[1:]).sum()


def hills_slope(weights: Array) -> Array:
    """Give the gradient of the hills."""
    slope = np.cos(weights)
    slope[:-1] += weights[1:]
    slope[1:] += weights[:-1]
    return slope


def hills_slope_uphill(weights: Array) -> Array:
    """Claim the opposite of the hills' gradient."""
    return -hills_slope(weights)


def hills_slope_halved(weights: Array) -> Array:
    """Claim half of the hills' gradient."""
    return hills_slope(weights) / 2


def hills_slope_turned(weights: Array) -> Array:
    """Claim the entries of the hills' gradient in the opposite order."""
    return hills_slope(weights)[::-1].copy()


def hills_slope_inner(weights: Array) -> Array:
    """Claim the hills' gradient with one entry in the middle twice as large."""
    return _changed_inside(hills_slope(weights), factor=2.0)


def hills_slope_slightly(weights: Array) -> Array:
    """Claim the hills' gradient with all entries two hundredths too small."""
    return 0.98 * hills_slope(weights)


def cliff(weights: Array) -> float:
    """Give a landscape of large numbers: ten thousand times the sum of fourth powers."""
    return 1e4 * (weights**4).sum()


def cliff_slope(weights: Array) -> Array:
    """Give the gradient of the cliff."""
    return 4e4 * weights**3


def cliff_slope_tripled(weights: Array) -> Array:
    """Claim three times the cliff's gradient."""
    return 3 * cliff_slope(weights)


def cliff_slope_turned(weights: Array) -> Array:
    """Claim the entries of the cliff's gradient in the opposite order."""
    return cliff_slope(weights)[::-1].copy()


def cliff_slope_inner(weights: Array) -> Array:
    """Claim the cliff's gradient with one entry in the middle half as large."""
    return _changed_inside(cliff_slope(weights), factor=0.5)


def cliff_slope_slightly(weights: Array) -> Array:
    """Claim the cliff's gradient with all entries two hundredths too large."""
    return 1.02 * cliff_slope(weights)


def plateau(weights: Array) -> float:
    """Give the funnel on high ground: its values lie near 100 000, its slopes are the funnel's."""
    return 1e5 + funnel(weights)


def plateau_slope(weights: Array) -> Array:
    """Give the gradient of the plateau."""
    return funnel_slope(weights)


def plateau_slope_inner(weights: Array) -> Array:
    """Claim the plateau's gradient with one entry in the middle of the opposite sign."""
    return funnel_slope_inner(weights)


def plateau_slope_slightly(weights: Array) -> Array:
    """Claim the plateau's gradient with all entries three hundredths too large."""
    return funnel_slope_slightly(weights)


def whisper(weights: Array) -> float:
    """Give the hills a hundred thousand times lower: values and slopes are tiny."""
    return 1e-5 * hills(weights)


def whisper_slope(weights: Array) -> Array:
    """Give the gradient of the whisper."""
    return 1e-5 * hills_slope(weights)


def whisper_slope_inner(weights: Array) -> Array:
    """Claim the whisper's gradient with one entry in the middle twice as large."""
    return 1e-5 * hills_slope_inner(weights)


def whisper_slope_slightly(weights: Array) -> Array:
    """Claim the whisper's gradient with all entries two hundredths too small."""
    return 1e-5 * hills_slope_slightly(weights)


def _changed_inside(slope: Array, factor: float) -> Array:
    """Multiply the longest of the inner entries."""
    changed = slope.copy()
    place = 1 + int(np.abs(slope[1:-1]).argmax())
    changed[place] *= factor
    return changed
