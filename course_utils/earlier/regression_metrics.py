"""Given versions of lesson 07's answers, for later lessons where a learner has none of their own."""

from __future__ import annotations

import numpy as np

Array = np.ndarray


def mae(y_true: Array, y_pred: Array) -> float:
    """Return the mean absolute error.

    Parameters
    ----------
    y_true, y_pred : numpy.ndarray, shape (m,)

    Returns
    -------
    float
    """
    return float(np.mean(np.fabs(y_pred - y_true)))


def r2(y_true: Array, y_pred: Array) -> float:
    """Return the coefficient of determination.

    Parameters
    ----------
    y_true, y_pred : numpy.ndarray, shape (m,)
        The true values are not all the same.

    Returns
    -------
    float
    """
    return float(1 - np.mean((y_pred - y_true) ** 2) / np.var(y_true))
