"""What an author writes to describe a live figure: the slider and the panels."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np

__all__ = ["Bars", "Lines", "Panel", "Series", "Slider", "WidgetError", "log_values"]

DASH_NAMES = ("solid", "dashed", "dotted", "dashdot")
MARKER_NAMES = ("circle", "square", "triangle", "diamond", "cross")


class WidgetError(ValueError):
    """A live figure cannot be made; the message says in one sentence why.

    A notebook shows that sentence only: the traceback would end in the course's own code.
    """

    def _render_traceback_(self) -> list[str]:
        return [f"WidgetError: {self}"]


def log_values(low: float, high: float, count: int = 41) -> tuple[float, ...]:
    """Numbers from `low` to `high`, each the same factor larger than the one before.

    Parameters
    ----------
    low, high : float
        The two ends, both above zero.
    count : int
        How many numbers, at least 2.

    Returns
    -------
    tuple of float
        Rounded to four significant digits, the ends exact.

    Raises
    ------
    WidgetError
        If the ends are not above zero or are in the wrong order.
    """
    if not 0 < low < high or count < 2:
        raise WidgetError(f"log_values needs 0 < low < high and count >= 2, not {low}, {high} and {count}.")
    inner = [float(f"{value:.4g}") for value in np.geomspace(low, high, count)[1:-1]]
    return (float(low), *inner, float(high))


@dataclass(frozen=True)
class Slider:
    """The slider below a live figure.

    Attributes
    ----------
    label : str
        What it changes, with the unit if there is one.
    values : sequence of float
        The values it stops at, ascending.
    log : bool
        Says that the values are spaced by factors (see `log_values`); the figure tells the reader so.
    format : str or callable
        How a value is written: a format specification such as ``".2f"``, or a function to text.
    start : float, optional
        The value it starts at (the nearest stop is taken); the middle by default.
    """

    label: str
    values: Sequence[float]
    log: bool = False
    format: str | Callable[[float], str] = ".3g"
    start: float | None = None

    def __post_init__(self) -> None:
        values = tuple(float(value) for value in self.values)
        object.__setattr__(self, "values", values)
        if not self.label.strip():
            raise WidgetError("A slider needs a label that says what it changes.")
        if len(values) < 2 or not np.isfinite(values).all() or (np.diff(values) <= 0).any():
            raise WidgetError(f"The values of slider {self.label!r} must be at least two finite, ascending numbers.")
        if self.log and values[0] <= 0:
            raise WidgetError(f"Slider {self.label!r} is logarithmic, so its values must be above zero.")

    @property
    def start_index(self) -> int:
        """Position of the slider at the start."""
        if self.start is None:
            return len(self.values) // 2
        if not self.log:
            return int(np.argmin(np.abs(np.asarray(self.values) - self.start)))
        if self.start <= 0:
            raise WidgetError(f"Slider {self.label!r} is logarithmic, so it cannot start at {self.start}.")
        return int(np.argmin(np.abs(np.log(self.values) - np.log(self.start))))

    def text(self, value: float) -> str:
        """Return `value` as the reader sees it."""
        return self.format(value) if callable(self.format) else format(value, self.format)


@dataclass(frozen=True)
class Series:
    """One line, or one set of points, in a `Lines` panel.

    Attributes
    ----------
    y : str
        Key of the heights among the arrays.
    label : str
        Name in the legend.
    x : str, optional
        Key of the places; 0, 1, 2, ... by default.
    dash : {"solid", "dashed", "dotted", "dashdot", "none"}, optional
        By default each series of a panel has its own. ``"none"`` draws points only.
    marker : {"circle", "square", "triangle", "diamond", "cross"}, optional
        No marker by default, except where there is no line.
    color : int, optional
        Position in the course's palette; by default that of the series in the panel.
    """

    y: str
    label: str
    x: str | None = None
    dash: str | None = None
    marker: str | None = None
    color: int | None = None

    def __post_init__(self) -> None:
        if self.dash not in (None, "none", *DASH_NAMES):
            raise WidgetError(f"Series {self.label!r} has no dash called {self.dash!r}; use one of {DASH_NAMES}.")
        if self.marker not in (None, *MARKER_NAMES):
            raise WidgetError(f"Series {self.label!r} has no marker called {self.marker!r}; use one of {MARKER_NAMES}.")

    def resolved(self, position: int) -> dict[str, Any]:
        """Return the look of this series when it is number `position` in its panel."""
        dash = self.dash or DASH_NAMES[position % len(DASH_NAMES)]
        marker = self.marker or (MARKER_NAMES[position % len(MARKER_NAMES)] if dash == "none" else None)
        color = position if self.color is None else self.color
        return {"x": self.x, "y": self.y, "label": self.label, "dash": dash, "marker": marker, "color": color % 8}


@dataclass(frozen=True)
class Panel:
    """What every panel has; use `Lines` or `Bars`."""

    kind: ClassVar[str] = ""

    title: str

    def array_names(self) -> tuple[str, ...]:
        """Return the keys of the arrays this panel draws."""
        raise NotImplementedError

    def check(self, arrays: dict[str, np.ndarray]) -> str | None:
        """Return what is wrong with the arrays' lengths, or None."""
        raise NotImplementedError


