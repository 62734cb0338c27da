"""What an author writes to describe a live figure: the controls and the panels."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np

from course_utils.language import _
from course_utils.widgets.errors import WidgetError
from course_utils.widgets.levels import Level, Surface, level_lines

__all__ = [
    "Bars",
    "Choice",
    "Contours",
    "Control",
    "Heatmap",
    "Lines",
    "Mark",
    "Panel",
    "Series",
    "Slider",
    "WidgetError",
    "log_values",
]

DASH_NAMES = ("solid", "dashed", "dotted", "dashdot")
MARKER_NAMES = ("circle", "square", "triangle", "diamond", "cross")


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
    """A slider below a live figure.

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

    kind: ClassVar[str] = "slider"

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
class Choice:
    """A list to choose from below a live figure.

    Attributes
    ----------
    label : str
        What is chosen.
    options : sequence of str
        The texts to choose from; `compute` gets the chosen one.
    start : str, optional
        The option at the start; the first by default.
    """

    label: str
    options: Sequence[str]
    start: str | None = None

    kind: ClassVar[str] = "choice"
    log: ClassVar[bool] = False

    def __post_init__(self) -> None:
        options = (self.options,) if isinstance(self.options, str) else tuple(self.options)
        object.__setattr__(self, "options", options)
        if not self.label.strip():
            raise WidgetError("A choice needs a label that says what is chosen.")
        if len(options) < 2 or len(set(options)) < len(options) or not all(_is_text(option) for option in options):
            raise WidgetError(f"The options of choice {self.label!r} must be at least two different texts.")
        if self.start is not None and self.start not in options:
            raise WidgetError(f"Choice {self.label!r} cannot start at {self.start!r}, which is none of its options.")

    @property
    def values(self) -> tuple[str, ...]:
        """The texts `compute` may get."""
        return tuple(self.options)

    @property
    def start_index(self) -> int:
        """Position of the option at the start."""
        return 0 if self.start is None else self.values.index(self.start)

    def text(self, value: str) -> str:
        """Return `value` as the reader sees it."""
        return value


Control = Slider | Choice


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip())


@dataclass(frozen=True)
class Series:
    """One line, or one set of points, in a `Lines` or `Contours` panel.

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
    """What every panel has; use `Lines`, `Bars`, `Heatmap` or `Contours`."""

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
    equal : bool
        One unit is as long upwards as sideways.
    """

    kind: ClassVar[str] = "lines"

    x_label: str
    y_label: str
    series: Sequence[Series] = field(default_factory=tuple)
    x_limits: tuple[float, float] | None = None
    y_limits: tuple[float, float] | None = None
    y_log: bool = False
    reference: tuple[float, str] | None = None
    equal: bool = False

    def __post_init__(self) -> None:
        if not self.series:
            raise WidgetError(f"Panel {self.title!r} has no series to draw.")
        _check_limits(self.title, self.x_limits)
        _check_limits(self.title, self.y_limits)
        if self.y_log and self.y_limits is not None and self.y_limits[0] <= 0:
            raise WidgetError(f"Panel {self.title!r} is logarithmic, so y_limits must be above zero.")
        if self.y_log and self.equal:
            raise WidgetError(f"Panel {self.title!r} is logarithmic, so its units cannot be equal on both axes.")

    def array_names(self) -> tuple[str, ...]:
        """Return the keys of the arrays this panel draws."""
        return tuple(key for one in self.series for key in (one.x, one.y) if key is not None)

    def check(self, arrays: dict[str, np.ndarray]) -> str | None:
        """Return what is wrong with the arrays' lengths, or None."""
        return _check_pairs(self.series, arrays)


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
            return _(
                "{name!r} has {found} numbers for {wanted} categories",
                name=self.key,
                found=len(arrays[self.key]),
                wanted=len(self.categories),
            )
        return None

    def text(self, value: float) -> str:
        """Return what stands above a bar; a value that rounds to 0 has no sign."""
        text = format(value, self.format)
        return text.replace("-", "", 1) if text.startswith("-") and not text.strip("-0.%") else text


@dataclass(frozen=True)
class Heatmap(Panel):
    """A panel with a table of coloured cells, the value written in each, and a frame around one of them.

    Attributes
    ----------
    title, x_label, y_label : str
    rows, columns : sequence of str
        Names down the left side, the first on top, and along the bottom.
    key : str
        Key of the values among the arrays, one row of cells after the other.
    framed : str, optional
        Key of the framed cell's place: its row and its column, counted from 0.
    limits : (low, high), optional
        Values that get the darkest and the lightest colour; by default the lowest and the highest of all positions.
    digits : int
        Decimals that are written. What is no number gets an empty cell.
    """

    kind: ClassVar[str] = "heatmap"

    x_label: str
    y_label: str
    rows: Sequence[str]
    columns: Sequence[str]
    key: str
    framed: str | None = None
    limits: tuple[float, float] | None = None
    digits: int = 2

    def __post_init__(self) -> None:
        if not self.rows or not self.columns:
            raise WidgetError(f"Panel {self.title!r} needs a name for each row and each column.")
        _check_limits(self.title, self.limits)

    @property
    def shape(self) -> tuple[int, int]:
        """Number of rows and of columns."""
        return len(self.rows), len(self.columns)

    def array_names(self) -> tuple[str, ...]:
        """Return the keys of the arrays this panel draws."""
        return (self.key,) if self.framed is None else (self.key, self.framed)

    def check(self, arrays: dict[str, np.ndarray]) -> str | None:
        """Return what is wrong with the arrays' lengths, or None."""
        n_rows, n_columns = self.shape
        if len(arrays[self.key]) != n_rows * n_columns:
            return _(
                "{name!r} has {found} numbers for {rows} rows of {columns} cells",
                name=self.key,
                found=len(arrays[self.key]),
                rows=n_rows,
                columns=n_columns,
            )
        if self.framed is not None:
            place = arrays[self.framed]
            inside = len(place) == 2 and all(k in range(size) for k, size in zip(place, self.shape, strict=True))
            if not inside:
                return _("{name!r} is no row and column of the table: {place}", name=self.framed, place=place.tolist())
        return None


