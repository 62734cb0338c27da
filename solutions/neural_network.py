"""Reference answers of lesson 06, a neural network for digits.

What stands between the solution markers is what the learner writes. The names are the lesson's symbols. Whatever
precision comes in stays: single-precision data are trained on in single precision.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np
import torch
from torch import nn

from solutions.backpropagation import sigmoid
from solutions.softmax_regression import log_softmax, mean_cross_entropy, minibatches, one_hot, softmax


def init_layers(sizes: Sequence[int], rng: np.random.Generator) -> dict[str, np.ndarray]:
    """Draw the first weights of a net with sigmoids, each layer's by its number of inputs.

    Parameters
    ----------
    sizes : sequence of int
        Inputs, neurons of each hidden layer, classes: ``(784, 1024, 1024, 10)`` gives three
        layers of weights.
    rng : numpy.random.Generator
        Draw with ``rng.normal``, one call for each layer, first layer first. Draw nothing for
        the biases.

    Returns
    -------
    dict
        ``w1``, ``b1``, ``w2``, ``b2``, ...: the weights of a layer have shape (n_in, n_out), mean 0
        and standard deviation ``4 / sqrt(n_in)``, in the last layer ``1 / sqrt(n_in)``. Its bias
        has shape (n_out,) and is zero.
    """
    ### BEGIN SOLUTION
    params = {}
    last = len(sizes) - 1
    for layer in range(1, len(sizes)):
        n_in, n_out = sizes[layer - 1], sizes[layer]
        gain = 1.0 if layer == last else 4.0
        params[f"w{layer}"] = rng.normal(size=(n_in, n_out)) * (gain / np.sqrt(n_in))
        params[f"b{layer}"] = np.zeros(n_out)
    return params
    ### END SOLUTION


def forward_three_layers(x: np.ndarray, params: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Send a batch through the three layers and keep every intermediate (formulas 3-54 to 3-56).

    Parameters
    ----------
    x : numpy.ndarray of float, shape (m, n)
        The batch, also called a1.
    params : dict
        ``w1`` (n, S2), ``b1`` (S2,), ``w2`` (S2, S3), ``b2`` (S3,), ``w3`` (S3, c), ``b3`` (c,).

    Returns
    -------
    dict
        ``z2`` and ``a2`` (m, S2), ``z3`` and ``a3`` (m, S3), the logits ``z4`` and the
        probabilities ``a4`` (m, c).
    """
    ### BEGIN SOLUTION
    z2 = x @ params["w1"] + params["b1"]
    a2 = sigmoid(z2)
    z3 = a2 @ params["w2"] + params["b2"]
    a3 = sigmoid(z3)
    z4 = a3 @ params["w3"] + params["b3"]
    return {"z2": z2, "a2": a2, "z3": z3, "a3": a3, "z4": z4, "a4": softmax(z4)}
    ### END SOLUTION


def hidden_error(delta_next: np.ndarray, weights: np.ndarray, activation: np.ndarray) -> np.ndarray:
    """Carry the slope of the loss back through one layer of weights and one sigmoid.

    Parameters
    ----------
    delta_next : numpy.ndarray of float, shape (m, S_next)
        Slope of the loss by the z behind the weights.
    weights : numpy.ndarray of float, shape (S, S_next)
    activation : numpy.ndarray of float, shape (m, S)
        What the sigmoid in front of the weights gave: a, not z.

    Returns
    -------
    numpy.ndarray of float, shape (m, S)
        Slope of the loss by the z in front of that sigmoid.
    """
    ### BEGIN SOLUTION
    return (delta_next @ weights.T) * (activation * (1 - activation))
    ### END SOLUTION


