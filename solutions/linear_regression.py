"""Reference answers of lesson 01, linear regression.

What stands between the solution markers is what the learner writes. The names are the lesson's symbols.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import torch
from torch import nn


def predict_line(features: np.ndarray, w: np.ndarray, b: float) -> np.ndarray:
    """Predict with a linear model (formulas 3-1 and 3-2).

    Parameters
    ----------
    features : numpy.ndarray of float, shape (m, n)
        One sample a row, one feature a column.
    w : numpy.ndarray of float, shape (n,)
        One weight a feature.
    b : float
        The bias.

    Returns
    -------
    numpy.ndarray of float, shape (m,)
        One prediction a sample, in the unit of the targets.
    """
    ### BEGIN SOLUTION
    return features @ w + b
    ### END SOLUTION


def half_mse(y_true: np.ndarray, y_pred: np.ndarray) -> float:
    """Return half the mean squared error (formula 3-3).

    Parameters
    ----------
    y_true : numpy.ndarray of float, shape (m,)
        What was measured.
    y_pred : numpy.ndarray of float, shape (m,)
        What the model says.

    Returns
    -------
    float
        The mean of the squared residuals, divided by 2; its unit is the square of the targets' unit.
    """
    ### BEGIN SOLUTION
    residuals = y_true - y_pred
    return float((residuals**2).mean() / 2)
    ### END SOLUTION


def half_mse_slopes(features: np.ndarray, y_true: np.ndarray, w: np.ndarray, b: float) -> tuple[np.ndarray, float]:
    """Return the slopes of the half mean squared error by every parameter of a linear model.

    Parameters
    ----------
    features : numpy.ndarray of float, shape (m, n)
    y_true : numpy.ndarray of float, shape (m,)
    w : numpy.ndarray of float, shape (n,)
    b : float

    Returns
    -------
    grad_w : numpy.ndarray of float, shape (n,)
        Entry j is the derivative of J by ``w[j]``.
    grad_b : float
        The derivative of J by b.
    """
    ### BEGIN SOLUTION
    residuals = features @ w + b - y_true
    return features.T @ residuals / len(y_true), float(residuals.mean())
    ### END SOLUTION


def fit_least_squares(features: np.ndarray, y_true: np.ndarray) -> tuple[np.ndarray, float]:
    """Find the weights and the bias with the smallest mean squared error, in one go.

    Parameters
    ----------
    features : numpy.ndarray of float, shape (m, n)
        More samples than parameters; no feature is constant, or a weighted sum of the others and a constant.
    y_true : numpy.ndarray of float, shape (m,)

    Returns
    -------
    w : numpy.ndarray of float, shape (n,)
    b : float
    """
    ### BEGIN SOLUTION
    wide = np.column_stack([features, np.ones(len(features))])
    theta = np.linalg.solve(wide.T @ wide, wide.T @ y_true)
    return theta[:-1], float(theta[-1])
    ### END SOLUTION


def trapezoid_features(sides: np.ndarray) -> np.ndarray:
    """Make the five features of formula 3-4 from the two sides of each trapezoid.

    Parameters
    ----------
    sides : numpy.ndarray of float, shape (m, 2)
        The top x1 and the bottom x2.

    Returns
    -------
    numpy.ndarray of float, shape (m, 5)
        The columns x1, x2, x1 squared, x1 times x2, x2 squared, in this order.
    """
    ### BEGIN SOLUTION
    x1, x2 = sides[:, 0], sides[:, 1]
    return np.column_stack([x1, x2, x1**2, x1 * x2, x2**2])
    ### END SOLUTION


def collapse_affine(w1: np.ndarray, b1: np.ndarray, w2: np.ndarray, b2: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Replace two affine maps, one after the other, by a single one (formula 3-7).

    Parameters
    ----------
    w1 : numpy.ndarray of float, shape (n, k)
    b1 : numpy.ndarray of float, shape (k,)
        The first map gives ``x @ w1 + b1``.
    w2 : numpy.ndarray of float, shape (k, q)
    b2 : numpy.ndarray of float, shape (q,)
        The second map gives ``h @ w2 + b2``.

    Returns
    -------
    w : numpy.ndarray of float, shape (n, q)
    b : numpy.ndarray of float, shape (q,)
        Such that ``x @ w + b`` is what the two maps give together, for every x.
    """
    ### BEGIN SOLUTION
    return w1 @ w2, b1 @ w2 + b2
    ### END SOLUTION


