"""Reference answers of lesson 03, backpropagation.

What stands between the solution markers is what the learner writes. The names are the lesson's symbols; a
net's layers are counted from 1 in the formulas and from 0 in Python's lists.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np


def sigmoid(z: np.ndarray) -> np.ndarray:
    """Return 1 / (1 + exp(-z)) entry by entry, correct for any z.

    Parameters
    ----------
    z : numpy.ndarray of float, any shape
        Numbers of any size. Leave them unchanged.

    Returns
    -------
    numpy.ndarray of float
        Same shape, entries from 0 to 1.
    """
    ### BEGIN SOLUTION
    small = np.exp(-np.abs(z))  # never above 1
    return np.where(z >= 0, 1.0, small) / (1.0 + small)
    ### END SOLUTION


def sigmoid_grad(z: np.ndarray) -> np.ndarray:
    """Return the slope of the sigmoid at z, the number *before* the sigmoid.

    Parameters
    ----------
    z : numpy.ndarray of float, any shape
        Numbers of any size. Leave them unchanged.

    Returns
    -------
    numpy.ndarray of float
        Same shape, entries from 0 to 1/4.
    """
    ### BEGIN SOLUTION
    return sigmoid(z) * sigmoid(-z)  # 1 - sigmoid(z) is sigmoid(-z), and never rounds to 0
    ### END SOLUTION


def forward_pass(inputs: np.ndarray, weights: list[np.ndarray], biases: list[np.ndarray]) -> list[np.ndarray]:
    """Run a batch through a net with a sigmoid after every layer, and keep all activations (formula 3-18).

    Parameters
    ----------
    inputs : numpy.ndarray of float, shape (m, S_1)
        One sample a row; the activations of the first layer.
    weights : list of numpy.ndarray
        ``weights[0]`` has the shape (S_1, S_2), ``weights[1]`` the shape (S_2, S_3), and so on.
    biases : list of numpy.ndarray
        ``biases[0]`` has the shape (S_2,), and so on; as many as there are weights.

    Returns
    -------
    list of numpy.ndarray
        The activations of all L layers, the inputs first: one entry more than there are weights.
    """
    ### BEGIN SOLUTION
    activations = [inputs]
    for w, b in zip(weights, biases, strict=True):
        activations.append(sigmoid(activations[-1] @ w + b))
    return activations
    ### END SOLUTION


def paths_gradient(
    x: np.ndarray, y: np.ndarray, w1: np.ndarray, b1: np.ndarray, w2: np.ndarray, b2: np.ndarray, i: int, j: int
) -> float:
    """Return the slope of one sample's loss by one weight of the first layer, path by path (formula 3-20).

    The net has one hidden layer and a sigmoid in both layers; the loss is ``0.5 * sum((y - a3) ** 2)``.

    Parameters
    ----------
    x : numpy.ndarray of float, shape (S_1,)
        One sample.
    y : numpy.ndarray of float, shape (K,)
        Its target, one number for each of the K outputs.
    w1, b1 : numpy.ndarray of float, shapes (S_1, S_2) and (S_2,)
    w2, b2 : numpy.ndarray of float, shapes (S_2, K) and (K,)
        ``w2[i, k]`` leads from hidden neuron i to output k.
    i, j : int
        The weight leads from neuron j of the input to neuron i of the hidden layer, both counted from 0: it is
        ``w1[j, i]``.

    Returns
    -------
    float
        The sum over all K paths from that weight to the loss.
    """
    ### BEGIN SOLUTION
    a2 = sigmoid(x @ w1 + b1)
    a3 = sigmoid(a2 @ w2 + b2)
    total = 0.0
    for k in range(len(y)):
        to_z3 = (a3[k] - y[k]) * a3[k] * (1 - a3[k])
        to_z2 = to_z3 * w2[i, k] * a2[i] * (1 - a2[i])
        total += to_z2 * x[j]
    return float(total)
    ### END SOLUTION


def hidden_delta(delta_next: np.ndarray, weights: np.ndarray, slopes: np.ndarray) -> np.ndarray:
    """Carry the error terms of a layer back through its weights to the layer before (formula 3-27, for a batch).

    Parameters
    ----------
    delta_next : numpy.ndarray of float, shape (m, S_{l+1})
        Slope of the loss by z of layer l + 1, one row a sample.
    weights : numpy.ndarray of float, shape (S_l, S_{l+1})
        The weights between the two layers.
    slopes : numpy.ndarray of float, shape (m, S_l)
        The activation's slope at z of layer l.

    Returns
    -------
    numpy.ndarray of float, shape (m, S_l)
        Slope of the loss by z of layer l.
    """
    ### BEGIN SOLUTION
    return delta_next @ weights.T * slopes
    ### END SOLUTION


def backward_pass(
    activations: list[np.ndarray], weights: list[np.ndarray], targets: np.ndarray
) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """Return the gradients of a net of any depth with a sigmoid after every layer.

    The loss is the mean over the batch of ``0.5 * sum((y - a) ** 2)``, the sum over the outputs of one sample.

    Parameters
    ----------
    activations : list of numpy.ndarray
        What `forward_pass` gave: L arrays, the inputs (m, S_1) first and the outputs (m, K) last.
    weights : list of numpy.ndarray
        L - 1 arrays, ``weights[l]`` between ``activations[l]`` and ``activations[l + 1]``.
    targets : numpy.ndarray of float, shape (m, K)

    Returns
    -------
    grad_weights : list of numpy.ndarray
        L - 1 arrays of the shapes of `weights`, in the same order.
    grad_biases : list of numpy.ndarray
        L - 1 arrays, one number for each neuron of layers 2 to L.
    """
    ### BEGIN SOLUTION
    outputs = activations[-1]
    delta = (outputs - targets) * outputs * (1 - outputs) / len(targets)
    grad_weights: list[np.ndarray] = []
    grad_biases: list[np.ndarray] = []
    for a, w in zip(activations[-2::-1], weights[::-1], strict=True):
        grad_weights.insert(0, a.T @ delta)
        grad_biases.insert(0, delta.sum(axis=0))
        delta = hidden_delta(delta, w, a * (1 - a))  # for the inputs it is computed and never used
    return grad_weights, grad_biases
    ### END SOLUTION


def two_layer_step(
    x: np.ndarray, y: np.ndarray, w1: np.ndarray, b1: np.ndarray, w2: np.ndarray, b2: np.ndarray
) -> dict:
    """Go once forward and backward through a regression net with one hidden layer, keeping every intermediate.

    The hidden layer has a sigmoid, the output layer none. The loss is the mean over the batch of
    ``0.5 * sum((y - a3) ** 2)``, the sum over the outputs of one sample.

    Parameters
    ----------
    x : numpy.ndarray of float, shape (m, n)
        One batch.
    y : numpy.ndarray of float, shape (m, k)
        k targets a sample; in this lesson k is mostly 1.
    w1, b1 : numpy.ndarray of float, shapes (n, h) and (h,)
    w2, b2 : numpy.ndarray of float, shapes (h, k) and (k,)

    Returns
    -------
    dict
        ``z2`` (m, h), ``a2`` (m, h), ``a3`` (m, k), ``loss`` (a float), ``delta3`` (m, k), the slope of
        the loss by z3, ``grad_w2`` (h, k), ``grad_b2`` (k,), ``delta2`` (m, h), ``grad_w1`` (n, h) and
        ``grad_b1`` (h,).
    """
    ### BEGIN SOLUTION
    m = len(x)
    z2 = x @ w1 + b1
    a2 = sigmoid(z2)
    a3 = a2 @ w2 + b2
    delta3 = (a3 - y) / m
    delta2 = hidden_delta(delta3, w2, sigmoid_grad(z2))
    return {
        "z2": z2,
        "a2": a2,
        "a3": a3,
        "loss": float(((a3 - y) ** 2).sum() / (2 * m)),
        "delta3": delta3,
        "grad_w2": a2.T @ delta3,
        "grad_b2": delta3.sum(axis=0),
        "delta2": delta2,
        "grad_w1": x.T @ delta2,
        "grad_b1": delta2.sum(axis=0),
    }
    ### END SOLUTION


def momentum_step(
    params: list[np.ndarray],
    velocities: list[np.ndarray],
    grads: list[np.ndarray],
    learning_rate: float,
    momentum: float,
) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """Take one step of gradient descent with momentum; the arrays handed in stay as they are.

    Parameters
    ----------
    params, velocities, grads : list of numpy.ndarray
        As many arrays in each list, of the same shapes. Leave them unchanged.
    learning_rate : float
    momentum : float
        Share of the old velocity that is kept; 0 is plain gradient descent.

    Returns
    -------
    params : list of numpy.ndarray
        The new parameters.
    velocities : list of numpy.ndarray
        The new velocities: the kept share of the old ones plus the gradients.
    """
    ### BEGIN SOLUTION
    new_velocities = [momentum * v + g for v, g in zip(velocities, grads, strict=True)]
    new_params = [p - learning_rate * v for p, v in zip(params, new_velocities, strict=True)]
    return new_params, new_velocities
    ### END SOLUTION


def train_two_layer(
    x: np.ndarray,
    y: np.ndarray,
    hidden: int,
    learning_rate: float,
    momentum: float,
    steps: int,
    rng: np.random.Generator,
) -> tuple[list[np.ndarray], list[float]]:
    """Train a regression net with one hidden layer of sigmoids on the full batch.

    Parameters
    ----------
    x : numpy.ndarray of float, shape (m, n)
        Standardised features.
    y : numpy.ndarray of float, shape (m, 1)
    hidden : int
        Number of hidden neurons h.
    learning_rate, momentum : float
    steps : int
        How many updates to make.
    rng : numpy.random.Generator
        Draws the start: first W1 with ``rng.normal(size=(n, h))``, then W2 with ``rng.normal(size=(h, 1))``
        divided by the square root of h. Biases and velocities start at zero.

    Returns
    -------
    params : list of numpy.ndarray
        W1, b1, W2, b2 after the last update.
    losses : list of float
        The loss before each update.
    """
    ### BEGIN SOLUTION
    w1 = rng.normal(size=(x.shape[1], hidden))
    w2 = rng.normal(size=(hidden, 1)) / np.sqrt(hidden)
    params = [w1, np.zeros(hidden), w2, np.zeros(1)]
    velocities = [np.zeros_like(p) for p in params]
    losses = []
    for _ in range(steps):
        step = two_layer_step(x, y, *params)
        losses.append(step["loss"])
        grads = [step["grad_w1"], step["grad_b1"], step["grad_w2"], step["grad_b2"]]
        params, velocities = momentum_step(params, velocities, grads, learning_rate, momentum)
    return params, losses
    ### END SOLUTION


def mended_backward(
    a3: np.ndarray, w2: np.ndarray, a2: np.ndarray, a1: np.ndarray, y: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return the gradients of the two-layer regression net, the published function with its bug mended.

    Parameters
    ----------
    a3 : numpy.ndarray of float, shape (m, 1)
        The outputs; their layer has no activation.
    w2 : numpy.ndarray of float, shape (h, 1)
    a2 : numpy.ndarray of float, shape (m, h)
        The hidden activations, *after* the sigmoid.
    a1 : numpy.ndarray of float, shape (m, n)
        The inputs.
    y : numpy.ndarray of float, shape (m, 1)

    Returns
    -------
    tuple of numpy.ndarray
        The slopes of half the mean squared error by w2 (h, 1), b2 (1,), w1 (n, h) and b1 (h,), in this order.
    """
    ### BEGIN SOLUTION
    delta3 = (a3 - y) / len(y)
    delta2 = delta3 @ w2.T * a2 * (1 - a2)
    return a2.T @ delta3, delta3.sum(axis=0), a1.T @ delta2, delta2.sum(axis=0)
    ### END SOLUTION


