"""The level lines of a surface, found once in Python and sent to the browser as rounded lines."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from course_utils.language import _
from course_utils.widgets.errors import WidgetError

Surface = Callable[[NDArray[np.float64], NDArray[np.float64]], Any]
Window = tuple[float, float]

GRID = 101  # places along each side at which the surface is asked
MOST_LABELS = 6
CLOSE = 0.14  # share of the window; two labels are never nearer
EDGE = 0.07  # labels keep this far from the sides


@dataclass(frozen=True)
class Level:
    """One height with its lines.

    Attributes
    ----------
    height : float
    lines : list of arrays (k, 2)
        In coordinates of the window: (0, 0) is its lower left corner and (1, 1) its upper right one.
    label : (float, float) or None
        Where the height is written, in the same coordinates; None where there is no room.
    """

    height: float
    lines: list[NDArray[np.float64]]
    label: tuple[float, float] | None = None

    @property
    def text(self) -> str:
        """The height as it is written."""
        return f"{self.height:.3g}"


def level_lines(
    surface: Surface, x_limits: Window, y_limits: Window, levels: int | Sequence[float], title: str
) -> list[Level]:
    """Return the lines on which the surface has each height, lowest first.

    Raises
    ------
    WidgetError
        If `surface` raises, or gives no finite height or an array of another shape.
    """
    heights = _heights(surface, x_limits, y_limits, title)
    from contourpy import contour_generator

    side = np.linspace(0, 1, GRID)
    generator = contour_generator(x=side, y=side, z=np.ma.masked_invalid(heights))
    found = []
    for height in _chosen(heights, levels):
        lines = [np.asarray(line, dtype=np.float64) for line in generator.lines(height)]
        if lines:
            found.append(Level(float(height), lines))
    return _labelled(found)


def _heights(surface: Surface, x_limits: Window, y_limits: Window, title: str) -> NDArray[np.float64]:
    a, b = np.meshgrid(np.linspace(*x_limits, GRID), np.linspace(*y_limits, GRID))
    try:
        with np.errstate(all="ignore"):
            heights = np.asarray(surface(a, b), dtype=np.float64)
    except NotImplementedError as error:
        raise WidgetError(
            _("This live figure uses a function that is not written yet; run this cell again once it is.")
        ) from error
    except Exception as error:
        detail = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
        raise WidgetError(_("The surface of panel {title!r} raises {error}", title=title, error=detail)) from error
    if heights.shape != a.shape:
        raise WidgetError(
            _(
                "The surface of panel {title!r} gets two arrays of shape {shape} and must give heights of that shape, "
                "not {found}.",
                title=title,
                shape=a.shape,
                found=heights.shape,
            )
        )
    if not np.isfinite(heights).any():
        raise WidgetError(_("The surface of panel {title!r} has no finite height in its window.", title=title))
    return heights


def _chosen(heights: NDArray[np.float64], levels: int | Sequence[float]) -> list[float]:
    if not isinstance(levels, int):
        return sorted({float(level) for level in levels})
    from matplotlib.ticker import MaxNLocator

    known = heights[np.isfinite(heights)]
    low, high = float(known.min()), float(known.max())
    if low == high:
        return []
    ticks = MaxNLocator(nbins=levels + 1, steps=[1, 2, 2.5, 5, 10]).tick_values(low, high)
    return [float(tick) for tick in ticks if low < tick < high]


def _labelled(levels: list[Level]) -> list[Level]:
    """Write the height on some of the levels, as far from each other as the lines allow."""
    every = math.ceil(len(levels) / MOST_LABELS)
    placed: list[NDArray[np.float64]] = []
    labelled = []
    for number, level in enumerate(levels):
        label = None
        points = np.concatenate(level.lines)
        points = points[((points > EDGE) & (points < 1 - EDGE)).all(axis=1)]
        if number % every == 0 and len(points):
            if placed:
                distance = np.linalg.norm(points[:, None] - np.stack(placed), axis=2).min(axis=1)
            else:
                distance = np.linalg.norm(points - 0.5, axis=1)
            best = points[int(distance.argmax())]
            if distance.max() >= CLOSE or not placed:
                placed.append(best)
                label = (float(best[0]), float(best[1]))
        labelled.append(Level(level.height, level.lines, label))
    return labelled
