"""Functions of two inputs, some affine and some not, for the tests that lesson 01 asks for.

Each takes points in the rows of an array (m, 2) and gives one value a point, shape (m,).
"""

from __future__ import annotations

import numpy as np

Array = np.ndarray

_W1 = np.array([[0.8, -1.1, 0.5], [0.4, 0.9, -1.3]])
_B1 = np.array([0.3, -0.2, 0.6])
_W2 = np.array([1.2, -0.7, 0.9])
_W_WIDE = np.array([[0.6, -0.4, 1.1, 0.2], [-0.9, 0.7, 0.3, 1.4]])
_W_NEXT = np.array([[0.5, -1.2, 0.8], [1.1, 0.4, -0.6], [-0.3, 0.9, 0.7], [0.2, -0.5, 1.3]])


def two_layers(points: Array) -> Array:
    """Two layers, 2-3-1, with nothing between them."""
    return (points @ _W1 + _B1) @ _W2 + 0.4


def three_layers(points: Array) -> Array:
    """Three layers, 2-4-3-1, with nothing between them."""
    hidden = (points @ _W_WIDE - 0.5) @ _W_NEXT + np.array([0.1, -0.8, 0.3])
    return hidden @ np.array([0.7, 1.5, -0.9]) + 2.0


def two_layers_with_sigmoid(points: Array) -> Array:
    """Two layers, 2-3-1, with a sigmoid between them."""
    return (1 / (1 + np.exp(-(points @ _W1 + _B1)))) @ _W2 + 0.4


def two_layers_with_relu(points: Array) -> Array:
    """Two layers, 2-3-1, with max(0, z) between them."""
    return np.maximum(points @ _W1 + _B1, 0) @ _W2 + 0.4


def product(points: Array) -> Array:
    """A product of the two inputs: straight along each axis, bent across."""
    return points[:, 0] + 0.5 * points[:, 0] * points[:, 1]


def third_power(points: Array) -> Array:
    """A third power: what it gains on one side of 0 it loses on the other."""
    return points[:, 0] ** 3 / 3 + points[:, 1]


def bowl(points: Array) -> Array:
    """A sum of squares: the same value at all four corners of a square around 0."""
    return points[:, 0] ** 2 + points[:, 1] ** 2


def high_plane(points: Array) -> Array:
    """A plane far above 0."""
    return 300 - 20 * points[:, 0] / 3 + 7 * points[:, 1] / 3


def hinge(points: Array) -> Array:
    """Two half planes that meet where the first input is 1."""
    return points[:, 1] / 3 + np.maximum(points[:, 0] - 1, 0)


def fold_above(points: Array) -> Array:
    """Two half planes that meet where the inputs add up to 1."""
    return points[:, 0] / 2 - points[:, 1] / 3 + 4 * np.maximum(points.sum(axis=1) - 1, 0)


def fold_below(points: Array) -> Array:
    """Two half planes that meet where the first input is 1 more than the second."""
    return points[:, 0] / 4 + points[:, 1] / 2 - 3 * np.maximum(points[:, 0] - points[:, 1] - 1, 0)