@dataclass(frozen=True)
class Mark:
    """One place in a `Contours` panel that stays the same, such as a minimum.

    Attributes
    ----------
    label : str
        Name in the legend.
    x, y : float
    marker : {"circle", "square", "triangle", "diamond", "cross"}
    """

    label: str
    x: float
    y: float
    marker: str = "cross"

    def __post_init__(self) -> None:
        if not np.isfinite([self.x, self.y]).all():
            raise WidgetError(f"Mark {self.label!r} needs two finite coordinates, not {self.x} and {self.y}.")
        if self.marker not in MARKER_NAMES:
            raise WidgetError(f"Mark {self.label!r} has no marker called {self.marker!r}; use one of {MARKER_NAMES}.")


@dataclass(frozen=True)
class Contours(Panel):
    """A panel with the level lines of a function of two variables, and paths on it.

    Attributes
    ----------
    title, x_label, y_label : str
    surface : callable, or dict of str to callable
        ``surface(a, b)`` takes two arrays of one shape and returns the heights, of that shape. It is called once.
        A dict has one surface for each option of one of the figure's `Choice` controls.
    x_limits, y_limits : (low, high)
        The window; what leaves it is cut off there.
    paths : sequence of Series
        Each with the keys of both coordinates, such as ``Series("w2", "path", x="w1", marker="circle")``. Where a
        path has a line, its first point is drawn larger.
    marks : sequence of Mark
    levels : int or sequence of float
        About how many level lines, at round and evenly spaced heights; or the heights.
    equal : bool
        One unit is as long upwards as sideways.
    """

    kind: ClassVar[str] = "contours"

    x_label: str
    y_label: str
    surface: Surface | Mapping[str, Surface]
    x_limits: tuple[float, float]
    y_limits: tuple[float, float]
    paths: Sequence[Series] = field(default_factory=tuple)
    marks: Sequence[Mark] = field(default_factory=tuple)
    levels: int | Sequence[float] = 12
    equal: bool = False
    _lines: dict[str | None, list[Level]] = field(default_factory=dict, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        _check_limits(self.title, self.x_limits)
        _check_limits(self.title, self.y_limits)
        surfaces = self.surface.values() if isinstance(self.surface, Mapping) else [self.surface]
        if not surfaces or not all(callable(surface) for surface in surfaces):
            raise WidgetError(f"Panel {self.title!r} needs a surface: a function of two arrays, or a dict of them.")
        for one in self.paths:
            if one.x is None:
                raise WidgetError(
                    f"Path {one.label!r} of panel {self.title!r} needs x=, the key of its other coordinate."
                )
        if isinstance(self.levels, int) and self.levels < 1:
            raise WidgetError(f"Panel {self.title!r} needs at least one level, not {self.levels}.")

    @property
    def options(self) -> tuple[str, ...] | None:
        """The options that each have a surface of their own, or None where there is one surface."""
        return tuple(self.surface) if isinstance(self.surface, Mapping) else None

    def lines(self, option: str | None = None) -> list[Level]:
        """Return the level lines, where there are several surfaces those of `option`."""
        if isinstance(self.surface, Mapping):
            option = next(iter(self.surface)) if option is None else option
            surface = self.surface[option]
        else:
            option, surface = None, self.surface
        if option not in self._lines:
            self._lines[option] = level_lines(surface, self.x_limits, self.y_limits, self.levels, self.title)
        return self._lines[option]

    def array_names(self) -> tuple[str, ...]:
        """Return the keys of the arrays this panel draws."""
        return tuple(key for one in self.paths for key in (one.x, one.y) if key is not None)

    def check(self, arrays: dict[str, np.ndarray]) -> str | None:
        """Return what is wrong with the arrays' lengths, or None."""
        return _check_pairs(self.paths, arrays)


def _check_pairs(series: Sequence[Series], arrays: dict[str, np.ndarray]) -> str | None:
    for one in series:
        if one.x is not None and len(arrays[one.x]) != len(arrays[one.y]):
            return _(
                "{x!r} has {n_x} numbers and {y!r} has {n_y}, but they are the two coordinates of the same points",
                x=one.x,
                n_x=len(arrays[one.x]),
                y=one.y,
                n_y=len(arrays[one.y]),
            )
    return None


def _check_limits(title: str, limits: tuple[float, float] | None) -> None:
    if limits is not None and not (np.isfinite(limits).all() and limits[0] < limits[1]):
        raise WidgetError(f"The limits of panel {title!r} must be two finite numbers, the lower first: {limits}.")