def count_parameters(sizes: Sequence[int]) -> int:
    """Count the weights and biases of a dense network.

    Parameters
    ----------
    sizes : sequence of int
        Neurons in each layer: first the inputs, then every hidden layer, last the outputs.

    Returns
    -------
    int
        Every neuron that is not an input has one weight for each neuron before it, and one bias.
    """
    ### BEGIN SOLUTION
    return sum((sizes[k] + 1) * sizes[k + 1] for k in range(len(sizes) - 1))
    ### END SOLUTION


def catches_affine_stack(f: Callable[[np.ndarray], np.ndarray], low: float, high: float) -> bool:
    """Say whether a function of two inputs is affine on a square, up to rounding.

    Parameters
    ----------
    f : callable
        ``f(points)`` takes an array of shape (m, 2) and returns one value a point, shape (m,).
    low, high : float
        The square: both inputs lie between `low` and `high`. What `f` does elsewhere does not count.

    Returns
    -------
    bool
        True when some ``w1 * x1 + w2 * x2 + b`` gives the same values everywhere on the square.
    """
    ### BEGIN SOLUTION
    rng = np.random.default_rng(0)
    p, q = rng.uniform(low, high, size=(2, 500, 2))
    gaps = f((p + q) / 2) - (f(p) + f(q)) / 2
    return bool(np.abs(gaps).max() < 1e-9)
    ### END SOLUTION


def train_linear(
    features: np.ndarray, targets: np.ndarray, learning_rate: float, epochs: int
) -> tuple[np.ndarray, np.ndarray, list[float]]:
    """Train a linear model with PyTorch: full-batch descent on the mean squared error, from zero.

    Parameters
    ----------
    features : numpy.ndarray of float, shape (m, n)
    targets : numpy.ndarray of float, shape (m, 1)
    learning_rate : float
    epochs : int
        How many steps; every step sees all samples.

    Returns
    -------
    w : numpy.ndarray of float, shape (n, 1)
    b : numpy.ndarray of float, shape (1,)
    losses : list of float
        The loss of every step, measured before its update.
    """
    x, y = torch.tensor(features), torch.tensor(targets)
    model = nn.Linear(x.shape[1], 1, dtype=x.dtype)
    nn.init.zeros_(model.weight)
    nn.init.zeros_(model.bias)
    loss_function = nn.MSELoss()
    optimizer = torch.optim.SGD(model.parameters(), lr=learning_rate)
    losses: list[float] = []
    ### BEGIN SOLUTION
    for _ in range(epochs):
        loss = loss_function(model(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    ### END SOLUTION
    return model.weight.detach().numpy().T, model.bias.detach().numpy(), losses


def same_shape_mse(y_true: np.ndarray, y_pred: np.ndarray) -> float:
    """Return the mean squared error of m samples, whichever of the two usual shapes they come in.

    Parameters
    ----------
    y_true : numpy.ndarray of float, shape (m,) or (m, 1)
    y_pred : numpy.ndarray of float, shape (m,) or (m, 1)
        The shape need not be that of `y_true`; the order of the samples is the same.

    Returns
    -------
    float
        The mean of the m squared residuals, not halved.
    """
    ### BEGIN SOLUTION
    return float(((y_true.ravel() - y_pred.ravel()) ** 2).mean())
    ### END SOLUTION


def has_settled(losses: np.ndarray, window: int, tolerance: float) -> bool:
    """Say whether a loss has stopped falling, judged by the share it still loses.

    Parameters
    ----------
    losses : numpy.ndarray of float, shape (k,)
        The loss after each step, above zero.
    window : int
        How many steps to average over.
    tolerance : float
        The share between 0 and 1 that may still be lost from one window to the next.

    Returns
    -------
    bool
        True when the mean of the last `window` losses lies at most the share `tolerance` below the mean of
        the `window` losses right before them. False when there are fewer than two windows of losses.
    """
    ### BEGIN SOLUTION
    if len(losses) < 2 * window:
        return False
    before, now = losses[-2 * window : -window].mean(), losses[-window:].mean()
    return bool(before - now <= tolerance * before)
    ### END SOLUTION
