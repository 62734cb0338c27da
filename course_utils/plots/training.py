"""Pictures of training: how the loss falls and where a descent goes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from course_utils.plots.style import (
    DASHES,
    MARKERS,
    SMALL_SIZE,
    color,
    label_axes,
    new_axes,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def moving_average(x: ArrayLike, w: int) -> NDArray[np.float64]:
    """Mean of each run of `w` neighbours.

    Parameters
    ----------
    x : array (k,)
    w : int
        Length of the window, 1 to k.

    Returns
    -------
    float64 array (k - w + 1,)

    Raises
    ------
    ValueError
        If `x` is not one row of numbers or the window does not fit into it.
    """
    values = np.asarray(x, dtype=np.float64)
    if values.ndim != 1:
        raise ValueError(f"moving_average needs one row of numbers; the shape is {values.shape}.")
    if not 1 <= w <= len(values):
        raise ValueError(f"The window must be 1 to {len(values)} values long; it is {w}.")
    return np.convolve(values, np.full(w, 1.0 / w), mode="valid")


def loss_curve(
    losses: ArrayLike | Mapping[str, ArrayLike],
    smooth: int | None = None,
    label: str | None = None,
    reference: float | tuple[float, str] | None = None,
    *,
    x_label: str = "batch",
    y_label: str = "loss (nats)",
    y_log: bool = False,
    title: str | None = None,
    ax: Axes | None = None,
) -> Axes:
    """The loss against the number of the batch.

    Parameters
    ----------
    losses : array (k,), or dict of name -> array
    smooth : int, optional
        Also draw the moving average over this many batches, at the middle of its window.
    label : str, optional
        Name of the curve in the legend.
    reference : float, or (float, str), optional
        A horizontal line, for example ``(np.log(10), "guessing: ln 10")``.
    x_label, y_label, title : str
    y_log : bool
        Draw the loss on a logarithmic scale.
    ax : Axes, optional
    """
    ax = _curves(_as_curves(losses, label or "loss"), smooth, reference, ax)
    if y_log:
        ax.set_yscale("log")
    if label is not None or smooth is not None or len(ax.lines) > 1:
        ax.legend(fontsize=SMALL_SIZE)
    return label_axes(ax, x_label, y_label, title)


def accuracy_curve(
    accuracies: ArrayLike | Mapping[str, ArrayLike],
    smooth: int | None = None,
    label: str | None = None,
    reference: float | tuple[float, str] | None = None,
    *,
    x_label: str = "epoch",
    title: str | None = None,
    ax: Axes | None = None,
) -> Axes:
    """The share of right answers against the epoch; the arguments are those of `loss_curve`."""
    ax = _curves(_as_curves(accuracies, label or "accuracy"), smooth, reference, ax)
    ax.set_ylim(-0.02, 1.02)
    if label is not None or smooth is not None or len(ax.lines) > 1:
        ax.legend(fontsize=SMALL_SIZE, loc="lower right")
    return label_axes(ax, x_label, "accuracy (share right)", title)


def gradient_cloud(
    gradients: Mapping[int, ArrayLike],
    *,
    true_gradient: ArrayLike | None = None,
    title: str | None = None,
    ax: Axes | None = None,
) -> Axes:
    """How far gradients measured on batches scatter, one cloud a batch size.

    Parameters
    ----------
    gradients : dict of batch size -> array (trials, 2)
    true_gradient : array (2,), optional
        The gradient over all the data, drawn as a black cross.
    title : str, optional
    ax : Axes, optional
    """
    ax = new_axes(ax, (5.5, 4.4))
    for position, (batch_size, values) in enumerate(sorted(gradients.items())):
        cloud = np.asarray(values, dtype=np.float64)
        if cloud.ndim != 2 or cloud.shape[1] != 2:
            raise ValueError(f"The gradients for batch size {batch_size} need shape (trials, 2), not {cloud.shape}.")
        kind: dict[str, Any] = {"color": color(position), "marker": MARKERS[position % len(MARKERS)]}
        ax.scatter(cloud[:, 0], cloud[:, 1], s=22, alpha=0.65, linewidths=0, label=f"{batch_size}", **kind)
    if true_gradient is not None:
        east, north = np.asarray(true_gradient, dtype=np.float64)
        ax.scatter([east], [north], s=110, color="black", marker="+", linewidths=2, label="all data", zorder=3)
    ax.legend(title="batch size", fontsize=SMALL_SIZE, title_fontsize=SMALL_SIZE)
    return label_axes(ax, "slope along the first parameter", "slope along the second parameter", title)


def contour_path(
    f: Callable[[NDArray[np.float64], NDArray[np.float64]], ArrayLike],
    paths: Mapping[str, ArrayLike],
    xlim: tuple[float, float],
    ylim: tuple[float, float],
    *,
    x_label: str = "first parameter",
    y_label: str = "second parameter",
    title: str | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Level lines of a function of two variables, with the way that one or several descents take on it.

    Parameters
    ----------
    f : callable
        ``f(a, b)`` takes two arrays of one shape and returns the heights, of that shape.
    paths : dict of name -> array (k, 2)
        The places each descent visits, first to last; its start is a large marker.
    xlim, ylim : (low, high)
        The window; what leaves it is cut off.
    x_label, y_label, title : str
    ax : Axes, optional
    """
    ax = new_axes(ax, (5.8, 4.4))
    grid_a, grid_b = np.meshgrid(np.linspace(*xlim, 120), np.linspace(*ylim, 120))
    heights = np.asarray(f(grid_a, grid_b), dtype=np.float64)
    picture = ax.contourf(grid_a, grid_b, heights, levels=16, cmap="Greys", alpha=0.55)
    ax.contour(grid_a, grid_b, heights, levels=16, colors="0.45", linewidths=0.6)
    ax.figure.colorbar(picture, ax=ax, label="height of f").ax.tick_params(labelsize=SMALL_SIZE)
    for position, (name, path) in enumerate(paths.items()):
        places = np.asarray(path, dtype=np.float64)
        if places.ndim != 2 or places.shape[1] != 2:
            raise ValueError(f"The path {name!r} must have shape (k, 2); its shape is {places.shape}.")
        shape: dict[str, Any] = {"color": color(position), "marker": MARKERS[position % len(MARKERS)]}
        dash = DASHES[position % len(DASHES)]
        ax.plot(places[:, 0], places[:, 1], linestyle=dash, linewidth=1.6, markersize=4, label=name, **shape)
        ax.plot(*places[0], markersize=10, markeredgecolor="white", linestyle="none", **shape)
    ax.set_xlim(xlim)
    ax.set_ylim(ylim)
    if paths:
        ax.legend(fontsize=SMALL_SIZE)
    return label_axes(ax, x_label, y_label, title, grid=False)