def backward_three_layers(
    x: np.ndarray, targets: np.ndarray, params: dict[str, np.ndarray], steps: dict[str, np.ndarray]
) -> dict[str, np.ndarray]:
    """Find the slope of the mean loss by all six parameters (formulas 3-65 to 3-67, with 1/m).

    Parameters
    ----------
    x : numpy.ndarray of float, shape (m, n)
    targets : numpy.ndarray of float, shape (m, c)
        One-hot rows.
    params : dict
        ``w1``, ``b1``, ``w2``, ``b2``, ``w3``, ``b3``.
    steps : dict
        What the forward pass kept: ``a2``, ``a3`` and ``a4`` are among it.

    Returns
    -------
    dict
        ``delta4``, ``grad_w3``, ``grad_b3``, ``delta3``, ``grad_w2``, ``grad_b2``, ``delta2``,
        ``grad_w1``, ``grad_b1``. Each gradient has the shape of its parameter.
    """
    ### BEGIN SOLUTION
    a2, a3, a4 = steps["a2"], steps["a3"], steps["a4"]
    delta4 = (a4 - targets) / len(x)
    delta3 = hidden_error(delta4, params["w3"], a3)
    delta2 = hidden_error(delta3, params["w2"], a2)
    return {
        "delta4": delta4,
        "grad_w3": a3.T @ delta4,
        "grad_b3": delta4.sum(axis=0),
        "delta3": delta3,
        "grad_w2": a2.T @ delta3,
        "grad_b2": delta3.sum(axis=0),
        "delta2": delta2,
        "grad_w1": x.T @ delta2,
        "grad_b1": delta2.sum(axis=0),
    }
    ### END SOLUTION


def apply_update(
    params: dict[str, np.ndarray], grads: dict[str, np.ndarray], learning_rate: float
) -> dict[str, np.ndarray]:
    """Take one step of gradient descent with every parameter.

    Parameters
    ----------
    params : dict
        ``w1``, ``b1``, ... Leave it, and the arrays in it, unchanged.
    grads : dict
        ``grad_w1``, ``grad_b1``, ... and other entries that no parameter belongs to.
    learning_rate : float

    Returns
    -------
    dict
        The new parameters, under the names of the old ones.
    """
    ### BEGIN SOLUTION
    return {name: value - learning_rate * grads[f"grad_{name}"] for name, value in params.items()}
    ### END SOLUTION


def catches_bad_start(
    start: Callable[[Sequence[int], np.random.Generator], dict[str, np.ndarray]],
    sizes: Sequence[int],
    features: np.ndarray,
    labels: np.ndarray,
    rng: np.random.Generator,
) -> bool:
    """Say whether an initialisation fails the first rung of the sanity ladder.

    Parameters
    ----------
    start : callable
        ``start(sizes, rng)`` draws the parameters ``w1`` to ``b3`` of a net with three layers.
        Call it once.
    sizes : sequence of int
        ``(n, S2, S3, c)``.
    features : numpy.ndarray of float, shape (m, n)
    labels : numpy.ndarray of int, shape (m,)
    rng : numpy.random.Generator
        For `start`.

    Returns
    -------
    bool
        True when the first loss is more than half a nat away from ln c, above or below.
    """
    ### BEGIN SOLUTION
    logits = forward_three_layers(features, start(sizes, rng))["z4"]
    loss = mean_cross_entropy(logits, labels)
    return bool(abs(loss - np.log(sizes[-1])) > 0.5)
    ### END SOLUTION


def train_classifier(
    features: np.ndarray,
    labels: np.ndarray,
    sizes: Sequence[int],
    learning_rate: float,
    batch_size: int,
    epochs: int,
    rng: np.random.Generator,
) -> tuple[dict[str, np.ndarray], list[float]]:
    """Train the net with three layers by mini-batch gradient descent.

    Parameters
    ----------
    features : numpy.ndarray of float, shape (m, n)
    labels : numpy.ndarray of int, shape (m,)
        Class numbers from 0 to c - 1.
    sizes : sequence of int
        ``(n, S2, S3, c)``.
    learning_rate : float
    batch_size : int
    epochs : int
        How often to go through all samples, shuffled anew each time.
    rng : numpy.random.Generator
        First `init_layers` draws from it. Then every epoch starts with a new order of its m
        samples, ``rng.permutation(m)``, as `minibatches` does it.

    Returns
    -------
    params : dict
        ``w1``, ``b1``, ``w2``, ``b2``, ``w3``, ``b3`` after the last update.
    losses : list of float
        The loss of every batch, measured before its update.
    """
    ### BEGIN SOLUTION
    precision = features.dtype
    params = {name: value.astype(precision) for name, value in init_layers(sizes, rng).items()}
    targets = one_hot(labels, sizes[-1]).astype(precision)
    losses = []
    for _ in range(epochs):
        for x, y in minibatches(features, targets, batch_size, rng):
            steps = forward_three_layers(x, params)
            losses.append(float(-(y * log_softmax(steps["z4"])).sum() / len(x)))
            params = apply_update(params, backward_three_layers(x, y, params, steps), learning_rate)
    return params, losses
    ### END SOLUTION


