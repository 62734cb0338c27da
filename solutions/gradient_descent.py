"""Reference answers of lesson 02, gradient descent.

What stands between the solution markers is what the learner writes. The names are the lesson's symbols.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np


def directional_derivative(gradient: np.ndarray, direction: np.ndarray) -> float:
    """Return the slope of a function in a given direction (formula 3-9).

    Parameters
    ----------
    gradient : numpy.ndarray of float, shape (n,)
        The gradient at the place where you stand.
    direction : numpy.ndarray of float, shape (n,)
        Where to go. Any length but 0: only its direction counts.

    Returns
    -------
    float
        Change of the function per unit of distance, in that direction.
    """
    ### BEGIN SOLUTION
    unit = direction / np.linalg.norm(direction)
    return float(gradient @ unit)
    ### END SOLUTION


def steepest_direction(gradient: np.ndarray) -> np.ndarray:
    """Return the direction in which a function falls fastest, as an arrow of length 1.

    Parameters
    ----------
    gradient : numpy.ndarray of float, shape (n,)
        The gradient at the place where you stand. Leave it unchanged.

    Returns
    -------
    numpy.ndarray of float, shape (n,)
        An arrow of length 1, or n zeros where the gradient is 0 and no direction is steepest.
    """
    ### BEGIN SOLUTION
    length = np.linalg.norm(gradient)
    if length == 0:
        return np.zeros_like(gradient)
    return -gradient / length
    ### END SOLUTION


def descent_step(weights: np.ndarray, gradient: np.ndarray, learning_rate: float) -> np.ndarray:
    """Take one step of gradient descent (formula 3-12).

    Parameters
    ----------
    weights : numpy.ndarray of float, any shape
        Where you stand. Leave it unchanged.
    gradient : numpy.ndarray of float, of the same shape
        The gradient of the loss at `weights`.
    learning_rate : float
        Step size, above 0.

    Returns
    -------
    numpy.ndarray of float, of the same shape
        The weights after the step.
    """
    ### BEGIN SOLUTION
    return weights - learning_rate * gradient
    ### END SOLUTION


def gradient_descent(
    gradient: Callable[[np.ndarray], np.ndarray], start: np.ndarray, learning_rate: float, n_steps: int
) -> np.ndarray:
    """Walk downhill and keep every place you come through.

    Parameters
    ----------
    gradient : callable
        A function: ``gradient(weights)`` returns the gradient there, shape (n,).
    start : numpy.ndarray of float, shape (n,)
        The first place. Leave it unchanged.
    learning_rate : float
        Step size, above 0.
    n_steps : int
        How many steps to take, at least 0.

    Returns
    -------
    numpy.ndarray of float, shape (n_steps + 1, n)
        Row 0 is `start`, row k the place after k steps.
    """
    ### BEGIN SOLUTION
    path = [np.array(start, dtype=float)]
    for _ in range(n_steps):
        path.append(descent_step(path[-1], gradient(path[-1]), learning_rate))
    return np.array(path)
    ### END SOLUTION


def bowl_point(start: np.ndarray, learning_rate: float, k: int) -> np.ndarray:
    """Say where the descent on the bowl J = w1² + w2² + 2 w2 + 5 stands after k steps.

    Parameters
    ----------
    start : numpy.ndarray of float, shape (2,)
        The first place, (w1, w2). Leave it unchanged.
    learning_rate : float
        Step size, above 0.
    k : int
        How many steps were taken; 0 gives the start.

    Returns
    -------
    numpy.ndarray of float, shape (2,)
        The place after k steps.
    """
    ### BEGIN SOLUTION
    bottom = np.array([0.0, -1.0])
    return bottom + (1 - 2 * learning_rate) ** k * (start - bottom)
    ### END SOLUTION


def largest_stable_rate(features: np.ndarray) -> float:
    """Return the learning rate below which descent on J = mean of (x·w - y)² / 2 converges.

    Parameters
    ----------
    features : numpy.ndarray of float, shape (m, n)
        One sample a row, with independent columns. A column of ones, if there is a bias, is among them.

    Returns
    -------
    float
        The limit 2 / lambda_max, where lambda_max is the largest curvature of J.
    """
    ### BEGIN SOLUTION
    hessian = features.T @ features / len(features)
    return float(2 / np.linalg.eigvalsh(hessian).max())
    ### END SOLUTION


def condition_number(features: np.ndarray) -> float:
    """Return how many times steeper the steepest way across the valley of J is than the flattest along it.

    Parameters
    ----------
    features : numpy.ndarray of float, shape (m, n)
        One sample a row, with independent columns; J is the mean of (x·w - y)² / 2.

    Returns
    -------
    float
        Largest curvature divided by the smallest, at least 1.
    """
    ### BEGIN SOLUTION
    curvatures = np.linalg.eigvalsh(features.T @ features / len(features))
    return float(curvatures.max() / curvatures.min())
    ### END SOLUTION


def minibatch_gradient(features: np.ndarray, targets: np.ndarray, weights: np.ndarray, batch: np.ndarray) -> np.ndarray:
    """Return the gradient of the mean of (x·w - y)² / 2 over the samples of one batch.

    Parameters
    ----------
    features : numpy.ndarray of float, shape (m, n)
        All samples, one a row.
    targets : numpy.ndarray of float, shape (m,)
        The target of each sample.
    weights : numpy.ndarray of float, shape (n,)
        Where the gradient is wanted.
    batch : numpy.ndarray of int, shape (B,)
        Numbers of the rows that are in the batch.

    Returns
    -------
    numpy.ndarray of float, shape (n,)
        The mean of the gradients of these B samples.
    """
    ### BEGIN SOLUTION
    x, y = features[batch], targets[batch]
    return x.T @ (x @ weights - y) / len(batch)
    ### END SOLUTION


def train_minibatch(
    features: np.ndarray,
    targets: np.ndarray,
    learning_rate: float,
    batch_size: int,
    epochs: int,
    rng: np.random.Generator,
) -> tuple[np.ndarray, np.ndarray]:
    """Fit a linear regression by mini-batch gradient descent, from weights of zero.

    Parameters
    ----------
    features : numpy.ndarray of float, shape (m, n)
        One sample a row. Leave it unchanged.
    targets : numpy.ndarray of float, shape (m,)
        The target of each sample. Leave it unchanged.
    learning_rate : float
        Step size, above 0.
    batch_size : int
        Samples in a batch; the last batch of an epoch holds what is left over.
    epochs : int
        How often to go through all samples, in a new random order each time.
    rng : numpy.random.Generator
        Shuffle with ``rng.permutation(m)``, once an epoch.

    Returns
    -------
    weights : numpy.ndarray of float, shape (n,)
        The weights after the last step.
    losses : numpy.ndarray of float, shape (epochs,)
        The loss over all samples, the mean of (x·w - y)² / 2, after each epoch.
    """
    ### BEGIN SOLUTION
    m, n = features.shape
    weights, losses = np.zeros(n), []
    for _ in range(epochs):
        order = rng.permutation(m)
        for first in range(0, m, batch_size):
            batch = order[first : first + batch_size]
            gradient = minibatch_gradient(features, targets, weights, batch)
            weights = descent_step(weights, gradient, learning_rate)
        losses.append(((features @ weights - targets) ** 2).mean() / 2)
    return weights, np.array(losses)
    ### END SOLUTION


def mended_direction(weights: np.ndarray) -> np.ndarray:
    """Return what one step on the bowl J = w1² + w2² + 2 w2 + 5 multiplies by the learning rate and adds.

    Parameters
    ----------
    weights : numpy.ndarray of float, shape (2,)
        Where you stand, (w1, w2). Leave it unchanged.

    Returns
    -------
    numpy.ndarray of float, shape (2,)
        Minus the gradient of J, at its full length.
    """
    ### BEGIN SOLUTION
    w1, w2 = weights
    return np.array([-2 * w1, -2 * w2 - 2])
    ### END SOLUTION


def catches_wrong_gradient(
    function: Callable[[np.ndarray], float], gradient: Callable[[np.ndarray], np.ndarray], point: np.ndarray
) -> bool:
    """Say whether a claimed gradient is wrong, by measuring the slopes of the function.

    Parameters
    ----------
    function : callable
        ``function(weights)`` returns one number.
    gradient : callable
        ``gradient(weights)`` returns what is claimed to be its gradient, shape (n,).
    point : numpy.ndarray of float, shape (n,)
        Where to measure. Leave it unchanged.

    Returns
    -------
    bool
        True if an entry is off by more than 1 part in 1000 of the largest measured slope (ignoring signs), else False.
    """
    ### BEGIN SOLUTION
    h = 1e-5
    claimed = gradient(point)
    measured = np.empty_like(claimed)
    for i in range(len(point)):
        up, down = point.copy(), point.copy()
        up[i] += h
        down[i] -= h
        measured[i] = (function(up) - function(down)) / (2 * h)
    return bool(np.abs(claimed - measured).max() > 1e-3 * np.abs(measured).max())
    ### END SOLUTION
