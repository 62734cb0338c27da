"""Pictures of overfitting and its cure: curves through points, weights as stems, and where a bowl touches a region."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from course_utils.plots.style import DASHES, MARKERS, SMALL_SIZE, color, label_axes, new_axes

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def curve_fits(
    x: ArrayLike,
    y: ArrayLike,
    places: ArrayLike,
    curves: Mapping[str, ArrayLike],
    *,
    x_label: str = "x",
    y_label: str = "y",
    point_label: str = "data",
    ylim: tuple[float, float] | None = None,
    title: str | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Points, and curves that are to fit them.

    Parameters
    ----------
    x, y : array (m,)
    places : array (k,)
        Where the curves are known.
    curves : dict of name -> array (k,)
    x_label, y_label, point_label, title : str
    ylim : (low, high), optional
        The window; a curve that leaves it is cut off.
    ax : Axes, optional

    Raises
    ------
    ValueError
        If `x` and `y` are not equally long rows, or a curve has not one height for each place.
    """
    across, up, at = (np.asarray(values, dtype=np.float64) for values in (x, y, places))
    if across.ndim != 1 or across.shape != up.shape:
        raise ValueError(
            f"curve_fits needs as many y as x, in one row each; the shapes are {across.shape}, {up.shape}."
        )
    ax = new_axes(ax, (5.8, 3.6))
    ax.scatter(across, up, s=30, color="black", zorder=3, label=point_label)
    for position, (name, heights) in enumerate(curves.items()):
        values = np.asarray(heights, dtype=np.float64)
        if values.shape != at.shape:
            raise ValueError(f"The curve {name!r} has shape {values.shape} and the places {at.shape}.")
        ax.plot(at, values, DASHES[position % len(DASHES)], color=color(position), linewidth=1.8, label=name)
    if ylim is not None:
        ax.set_ylim(ylim)
    ax.legend(fontsize=SMALL_SIZE)
    return label_axes(ax, x_label, y_label, title)


def weight_stems(
    weights: ArrayLike,
    *,
    x_label: str = "number of the weight",
    y_label: str = "weight",
    ylim: tuple[float, float] | None = None,
    title: str | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Each weight as a thin stem; those that are exactly 0 are small grey dots.

    Parameters
    ----------
    weights : array (n,)
    x_label, y_label, title : str
    ylim : (low, high), optional
    ax : Axes, optional

    Raises
    ------
    ValueError
        If the weights are not one row of numbers.
    """
    heights = np.asarray(weights, dtype=np.float64)
    if heights.ndim != 1 or len(heights) == 0:
        raise ValueError(f"weight_stems needs one row of numbers; the shape is {heights.shape}.")
    ax = new_axes(ax, (6.2, 2.8))
    numbers = np.arange(1, len(heights) + 1)
    zero = heights == 0
    ax.plot(numbers[zero], heights[zero], ".", color="0.65", markersize=4, label="exactly 0")
    ax.vlines(numbers[~zero], 0, heights[~zero], color=color(0), linewidth=1.2)
    ax.plot(numbers[~zero], heights[~zero], MARKERS[0], color=color(0), markersize=3, label="other")
    ax.axhline(0, color="black", linewidth=0.6)
    if ylim is not None:
        ax.set_ylim(ylim)
    return label_axes(ax, x_label, y_label, title)


def constraint_picture(
    bowls: Mapping[str, tuple[ArrayLike, ArrayLike, ArrayLike]],
    region: ArrayLike,
    *,
    limits: tuple[tuple[float, float], tuple[float, float]],
    x_label: str = "$w_1$",
    y_label: str = "$w_2$",
    title: str | None = None,
    ax: Axes | None = None,
) -> Axes:
    """A region that the weights may not leave, and bowls whose level lines touch it.

    Parameters
    ----------
    bowls : dict of name -> (curvature (2, 2), bottom (2,), touching point (2,))
        Of each bowl: the level line through its touching point, and one half as high.
    region : array (k, 2)
        Corners or points of the region's edge, in order.
    limits : ((low, high), (low, high))
        The window, with one unit as long upwards as sideways.
    x_label, y_label, title : str
    ax : Axes, optional

    Raises
    ------
    ValueError
        If the region is not a row of points in the plane.
    """
    edge = np.asarray(region, dtype=np.float64)
    if edge.ndim != 2 or edge.shape[1] != 2:
        raise ValueError(f"The region must have shape (k, 2); its shape is {edge.shape}.")
    ax = new_axes(ax, (4.6, 4.4))
    ax.fill(edge[:, 0], edge[:, 1], color="0.85", edgecolor="0.3", linewidth=1.2, zorder=1, label="allowed")
    ax.axhline(0, color="0.4", linewidth=0.7)
    ax.axvline(0, color="0.4", linewidth=0.7)
    for position, (name, (curvature, bottom, touching)) in enumerate(bowls.items()):
        h, middle, point = (np.asarray(part, dtype=np.float64) for part in (curvature, bottom, touching))
        look = {"color": color(position), "linestyle": DASHES[position % len(DASHES)]}
        height = float((point - middle) @ h @ (point - middle))
        for share in (0.5, 1.0):
            ring = _ellipse(h, middle, share * height)
            ax.plot(ring[:, 0], ring[:, 1], linewidth=1.3, **look)  # type: ignore[arg-type]
        marker = MARKERS[position % len(MARKERS)]
        ax.plot(*middle, "+", color=color(position), markersize=9, zorder=3)
        ax.plot(*point, marker, color=color(position), markersize=8, markeredgecolor="white", zorder=4, label=name)
    ax.set_aspect("equal")
    ax.set_xlim(limits[0])
    ax.set_ylim(limits[1])
    ax.legend(fontsize=SMALL_SIZE, loc="upper center", bbox_to_anchor=(0.5, -0.14), ncols=3)
    return label_axes(ax, x_label, y_label, title, grid=False)


def _ellipse(curvature: NDArray[np.float64], middle: NDArray[np.float64], height: float) -> NDArray[np.float64]:
    """Return points where (w - middle) @ curvature @ (w - middle) is `height`."""
    turn = np.linspace(0, 2 * np.pi, 121)
    curvatures, axes = np.linalg.eigh(curvature)
    ring = np.sqrt(max(height, 0.0) / curvatures)[:, None] * np.stack([np.cos(turn), np.sin(turn)])
    points: NDArray[np.float64] = (axes @ ring).T + middle
    return points
