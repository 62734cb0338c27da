"""Pictures that lay something beside what it should be: predictions beside the truth, functions beside each other."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from course_utils.plots.style import DASHES, MARKERS, SMALL_SIZE, color, label_axes, new_axes

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def predicted_against_true(
    y_true: ArrayLike,
    predictions: Mapping[str, ArrayLike],
    *,
    quantity: str = "value",
    title: str | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Each sample's prediction over its true value; on the dotted diagonal the two are equal.

    Parameters
    ----------
    y_true : array (m,) or (m, 1)
    predictions : dict of name -> array (m,) or (m, 1)
    quantity : str
        What is predicted, with its unit, for the names of the axes.
    title : str, optional
    ax : Axes, optional

    Raises
    ------
    ValueError
        If a prediction has not one number for each true value.
    """
    truth = np.asarray(y_true, dtype=np.float64).ravel()
    ax = new_axes(ax, (5.2, 4.4))
    for position, (name, values) in enumerate(predictions.items()):
        heights = np.asarray(values, dtype=np.float64).ravel()
        if heights.shape != truth.shape:
            raise ValueError(f"{name!r} has {heights.size} predictions for {truth.size} true values.")
        look = {"color": color(position), "marker": MARKERS[position % len(MARKERS)]}
        ax.plot(truth, heights, linestyle="none", markersize=5.5, alpha=0.8, label=name, **look)  # type: ignore[arg-type]
    ends = [float(truth.min()), float(truth.max())]
    ax.plot(ends, ends, color="black", linestyle=(0, (1, 2)), linewidth=1.3, label="prediction = truth")
    ax.legend(fontsize=SMALL_SIZE)
    return label_axes(ax, f"true {quantity}", f"predicted {quantity}", title)


def function_curves(
    x: ArrayLike,
    curves: Mapping[str, ArrayLike],
    *,
    x_label: str = "z",
    y_label: str = "value",
    title: str | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Several functions of one variable in one picture.

    Parameters
    ----------
    x : array (k,)
    curves : dict of name -> array (k,)
    x_label, y_label, title : str
    ax : Axes, optional

    Raises
    ------
    ValueError
        If a curve has not one height for each place.
    """
    places = np.asarray(x, dtype=np.float64)
    ax = new_axes(ax, (6.2, 3.4))
    for position, (name, values) in enumerate(curves.items()):
        heights = np.asarray(values, dtype=np.float64)
        if heights.shape != places.shape:
            raise ValueError(f"The curve {name!r} has shape {heights.shape} and the places {places.shape}.")
        ax.plot(places, heights, DASHES[position % len(DASHES)], color=color(position), linewidth=2, label=name)
    low, high = ax.get_ylim()
    ax.set_ylim(low, high + 0.13 * len(curves) * (high - low))  # room for the legend above the curves
    ax.legend(fontsize=SMALL_SIZE, loc="upper right")
    return label_axes(ax, x_label, y_label, title)
