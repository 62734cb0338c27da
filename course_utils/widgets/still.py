"""The still picture of a live figure, for places where no front end answers."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from course_utils.plots.style import PALETTE, SMALL_SIZE, TEXT_SIZE
from course_utils.widgets.frames import Frame, heat_colors, heat_step, limits_of
from course_utils.widgets.parts import Bars, Contours, Heatmap, Lines, Panel, Series

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_DASHES = {"solid": "-", "dashed": "--", "dotted": ":", "dashdot": "-.", "none": "none"}
_MARKERS = {"circle": "o", "square": "s", "triangle": "^", "diamond": "D", "cross": "X", None: "none"}
_DPI = 144  # twice the 72 dots of a CSS-sized picture, so that it stays sharp on fine screens


def draw(
    arrays: Mapping[str, Any],
    panels: Sequence[Panel],
    *,
    limits: Sequence[Mapping[str, tuple[float, float]]] | None = None,
    title: str | None = None,
    options: Sequence[str | None] | None = None,
) -> Figure:
    """Draw one frame of a live figure with matplotlib.

    Parameters
    ----------
    arrays : dict of arrays
        What ``compute(value)`` gives.
    panels : sequence of Lines, Bars, Heatmap or Contours
    limits : sequence of dict, optional
        The window of each panel, keys ``"x"``, ``"y"`` and for a heat map ``"color"``; by default it holds this frame.
    title : str, optional
        Written above all panels, for example the value of the slider.
    options : sequence of str or None, optional
        For each panel, which of its surfaces is drawn; by default the first.

    Returns
    -------
    matplotlib.figure.Figure
        Not registered with pyplot, so nothing shows it twice and nothing has to close it.
    """
    from matplotlib.figure import Figure

    frame: Frame = {key: np.atleast_1d(np.asarray(value, dtype=np.float64)) for key, value in arrays.items()}
    if limits is None:
        limits = [limits_of(panel, [frame]) for panel in panels]
    figure = Figure(
        figsize=(5.2 * len(panels), 4.4 if any(isinstance(panel, Contours) for panel in panels) else 3.7),
        layout="constrained",
    )
    axes = figure.subplots(1, len(panels), squeeze=False)[0]
    options = [None] * len(panels) if options is None else options
    for ax, panel, window, option in zip(axes, panels, limits, options, strict=True):
        if isinstance(panel, Bars):
            _draw_bars(ax, panel, frame)
        elif isinstance(panel, Lines):
            _draw_lines(ax, panel, frame)
            ax.set_xlim(window["x"])
        elif isinstance(panel, Contours):
            _draw_contours(ax, panel, frame, option)
            ax.set_xlim(window["x"])
        elif isinstance(panel, Heatmap):
            _draw_heatmap(ax, panel, frame, window["color"])
            ax.set_xlim(window["x"])
        ax.set_ylim(window["y"])
        if isinstance(panel, Lines | Contours) and panel.equal:
            ax.set_aspect("equal", adjustable="box")
        ax.set_title(panel.title, fontsize=TEXT_SIZE + 1, loc="left")
        ax.tick_params(labelsize=SMALL_SIZE)
        ax.spines[["top", "right"]].set_visible(False)
        ax.set_axisbelow(True)
    if title:
        figure.suptitle(title, fontsize=TEXT_SIZE + 1)
    return figure


def png(figure: Figure) -> tuple[bytes, int, int]:
    """Return the figure as PNG, with the width and height it is to be shown at."""
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=_DPI, facecolor="white")
    width, height = figure.get_size_inches()
    return buffer.getvalue(), round(width * _DPI / 2), round(height * _DPI / 2)


def _draw_lines(ax: Axes, panel: Lines, frame: Frame) -> None:
    for position, one in enumerate(panel.series):
        _draw_series(ax, one, position, frame, panel.y_log)
    if panel.reference is not None:
        height, text = panel.reference
        ax.axhline(height, color="0.35", linestyle=(0, (1, 2)), linewidth=1.3, label=text)
    if panel.y_log:
        ax.set_yscale("log")
    ax.set_xlabel(panel.x_label, fontsize=TEXT_SIZE)
    ax.set_ylabel(panel.y_label, fontsize=TEXT_SIZE)
    ax.grid(color="0.88", linewidth=0.8)
    ax.legend(fontsize=SMALL_SIZE)


def _draw_series(ax: Axes, one: Series, position: int, frame: Frame, y_log: bool = False) -> dict[str, Any]:
    look = one.resolved(position)
    heights = np.where(np.isfinite(frame[one.y]), frame[one.y], np.nan)
    if y_log:
        heights = np.where(heights > 0, heights, np.nan)
    places = np.arange(len(heights)) if one.x is None else frame[one.x]
    ax.plot(
        places,
        heights,
        color=PALETTE[look["color"]],
        linestyle=_DASHES[look["dash"]],
        marker=_MARKERS[look["marker"]],
        markersize=5,
        linewidth=1.8,
        label=one.label,
    )
    return look


def _draw_contours(ax: Axes, panel: Contours, frame: Frame, option: str | None) -> None:
    (left, right), (low, high) = panel.x_limits, panel.y_limits
    corner, size = np.array([left, low]), np.array([right - left, high - low])
    for level in panel.lines(option):
        for line in level.lines:
            ax.plot(*(corner + size * line).T, color="0.62", linewidth=0.9, zorder=1)
        if level.label is not None:
            x, y = (corner + size * np.array(level.label)).tolist()
            paper = {"facecolor": "white", "edgecolor": "none", "pad": 0.5}
            ax.text(
                x, y, level.text, fontsize=SMALL_SIZE, color="0.3", ha="center", va="center", bbox=paper, zorder=1.5
            )
    for position, one in enumerate(panel.paths):
        look = _draw_series(ax, one, position, frame)
        places = np.column_stack([frame[str(one.x)], frame[one.y]])
        places = places[np.isfinite(places).all(axis=1)]
        if look["dash"] != "none" and len(places):
            ax.plot(*places[0], marker=_MARKERS[look["marker"] or "circle"], markersize=9, color=PALETTE[look["color"]])
    for mark in panel.marks:
        ax.plot(mark.x, mark.y, marker=_MARKERS[mark.marker], markersize=8, color="black", ls="none", label=mark.label)
    ax.set_xlabel(panel.x_label, fontsize=TEXT_SIZE)
    ax.set_ylabel(panel.y_label, fontsize=TEXT_SIZE)
    if panel.paths or panel.marks:
        # Below the panel, because inside it would cover the path or the minimum.
        ax.legend(fontsize=SMALL_SIZE, loc="upper center", bbox_to_anchor=(0.5, -0.17), ncols=2, frameon=False)


def _draw_heatmap(ax: Axes, panel: Heatmap, frame: Frame, limits: tuple[float, float]) -> None:
    from matplotlib.patches import Rectangle

    colors = heat_colors()
    for place, value in np.ndenumerate(frame[panel.key].reshape(panel.shape)):
        row, column = place
        if np.isfinite(value):
            cell, shade = colors[heat_step(value, *limits, len(colors))]
            ax.add_patch(Rectangle((column, row), 1, 1, facecolor=cell, edgecolor="white"))
            text = f"{value:.{panel.digits}f}"
            ax.text(column + 0.5, row + 0.5, text, ha="center", va="center", fontsize=SMALL_SIZE, color=shade)
    if panel.framed is not None:
        row, column = frame[panel.framed].astype(int).tolist()
        for width, color in ((5.5, "white"), (2.5, "black")):
            ax.add_patch(Rectangle((column, row), 1, 1, fill=False, edgecolor=color, linewidth=width, zorder=3))
    n_rows, n_columns = panel.shape
    ax.set_xticks(np.arange(n_columns) + 0.5, list(map(str, panel.columns)))
    ax.set_yticks(np.arange(n_rows) + 0.5, list(map(str, panel.rows)))
    ax.set_xlabel(panel.x_label, fontsize=TEXT_SIZE)
    ax.set_ylabel(panel.y_label, fontsize=TEXT_SIZE)


def _draw_bars(ax: Axes, panel: Bars, frame: Frame) -> None:
    heights = frame[panel.key]
    places = np.arange(len(heights))
    ax.bar(places, np.where(np.isfinite(heights), heights, 0.0), width=0.7, color=PALETTE[0])
    if len(heights) <= 12:
        for place, height in zip(places, heights, strict=True):
            top = max(float(height), 0.0) if np.isfinite(height) else 0.0
            text = panel.text(height)
            ax.annotate(
                text,
                (place, top),
                (0, 2),
                textcoords="offset points",
                ha="center",
                fontsize=SMALL_SIZE,
                annotation_clip=False,
            )
    ax.set_xticks(places, list(map(str, panel.categories)))
    ax.set_xlabel(panel.x_label, fontsize=TEXT_SIZE)
    ax.set_ylabel(panel.y_label, fontsize=TEXT_SIZE)
    ax.grid(axis="y", color="0.88", linewidth=0.8)
