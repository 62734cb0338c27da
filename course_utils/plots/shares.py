"""A picture of which samples an average comes from."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from course_utils.plots.style import MARKERS, SMALL_SIZE, color, label_axes, new_axes

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def error_shares(
    y_true: ArrayLike,
    parts: ArrayLike,
    *,
    n_largest: int = 5,
    x_label: str = "true value",
    y_label: str = "share of the sum (%)",
    title: str | None = None,
    ax: Axes | None = None,
) -> Axes:
    """How much each sample adds to a sum, over its true value; the largest parts are marked.

    Parameters
    ----------
    y_true : array (m,)
    parts : array (m,)
        What each sample adds, at least 0.
    n_largest : int
        How many samples to mark and to name in the legend, with what they add up to.
    x_label, y_label, title : str
    ax : Axes, optional

    Raises
    ------
    ValueError
        If there is not one part for each true value, or the parts are below 0 or add up to nothing.
    """
    truth, amounts = np.asarray(y_true, dtype=np.float64), np.asarray(parts, dtype=np.float64)
    if truth.ndim != 1 or truth.shape != amounts.shape:
        raise ValueError(f"error_shares needs one part for each true value: {truth.shape} and {amounts.shape}.")
    if not (np.isfinite(amounts).all() and (amounts >= 0).all() and amounts.sum() > 0):
        raise ValueError("The parts must be finite, at least 0, and not all 0.")
    shares = 100 * amounts / amounts.sum()
    order = np.argsort(shares)[::-1]
    groups = (order[:n_largest], order[n_largest:])
    ax = new_axes(ax, (6.2, 3.6))
    for position, (chosen, name) in enumerate(zip(groups, ("largest", "others"), strict=True)):
        label = f"the {len(chosen)} {name}: {shares[chosen].sum():.1f} %"
        look = {"color": color(1 - position), "marker": MARKERS[1 - position]}
        ax.scatter(truth[chosen], shares[chosen], s=46 if position == 0 else 18, label=label, **look)  # type: ignore[arg-type]
    ax.legend(fontsize=SMALL_SIZE)
    return label_axes(ax, x_label, y_label, title)
