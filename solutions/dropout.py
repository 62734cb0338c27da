"""Reference answers of lesson 10, dropout.

What stands between the solution markers is what the learner writes. A mask holds a 1 for each output that survives and
a 0 for each that is dropped; p is the drop rate, the probability of a 0.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import torch
from torch import nn

from solutions.backpropagation import sigmoid
from solutions.softmax_regression import log_softmax, softmax


def count_thinned_nets(hidden_sizes: Sequence[int]) -> int:
    """Count the thinned nets of a network whose hidden neurons may all be dropped.

    Parameters
    ----------
    hidden_sizes : sequence of int
        Neurons of each hidden layer, for example ``[4, 3]``. Inputs and outputs always stay, so they are not listed.

    Returns
    -------
    int
        The number of different sets of survivors, from "all of them" to "none of them".
    """
    ### BEGIN SOLUTION
    return 2 ** sum(hidden_sizes)
    ### END SOLUTION


def dropout_mask(shape: tuple[int, ...], p: float, rng: np.random.Generator) -> np.ndarray:
    """Draw which outputs survive.

    Parameters
    ----------
    shape : tuple of int
        Shape of the outputs, for example ``(m, n)``. Each entry gets a decision of its own.
    p : float, 0 to 1
        Drop rate: the probability that an output is dropped.
    rng : numpy.random.Generator
        Call ``rng.random(shape)`` once. It gives numbers from 0 up to, and without, 1. Where its number lies below `p`,
        the output is dropped.

    Returns
    -------
    numpy.ndarray, of that shape
        1 (or True) where an output survives, 0 (or False) where it is dropped: all 1 at p = 0, all 0 at p = 1.
    """
    ### BEGIN SOLUTION
    return (rng.random(shape) >= p).astype(float)
    ### END SOLUTION


def dropout(a: np.ndarray, p: float, training: bool, rng: np.random.Generator) -> np.ndarray:
    """Drop outputs at random in training, and leave them alone in evaluation.

    Parameters
    ----------
    a : numpy.ndarray, shape (m, n) or any other
        Outputs of a layer; whole numbers are allowed. It is not changed.
    p : float, 0 to 1
        Drop rate: the probability that an output is dropped.
    training : bool
        True in training, False in evaluation.
    rng : numpy.random.Generator
        Call ``rng.random(a.shape)`` once; where its number lies below `p`, the output is dropped.

    Returns
    -------
    numpy.ndarray of float, same shape as a
        In training 0 for a dropped output, and ``a / (1 - p)`` for one that survives; at p = 1 all zeros. In evaluation
        the numbers of `a`.
    """
    ### BEGIN SOLUTION
    if not training:
        return a
    if p == 1:
        return np.zeros(a.shape)
    return a * dropout_mask(a.shape, p, rng) / (1 - p)
    ### END SOLUTION


def dropout_moments(outputs: np.ndarray, weights: np.ndarray, p: float) -> tuple[float, float]:
    """Work out mean and variance of a neuron's weighted sum while its inputs are dropped.

    Parameters
    ----------
    outputs : numpy.ndarray of float, shape (n,)
        The outputs o that are dropped, each on its own, and scaled by ``1 / (1 - p)`` where they survive.
    weights : numpy.ndarray of float, shape (n,)
        The weights w of the neuron behind them; its bias is zero.
    p : float, 0 <= p < 1
        Drop rate.

    Returns
    -------
    mean, variance : float
        Exact mean and variance of ``z = sum of w_i o_i'`` over all masks, without drawing one. At p = 0 the variance
        is 0.
    """
    ### BEGIN SOLUTION
    parts = weights * outputs
    return float(parts.sum()), float(p / (1 - p) * (parts**2).sum())
    ### END SOLUTION


def dropout_backward(grad_out: np.ndarray, mask: np.ndarray, p: float) -> np.ndarray:
    """Carry slopes back through dropout in training.

    Parameters
    ----------
    grad_out : numpy.ndarray of float, shape (m, n)
        Slopes of the loss by the outputs of dropout.
    mask : numpy.ndarray, shape (m, n)
        The mask of the way forward: 1 where an output survived, 0 where it was dropped.
    p : float, 0 to 1
        Drop rate.

    Returns
    -------
    numpy.ndarray of float, shape (m, n)
        Slopes of the loss by the inputs of dropout; at p = 1 all zeros.
    """
    ### BEGIN SOLUTION
    if p == 1:
        return np.zeros(grad_out.shape)
    return grad_out * mask / (1 - p)
    ### END SOLUTION


def dropout_two_layer_step(
    x: np.ndarray, targets: np.ndarray, params: dict[str, np.ndarray], mask: np.ndarray, p: float
) -> dict[str, np.ndarray]:
    """Go forward and back through a net with one hidden layer of sigmoids and dropout behind it, in training.

    Parameters
    ----------
    x : numpy.ndarray of float, shape (m, n)
    targets : numpy.ndarray of float, shape (m, c)
        One-hot rows.
    params : dict
        ``w1`` (n, h), ``b1`` (h,), ``w2`` (h, c), ``b2`` (c,).
    mask : numpy.ndarray, shape (m, h)
        1 where a hidden output survives, 0 where it is dropped.
    p : float, 0 <= p < 1
        Drop rate.

    Returns
    -------
    dict
        ``z2`` and ``a2`` (m, h): weighted sums and sigmoids, before dropout; ``d2`` (m, h): what dropout makes of a2;
        ``z3`` (m, c): the logits; ``loss``: mean cross-entropy of the batch in nats; ``delta3`` (m, c) and ``delta2``
        (m, h): slopes of the loss by z3 and z2; ``grad_w1``, ``grad_b1``, ``grad_w2``, ``grad_b2``: slopes by the
        parameters, in their shapes.
    """
    ### BEGIN SOLUTION
    z2 = x @ params["w1"] + params["b1"]
    a2 = sigmoid(z2)
    d2 = a2 * mask / (1 - p)
    z3 = d2 @ params["w2"] + params["b2"]
    loss = -(targets * log_softmax(z3)).sum() / len(x)
    delta3 = (softmax(z3) - targets) / len(x)
    delta2 = dropout_backward(delta3 @ params["w2"].T, mask, p) * a2 * (1 - a2)
    return {
        "z2": z2,
        "a2": a2,
        "d2": d2,
        "z3": z3,
        "loss": loss,
        "delta3": delta3,
        "delta2": delta2,
        "grad_w1": x.T @ delta2,
        "grad_b1": delta2.sum(axis=0),
        "grad_w2": d2.T @ delta3,
        "grad_b2": delta3.sum(axis=0),
    }
    ### END SOLUTION


def thinned_average(
    x: np.ndarray, params: dict[str, np.ndarray], p: float, n_masks: int, rng: np.random.Generator
) -> np.ndarray:
    """Average the probabilities that several thinned nets give.

    Parameters
    ----------
    x : numpy.ndarray of float, shape (m, n)
    params : dict
        ``w1`` (n, h), ``b1`` (h,), ``w2`` (h, c), ``b2`` (c,) of a net with one hidden layer of sigmoids.
    p : float, 0 <= p < 1
        Drop rate of the hidden outputs.
    n_masks : int
        How many masks to draw, at least 1.
    rng : numpy.random.Generator
        For each mask call ``rng.random((m, h))`` once; where its number lies below `p`, the output is dropped. Those
        that survive are scaled by ``1 / (1 - p)``.

    Returns
    -------
    numpy.ndarray of float, shape (m, c)
        For each sample and class the mean of the `n_masks` softmax probabilities.
    """
    ### BEGIN SOLUTION
    a2 = sigmoid(x @ params["w1"] + params["b1"])
    total = np.zeros((len(x), len(params["b2"])))
    for _ in range(n_masks):
        total += softmax(dropout(a2, p, True, rng) @ params["w2"] + params["b2"])
    return total / n_masks
    ### END SOLUTION


def catches_wrong_dropout(implementation: Callable, rng: np.random.Generator) -> bool:
    """Say whether somebody's dropout is wrong.

    Parameters
    ----------
    implementation : callable
        ``implementation(a, keep, rng, training)`` takes outputs ``a`` of shape (m, n), the probability ``keep`` that an
        output *survives*, a generator to draw from, and whether this is training. A right one gives what this lesson's
        dropout gives with ``p = 1 - keep``: in training each output is dropped on its own and survivors are divided by
        `keep` (all zeros at ``keep = 0``); in evaluation it gives `a`. It draws a new mask at each call and leaves `a`
        alone.
    rng : numpy.random.Generator
        For the outputs you try, and to hand on to `implementation`.

    Returns
    -------
    bool
        True if it is wrong, False if it is right.
    """
    ### BEGIN SOLUTION
    keep, a = 0.7, rng.uniform(1, 2, size=(150, 120))
    before = a.copy()
    first = implementation(a, keep, rng, True)
    if not np.array_equal(a, before):
        return True
    alive = first != 0
    if not np.allclose(first[alive], a[alive] / keep):
        return True
    for shares in (alive.mean(), alive.mean(axis=0), alive.mean(axis=1)):
        entries = alive.size / np.size(shares)
        if np.any(np.abs(shares - keep) > 6 * np.sqrt(keep * (1 - keep) / entries)):
            return True
    if np.array_equal(alive, implementation(a, keep, rng, True) != 0):
        return True
    if not np.allclose(implementation(a, keep, rng, False), a):
        return True
    return bool(np.any(implementation(a, 0.0, rng, True) != 0))
    ### END SOLUTION


class MyDropout(nn.Module):
    """Dropout as a PyTorch module: it drops in training mode and gives its input back in evaluation mode.

    Parameters
    ----------
    p : float, 0 to 1
        Drop rate: the probability that an output is dropped.
    """

    def __init__(self, p: float = 0.5) -> None:
        super().__init__()
        ### BEGIN SOLUTION
        self.p = p
        ### END SOLUTION

    def forward(self, a: torch.Tensor) -> torch.Tensor:
        """Return the outputs after dropout, a tensor of the same shape.

        In training each call draws a new mask; at p = 1 all is 0.
        """
        ### BEGIN SOLUTION
        if not self.training:
            return a
        if self.p == 1:
            return torch.zeros_like(a)
        return a * (torch.rand_like(a) >= self.p) / (1 - self.p)
        ### END SOLUTION


def mended_dropout_scale(p: np.ndarray) -> np.ndarray:
    """Say how many times larger than before an output is that survives dropout in training.

    Parameters
    ----------
    p : numpy.ndarray of float, shape (k,)
        Drop rates from 0 to 1.

    Returns
    -------
    numpy.ndarray of float, shape (k,)
        One factor for each drop rate, and 0 where p is 1: nothing survives there.
    """
    ### BEGIN SOLUTION
    factors = np.zeros(len(p))
    some = p < 1
    factors[some] = 1 / (1 - p[some])
    return factors
    ### END SOLUTION
