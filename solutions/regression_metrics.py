"""Reference answers of lesson 07, metrics of regression.

What stands between the solution markers is what the learner writes. The names are the lesson's symbols.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np


def mae(y_true: np.ndarray, y_pred: np.ndarray) -> float:
    """Return the mean absolute error (formula 3-69).

    Parameters
    ----------
    y_true : numpy.ndarray, shape (m,)
        The true values, floats or whole numbers.
    y_pred : numpy.ndarray, shape (m,)
        The predictions, in the same unit and order.

    Returns
    -------
    float
        The mean size of the m errors, in the unit of the targets.
    """
    ### BEGIN SOLUTION
    return float(np.abs(y_true - y_pred).mean())
    ### END SOLUTION


def mse_slope(y_true: np.ndarray, y_pred: np.ndarray) -> np.ndarray:
    """Return the slope of the mean squared error by each prediction.

    Parameters
    ----------
    y_true : numpy.ndarray of float, shape (m,)
    y_pred : numpy.ndarray of float, shape (m,)

    Returns
    -------
    numpy.ndarray of float, shape (m,)
        Entry i is the derivative of the MSE (not halved) by prediction i. A prediction that is
        too high has a slope above 0.
    """
    ### BEGIN SOLUTION
    return 2 * (y_pred - y_true) / len(y_true)
    ### END SOLUTION


def best_constant(y_true: np.ndarray, metric: str) -> float:
    """Return the one number that, predicted for every sample, makes a metric smallest.

    Parameters
    ----------
    y_true : numpy.ndarray of float, shape (m,)
        The targets, in any order.
    metric : {"mse", "mae"}
        Which metric is to be smallest.

    Returns
    -------
    float
        The constant, in the unit of the targets. With an even number of samples every number
        between the two middle targets gives the smallest MAE; return the one half-way between.
    """
    ### BEGIN SOLUTION
    return float(np.mean(y_true)) if metric == "mse" else float(np.median(y_true))
    ### END SOLUTION


def mape(y_true: np.ndarray, y_pred: np.ndarray, percent: bool = False) -> float:
    """Return the mean absolute percentage error (formula 3-72).

    Parameters
    ----------
    y_true : numpy.ndarray of float, shape (m,)
        The true values, above or below 0; none is 0.
    y_pred : numpy.ndarray of float, shape (m,)
    percent : bool
        Whether to give per cent. By default the result is a fraction, as in scikit-learn.

    Returns
    -------
    float
        The mean size of the relative errors: 0.25, or 25.0 in per cent.
    """
    ### BEGIN SOLUTION
    fraction = float(np.abs((y_true - y_pred) / y_true).mean())
    return 100 * fraction if percent else fraction
    ### END SOLUTION


def r2(y_true: np.ndarray, y_pred: np.ndarray) -> float:
    """Return the coefficient of determination (formula 3-73).

    Parameters
    ----------
    y_true : numpy.ndarray of float, shape (m,)
        The true values; they are not all the same.
    y_pred : numpy.ndarray of float, shape (m,)

    Returns
    -------
    float
        1 for perfect predictions, 0 for those of the mean predictor, below 0 for worse ones.
    """
    ### BEGIN SOLUTION
    ours = ((y_true - y_pred) ** 2).sum()
    mean_predictor = ((y_true - y_true.mean()) ** 2).sum()
    return float(1 - ours / mean_predictor)
    ### END SOLUTION


def compare_models(y_true: np.ndarray, predictions: np.ndarray) -> dict[str, np.ndarray]:
    """Judge k models by five metrics, and say which model each metric prefers.

    Parameters
    ----------
    y_true : numpy.ndarray of float, shape (m,)
        The true values: none is 0, and they are not all the same.
    predictions : numpy.ndarray of float, shape (k, m)
        One row a model, one column a sample.

    Returns
    -------
    dict
        ``"mae"``, ``"mse"``, ``"rmse"``, ``"mape"`` (a fraction) and ``"r2"``, each an array of
        shape (k,) with one number a model; and ``"best"``, an int array of shape (5,): for each
        metric, in this order, the row number of the model that it finds best.
    """
    ### BEGIN SOLUTION
    errors = y_true - predictions
    mse = (errors**2).mean(axis=1)
    table = {
        "mae": np.abs(errors).mean(axis=1),
        "mse": mse,
        "rmse": np.sqrt(mse),
        "mape": np.abs(errors / y_true).mean(axis=1),
        "r2": 1 - mse / y_true.var(),
    }
    best = [values.argmax() if name == "r2" else values.argmin() for name, values in table.items()]
    return table | {"best": np.array(best)}
    ### END SOLUTION


def catches_wrong_r2(implementation: Callable[[np.ndarray, np.ndarray], float]) -> bool:
    """Test somebody's R² that answers in per cent.

    Parameters
    ----------
    implementation : callable
        ``implementation(y_true, y_pred)`` takes two arrays of shape (m,), with targets that are
        not all the same, and should give 100 times R², for good predictions and for bad ones.

    Returns
    -------
    bool
        True when it is wrong, False when it is right.
    """
    ### BEGIN SOLUTION
    y = np.array([1.0, 2.0, 4.0, 7.0, 11.0])
    good = np.array([1.5, 2.5, 3.0, 8.0, 12.5])
    bad = np.array([9.0, 1.0, 8.0, 2.0, 3.0])
    return not all(np.allclose(implementation(y, p), 100 * r2(y, p)) for p in (good, good + 2, bad))
    ### END SOLUTION


def mended_mape(y_true: np.ndarray, y_pred: np.ndarray) -> float:
    """Return the sizes of all errors together as a share of the sizes of all targets together.

    Parameters
    ----------
    y_true : numpy.ndarray of float, shape (m,)
        The true values, above or below 0; some may be 0, but not all.
    y_pred : numpy.ndarray of float, shape (m,)

    Returns
    -------
    float
        A fraction: 0.25 when errors of 1, 2 and 3 meet targets of 4, -8 and 12.
    """
    ### BEGIN SOLUTION
    return float(np.abs(y_true - y_pred).sum() / np.abs(y_true).sum())
    ### END SOLUTION


def mended_r2(y_true: np.ndarray, y_pred: np.ndarray) -> float:
    """Return R², also for targets that are all the same.

    Parameters
    ----------
    y_true : numpy.ndarray of float, shape (m,)
        The true values, of any size; they may all be the same.
    y_pred : numpy.ndarray of float, shape (m,)

    Returns
    -------
    float
        R² (formula 3-73) when the targets differ. When all targets are the same: 1.0 if every
        prediction equals its target, else 0.0.
    """
    ### BEGIN SOLUTION
    if (y_true == y_true[0]).all():
        return 1.0 if (y_pred == y_true).all() else 0.0
    return float(1 - ((y_true - y_pred) ** 2).sum() / ((y_true - y_true.mean()) ** 2).sum())
    ### END SOLUTION


def same_shape_metric(
    metric: Callable[[np.ndarray, np.ndarray], float], y_true: np.ndarray, y_pred: np.ndarray
) -> float:
    """Apply a metric, but only to two arrays of one shape.

    Parameters
    ----------
    metric : callable
        ``metric(y_true, y_pred)`` gives a number, and looks at no shape.
    y_true : numpy.ndarray of float, shape (m,) or (m, 1)
    y_pred : numpy.ndarray of float, of the same shape

    Returns
    -------
    float
        What the metric says.

    Raises
    ------
    ValueError
        When the two shapes differ in any way. The message names both shapes, as in
        "shapes differ: (7,) and (7, 1)".
    """
    ### BEGIN SOLUTION
    if y_true.shape != y_pred.shape:
        raise ValueError(f"shapes differ: {y_true.shape} and {y_pred.shape}")
    return metric(y_true, y_pred)
    ### END SOLUTION
