"""What all pictures share: the palette, the second cues, the sizes of text, the checks of input."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# The eight colours of matplotlib's style "petroff8", with the two palest moved to the end because they are
# hard to see as a thin line on white.
PALETTE = ("#1845fb", "#ff5e02", "#656364", "#c849a9", "#c91f16", "#578dff", "#adad7d", "#86c8dd")
# The same hues, lighter, for lines on a dark page.
PALETTE_DARK = ("#7aa2ff", "#ff8a3d", "#c4c2c3", "#e88fd0", "#ff7a70", "#a9c6ff", "#cfcf9f", "#86c8dd")
DASHES = ("-", "--", ":", "-.")
MARKERS = ("o", "s", "^", "D", "X", "P", "v", "<", ">")

SEQUENTIAL = "cividis"  # its lightness rises evenly, so it also reads in grey
DIVERGING = "PuOr"
TEXT_SIZE = 10  # points; the small print is SMALL_SIZE, and nothing is smaller
SMALL_SIZE = 9


def color(position: int) -> str:
    """Colour number `position`, starting again after the last."""
    return PALETTE[position % len(PALETTE)]


def text_on(ground: ArrayLike) -> str:
    """Return ``"black"`` or ``"white"``, whichever is read better on an RGB colour.

    Parameters
    ----------
    ground : array (3,) of numbers from 0 to 1

    Returns
    -------
    str
        Its contrast with the ground, as WCAG counts it, is 4.5 or more on every colour.
    """
    levels = np.asarray(ground, dtype=np.float64)
    linear = np.where(levels <= 0.03928, levels / 12.92, ((levels + 0.055) / 1.055) ** 2.4)
    luminance = float(linear @ (0.2126, 0.7152, 0.0722))
    return "black" if (luminance + 0.05) / 0.05 >= 1.05 / (luminance + 0.05) else "white"


def new_axes(ax: Axes | None, size: tuple[float, float]) -> Axes:
    if ax is not None:
        return ax
    import matplotlib.pyplot as plt

    return plt.subplots(figsize=size, layout="constrained")[1]


def label_axes(ax: Axes, x_label: str, y_label: str, title: str | None, grid: bool = True) -> Axes:
    ax.set_xlabel(x_label, fontsize=TEXT_SIZE)
    ax.set_ylabel(y_label, fontsize=TEXT_SIZE)
    ax.tick_params(labelsize=SMALL_SIZE)
    if grid:
        ax.grid(color="0.88", linewidth=0.8)
        ax.set_axisbelow(True)
        ax.spines[["top", "right"]].set_visible(False)
    return add_title(ax, title)


def add_title(ax: Axes, title: str | None) -> Axes:
    if title:
        ax.set_title(title, fontsize=TEXT_SIZE + 1, loc="left")
    return ax


def same_length(what: str, given: Sequence[Any] | None, wanted: int) -> None:
    if given is not None and len(given) != wanted:
        raise ValueError(f"{what} has {len(given)} entries and needs {wanted}.")


def check_points(X: ArrayLike, y: ArrayLike) -> tuple[NDArray[np.float64], NDArray[Any]]:
    points, classes = np.asarray(X, dtype=np.float64), np.asarray(y)
    if points.ndim != 2 or points.shape[1] != 2 or len(points) == 0:
        raise ValueError(f"The points must have shape (m, 2); their shape is {points.shape}.")
    if classes.shape != (len(points),):
        raise ValueError(f"There are {len(points)} points, and the classes have shape {classes.shape}.")
    return points, classes
