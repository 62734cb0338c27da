"""Pictures of what a trained model does."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from course_utils.plots.data import class_scatter, image_grid
from course_utils.plots.style import (
    DIVERGING,
    SMALL_SIZE,
    check_points,
    color,
    new_axes,
    same_length,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def decision_regions(
    predict: Callable[[NDArray[np.float64]], ArrayLike],
    X: ArrayLike,
    y: ArrayLike,
    class_names: Sequence[str] | None = None,
    *,
    resolution: int = 150,
    title: str | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Which class a model gives to each place in the plane, with the data on top.

    Parameters
    ----------
    predict : callable
        ``predict(points)`` takes an array (k, 2) and returns k classes, or (k, n_classes) scores.
    X : array (m, 2)
    y : array (m,)
        True class of each point.
    class_names : sequence of str, optional
    resolution : int
        Places along each side at which the model is asked.
    title : str, optional
    ax : Axes, optional
    """
    points, classes = check_points(X, y)
    low, high = points.min(axis=0), points.max(axis=0)
    margin = 0.08 * (high - low) + 1e-9
    grid_x, grid_y = np.meshgrid(
        np.linspace(low[0] - margin[0], high[0] + margin[0], resolution),
        np.linspace(low[1] - margin[1], high[1] + margin[1], resolution),
    )
    answers = np.asarray(predict(np.column_stack([grid_x.ravel(), grid_y.ravel()])))
    values = np.unique(classes)
    if answers.ndim == 2 and answers.shape[1] > 1:
        answers = values[np.clip(answers.argmax(axis=1), 0, len(values) - 1)]
    if answers.size != grid_x.size:
        raise ValueError(f"predict must return {grid_x.size} classes for as many points, not {answers.shape}.")
    regions = np.searchsorted(values, answers.ravel()).reshape(grid_x.shape)
    ax = class_scatter(points, classes, class_names, title=title, ax=ax)
    from matplotlib.colors import ListedColormap

    colors = ListedColormap([color(position) for position in range(len(values))])
    kind: dict[str, Any] = {"cmap": colors, "vmin": -0.5, "vmax": len(values) - 0.5, "alpha": 0.22}
    ax.pcolormesh(grid_x, grid_y, regions, shading="nearest", zorder=0, rasterized=True, **kind)
    if regions.min() != regions.max():
        ax.contour(grid_x, grid_y, regions, levels=np.arange(len(values) - 1) + 0.5, colors="black", linewidths=1)
    return ax


def weight_images(
    weights: ArrayLike,
    shape: tuple[int, int],
    class_names: Sequence[object] | None = None,
    *,
    ax: Axes | None = None,
) -> Axes:
    """The weights of each class laid out as an image: orange counts against the class, purple for it.

    Parameters
    ----------
    weights : array (n_features, n_classes)
    shape : (h, w)
        Shape of the images the features come from, ``h * w == n_features``.
    class_names : sequence of n_classes, optional
    ax : Axes, optional
    """
    values = np.asarray(weights, dtype=np.float64)
    if values.ndim != 2 or values.shape[0] != shape[0] * shape[1]:
        raise ValueError(f"Weights of shape {values.shape} are not images of {shape[0]} x {shape[1]} pixels.")
    n_classes = values.shape[1]
    names = [f"class {k}" for k in range(n_classes)] if class_names is None else [str(n) for n in class_names]
    same_length("class_names", names, n_classes)
    limit = float(np.abs(values).max()) or 1.0
    if ax is None:
        n_rows = -(-n_classes // 5)
        ax = new_axes(None, (1.15 * min(n_classes, 5) + 1.2, 1.45 * n_rows + 0.3))
    ax = image_grid(np.abs(values.T).reshape(n_classes, *shape), names, n_columns=min(n_classes, 5), ax=ax)
    for picture, image in zip(ax.images, values.T.reshape(n_classes, *shape), strict=True):
        picture.set(data=image, cmap=DIVERGING, clim=(-limit, limit))
    bar = ax.figure.colorbar(ax.images[0], ax=ax, label="weight", shrink=0.8)
    bar.ax.tick_params(labelsize=SMALL_SIZE)
    return ax
