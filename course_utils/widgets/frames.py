"""Compute every frame of a live figure, check it, and pack it for the browser."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from course_utils.language import _
from course_utils.plots.style import SEQUENTIAL, text_on
from course_utils.widgets.errors import WidgetError
from course_utils.widgets.levels import Level
from course_utils.widgets.parts import Bars, Choice, Contours, Control, Heatmap, Lines, Panel

Array = NDArray[np.float64]
Frame = dict[str, Array]
Values = tuple[Any, ...]

# A figure's numbers travel with the notebook; beyond this it would weigh megabytes.
MAX_POSITIONS = 201  # of one slider
MAX_FRAMES = 600
MAX_NUMBERS = 200_000
MAX_CONTROLS = 3


def checked_controls(given: Control | Sequence[Control]) -> tuple[Control, ...]:
    """Return the controls of a figure as a tuple.

    Raises
    ------
    WidgetError
        If there are none or too many, two have the same label, or they have too many positions together.
    """
    controls = tuple(given) if isinstance(given, Sequence) else (given,)
    if not 1 <= len(controls) <= MAX_CONTROLS or not all(hasattr(control, "start_index") for control in controls):
        raise WidgetError(f"A live figure has one to {MAX_CONTROLS} controls, each a Slider or a Choice.")
    labels = [control.label for control in controls]
    if len(set(labels)) < len(labels):
        raise WidgetError(f"Each control of a live figure needs a label of its own: {labels}.")
    for control in controls:
        if len(control.values) > MAX_POSITIONS:
            raise WidgetError(
                f"Slider {control.label!r} has {len(control.values)} positions; {MAX_POSITIONS} is the most."
            )
    n_frames = math.prod(len(control.values) for control in controls)
    if n_frames > MAX_FRAMES:
        raise WidgetError(f"The controls have {n_frames} positions together; {MAX_FRAMES} is the most.")
    return controls


def positions(controls: Sequence[Control]) -> list[Values]:
    """Return the values of the controls for each frame; the last control changes fastest."""
    return list(itertools.product(*(control.values for control in controls)))


def place_text(controls: Sequence[Control], values: Values) -> str:
    """Return the values in words, for a message."""
    return ", ".join(
        f"{control.label} = {_text(control, value)}" for control, value in zip(controls, values, strict=True)
    )


def _text(control: Control, value: Any) -> str:
    return control.text(value)


def compute_frames(
    compute: Callable[..., Mapping[str, Any]], controls: Sequence[Control], panels: Sequence[Panel]
) -> list[Frame]:
    """Return the checked arrays for each position of the controls.

    Raises
    ------
    WidgetError
        If `compute` raises at some position, or gives arrays that the panels cannot draw.
    """
    for panel in panels:
        choice_of(panel, controls)
    keys = tuple(dict.fromkeys(key for panel in panels for key in panel.array_names()))
    frames = [_one_frame(compute, place_text(controls, values), values, keys, panels) for values in positions(controls)]
    rows = {row.tobytes(): row.size for frame in frames for row in frame.values()}
    if sum(rows.values()) > MAX_NUMBERS:
        raise WidgetError(
            _(
                "The live figure holds {found} numbers and {most} is the most: "
                "draw fewer points, or let the slider stop less often.",
                found=sum(rows.values()),
                most=MAX_NUMBERS,
            )
        )
    return frames


def choice_of(panel: Panel, controls: Sequence[Control]) -> int | None:
    """Return the number of the control that picks the surface of a panel, or None where there is one surface."""
    options = panel.options if isinstance(panel, Contours) else None
    if options is None:
        return None
    for number, control in enumerate(controls):
        if isinstance(control, Choice) and set(control.values) == set(options):
            return number
    raise WidgetError(
        f"Panel {panel.title!r} has surfaces for {list(options)}, and no Choice of the figure has these options."
    )


def _one_frame(
    compute: Callable[..., Mapping[str, Any]],
    place: str,
    values: Values,
    keys: Sequence[str],
    panels: Sequence[Panel],
) -> Frame:
    try:
        # Divergence is something the figures show, so overflow on the way is no event to warn about.
        with np.errstate(all="ignore"):
            given = compute(*values)
    except NotImplementedError as error:
        raise WidgetError(
            _("This live figure uses a function that is not written yet; run this cell again once it is.")
        ) from error
    except Exception as error:
        detail = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
        raise WidgetError(
            _("The live figure stops at {place}, where its function raises {error}", place=place, error=detail)
        ) from error
    if not isinstance(given, Mapping):
        got = type(given).__name__
        raise WidgetError(
            _("The live figure needs a dict of arrays, and at {place} it got a {type}.", place=place, type=got)
        )
    missing = [key for key in keys if key not in given]
    if missing:
        raise WidgetError(
            _(
                "The live figure needs an array called {name!r}, which is missing at {place}.",
                name=missing[0],
                place=place,
            )
        )
    frame = {key: _as_row(key, given[key], place) for key in keys}
    for panel in panels:
        problem = panel.check(frame)
        if problem is not None:
            raise WidgetError(
                _(
                    "Panel {title!r} cannot be drawn at {place}: {problem}.",
                    title=panel.title,
                    place=place,
                    problem=problem,
                )
            )
    return frame


def _as_row(key: str, value: Any, place: str) -> Array:
    try:
        array = np.atleast_1d(np.asarray(value, dtype=np.float64))
    except (TypeError, ValueError) as error:
        raise WidgetError(
            _("The array {name!r} does not hold real numbers at {place}.", name=key, place=place)
        ) from error
    if array.ndim != 1:
        raise WidgetError(
            _(
                "The array {name!r} must be one row of numbers; at {place} its shape is {shape}.",
                name=key,
                place=place,
                shape=array.shape,
            )
        )
    return array.copy()


def limits_of(panel: Panel, frames: Sequence[Frame]) -> dict[str, tuple[float, float]]:
    """Return the window of a panel: one for all frames, so that the axes stand still while the slider moves."""
    if isinstance(panel, Bars):
        low, high = _span([frame[panel.key] for frame in frames], include=(0.0,), margin=0.0)
        return {"y": panel.y_limits or (low - (0.1 * (high - low) if low < 0 else 0), high + 0.1 * (high - low))}
    if isinstance(panel, Contours):
        return {"x": panel.x_limits, "y": panel.y_limits}
    if isinstance(panel, Heatmap):
        n_rows, n_columns = panel.shape
        span = panel.limits or _span([frame[panel.key] for frame in frames], margin=0.0)
        return {"x": (0, n_columns), "y": (n_rows, 0), "color": span}
    assert isinstance(panel, Lines)
    xs = [
        frame[one.x] if one.x is not None else np.arange(len(frame[one.y]), dtype=np.float64)
        for frame in frames
        for one in panel.series
    ]
    ys = [frame[one.y] for frame in frames for one in panel.series]
    reference = () if panel.reference is None else (panel.reference[0],)
    if not panel.y_log:
        return {"x": panel.x_limits or _span(xs), "y": panel.y_limits or _span(ys, reference)}
    with np.errstate(all="ignore"):
        logs = [np.log10(np.where(y > 0, y, np.nan)) for y in ys]
    low, high = _span(logs, tuple(math.log10(height) for height in reference if height > 0))
    return {"x": panel.x_limits or _span(xs), "y": panel.y_limits or (10**low, 10**high)}


def _span(rows: Sequence[Array], include: tuple[float, ...] = (), margin: float = 0.04) -> tuple[float, float]:
    values = np.concatenate([*rows, np.asarray(include, dtype=np.float64)])
    values = values[np.isfinite(values)]
    if not len(values):
        return 0.0, 1.0
    low, high = float(values.min()), float(values.max())
    if low == high:
        return low - 0.5, high + 0.5
    return low - margin * (high - low), high + margin * (high - low)


def packed(array: Array) -> list[float | None]:
    """Round to six significant digits; what is no number becomes None, where a line breaks."""
    return [float(f"{value:.6g}") if math.isfinite(value) else None for value in array.tolist()]


def payload(
    controls: Sequence[Control],
    panels: Sequence[Panel],
    frames: Sequence[Frame],
    sentences: Sequence[str],
    caption: str,
) -> dict[str, Any]:
    """Return all that the browser needs, as plain JSON.

    Equal rows are sent once: one that is the same at every position stands in ``fixed``, and the frames hold, for
    every other key, the number of its row among ``rows``.
    """
    fixed = {
        key: packed(first)
        for key, first in frames[0].items()
        if all(np.array_equal(frame[key], first, equal_nan=True) for frame in frames)
    }
    numbers: dict[bytes, int] = {}
    rows: list[list[float | None]] = []
    moving: list[dict[str, int]] = []
    for frame in frames:
        places = {}
        for key, row in frame.items():
            if key in fixed:
                continue
            if row.tobytes() not in numbers:
                numbers[row.tobytes()] = len(rows)
                rows.append(packed(row))
            places[key] = numbers[row.tobytes()]
        moving.append(places)
    return {
        "controls": [_control_payload(control) for control in controls],
        "panels": [_panel_payload(panel, controls, frames) for panel in panels],
        "fixed": fixed,
        "rows": rows,
        "frames": moving,
        "sentences": list(sentences),
        "caption": caption,
    }


def _control_payload(control: Control) -> dict[str, Any]:
    values = [_text(control, value) for value in control.values]
    last = _("{value} (log scale)", value=values[-1]) if control.log else values[-1]
    return {"kind": control.kind, "label": control.label, "ends": [values[0], last], "values": values}


def _panel_payload(panel: Panel, controls: Sequence[Control], frames: Sequence[Frame]) -> dict[str, Any]:
    limits = {axis: packed(np.asarray(pair)) for axis, pair in limits_of(panel, frames).items()}
    common: dict[str, Any] = {"kind": panel.kind, "title": panel.title, "limits": limits}
    if isinstance(panel, Bars):
        digits = [[panel.text(value) for value in frame[panel.key].tolist()] for frame in frames]
        return common | {
            "x_label": panel.x_label,
            "y_label": panel.y_label,
            "key": panel.key,
            "categories": list(map(str, panel.categories)),
            "texts": digits,
        }
    assert isinstance(panel, Lines | Contours | Heatmap)
    common |= {"x_label": panel.x_label, "y_label": panel.y_label}
    if isinstance(panel, Heatmap):
        return common | {
            "rows": list(map(str, panel.rows)),
            "columns": list(map(str, panel.columns)),
            "key": panel.key,
            "framed": panel.framed,
            "digits": panel.digits,
            "colors": [{"cell": cell, "text": text} for cell, text in heat_colors()],
        }
    common |= {"equal": panel.equal}
    if isinstance(panel, Contours):
        choice = choice_of(panel, controls)
        options: Sequence[Any] = (None,) if choice is None else controls[choice].values
        return common | {
            "y_log": False,
            "choice": choice,
            "surfaces": [[_level_payload(level) for level in panel.lines(option)] for option in options],
            "series": [one.resolved(position) for position, one in enumerate(panel.paths)],
            "marks": [{"label": m.label, "x": float(m.x), "y": float(m.y), "marker": m.marker} for m in panel.marks],
        }
    return common | {
        "y_log": panel.y_log,
        "reference": None if panel.reference is None else [float(panel.reference[0]), panel.reference[1]],
        "series": [one.resolved(position) for position, one in enumerate(panel.series)],
    }


def heat_colors(count: int = 32) -> list[tuple[str, str]]:
    """Return colours of cells from the lowest value to the highest, each with the shade of text that is read on it."""
    from matplotlib import colormaps
    from matplotlib.colors import to_hex

    colors = colormaps[SEQUENTIAL](np.linspace(0, 1, count))[:, :3]
    return [(to_hex(color), text_on(color)) for color in colors]


def heat_step(value: float, low: float, high: float, count: int) -> int:
    """Return which of `count` colours a value has."""
    return int(np.clip(np.floor((value - low) / (high - low) * count), 0, count - 1))


def _level_payload(level: Level) -> dict[str, Any]:
    """Return one height as an SVG path in a square of 1000 by 1000, y downwards."""
    label = None if level.label is None else [round(1000 * level.label[0]), round(1000 - 1000 * level.label[1])]
    return {"text": level.text, "path": "".join(map(_svg_path, level.lines)), "label": label}


def _svg_path(line: Array) -> str:
    places = np.rint(np.column_stack([1000 * line[:, 0], 1000 - 1000 * line[:, 1]])).astype(int)
    steps = np.diff(places, axis=0)
    steps = steps[steps.any(axis=1)]
    return (
        f"M{places[0, 0]} {places[0, 1]}l" + " ".join(f"{dx} {dy}" for dx, dy in steps.tolist()) if len(steps) else ""
    )
