"""Reference answers of lesson 09, regularization.

What stands between the solution markers is what the learner writes. The names are the lesson's symbols.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import torch
from torch import nn


def split_data(
    features: np.ndarray, targets: np.ndarray, shares: Sequence[int], rng: np.random.Generator
) -> list[tuple[np.ndarray, np.ndarray]]:
    """Shuffle samples once and deal them out into parts that have no sample in common.

    Parameters
    ----------
    features : numpy.ndarray, shape (m, n)
        Samples in rows. Leave it unchanged.
    targets : numpy.ndarray, shape (m,)
        The target of each row. Leave it unchanged.
    shares : sequence of int
        How the parts share the samples, for example ``(7, 2, 1)``. Every part but the last gets
        ``m * share // sum(shares)`` samples, the last gets all that are left.
    rng : numpy.random.Generator
        Shuffle with ``order = rng.permutation(m)``, once.

    Returns
    -------
    list of tuple of (numpy.ndarray, shape (p, n)) and (numpy.ndarray, shape (p,))
        Features and targets of each part, in the order of `shares`: the first part holds the samples that come first in
        `order`, the second those that come next, and so on.
    """
    ### BEGIN SOLUTION
    m = len(features)
    order = rng.permutation(m)
    sizes = [m * share // sum(shares) for share in shares[:-1]]
    parts = np.split(order, np.cumsum(sizes))
    return [(features[part], targets[part]) for part in parts]
    ### END SOLUTION


def ridge_loss(features: np.ndarray, targets: np.ndarray, w: np.ndarray, b: float, lam: float) -> float:
    """Return half the mean squared error plus the L2 penalty (formula 3-98).

    Parameters
    ----------
    features : numpy.ndarray of float, shape (m, n)
    targets : numpy.ndarray of float, shape (m,)
    w : numpy.ndarray of float, shape (n,)
    b : float
        The bias; it is not penalised.
    lam : float
        Strength of the penalty, at least 0.

    Returns
    -------
    float
    """
    ### BEGIN SOLUTION
    m = len(features)
    errors = features @ w + b - targets
    return float((errors**2).sum() / (2 * m) + lam * (w**2).sum() / (2 * m))
    ### END SOLUTION


def l2_minimiser(curvature: np.ndarray, bottom: np.ndarray, lam: float) -> np.ndarray:
    """Return the lowest point of a bowl after an L2 penalty was added to it.

    The bowl is ``(w - bottom) @ curvature @ (w - bottom) / 2`` and the penalty ``lam * (w @ w) / 2``.

    Parameters
    ----------
    curvature : numpy.ndarray of float, shape (n, n)
        The matrix H of the bowl; symmetric, and the bowl curves upwards in every direction.
    bottom : numpy.ndarray of float, shape (n,)
        Where the bowl is lowest without a penalty.
    lam : float
        Strength of the penalty, at least 0.

    Returns
    -------
    numpy.ndarray of float, shape (n,)
    """
    ### BEGIN SOLUTION
    n = len(bottom)
    return np.linalg.solve(curvature + lam * np.eye(n), curvature @ bottom)
    ### END SOLUTION


def ridge_grad(
    features: np.ndarray, targets: np.ndarray, w: np.ndarray, b: float, lam: float
) -> tuple[np.ndarray, float]:
    """Return the slopes of the penalised loss (formula 3-101) by the weights and by the bias.

    Parameters
    ----------
    features : numpy.ndarray of float, shape (m, n)
    targets : numpy.ndarray of float, shape (m,)
    w : numpy.ndarray of float, shape (n,)
    b : float
        The bias; it is not penalised.
    lam : float
        Strength of the penalty, at least 0.

    Returns
    -------
    grad_w : numpy.ndarray of float, shape (n,)
    grad_b : float
    """
    ### BEGIN SOLUTION
    m = len(features)
    errors = features @ w + b - targets
    grad_w = features.T @ errors / m + lam / m * w
    grad_b = float(errors.mean())
    return grad_w, grad_b
    ### END SOLUTION


def sgd_weight_decay(
    weights: np.ndarray, gradient: np.ndarray, learning_rate: float, weight_decay: float
) -> np.ndarray:
    """Take one step of gradient descent with weight decay (formula 3-102).

    Parameters
    ----------
    weights : numpy.ndarray of float, any shape
        Leave it unchanged.
    gradient : numpy.ndarray of float, shape of `weights`
        Slopes of the loss without its penalty, at `weights`.
    learning_rate : float
    weight_decay : float
        The strength per sample: lambda / m.

    Returns
    -------
    numpy.ndarray of float, shape of `weights`
        The new weights: shrunk by the decay, then moved against the gradient.
    """
    ### BEGIN SOLUTION
    return (1 - learning_rate * weight_decay) * weights - learning_rate * gradient
    ### END SOLUTION


def ridge_fit(features: np.ndarray, targets: np.ndarray, lam: float) -> tuple[np.ndarray, float]:
    """Return the weights and the bias with the smallest penalised loss (formula 3-98), by solving for them.

    Parameters
    ----------
    features : numpy.ndarray of float, shape (m, n)
        There may be more features than samples. Leave it unchanged.
    targets : numpy.ndarray of float, shape (m,)
        Leave it unchanged.
    lam : float
        Strength of the penalty, above 0. The bias is not penalised.

    Returns
    -------
    w : numpy.ndarray of float, shape (n,)
    b : float
    """
    ### BEGIN SOLUTION
    centre = features.mean(axis=0)
    x, y = features - centre, targets - targets.mean()
    w = np.linalg.solve(x.T @ x + lam * np.eye(x.shape[1]), x.T @ y)
    return w, float(targets.mean() - centre @ w)
    ### END SOLUTION


def catches_penalised_bias(
    fit: Callable[[np.ndarray, np.ndarray, float], tuple[np.ndarray, float]],
) -> bool:
    """Test somebody's ridge regression: is its bias left alone by the penalty?

    Parameters
    ----------
    fit : callable
        ``fit(features, targets, lam)`` takes features (m, n), targets (m,) and a strength above 0, and gives the
        weights (n,) and the bias. What one unit of `lam` means for the weights differs from author to author, and is
        not to be judged.

    Returns
    -------
    bool
        True when the bias is pulled towards 0 or left out, False when it is right.
    """
    ### BEGIN SOLUTION
    rng = np.random.default_rng(0)
    features = rng.normal(size=(12, 3)) + 1.0
    targets = features @ np.array([1.0, -2.0, 0.5]) + rng.normal(size=12)
    for shift in (-1000.0, 1000.0):
        w, b = fit(features, targets + shift, 5.0)
        mean_error = np.mean(targets + shift - features @ w - b)
        if abs(mean_error) > 1e-5:
            return True
    return False
    ### END SOLUTION


def l1_subgrad(w: float, x: float, y: float, b: float, lam: float) -> tuple[float, float]:
    """Return the slopes of ``(w * x + b - y)**2 / 2 + lam * abs(w)`` at one weight (formula 3-105).

    Parameters
    ----------
    w, x, y, b : float
        One weight, and one sample with its target and the bias.
    lam : float
        Strength of the penalty, at least 0.

    Returns
    -------
    tuple of (float, float)
        The lowest and the highest slope. They are the same number, except at ``w == 0``, where every slope
        between the two counts.
    """
    ### BEGIN SOLUTION
    phi = x * (w * x + b - y)
    if w == 0:
        return phi - lam, phi + lam
    slope = phi + lam * np.sign(w)
    return slope, slope
    ### END SOLUTION


def soft_threshold(values: np.ndarray, threshold: float) -> np.ndarray:
    """Move every number towards 0 by the threshold, and stop at 0.

    Parameters
    ----------
    values : numpy.ndarray of float, any shape
        Leave it unchanged.
    threshold : float
        At least 0.

    Returns
    -------
    numpy.ndarray of float, shape of `values`
        Exactly 0 where a value is no larger than the threshold in size.
    """
    ### BEGIN SOLUTION
    return np.sign(values) * np.maximum(np.abs(values) - threshold, 0.0)
    ### END SOLUTION


def train_lasso(
    features: np.ndarray, targets: np.ndarray, lam: float, learning_rate: float, n_steps: int
) -> tuple[np.ndarray, float]:
    """Train linear regression with an L1 penalty (formula 3-103) by proximal steps, from weights and bias of zero.

    Each step measures both slopes of half the mean squared error at the present weights and bias. The weights move
    against their slope and are then soft-thresholded; the bias moves against its slope.

    Parameters
    ----------
    features : numpy.ndarray of float, shape (m, n)
    targets : numpy.ndarray of float, shape (m,)
    lam : float
        Strength of the penalty, at least 0. The bias is not penalised.
    learning_rate : float
    n_steps : int
        Steps over the whole set.

    Returns
    -------
    w : numpy.ndarray of float, shape (n,)
    b : float
    """
    ### BEGIN SOLUTION
    m, n = features.shape
    w, b = np.zeros(n), 0.0
    for _ in range(n_steps):
        errors = features @ w + b - targets
        w = soft_threshold(w - learning_rate * features.T @ errors / m, learning_rate * lam / m)
        b = b - learning_rate * errors.mean()
    return w, float(b)
    ### END SOLUTION


def mended_l1_penalty(
    make_net: Callable[[], nn.Module],
    features: np.ndarray,
    targets: np.ndarray,
    lam: float,
    learning_rate: float,
    n_steps: int,
) -> list[torch.Tensor]:
    """Train a PyTorch net on half the mean squared error plus ``lam / m`` times the sum of the sizes of its weights.

    Parameters
    ----------
    make_net : callable
        ``make_net()`` gives a fresh net of 64-bit numbers, always with the same start.
    features : numpy.ndarray of float, shape (m, n)
    targets : numpy.ndarray of float, shape (m, 1)
    lam : float
        Strength of the penalty. It counts every parameter whose name does not end in ``bias``.
    learning_rate : float
        For ``torch.optim.SGD``, without weight decay.
    n_steps : int
        Steps over the whole set.

    Returns
    -------
    list of torch.Tensor
        The parameters after the last step, in the order of ``net.parameters()``.
    """
    ### BEGIN SOLUTION
    net = make_net()
    x, y = torch.tensor(features), torch.tensor(targets)
    optimizer = torch.optim.SGD(net.parameters(), lr=learning_rate)
    for _ in range(n_steps):
        penalty = sum(p.abs().sum() for name, p in net.named_parameters() if not name.endswith("bias"))
        loss = nn.functional.mse_loss(net(x), y) / 2 + lam / len(x) * penalty
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return [p.detach() for p in net.parameters()]
    ### END SOLUTION
