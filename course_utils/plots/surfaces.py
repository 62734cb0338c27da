"""Pictures of landscapes: surfaces over two weights, arrows in the plane, and walks down a curve."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from course_utils.plots.style import DASHES, MARKERS, SEQUENTIAL, SMALL_SIZE, TEXT_SIZE, add_title, color, new_axes
from course_utils.plots.style import label_axes as _label_axes

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Height = Callable[[NDArray[np.float64], NDArray[np.float64]], ArrayLike]
Place = Sequence[float]


def _places(what: str, values: ArrayLike) -> NDArray[np.float64]:
    places = np.asarray(values, dtype=np.float64)
    if places.ndim != 2 or places.shape[1] != 2 or len(places) == 0:
        raise ValueError(f"{what} must have shape (k, 2); its shape is {places.shape}.")
    return places


def _height_at(f: Height, place: Place) -> float:
    a, b = (np.array([float(number)]) for number in place)
    return float(np.asarray(f(a, b)).item())


def surface(
    f: Height,
    xlim: tuple[float, float],
    ylim: tuple[float, float],
    *,
    paths: Mapping[str, ArrayLike] | None = None,
    points: Mapping[str, Place] | None = None,
    arrows: Mapping[str, tuple[Place, Place]] | None = None,
    x_label: str = "$w_1$",
    y_label: str = "$w_2$",
    z_label: str = "height",
    title: str | None = None,
    view: tuple[float, float] = (42.0, -125.0),
    ax: Axes | None = None,
) -> Axes:
    """A function of two variables as a surface in space, with walks, points and directions on it.

    Parameters
    ----------
    f : callable
        ``f(a, b)`` takes two arrays of one shape and returns the heights, of that shape.
    xlim, ylim : (low, high)
        The part of the plane above which the surface is drawn.
    paths : dict of name -> array (k, 2), optional
        Places that a walk comes through, drawn on the surface with a marker each.
    points : dict of name -> (x, y), optional
        Single places, drawn on the surface with their names.
    arrows : dict of name -> ((x, y), (x, y)), optional
        Tail and head of level arrows; each starts on the surface, above its tail.
    x_label, y_label, z_label, title : str
    view : (elevation, azimuth)
        Where to look from, in degrees.
    ax : three-dimensional Axes, optional
    """
    if ax is None:
        import matplotlib.pyplot as plt

        figure, ax = plt.subplots(figsize=(5.6, 4.6), subplot_kw={"projection": "3d", "computed_zorder": False})
        figure.subplots_adjust(left=0.0, right=0.94, bottom=0.04, top=0.93)
    space: Any = ax
    grid_a, grid_b = np.meshgrid(np.linspace(*xlim, 60), np.linspace(*ylim, 60))
    heights = np.asarray(f(grid_a, grid_b), dtype=np.float64)
    space.plot_surface(
        grid_a, grid_b, heights, cmap=SEQUENTIAL, alpha=0.55, linewidth=0, antialiased=True, rstride=2, cstride=2
    )
    lift = 0.012 * float(np.ptp(heights))
    for position, (name, path) in enumerate((paths or {}).items()):
        places = _places(f"The path {name!r}", path)
        z = np.asarray(f(places[:, 0], places[:, 1]), dtype=np.float64) + lift
        look: dict[str, Any] = {"color": color(position + 1), "marker": MARKERS[position % len(MARKERS)]}
        dash = DASHES[position % len(DASHES)]
        space.plot(places[:, 0], places[:, 1], z, dash, linewidth=1.8, markersize=5, label=name, zorder=5, **look)
    for position, (name, (tail, head)) in enumerate((arrows or {}).items()):
        start, end = np.asarray(tail, dtype=np.float64), np.asarray(head, dtype=np.float64)
        level = _height_at(f, tail) + lift
        step = end - start
        space.quiver(*start, level, *step, 0.0, color=color(position), linewidth=2.2, arrow_length_ratio=0.22, zorder=6)
        space.text(*(start + 1.22 * step), level, name, color="black", fontsize=TEXT_SIZE, ha="center", zorder=7)
    for name, place in (points or {}).items():
        a, b = (float(number) for number in place)
        level = _height_at(f, place) + lift
        space.scatter([a], [b], [level], color="black", s=36, zorder=7)
        space.text(a, b, level + 5 * lift, f" {name}", color="black", fontsize=TEXT_SIZE, ha="center", zorder=8)
    space.set_xlabel(x_label, fontsize=TEXT_SIZE)
    space.set_ylabel(y_label, fontsize=TEXT_SIZE)
    space.set_zlabel(z_label, fontsize=TEXT_SIZE)
    space.tick_params(labelsize=SMALL_SIZE)
    space.locator_params(nbins=5)
    space.view_init(*view)
    space.set_box_aspect(None, zoom=0.95)  # leaves room for the name of the third axis
    if paths and len(paths) > 1:
        space.legend(fontsize=SMALL_SIZE)
    return add_title(ax, title)


def plane_arrows(
    arrows: Mapping[str, tuple[Place, Place]],
    points: Mapping[str, Place] | None = None,
    *,
    x_label: str = "$w_1$",
    y_label: str = "$w_2$",
    title: str | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Arrows between points of the plane, each with its own colour and dashes.

    Parameters
    ----------
    arrows : dict of name -> ((x, y), (x, y))
        Tail and head of each arrow.
    points : dict of name -> (x, y), optional
        Points to mark and name.
    x_label, y_label, title : str
    ax : Axes, optional
    """
    ax = new_axes(ax, (5.5, 4.6))
    ends = [place for pair in arrows.values() for place in pair] + list((points or {}).values())
    corners = _places("The ends of the arrows", ends)
    low, high = corners.min(axis=0), corners.max(axis=0)
    margin = 0.15 * max(float((high - low).max()), 1e-9)
    for position, (name, (tail, head)) in enumerate(arrows.items()):
        start, end = np.asarray(tail, dtype=np.float64), np.asarray(head, dtype=np.float64)
        look = {"color": color(position), "linestyle": DASHES[position % len(DASHES)], "linewidth": 2.0}
        ax.annotate(
            "",
            (end[0], end[1]),
            (start[0], start[1]),
            arrowprops={"arrowstyle": "-|>", "shrinkA": 0, "shrinkB": 0, **look},
        )
        ax.plot([], [], color=look["color"], linestyle=look["linestyle"], linewidth=2.0, label=name)
    if arrows:
        ax.legend(fontsize=SMALL_SIZE)
    for name, place in (points or {}).items():
        ax.plot(*place, "o", color="black", markersize=6, zorder=3)
        ax.annotate(
            name, (place[0], place[1]), (7, 7), textcoords="offset points", fontsize=TEXT_SIZE, fontweight="bold"
        )
    ax.set_xlim(low[0] - margin, high[0] + margin)
    ax.set_ylim(low[1] - margin, high[1] + margin)
    ax.set_aspect("equal")
    return _label_axes(ax, x_label, y_label, title)


