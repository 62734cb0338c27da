"""Pictures of samples that may have several labels at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from course_utils.plots.style import SMALL_SIZE, color, label_axes, new_axes, same_length

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# what a cell can be: (true, predicted) -> name, marker, filled
_KINDS = {
    (1, 1): ("true and predicted", "o", True),
    (1, 0): ("missed", "o", False),
    (0, 1): ("predicted, not true", "X", True),
}


def label_table(
    targets: ArrayLike,
    predicted: ArrayLike,
    label_names: Sequence[object] | None = None,
    *,
    title: str | None = None,
    ax: Axes | None = None,
) -> Axes:
    """True and predicted labels in one table: a row a sample, a column a label.

    Parameters
    ----------
    targets, predicted : array (m, c) of 0 and 1
    label_names : sequence of c, optional
        0, 1, ... by default.
    title : str, optional
    ax : Axes, optional

    Raises
    ------
    ValueError
        If the two tables differ in shape or hold anything but 0 and 1.
    """
    truth, guess = np.asarray(targets), np.asarray(predicted)
    if truth.ndim != 2 or truth.size == 0 or truth.shape != guess.shape:
        raise ValueError(f"label_table needs two tables of one shape; the shapes are {truth.shape} and {guess.shape}.")
    if not (np.isin(truth, (0, 1)).all() and np.isin(guess, (0, 1)).all()):
        raise ValueError("label_table needs tables of 0 and 1.")
    m, c = truth.shape
    same_length("label_names", label_names, c)
    ax = new_axes(ax, (0.7 * c + 3.2, 0.5 * m + 1.1))
    for position, ((due, found), (name, marker, filled)) in enumerate(_KINDS.items()):
        rows, columns = np.nonzero((truth == due) & (guess == found))
        shade = color(position)
        face = shade if filled else "none"
        ax.scatter(columns, rows, s=130, marker=marker, facecolors=face, edgecolors=shade, linewidths=1.8, label=name)
    ax.set_xticks(range(c), [str(name) for name in (label_names if label_names is not None else range(c))])
    ax.set_yticks(range(m), [str(row + 1) for row in range(m)])
    ax.set_xlim(-0.6, c - 0.4)
    ax.set_ylim(m - 0.4, -0.6)
    ax.legend(fontsize=SMALL_SIZE, loc="center left", bbox_to_anchor=(1.02, 0.5), labelspacing=1.1)
    return label_axes(ax, "label", "sample", title)