@dataclass(frozen=True)
class Lines(Panel):
    """A panel of lines or points over a common pair of axes.

    Attributes
    ----------
    title, x_label, y_label : str
    series : sequence of Series
    x_limits, y_limits : (low, high), optional
        The window. By default it holds every finite value of every position of the slider; give `y_limits`
        where something diverges, and what leaves the window is cut off there.
    y_log : bool
        Logarithmic heights; values that are not above zero break the line.
    reference : (float, str), optional
        A horizontal line with its name, for example ``(np.log(10), "guessing")``.
    """

    kind: ClassVar[str] = "lines"

    x_label: str
    y_label: str
    series: Sequence[Series] = field(default_factory=tuple)
    x_limits: tuple[float, float] | None = None
    y_limits: tuple[float, float] | None = None
    y_log: bool = False
    reference: tuple[float, str] | None = None

    def __post_init__(self) -> None:
        if not self.series:
            raise WidgetError(f"Panel {self.title!r} has no series to draw.")
        _check_limits(self.title, self.x_limits)
        _check_limits(self.title, self.y_limits)
        if self.y_log and self.y_limits is not None and self.y_limits[0] <= 0:
            raise WidgetError(f"Panel {self.title!r} is logarithmic, so y_limits must be above zero.")

    def array_names(self) -> tuple[str, ...]:
        """Return the keys of the arrays this panel draws."""
        return tuple(key for one in self.series for key in (one.x, one.y) if key is not None)

    def check(self, arrays: dict[str, np.ndarray]) -> str | None:
        """Return what is wrong with the arrays' lengths, or None."""
        for one in self.series:
            if one.x is not None and len(arrays[one.x]) != len(arrays[one.y]):
                return (
                    f"{one.x!r} has {len(arrays[one.x])} numbers and {one.y!r} has {len(arrays[one.y])}, "
                    "but they are the two coordinates of the same points"
                )
        return None


@dataclass(frozen=True)
class Bars(Panel):
    """A panel with one bar a category, its value written above it.

    Attributes
    ----------
    title, y_label : str
    categories : sequence of str
        What each bar stands for.
    key : str
        Key of the heights among the arrays, one a category.
    y_limits : (low, high), optional
        By default from 0 (or the lowest value) to the highest value of any position of the slider.
    x_label : str
        What the categories are.
    format : str
        How a value is written above its bar.
    """

    kind: ClassVar[str] = "bars"

    y_label: str
    categories: Sequence[str]
    key: str
    y_limits: tuple[float, float] | None = None
    x_label: str = ""
    format: str = ".2f"

    def __post_init__(self) -> None:
        if not self.categories:
            raise WidgetError(f"Panel {self.title!r} has no categories.")
        _check_limits(self.title, self.y_limits)

    def array_names(self) -> tuple[str, ...]:
        """Return the keys of the arrays this panel draws."""
        return (self.key,)

    def check(self, arrays: dict[str, np.ndarray]) -> str | None:
        """Return what is wrong with the arrays' lengths, or None."""
        if len(arrays[self.key]) != len(self.categories):
            return f"{self.key!r} has {len(arrays[self.key])} numbers for {len(self.categories)} categories"
        return None


def _check_limits(title: str, limits: tuple[float, float] | None) -> None:
    if limits is not None and not (np.isfinite(limits).all() and limits[0] < limits[1]):
        raise WidgetError(f"The limits of panel {title!r} must be two finite numbers, the lower first: {limits}.")