def curve_walk(
    f: Callable[[NDArray[np.float64]], ArrayLike],
    path: ArrayLike,
    xlim: tuple[float, float],
    *,
    marks: Mapping[str, float] | None = None,
    x_label: str = "$w$",
    y_label: str = "$f(w)$",
    title: str | None = None,
    ax: Axes | None = None,
) -> Axes:
    """A function of one variable, and the places of a walk on its curve.

    Parameters
    ----------
    f : callable
        ``f(w)`` takes an array and returns the heights, of that shape.
    path : array (k,)
        Places of the walk, first to last. Those outside the window are cut off.
    xlim : (low, high)
        The window.
    marks : dict of name -> w, optional
        Places to mark on the curve, for example a minimum.
    x_label, y_label, title : str
    ax : Axes, optional
    """
    places = np.asarray(path, dtype=np.float64)
    if places.ndim != 1 or len(places) == 0:
        raise ValueError(f"The path must be one row of numbers; its shape is {places.shape}.")
    ax = new_axes(ax, (4.6, 3.4))
    grid = np.linspace(*xlim, 240)
    heights = np.asarray(f(grid), dtype=np.float64)
    ax.plot(grid, heights, color="0.45", linewidth=1.6)
    look: dict[str, Any] = {"color": color(1), "marker": MARKERS[0]}
    ax.plot(places, np.asarray(f(places)), DASHES[0], linewidth=1.0, markersize=5, label="walk", **look)
    ax.plot(places[:1], np.asarray(f(places[:1])), MARKERS[1], color=color(0), markersize=9, label="start")
    for position, (name, where) in enumerate((marks or {}).items()):
        height = np.asarray(f(np.array([float(where)])))
        ax.plot([where], height, MARKERS[2 + position], color="black", markersize=8, linestyle="none", label=name)
    ax.set_xlim(xlim)
    span = float(np.ptp(heights)) or 1.0
    ax.set_ylim(float(heights.min()) - 0.08 * span, float(heights.max()) + 0.08 * span)
    ax.legend(fontsize=SMALL_SIZE)
    return _label_axes(ax, x_label, y_label, title)
