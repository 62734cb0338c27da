"""Pictures of classifiers with a straight boundary: the line itself, and curves over the score."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from course_utils.plots.data import class_scatter
from course_utils.plots.style import DASHES, SMALL_SIZE, color, label_axes, new_axes

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def boundary_line(
    weights: ArrayLike,
    bias: float,
    label: str | None = None,
    *,
    level: float = 0.0,
    position: int = 0,
    ax: Axes,
) -> Axes:
    """Draw the line on which a score has one value, from edge to edge of a picture that is there already.

    Parameters
    ----------
    weights : array (2,)
        Not both zero.
    bias : float
    label : str, optional
        Name of the line in the legend.
    level : float
        The score ``w1 x1 + w2 x2 + b`` on the line.
    position : int
        Number of the line: up to three lines differ in dashes and colour from each other, and in colour from the
        first three classes of `class_scatter`.
    ax : Axes
        A picture with two features along its axes; its window stays as it is.
    """
    w1, w2 = np.asarray(weights, dtype=np.float64)
    if w1 == 0 and w2 == 0:
        raise ValueError("With two weights of 0 every place has the same score: there is no line to draw.")
    (left, right), (low, high) = ax.get_xlim(), ax.get_ylim()
    # The end of the line on each side of the window, along whichever axis the line runs.
    if abs(w2) * (right - left) >= abs(w1) * (high - low):
        x1 = np.array([left, right])
        x2 = (level - bias - w1 * x1) / w2
    else:
        x2 = np.array([low, high])
        x1 = (level - bias - w2 * x2) / w1
    shade = ("black", color(4), color(3))[position % 3]
    ax.plot(x1, x2, DASHES[position % len(DASHES)], color=shade, linewidth=1.8, label=label, zorder=4)
    ax.set_xlim(left, right)
    ax.set_ylim(low, high)
    if label is not None:
        ax.legend(fontsize=SMALL_SIZE)
    return ax


def score_curves(
    scores: ArrayLike,
    curves: Mapping[str, ArrayLike],
    y_label: str,
    *,
    x_label: str = "score z",
    marks: Sequence[tuple[float, float]] = (),
    reference: float | None = None,
    title: str | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw one or several functions of the score.

    Parameters
    ----------
    scores : array (k,)
        Ascending.
    curves : dict of name -> array (k,)
    y_label : str
        What the heights are, with their unit.
    x_label : str
    marks : sequence of (score, height)
        Points to mark on the curves.
    reference : float, optional
        Height of a dotted horizontal line.
    title : str, optional
    ax : Axes, optional
    """
    places = np.asarray(scores, dtype=np.float64)
    ax = new_axes(ax, (5.8, 3.4))
    for number, (name, values) in enumerate(curves.items()):
        heights = np.asarray(values, dtype=np.float64)
        if heights.shape != places.shape or places.ndim != 1:
            raise ValueError(f"The curve {name!r} has shape {heights.shape} and the scores have {places.shape}.")
        dash = DASHES[number % len(DASHES)]
        ax.plot(places, heights, dash, color=color(number), linewidth=1.8, label=name)
    if reference is not None:
        ax.axhline(reference, color="black", linestyle=(0, (1, 2)), linewidth=1.2)
    for score, height in marks:
        ax.plot([score], [height], "o", color="black", markersize=6, zorder=4)
    if len(curves) > 1:
        ax.legend(fontsize=SMALL_SIZE)
    return label_axes(ax, x_label, y_label, title)


def claims_map(
    claims: Callable[[NDArray[np.float64]], ArrayLike],
    X: ArrayLike,
    y: ArrayLike,
    class_names: Sequence[str] | None = None,
    *,
    resolution: int = 150,
    title: str | None = None,
    ax: Axes | None = None,
) -> Axes:
    """How many of several yes-or-no classifiers claim each place in the plane, with the data on top.

    Parameters
    ----------
    claims : callable
        ``claims(points)`` takes an array (k, 2) and returns how many say yes at each, (k,).
    X : array (m, 2)
    y : array (m,)
        True class of each point.
    class_names : sequence of str, optional
    resolution : int
        Places along each side.
    title : str, optional
    ax : Axes, optional
    """
    from matplotlib.colors import ListedColormap

    ax = class_scatter(X, y, class_names, title=title, ax=new_axes(ax, (6.2, 4.2)))
    (left, right), (low, high) = ax.get_xlim(), ax.get_ylim()
    grid_x, grid_y = np.meshgrid(np.linspace(left, right, resolution), np.linspace(low, high, resolution))
    counts = np.asarray(claims(np.column_stack([grid_x.ravel(), grid_y.ravel()])))
    if counts.size != grid_x.size:
        raise ValueError(f"claims must return {grid_x.size} counts for as many points, not {counts.shape}.")
    counts = counts.reshape(grid_x.shape)
    most = max(int(counts.max()), 2)
    shades = ListedColormap([str(shade) for shade in np.linspace(0.55, 0.98, most + 1)])
    kind: dict[str, Any] = {"cmap": shades, "vmin": -0.5, "vmax": most + 0.5}
    picture = ax.pcolormesh(grid_x, grid_y, counts, shading="nearest", zorder=0, rasterized=True, **kind)
    legend = ax.get_legend()
    if legend is not None:
        legend.set_loc("upper right")  # to look for the best place among so many cells takes long
    bar = ax.figure.colorbar(picture, ax=ax, ticks=range(most + 1), label="classifiers that say yes")
    bar.ax.tick_params(labelsize=SMALL_SIZE)
    return ax
