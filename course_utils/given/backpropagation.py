"""Gradient functions, right and wrong, for the exercise in lesson 03 that asks for a test.

Each takes ``(x, y, w1, b1, w2, b2)`` of a regression net with one hidden layer of sigmoids and returns what it claims
to be the slopes of the loss by ``w1``, ``b1``, ``w2`` and ``b2``. The loss is half the squared error of a sample,
averaged over the batch. Which of the functions are right is for your test to find out.
"""

from __future__ import annotations

import numpy as np

Array = np.ndarray
Gradients = tuple[Array, Array, Array, Array]


def exact_gradient(x: Array, y: Array, w1: Array, b1: Array, w2: Array, b2: Array) -> Gradients:
    """Measure every slope by a step into the imaginary direction, which rounds nothing away."""
    params, step = [w1, b1, w2, b2], 1e-30
    found = []
    for number, p in enumerate(params):
        slopes = np.empty(p.shape)
        for place in np.ndindex(p.shape):
            moved = [q.astype(complex) for q in params]
            moved[number][place] += 1j * step
            v1, c1, v2, c2 = moved
            outputs = 1 / (1 + np.exp(-(x @ v1 + c1))) @ v2 + c2
            slopes[place] = (((outputs - y) ** 2).sum() / (2 * len(x))).imag / step
        found.append(slopes)
    return found[0], found[1], found[2], found[3]


def rounded_gradient(x: Array, y: Array, w1: Array, b1: Array, w2: Array, b2: Array) -> Gradients:
    """Return the exact slopes, off in the tenth digit as any long computation may be."""
    g1, h1, g2, h2 = exact_gradient(x, y, w1, b1, w2, b2)
    return g1 * (1 + 1e-10), h1 * (1 - 1e-10), g2 * (1 - 1e-10), h2 * (1 + 1e-10)


def double_sigmoid_gradient(x: Array, y: Array, w1: Array, b1: Array, w2: Array, b2: Array) -> Gradients:
    """Put the activations through the sigmoid once more on the way back."""

    def sigmoid(z: Array) -> Array:
        return 1 / (1 + np.exp(-z))

    a2 = sigmoid(x @ w1 + b1)
    delta3 = (a2 @ w2 + b2 - y) / len(x)
    delta2 = delta3 @ w2.T * sigmoid(a2) * (1 - sigmoid(a2))
    return x.T @ delta2, delta2.sum(axis=0), a2.T @ delta3, delta3.sum(axis=0)


def summed_gradient(x: Array, y: Array, w1: Array, b1: Array, w2: Array, b2: Array) -> Gradients:
    """Return the slopes of the summed loss, not of the mean."""
    g1, h1, g2, h2 = exact_gradient(x, y, w1, b1, w2, b2)
    return len(x) * g1, len(x) * h1, len(x) * g2, len(x) * h2


def averaged_bias_gradient(x: Array, y: Array, w1: Array, b1: Array, w2: Array, b2: Array) -> Gradients:
    """Divide by the size of the batch once more in the biases."""
    g1, h1, g2, h2 = exact_gradient(x, y, w1, b1, w2, b2)
    return g1, h1 / len(x), g2, h2 / len(x)


def climbing_gradient(x: Array, y: Array, w1: Array, b1: Array, w2: Array, b2: Array) -> Gradients:
    """Point uphill where downhill is due: every sign is turned round."""
    g1, h1, g2, h2 = exact_gradient(x, y, w1, b1, w2, b2)
    return -g1, -h1, -g2, -h2


def one_entry_off_gradient(x: Array, y: Array, w1: Array, b1: Array, w2: Array, b2: Array) -> Gradients:
    """Double the largest entry in the last row of the first array."""
    g1, h1, g2, h2 = exact_gradient(x, y, w1, b1, w2, b2)
    g1[-1, np.abs(g1[-1]).argmax()] *= 2
    return g1, h1, g2, h2


def swapped_entries_gradient(x: Array, y: Array, w1: Array, b1: Array, w2: Array, b2: Array) -> Gradients:
    """Exchange the largest and the smallest entry in the last row of the first array: every sum stays right."""
    g1, h1, g2, h2 = exact_gradient(x, y, w1, b1, w2, b2)
    places = [g1[-1].argmax(), g1[-1].argmin()]
    g1[-1, places] = g1[-1, places[::-1]]
    return g1, h1, g2, h2


def stretched_gradient(x: Array, y: Array, w1: Array, b1: Array, w2: Array, b2: Array) -> Gradients:
    """Return slopes that are one part in a thousand too steep."""
    g1, h1, g2, h2 = exact_gradient(x, y, w1, b1, w2, b2)
    return 1.001 * g1, 1.001 * h1, 1.001 * g2, 1.001 * h2
