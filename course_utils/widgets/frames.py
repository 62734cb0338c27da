"""Compute every frame of a live figure, check it, and pack it for the browser."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from course_utils.widgets.parts import Bars, Lines, Panel, Slider, WidgetError

Array = NDArray[np.float64]
Frame = dict[str, Array]

# A figure's numbers travel with the notebook; beyond this it would weigh megabytes.
MAX_POSITIONS = 201
MAX_NUMBERS = 200_000


def compute_frames(
    compute: Callable[[float], Mapping[str, Any]], slider: Slider, panels: Sequence[Panel]
) -> list[Frame]:
    """Return the checked arrays for each position of the slider.

    Raises
    ------
    WidgetError
        If `compute` raises at some position, or gives arrays that the panels cannot draw.
    """
    if len(slider.values) > MAX_POSITIONS:
        raise WidgetError(f"Slider {slider.label!r} has {len(slider.values)} positions; {MAX_POSITIONS} is the most.")
    keys = tuple(dict.fromkeys(key for panel in panels for key in panel.array_names()))
    frames = [_one_frame(compute, slider, value, keys, panels) for value in slider.values]
    n_numbers = sum(array.size for frame in frames for array in frame.values())
    if n_numbers > MAX_NUMBERS:
        raise WidgetError(
            f"The live figure holds {n_numbers} numbers and {MAX_NUMBERS} is the most: "
            "draw fewer points, or let the slider stop less often."
        )
    return frames


def _one_frame(
    compute: Callable[[float], Mapping[str, Any]],
    slider: Slider,
    value: float,
    keys: Sequence[str],
    panels: Sequence[Panel],
) -> Frame:
    place = f"{slider.label} = {slider.text(value)}"
    try:
        # Divergence is something the figures show, so overflow on the way is no event to warn about.
        with np.errstate(all="ignore"):
            given = compute(value)
    except NotImplementedError as error:
        raise WidgetError(
            "This live figure uses a function that is not written yet; run this cell again once it is."
        ) from error
    except Exception as error:
        detail = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
        raise WidgetError(f"The live figure stops at {place}, where its function raises {detail}") from error
    if not isinstance(given, Mapping):
        raise WidgetError(f"The live figure needs a dict of arrays, and at {place} it got a {type(given).__name__}.")
    missing = [key for key in keys if key not in given]
    if missing:
        raise WidgetError(f"The live figure needs an array called {missing[0]!r}, which is missing at {place}.")
    frame = {key: _as_row(key, given[key], place) for key in keys}
    for panel in panels:
        problem = panel.check(frame)
        if problem is not None:
            raise WidgetError(f"Panel {panel.title!r} cannot be drawn at {place}: {problem}.")
    return frame


def _as_row(key: str, value: Any, place: str) -> Array:
    try:
        array = np.atleast_1d(np.asarray(value, dtype=np.float64))
    except (TypeError, ValueError) as error:
        raise WidgetError(f"The array {key!r} does not hold real numbers at {place}.") from error
    if array.ndim != 1:
        raise WidgetError(f"The array {key!r} must be one row of numbers; at {place} its shape is {array.shape}.")
    return array.copy()


def limits_of(panel: Panel, frames: Sequence[Frame]) -> dict[str, tuple[float, float]]:
    """Return the window of a panel: one for all frames, so that the axes stand still while the slider moves."""
    if isinstance(panel, Bars):
        low, high = _span([frame[panel.key] for frame in frames], include=(0.0,), margin=0.0)
        return {"y": panel.y_limits or (low - (0.1 * (high - low) if low < 0 else 0), high + 0.1 * (high - low))}
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
    slider: Slider, panels: Sequence[Panel], frames: Sequence[Frame], sentences: Sequence[str], caption: str
) -> dict[str, Any]:
    """Return all that the browser needs, as plain JSON.

    An array that is the same at every position of the slider is sent once.
    """
    fixed = {
        key: packed(first)
        for key, first in frames[0].items()
        if all(np.array_equal(frame[key], first, equal_nan=True) for frame in frames)
    }
    moving = [{key: packed(row) for key, row in frame.items() if key not in fixed} for frame in frames]
    return {
        "label": slider.label,
        "log": slider.log,
        "values": [slider.text(value) for value in slider.values],
        "panels": [_panel_payload(panel, frames) for panel in panels],
        "fixed": fixed,
        "frames": moving,
        "sentences": list(sentences),
        "caption": caption,
    }


def _panel_payload(panel: Panel, frames: Sequence[Frame]) -> dict[str, Any]:
    limits = {axis: packed(np.asarray(pair)) for axis, pair in limits_of(panel, frames).items()}
    common = {"kind": panel.kind, "title": panel.title, "limits": limits}
    if isinstance(panel, Bars):
        digits = [[format(value, panel.format) for value in frame[panel.key].tolist()] for frame in frames]
        return common | {
            "x_label": panel.x_label,
            "y_label": panel.y_label,
            "key": panel.key,
            "categories": list(map(str, panel.categories)),
            "texts": digits,
        }
    assert isinstance(panel, Lines)
    return common | {
        "x_label": panel.x_label,
        "y_label": panel.y_label,
        "y_log": panel.y_log,
        "reference": None if panel.reference is None else [float(panel.reference[0]), panel.reference[1]],
        "series": [one.resolved(position) for position, one in enumerate(panel.series)],
    }