def catches_wrong_backward(
    gradient: Callable,
    x: np.ndarray,
    y: np.ndarray,
    w1: np.ndarray,
    b1: np.ndarray,
    w2: np.ndarray,
    b2: np.ndarray,
) -> bool:
    """Say whether a gradient function for the two-layer regression net is wrong.

    Parameters
    ----------
    gradient : callable
        ``gradient(x, y, w1, b1, w2, b2)`` returns what it claims to be the slopes of `two_layer_step`'s loss
        by w1, b1, w2 and b2: a tuple of four arrays of their shapes.
    x, y : numpy.ndarray of float, shapes (m, n) and (m, k)
    w1, b1 : numpy.ndarray of float, shapes (n, h) and (h,)
    w2, b2 : numpy.ndarray of float, shapes (h, k) and (k,)

    Returns
    -------
    bool
        True if any of the four is wrong there, False if all are right.
    """
    ### BEGIN SOLUTION
    params, step = [w1, b1, w2, b2], 1e-6
    claimed = gradient(x, y, *params)
    for number, p in enumerate(params):
        for place in np.ndindex(p.shape):
            losses = []
            for sign in (1, -1):
                moved = [q.copy() for q in params]
                moved[number][place] += sign * step
                losses.append(two_layer_step(x, y, *moved)["loss"])
            measured = (losses[0] - losses[1]) / (2 * step)
            if abs(claimed[number][place] - measured) > 1e-7 + 1e-5 * abs(measured):
                return True
    return False
    ### END SOLUTION
