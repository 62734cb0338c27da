"""What lesson 02 builds and later lessons use again, for whoever comes without the own answers."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

Array = np.ndarray


def descent_step(weights: Array, gradient: Array, learning_rate: float) -> Array:
    """Return the weights after one step against the gradient, arrays of any one shape."""
    return weights - learning_rate * gradient


def gradient_descent(gradient: Callable[[Array], Array], start: Array, learning_rate: float, n_steps: int) -> Array:
    """Return the start and the place after each step, shape (n_steps + 1, n)."""
    path = [np.array(start, dtype=float)]
    for _ in range(n_steps):
        path.append(path[-1] - learning_rate * gradient(path[-1]))
    return np.array(path)


def condition_number(features: Array) -> float:
    """Return the largest curvature of the mean squared error divided by the smallest, for features (m, n)."""
    curvatures = np.linalg.eigvalsh(features.T @ features / len(features))
    return float(curvatures.max() / curvatures.min())


def largest_stable_rate(features: Array) -> float:
    """Return 2 / (largest curvature) of half the mean squared error with features (m, n)."""
    return float(2 / np.linalg.eigvalsh(features.T @ features / len(features)).max())


def minibatch_gradient(features: Array, targets: Array, weights: Array, batch: Array) -> Array:
    """Return the gradient of half the mean squared error over the rows in `batch`, shape (n,)."""
    x, y = features[batch], targets[batch]
    return x.T @ (x @ weights - y) / len(batch)


def catches_wrong_gradient(
    function: Callable[[Array], float], gradient: Callable[[Array], Array], point: Array
) -> bool:
    """Say whether a claimed gradient differs from centred differences of the function at a point (n,)."""
    h = 1e-5
    measured = np.array([(function(point + h * e) - function(point - h * e)) / (2 * h) for e in np.eye(len(point))])
    return bool(np.abs(gradient(point) - measured).max() > 1e-3 * np.abs(measured).max())
