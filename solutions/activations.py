"""Reference answers of lesson 12, activation functions.

What stands between the solution markers is what the learner writes. All functions work entry by entry on arrays of any
shape; `gamma` is the slope of Leaky ReLU on the left.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from torch import nn

from solutions.backpropagation import sigmoid


def tanh_from_sigmoid(x: np.ndarray) -> np.ndarray:
    """Return the hyperbolic tangent of each entry, made from the sigmoid (formula 3-116).

    Parameters
    ----------
    x : numpy.ndarray of float, any shape
        Numbers of any size. Leave them unchanged.

    Returns
    -------
    numpy.ndarray of float
        Same shape, entries from -1 to 1; never NaN.
    """
    ### BEGIN SOLUTION
    return 2.0 * sigmoid(2.0 * x) - 1.0
    ### END SOLUTION


def relu(x: np.ndarray) -> np.ndarray:
    """Return max(0, x) entry by entry (formula 3-118).

    Parameters
    ----------
    x : numpy.ndarray of float, any shape
        Numbers of any size, infinite ones included. Leave them unchanged.

    Returns
    -------
    numpy.ndarray of float
        Same shape: 0 where x is 0 or below, else x. It is 0 at minus infinity and infinite at plus infinity.
    """
    ### BEGIN SOLUTION
    return np.maximum(x, 0.0)
    ### END SOLUTION


def relu_grad(x: np.ndarray) -> np.ndarray:
    """Return the slope of ReLU at x, the number *before* it (formula 3-119).

    Parameters
    ----------
    x : numpy.ndarray of float, any shape
        Leave it unchanged.

    Returns
    -------
    numpy.ndarray of float
        Same shape: 1 where x is above 0, and 0 elsewhere; at 0 itself 0, by convention.
    """
    ### BEGIN SOLUTION
    return (x > 0).astype(float)
    ### END SOLUTION


def leaky_relu(x: np.ndarray, gamma: float) -> np.ndarray:
    """Return max(0, x) + gamma * min(0, x) entry by entry (formula 3-120).

    Parameters
    ----------
    x : numpy.ndarray of float, any shape
        Numbers of any size, infinite ones included. Leave them unchanged.
    gamma : float
        Slope on the left, positive; mostly below 1, but do not count on it.

    Returns
    -------
    numpy.ndarray of float
        Same shape: x where x is above 0, else gamma times x. Infinite x stay infinite, with their sign.
    """
    ### BEGIN SOLUTION
    return np.where(x > 0, x, gamma * x)
    ### END SOLUTION


def activation_backward(name: str, upstream: np.ndarray, kept: np.ndarray) -> np.ndarray:
    """Carry the slopes of the loss back through an activation, entry by entry.

    Parameters
    ----------
    name : str
        ``"sigmoid"``, ``"tanh"`` or ``"relu"``; other names need not be handled.
    upstream : numpy.ndarray of float, shape (m, h)
        Slopes of the loss by the activation's output. Leave them unchanged.
    kept : numpy.ndarray of float, shape (m, h)
        What the forward pass kept: for sigmoid and tanh the *output* a, for ReLU the *input* x.

    Returns
    -------
    numpy.ndarray of float, shape (m, h)
        Slopes of the loss by the activation's input. Where a ReLU's input is 0, the slope is 0.
    """
    ### BEGIN SOLUTION
    slopes = {"sigmoid": lambda a: a * (1 - a), "tanh": lambda a: 1 - a**2, "relu": relu_grad}
    return upstream * slopes[name](kept)
    ### END SOLUTION


def dead_units(z: np.ndarray) -> np.ndarray:
    """Say which hidden units with a ReLU are dead on these samples: slope 0 for every one of them.

    Parameters
    ----------
    z : numpy.ndarray of float, shape (m, h)
        Inputs of the ReLU: one row a sample, one column a unit. Leave them unchanged.

    Returns
    -------
    numpy.ndarray of bool, shape (h,)
        True for a dead unit. An input of 0 has the slope 0, by convention.
    """
    ### BEGIN SOLUTION
    return np.all(z <= 0, axis=0)
    ### END SOLUTION


def train_with_activation(
    x: np.ndarray,
    y: np.ndarray,
    w1: np.ndarray,
    b1: np.ndarray,
    w2: np.ndarray,
    b2: np.ndarray,
    function: Callable[[np.ndarray], np.ndarray],
    slope: Callable[[np.ndarray], np.ndarray],
    learning_rate: float,
    steps: int,
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, list[float]]:
    """Train a net with one hidden layer and any activation on yes-or-no questions, by full-batch gradient descent.

    Parameters
    ----------
    x : numpy.ndarray of float, shape (m, n)
        Features, one row a sample.
    y : numpy.ndarray of float, shape (m, q)
        Answers to q questions on each sample, 0.0 or 1.0.
    w1, b1 : numpy.ndarray of float, shapes (n, h) and (h,)
        First values of the hidden layer. Leave them unchanged.
    w2, b2 : numpy.ndarray of float, shapes (h, q) and (q,)
        First values of the output layer, which gives one logit for each question. Leave them unchanged.
    function, slope : callable
        The activation of the hidden layer and its slope. Both take the numbers *before* the activation, in an array of
        any shape, and give an array of that shape.
    learning_rate : float
        How far one step goes.
    steps : int
        Number of steps, at least 1. All four arrays are changed in each.

    Returns
    -------
    w1, b1, w2, b2 : numpy.ndarray of float
        Values after the last step.
    losses : list of float, length `steps`
        Mean cross-entropy in nats *before* each step: the mean of ln(1 + exp(logit)) - y * logit over all m * q
        entries, safe for logits of any size.
    """
    ### BEGIN SOLUTION
    losses = []
    for _ in range(steps):
        z = x @ w1 + b1
        a = function(z)
        logits = a @ w2 + b2
        losses.append(float(np.mean(np.logaddexp(0.0, logits) - y * logits)))
        delta_out = (sigmoid(logits) - y) / y.size
        delta_hidden = (delta_out @ w2.T) * slope(z)
        w2, b2 = w2 - learning_rate * a.T @ delta_out, b2 - learning_rate * delta_out.sum(axis=0)
        w1, b1 = w1 - learning_rate * x.T @ delta_hidden, b1 - learning_rate * delta_hidden.sum(axis=0)
    return w1, b1, w2, b2, losses
    ### END SOLUTION


class MyLeakyReLU(nn.Module):
    """Leaky ReLU as a PyTorch module, with the default of ``nn.LeakyReLU``.

    Parameters
    ----------
    negative_slope : float
        Slope on the left, 0.01 unless said otherwise. It is a fixed number and is not learned.
    """

    def __init__(self, negative_slope: float = 0.01) -> None:
        super().__init__()
        ### BEGIN SOLUTION
        self.negative_slope = negative_slope
        ### END SOLUTION

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return x where it is above 0, else the slope times x; same shape, infinities included.

        Autograd is to find the slopes by x; at 0 that of the left side, as with ``nn.LeakyReLU``.
        """
        ### BEGIN SOLUTION
        return torch.where(x > 0, x, self.negative_slope * x)
        ### END SOLUTION