def predict_digits(images: np.ndarray, params: dict[str, np.ndarray]) -> np.ndarray:
    """Name the likeliest class of each image.

    Parameters
    ----------
    images : numpy.ndarray of float, shape (k, h, w) or (k, n)
        Images, or rows of n = h * w features. One image comes as (1, h, w).
    params : dict
        ``w1``, ``b1``, ``w2``, ``b2``, ``w3``, ``b3`` of a trained net.

    Returns
    -------
    numpy.ndarray of int, shape (k,)
        Class numbers from 0 to c - 1.
    """
    ### BEGIN SOLUTION
    rows = images.reshape(len(images), -1)
    return forward_three_layers(rows, params)["a4"].argmax(axis=1)
    ### END SOLUTION


class ThreeLayerNet(nn.Module):
    """The net with three layers as a PyTorch module that gives logits.

    Parameters
    ----------
    n_features : int
        Numbers in one sample after flattening.
    first, second : int
        Neurons of the two hidden layers, each with a sigmoid.
    n_classes : int
        How many scores to give.
    """

    def __init__(self, n_features: int, first: int, second: int, n_classes: int) -> None:
        super().__init__()
        ### BEGIN SOLUTION
        self.layers = nn.Sequential(
            nn.Flatten(),
            nn.Linear(n_features, first),
            nn.Sigmoid(),
            nn.Linear(first, second),
            nn.Sigmoid(),
            nn.Linear(second, n_classes),
        )
        ### END SOLUTION

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Return the logits, shape (m, n_classes), of images with shape (m, ...)."""
        ### BEGIN SOLUTION
        return self.layers(images)
        ### END SOLUTION


def mended_epochs(
    features: np.ndarray, labels: np.ndarray, batch_size: int, epochs: int, rng: np.random.Generator
) -> Iterator[tuple[int, int, np.ndarray, np.ndarray]]:
    """Give several epochs of shuffled batches, each with its number and the total of an epoch.

    Parameters
    ----------
    features : numpy.ndarray, shape (m, n)
        Leave it unchanged.
    labels : numpy.ndarray, shape (m,)
        Leave it unchanged.
    batch_size : int
        Samples in a batch; the last batch of an epoch holds what is left over.
    epochs : int
    rng : numpy.random.Generator
        Shuffle with ``order = rng.permutation(m)``, once at the start of every epoch.

    Yields
    ------
    tuple of (int, int, numpy.ndarray, numpy.ndarray)
        Number of the batch within its epoch, counted from 1; number of batches in an epoch;
        features (b, n); labels (b,).
    """
    ### BEGIN SOLUTION
    total = -(-len(features) // batch_size)
    for _ in range(epochs):
        for number, (x, y) in enumerate(minibatches(features, labels, batch_size, rng), start=1):
            yield number, total, x, y
    ### END SOLUTION


def mended_nll(logits: np.ndarray, targets: np.ndarray) -> float:
    """Return the cross-entropy of a batch, finite however sure the net is.

    Parameters
    ----------
    logits : numpy.ndarray of float, shape (m, c)
        Scores before the softmax, of any size.
    targets : numpy.ndarray of float, shape (m, c)
        One-hot rows.

    Returns
    -------
    float
        Mean over the batch of minus the log-probability of the true class, in nats.
    """
    ### BEGIN SOLUTION
    return float(-(targets * log_softmax(logits)).sum() / len(logits))
    ### END SOLUTION
