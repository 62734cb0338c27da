"""Pictures of data and of tables of numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from course_utils.plots.style import (
    DIVERGING,
    MARKERS,
    SEQUENTIAL,
    SMALL_SIZE,
    add_title,
    check_points,
    color,
    label_axes,
    new_axes,
    same_length,
    text_on,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def image_grid(
    images: ArrayLike,
    titles: Sequence[object] | None = None,
    *,
    n_columns: int | None = None,
    title: str | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Show grey images side by side, as one mosaic with a title under each.

    Parameters
    ----------
    images : array (k, h, w), or (h, w) for one image
        0 is drawn white and the largest value black, as ink on paper.
    titles : sequence of k, optional
        What to write under each image, for example its label.
    n_columns : int, optional
        Images in a row, 10 at most by default.
    title : str, optional
        Title of the whole picture.
    ax : Axes, optional
    """
    stack = np.asarray(images, dtype=np.float64)
    stack = stack[np.newaxis] if stack.ndim == 2 else stack
    if stack.ndim != 3 or stack.size == 0:
        raise ValueError(f"image_grid needs images of shape (k, h, w); the shape is {stack.shape}.")
    same_length("titles", titles, len(stack))
    n_columns = min(len(stack), 10 if n_columns is None else n_columns)
    n_rows = -(-len(stack) // n_columns)
    height, width = stack.shape[1:]
    ax = new_axes(ax, (0.85 * n_columns + 0.3, (1.1 if titles is not None else 0.85) * n_rows + 0.4))
    largest = float(stack.max())
    gap = 1.1
    line = 1.4 if titles is not None else gap  # room for the title under each image
    for position, image in enumerate(stack):
        left, top = (position % n_columns) * gap, (position // n_columns) * line
        ax.imshow(image, cmap="gray_r", vmin=0, vmax=largest or 1, extent=(left, left + 1, top + 1, top))
        if titles is not None:
            ax.text(left + 0.5, top + 1.03, str(titles[position]), ha="center", va="top", fontsize=SMALL_SIZE)
    ax.set_xlim(-0.05, n_columns * gap)
    ax.set_ylim(n_rows * line, -0.05)
    ax.set_aspect(height / width)
    ax.set_axis_off()
    return add_title(ax, title)


def class_scatter(
    X: ArrayLike,
    y: ArrayLike,
    class_names: Sequence[str] | None = None,
    *,
    x_label: str = "feature 1",
    y_label: str = "feature 2",
    title: str | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Points in the plane, each class with its own colour and marker.

    Parameters
    ----------
    X : array (m, 2)
    y : array (m,)
        Class of each point.
    class_names : sequence of str, optional
        One name a class, in the order of the sorted classes.
    x_label, y_label, title : str
    ax : Axes, optional
    """
    points, classes = check_points(X, y)
    values = np.unique(classes)
    same_length("class_names", class_names, len(values))
    ax = new_axes(ax, (5.5, 4.2))
    for position, value in enumerate(values):
        chosen = points[classes == value]
        ax.scatter(
            chosen[:, 0],
            chosen[:, 1],
            s=32,
            color=color(position),
            marker=MARKERS[position % len(MARKERS)],
            edgecolors="white",
            linewidths=0.5,
            label=str(value) if class_names is None else class_names[position],
        )
    ax.legend(title="class", fontsize=SMALL_SIZE, title_fontsize=SMALL_SIZE)
    return label_axes(ax, x_label, y_label, title)


def probability_bars(
    probs: ArrayLike | Mapping[str, ArrayLike],
    labels: Sequence[str] | None = None,
    title: str | None = None,
    *,
    y_label: str = "probability",
    ax: Axes | None = None,
) -> Axes:
    """Bars for the probabilities of some classes, for one or several groups.

    Parameters
    ----------
    probs : array (n_classes,), or dict of name -> array (n_classes,)
        A dict puts the groups side by side, with a hatch as second cue.
    labels : sequence of n_classes str, optional
        Names of the classes; 0, 1, ... by default.
    title, y_label : str
    ax : Axes, optional
    """
    groups = dict(probs) if isinstance(probs, Mapping) else {"": probs}
    values = {name: np.asarray(group, dtype=np.float64) for name, group in groups.items()}
    lengths = {value.shape for value in values.values()}
    if len(lengths) != 1 or len(next(iter(lengths))) != 1:
        raise ValueError("probability_bars needs one row of numbers a group, all of the same length.")
    n_classes = next(iter(lengths))[0]
    same_length("labels", labels, n_classes)
    ax = new_axes(ax, (max(4.0, 0.45 * n_classes * len(values) ** 0.5 + 1.5), 3.2))
    width = 0.8 / len(values)
    hatches = ("", "///", "...", "xxx")
    for position, (name, value) in enumerate(values.items()):
        shift = (position - (len(values) - 1) / 2) * width
        ax.bar(
            np.arange(n_classes) + shift,
            value,
            width=width,
            color=color(position),
            hatch=hatches[position % len(hatches)],
            edgecolor="white",
            label=name,
        )
    ax.set_xticks(np.arange(n_classes), [str(i) for i in range(n_classes)] if labels is None else labels)
    everything = np.stack(list(values.values()))
    ax.set_ylim(min(0.0, float(everything.min())), max(1.0, float(everything.max())))
    if isinstance(probs, Mapping):
        ax.legend(fontsize=SMALL_SIZE)
    return label_axes(ax, "class", y_label, title)


def matrix_heatmap(
    matrix: ArrayLike,
    row_label: str = "row",
    col_label: str = "column",
    annotate: bool = True,
    *,
    row_names: Sequence[object] | None = None,
    col_names: Sequence[object] | None = None,
    number_format: str | None = None,
    title: str | None = None,
    ax: Axes | None = None,
) -> Axes:
    """A matrix as coloured cells, with its numbers written in.

    Parameters
    ----------
    matrix : array (rows, columns)
    row_label, col_label : str
        What a row and a column stand for.
    annotate : bool
        Write the numbers into the cells.
    row_names, col_names : sequence, optional
        Names along the two sides; 0, 1, ... by default.
    number_format : str, optional
        How numbers are written, for example ``".2f"``.
    title : str, optional
    ax : Axes, optional
    """
    values = np.asarray(matrix)
    if values.ndim != 2 or values.size == 0:
        raise ValueError(f"matrix_heatmap needs a matrix; the shape is {values.shape}.")
    number_format = number_format or ("d" if np.issubdtype(values.dtype, np.integer) else ".2f")
    n_rows, n_columns = values.shape
    same_length("row_names", row_names, n_rows)
    same_length("col_names", col_names, n_columns)
    ax = new_axes(ax, (0.55 * n_columns + 2.2, 0.45 * n_rows + 1.2))
    shown = values.astype(np.float64)
    mixed = float(np.nanmin(shown)) < 0 < float(np.nanmax(shown))
    limit = float(np.nanmax(np.abs(shown)))
    limits = {"cmap": DIVERGING, "vmin": -limit, "vmax": limit} if mixed else {"cmap": SEQUENTIAL}
    picture = ax.imshow(shown, aspect="auto", **limits)
    if annotate:
        for (row, column), value in np.ndenumerate(values):
            ground = picture.cmap(picture.norm(np.asarray(value, dtype=np.float64)))
            text, shade = format(value, number_format), text_on(ground[:3])
            ax.text(column, row, text, ha="center", va="center", fontsize=SMALL_SIZE, color=shade)
    bar = ax.figure.colorbar(picture, ax=ax)
    bar.ax.tick_params(labelsize=SMALL_SIZE)
    ax.set_xticks(range(n_columns), list(map(str, col_names if col_names is not None else range(n_columns))))
    ax.set_yticks(range(n_rows), list(map(str, row_names if row_names is not None else range(n_rows))))
    return label_axes(ax, col_label, row_label, title, grid=False)