def mended_leaky_grad(x: np.ndarray, gamma: float) -> np.ndarray:
    """Return the slope of Leaky ReLU at x: formula 3-121, mended.

    Parameters
    ----------
    x : numpy.ndarray of float, any shape
        The numbers before the activation. Leave them unchanged.
    gamma : float
        Slope on the left, positive.

    Returns
    -------
    numpy.ndarray of float
        Same shape. At 0 itself the slope from the left, by convention.
    """
    ### BEGIN SOLUTION
    return np.where(x > 0, 1.0, gamma)
    ### END SOLUTION


def catches_wrong_slope(
    function: Callable[[np.ndarray], np.ndarray], slope: Callable[[np.ndarray], np.ndarray]
) -> bool:
    """Say whether `slope` is not the slope of `function`.

    Parameters
    ----------
    function : callable
        An activation function: takes an array of any shape and gives one of that shape, entry by entry. It makes no
        jumps, and the only place where it may have a kink is 0.
    slope : callable
        What is said to be its slope at x; takes x and gives an array of the same shape. At 0 the right slope is that
        from the left, by convention. It must be right, and a number, from -1000 to 1000.

    Returns
    -------
    bool
        True if the slope is wrong somewhere by more than a thousandth, False if it is right up to rounding.
    """
    ### BEGIN SOLUTION
    x = np.concatenate([np.linspace(-10, 10, 201), [0.0, -1000.0, -100.0, 100.0, 1000.0]])
    h = 1e-6
    from_left = (function(x) - function(x - h)) / h
    return not np.allclose(slope(x), from_left, rtol=1e-4, atol=1e-5)
    ### END SOLUTION
