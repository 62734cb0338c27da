"""Given versions of the answers of lesson 03 that later lessons build on."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np


def sigmoid(z: np.ndarray) -> np.ndarray:
    """Return 1 / (1 + exp(-z)) entry by entry, without overflow for any z.

    Parameters
    ----------
    z : numpy.ndarray of float, any shape

    Returns
    -------
    numpy.ndarray of float
        Same shape, entries from 0 to 1.
    """
    small = np.exp(-np.abs(z))
    return np.where(z >= 0, 1.0, small) / (1.0 + small)


def sigmoid_grad(z: np.ndarray) -> np.ndarray:
    """Return the slope of the sigmoid at z, the number *before* the sigmoid.

    Parameters
    ----------
    z : numpy.ndarray of float, any shape

    Returns
    -------
    numpy.ndarray of float
        Same shape, entries from 0 to 1/4.
    """
    small = np.exp(-np.abs(z))
    return small / (1.0 + small) ** 2


def forward_pass(inputs: np.ndarray, weights: Sequence[np.ndarray], biases: Sequence[np.ndarray]) -> list[np.ndarray]:
    """Run a batch through a net with a sigmoid after every layer, and keep all activations.

    Parameters
    ----------
    inputs : numpy.ndarray of float, shape (m, S_1)
    weights : sequence of numpy.ndarray
        Entry l has the shape (S_l, S_{l+1}).
    biases : sequence of numpy.ndarray
        Entry l has the shape (S_{l+1},).

    Returns
    -------
    list of numpy.ndarray
        The inputs first, then the activations of each layer, shape (m, S_l).
    """
    activations = [inputs]
    for w, b in zip(weights, biases, strict=True):
        activations.append(sigmoid(activations[-1] @ w + b))
    return activations


def hidden_delta(delta_next: np.ndarray, weights: np.ndarray, slopes: np.ndarray) -> np.ndarray:
    """Carry the error terms of a layer back through its weights to the layer before.

    Parameters
    ----------
    delta_next : numpy.ndarray of float, shape (m, S_{l+1})
        Slope of the loss by z of the later layer.
    weights : numpy.ndarray of float, shape (S_l, S_{l+1})
        The weights between the two layers.
    slopes : numpy.ndarray of float, shape (m, S_l)
        The activation's slope at z of the earlier layer.

    Returns
    -------
    numpy.ndarray of float, shape (m, S_l)
        Slope of the loss by z of the earlier layer.
    """
    return delta_next @ weights.T * slopes


def momentum_step(
    params: Sequence[np.ndarray],
    velocities: Sequence[np.ndarray],
    grads: Sequence[np.ndarray],
    learning_rate: float,
    momentum: float,
) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """Take one step of gradient descent with momentum; the arrays handed in stay as they are.

    Parameters
    ----------
    params, velocities, grads : sequence of numpy.ndarray
        As many arrays in each, of the same shapes.
    learning_rate : float
    momentum : float
        Share of the old velocity that is kept; 0 is plain gradient descent.

    Returns
    -------
    params, velocities : list of numpy.ndarray
        The new ones.
    """
    new_velocities = [momentum * v + g for v, g in zip(velocities, grads, strict=True)]
    new_params = [p - learning_rate * v for p, v in zip(params, new_velocities, strict=True)]
    return new_params, new_velocities
