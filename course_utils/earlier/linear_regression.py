"""Given versions of lesson 01's answers, for later lessons where a learner has none of their own."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

Array = np.ndarray


def predict_line(features: Array, w: Array, b: float) -> Array:
    """Predict with a linear model.

    Parameters
    ----------
    features : numpy.ndarray, shape (m, n)
    w : numpy.ndarray, shape (n,)
    b : float

    Returns
    -------
    numpy.ndarray, shape (m,)
    """
    prediction: Array = np.dot(features, w) + b
    return prediction


def half_mse(y_true: Array, y_pred: Array) -> float:
    """Return half the mean squared error.

    Parameters
    ----------
    y_true, y_pred : numpy.ndarray, shape (m,)

    Returns
    -------
    float
    """
    return float(np.mean((y_pred - y_true) ** 2)) / 2


def half_mse_slopes(features: Array, y_true: Array, w: Array, b: float) -> tuple[Array, float]:
    """Return the slopes of the half mean squared error by the weights and the bias.

    Parameters
    ----------
    features : numpy.ndarray, shape (m, n)
    y_true : numpy.ndarray, shape (m,)
    w : numpy.ndarray, shape (n,)
    b : float

    Returns
    -------
    grad_w : numpy.ndarray, shape (n,)
    grad_b : float
    """
    errors = predict_line(features, w, b) - y_true
    return np.mean(features * errors[:, None], axis=0), float(np.mean(errors))


def fit_least_squares(features: Array, y_true: Array) -> tuple[Array, float]:
    """Return the weights and the bias with the smallest mean squared error.

    Parameters
    ----------
    features : numpy.ndarray, shape (m, n)
    y_true : numpy.ndarray, shape (m,)

    Returns
    -------
    w : numpy.ndarray, shape (n,)
    b : float
    """
    centre = features.mean(axis=0)
    w = np.linalg.lstsq(features - centre, y_true - y_true.mean(), rcond=None)[0]
    return w, float(y_true.mean() - centre @ w)


def trapezoid_features(sides: Array) -> Array:
    """Return the columns x1, x2, x1 squared, x1 times x2 and x2 squared.

    Parameters
    ----------
    sides : numpy.ndarray, shape (m, 2)

    Returns
    -------
    numpy.ndarray, shape (m, 5)
    """
    top, bottom = sides.T
    return np.stack([top, bottom, top * top, top * bottom, bottom * bottom], axis=1)


def count_parameters(sizes: list[int]) -> int:
    """Return the number of weights and biases of a dense network with these layer sizes.

    Parameters
    ----------
    sizes : list of int

    Returns
    -------
    int
    """
    return sum((before + 1) * after for before, after in pairwise(sizes))