def _as_curves(values: ArrayLike | Mapping[str, ArrayLike], label: str) -> dict[str, NDArray[np.float64]]:
    given = values if isinstance(values, Mapping) else {label: values}
    curves = {str(name): np.asarray(curve, dtype=np.float64) for name, curve in given.items()}
    for name, curve in curves.items():
        if curve.ndim != 1 or len(curve) == 0:
            raise ValueError(f"The curve {name!r} must be one row of numbers; its shape is {curve.shape}.")
    return curves


def _curves(
    curves: dict[str, NDArray[np.float64]],
    smooth: int | None,
    reference: float | tuple[float, str] | None,
    ax: Axes | None,
) -> Axes:
    ax = new_axes(ax, (6.2, 3.6))
    for position, (name, values) in enumerate(curves.items()):
        dash = DASHES[position % len(DASHES)]
        numbers = np.arange(1, len(values) + 1)
        if smooth is None:
            # On a short curve each value is an observation of its own, so it gets a marker.
            marker = MARKERS[position % len(MARKERS)] if len(values) <= 40 else None
            ax.plot(numbers, values, dash, color=color(position), marker=marker, markersize=4, label=name)
            continue
        ax.plot(numbers, values, color=color(position), alpha=0.3, linewidth=0.8, label=name)
        middle = np.arange(len(values) - smooth + 1) + (smooth + 1) / 2
        mean = moving_average(values, smooth)
        ax.plot(middle, mean, dash, color=color(position), linewidth=2, label=f"{name}, mean of {smooth}")
    from matplotlib.ticker import MaxNLocator

    ax.xaxis.set_major_locator(MaxNLocator(integer=True))  # there is no batch 2.5
    if reference is not None:
        height, text = reference if isinstance(reference, tuple) else (reference, None)
        ax.axhline(height, color="black", linestyle=(0, (1, 2)), linewidth=1.3, label=text)
    return ax
