"""Functions that the exercises of lesson 07 hand to an answer.

The first part holds right and wrong ways to give R² in percent, for `catches_wrong_r2`; each takes the true values and
the predictions, shape (m,). The second part holds metrics for `same_shape_metric`; none of them looks at a shape.
"""

from __future__ import annotations

import numpy as np

Array = np.ndarray


def _sizes(y_true: Array, y_pred: Array) -> tuple[np.float64, np.float64]:
    """Return the squared errors of the predictions and of the mean, each summed."""
    return np.float64(((y_true - y_pred) ** 2).sum()), np.float64(((y_true - y_true.mean()) ** 2).sum())


def by_one_fraction(y_true: Array, y_pred: Array) -> float:
    """Bring both sums over one bar, without a 1 in front."""
    ours, mean_predictor = _sizes(y_true, y_pred)
    return float(100 * (mean_predictor - ours) / mean_predictor)


def by_a_loop(y_true: Array, y_pred: Array) -> float:
    """Add up sample by sample."""
    middle = sum(y_true) / len(y_true)
    ours = mean_predictor = 0.0
    for y, p in zip(y_true, y_pred, strict=True):
        ours += (y - p) ** 2
        mean_predictor += (y - middle) ** 2
    return float(100 - 100 * ours / mean_predictor)


def by_dot_products(y_true: Array, y_pred: Array) -> float:
    """Use lengths of vectors."""
    errors, spread = y_pred - y_true, y_true - np.average(y_true)
    return float(100.0 - (errors @ errors) / (spread @ spread) * 100.0)


def by_variance(y_true: Array, y_pred: Array) -> float:
    """Compare the mean squared error with the variance of the targets."""
    return float(100 * (1 - np.mean((y_pred - y_true) ** 2) / np.var(y_true)))


def without_the_one(y_true: Array, y_pred: Array) -> float:
    """Forget the 1 in front of the fraction."""
    ours, mean_predictor = _sizes(y_true, y_pred)
    return float(-100 * ours / mean_predictor)


def with_swapped_roles(y_true: Array, y_pred: Array) -> float:
    """Take the predictions for the truth."""
    ours, mean_predictor = _sizes(y_pred, y_true)
    return float(100 * (1 - ours / mean_predictor))


def as_squared_correlation(y_true: Array, y_pred: Array) -> float:
    """Square the correlation, which no shift and no stretching of the predictions can lower."""
    return float(100 * np.corrcoef(y_true, y_pred)[0, 1] ** 2)


def blind_to_an_offset(y_true: Array, y_pred: Array) -> float:
    """Take the variance of the errors, which a constant error does not raise."""
    return float(100 * (1 - np.var(y_true - y_pred) / np.var(y_true)))


def never_below_zero(y_true: Array, y_pred: Array) -> float:
    """Show 0 for everything that is worse than the mean."""
    return max(0.0, by_one_fraction(y_true, y_pred))


def compared_with_zero(y_true: Array, y_pred: Array) -> float:
    """Compare with the prediction 0 instead of the mean."""
    return float(100 * (1 - ((y_true - y_pred) ** 2).sum() / (y_true**2).sum()))


def compared_with_the_median(y_true: Array, y_pred: Array) -> float:
    """Compare with the median instead of the mean."""
    return float(100 * (1 - ((y_true - y_pred) ** 2).sum() / ((y_true - np.median(y_true)) ** 2).sum()))


def with_absolute_errors(y_true: Array, y_pred: Array) -> float:
    """Leave out the squares."""
    return float(100 * (1 - np.abs(y_true - y_pred).sum() / np.abs(y_true - y_true.mean()).sum()))


def divided_by_different_counts(y_true: Array, y_pred: Array) -> float:
    """Divide one sum by m and the other by m - 1."""
    return float(100 * (1 - np.mean((y_true - y_pred) ** 2) / np.var(y_true, ddof=1)))


def spread_of_predictions(y_true: Array, y_pred: Array) -> float:
    """Divide the spread of the predictions by that of the targets."""
    return float(100 * ((y_pred - y_true.mean()) ** 2).sum() / ((y_true - y_true.mean()) ** 2).sum())


def worst_error(y_true: Array, y_pred: Array) -> float:
    """Give the size of the largest error."""
    return float(np.abs(y_true - y_pred).max())


def average_offset(y_true: Array, y_pred: Array) -> float:
    """Give how much too high the predictions are on average."""
    return float((y_pred - y_true).mean())


def typical_error(y_true: Array, y_pred: Array) -> float:
    """Give the size of the middle error."""
    return float(np.median(np.abs(y_pred - y_true)))
