"""Pictures of linear fits: points with lines, the squares on the residuals, and the trapezoid of lesson 01."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from course_utils.plots.style import DASHES, SMALL_SIZE, TEXT_SIZE, add_title, color, label_axes, new_axes

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def line_fit(
    x: ArrayLike,
    y: ArrayLike,
    lines: Mapping[str, tuple[float, float]] | None = None,
    *,
    squares: bool = False,
    x_label: str = "feature",
    y_label: str = "target",
    point_label: str = "data",
    title: str | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Points, and straight lines through them.

    Parameters
    ----------
    x, y : array (m,) or (m, 1)
    lines : dict of name -> (w, b), optional
        Lines w x + b, each over the whole width of the data.
    squares : bool
        Join each point to the first line by its residual, and draw the square on it. The axes then have one scale.
    x_label, y_label, point_label, title : str
    ax : Axes, optional

    Raises
    ------
    ValueError
        If `x` and `y` are not equally many numbers, or squares are asked for without a line.
    """
    places, heights = np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64)
    if places.size == 0 or places.size != max(places.shape) or heights.size != places.size:
        raise ValueError(
            f"line_fit needs as many y as x, in one row each; the shapes are {places.shape}, {heights.shape}."
        )
    given = dict(lines or {})
    if squares and not given:
        raise ValueError("The squares stand on the residuals to the first line, and there is no line.")
    places, heights = places.ravel(), heights.ravel()
    ax = new_axes(ax, (4.4, 5.6) if squares else (5.8, 3.8))
    dots: dict[str, Any] = {"s": 26, "edgecolors": "white", "linewidths": 0.5, "zorder": 3}
    ax.scatter(places, heights, color=color(0), label=point_label, **dots)
    ends = np.array([places.min(), places.max()])
    for position, (name, (w, b)) in enumerate(given.items(), start=1):
        dash = DASHES[(position - 1) % len(DASHES)]
        ax.plot(ends, float(w) * ends + float(b), dash, color=color(position), linewidth=1.8, label=name, zorder=2)
    if squares:
        _draw_squares(ax, places, heights, *next(iter(given.values())))
    if given:
        ax.legend(fontsize=SMALL_SIZE)
    return label_axes(ax, x_label, y_label, title)


def _draw_squares(ax: Axes, x: np.ndarray, y: np.ndarray, w: float, b: float) -> None:
    from matplotlib.patches import Rectangle

    for place, height in zip(x, y, strict=True):
        foot = float(w) * place + float(b)
        side = abs(height - foot)
        low = min(height, foot)
        # the square lies on the side of the residual that is away from the line
        left = place if (height < foot) == (float(w) >= 0) else place - side
        shape: dict[str, Any] = {"facecolor": color(1), "alpha": 0.16, "zorder": 1}
        ax.add_patch(Rectangle((left, low), side, side, edgecolor="none", **shape))
        ax.plot([place, place], [height, foot], ":", color="0.3", linewidth=1.2, zorder=1)
    ax.set_aspect("equal")
    ax.autoscale_view()


def trapezoid_sketch(
    top: float = 2.0, bottom: float = 3.0, *, title: str | None = None, ax: Axes | None = None
) -> Axes:
    """A trapezoid that is as high as its top side is long, beside the three shapes made of its two sides.

    Parameters
    ----------
    top : float
        The top side x1, which is also the height.
    bottom : float
        The bottom side x2.
    title : str, optional
    ax : Axes, optional

    Raises
    ------
    ValueError
        If a side is not above zero.
    """
    from matplotlib.patches import Polygon

    if not (top > 0 and bottom > 0):
        raise ValueError(f"Both sides must be above zero, not {top} and {bottom}.")
    ax = new_axes(ax, (8.6, 3.0))
    indent = 0.6 * (bottom - top)
    gap = 0.55 * max(top, bottom)
    shapes = [
        (np.array([[0, 0], [bottom, 0], [indent + top, top], [indent, top]]), "area ?", "$x_1$", "$x_2$"),
        (_box(top, top), "$x_1^2$", "$x_1$", "$x_1$"),
        (_box(bottom, top), "$x_1 x_2$", "$x_2$", "$x_2$"),
        (_box(bottom, bottom), "$x_2^2$", "$x_2$", "$x_2$"),
    ]
    left = 0.0
    for position, (corners, name, above, below) in enumerate(shapes):
        outline = corners + np.array([left - corners[:, 0].min(), 0.0])
        fill = "#dfe6ff" if position == 0 else "#ffe6d5"
        ax.add_patch(Polygon(outline, facecolor=fill, edgecolor="black", linewidth=1.2))
        middle, height = float(outline[:, 0].mean()), float(outline[:, 1].max())
        ax.text(middle, height / 2, name, ha="center", va="center", fontsize=TEXT_SIZE + 2)
        ax.text(middle, -0.12, below, ha="center", va="top", fontsize=TEXT_SIZE)
        ax.text(float(outline[2:, 0].mean()), height + 0.08, above, ha="center", va="bottom", fontsize=TEXT_SIZE)
        side = "$x_2$" if position == 3 else "$x_1$"
        right = float(outline[:, 0].max())
        if position == 0:  # the height is no side here, so it gets a line of its own
            foot = float(outline[3, 0])
            ax.plot([foot, foot], [0, top], "--", color="0.35", linewidth=1.2)
            ax.text(foot + 0.08, 0.25 * top, side, ha="left", va="center", fontsize=TEXT_SIZE)
        else:
            ax.text(right + 0.08, height / 2, side, ha="left", va="center", fontsize=TEXT_SIZE)
        left = right + gap
    ax.set_xlim(-0.2, left - gap + 0.5)
    ax.set_ylim(-0.5, max(top, bottom) + 0.5)
    ax.set_aspect("equal")
    ax.set_axis_off()
    return add_title(ax, title)


def _box(width: float, height: float) -> np.ndarray:
    return np.array([[0, 0], [width, 0], [width, height], [0, height]], dtype=np.float64)
