"""Pictures of choosing a model: who is trained on and who validates, and scores over a hyperparameter."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from course_utils.plots.style import DASHES, MARKERS, SMALL_SIZE, TEXT_SIZE, color, label_axes, new_axes

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# role -> colour, hatch, name in the legend
_ROLES = {
    "train": ("#a9c6ff", "", "trained on"),
    "validate": ("#ff8a3d", "///", "validated on"),
    "test": ("#656364", "...", "kept for the test"),
    "unused": ("white", "", "not used"),
}


def fold_strips(
    rows: Mapping[str, Sequence[str]],
    *,
    x_label: str = "sample",
    title: str | None = None,
    ax: Axes | None = None,
) -> Axes:
    """One strip a row, one cell a sample, coloured and hatched by what the sample is used for.

    Parameters
    ----------
    rows : dict of name -> sequence of {"train", "validate", "test", "unused"}
        The roles of all samples, the first row on top.
    x_label, title : str
    ax : Axes, optional

    Raises
    ------
    ValueError
        If a role is unknown or the rows differ in length.
    """
    from matplotlib.patches import Patch

    lengths = {len(roles) for roles in rows.values()}
    if len(lengths) != 1:
        raise ValueError(f"All rows need one role for each sample; their lengths are {sorted(lengths)}.")
    unknown = {role for roles in rows.values() for role in roles} - set(_ROLES)
    if unknown:
        raise ValueError(f"There is no role {min(unknown)!r}; use one of {', '.join(_ROLES)}.")
    ax = new_axes(ax, (7.2, 0.36 * len(rows) + 1.3))
    for height, roles in enumerate(rows.values()):
        for place, role in enumerate(roles):
            face, hatch, _ = _ROLES[role]
            ax.barh(height, 1, left=place, height=0.8, color=face, hatch=hatch, edgecolor="white", linewidth=0.6)
    used = [role for role in _ROLES if any(role in roles for roles in rows.values())]
    patches = [Patch(facecolor=_ROLES[r][0], hatch=_ROLES[r][1], edgecolor="0.4", label=_ROLES[r][2]) for r in used]
    ax.legend(handles=patches, fontsize=SMALL_SIZE, ncols=len(used), loc="lower center", bbox_to_anchor=(0.5, 1.0))
    ax.set_yticks(range(len(rows)), list(rows))
    ax.set_ylim(len(rows) - 0.5, -0.5)
    ax.set_xlim(0, lengths.pop())
    ax.set_xlabel(x_label, fontsize=TEXT_SIZE)
    ax.tick_params(labelsize=SMALL_SIZE, left=False)
    ax.spines[["top", "right", "left"]].set_visible(False)
    if title:  # the legend stands where a title would
        ax.figure.suptitle(title, fontsize=TEXT_SIZE + 1)
    return ax


def score_curve(
    candidates: Sequence[object],
    scores: Mapping[str, ArrayLike],
    *,
    x_label: str,
    y_label: str = "share right",
    reference: tuple[float, str] | None = None,
    y_limits: tuple[float, float] | None = None,
    title: str | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Scores over the candidates for one hyperparameter: a point for each run, a line through their means.

    Parameters
    ----------
    candidates : sequence of length q
        What was tried, in order; written below evenly spaced places.
    scores : dict of name -> array (q, k)
        For each candidate the scores of k runs, for example folds.
    x_label, y_label : str
    reference : (float, str), optional
        A horizontal line with its name.
    y_limits : (low, high), optional
    title : str, optional
    ax : Axes, optional

    Raises
    ------
    ValueError
        If there is not one row of scores for each candidate.
    """
    ax = new_axes(ax, (5.2, 3.3))
    places = np.arange(len(candidates))
    for position, (name, values) in enumerate(scores.items()):
        table = np.asarray(values, dtype=np.float64)
        if table.ndim != 2 or len(table) != len(candidates):
            raise ValueError(f"{name!r} has shape {table.shape} for {len(candidates)} candidates.")
        mean, spread = table.mean(axis=1), table.std(axis=1, ddof=1)
        look: dict[str, Any] = {"color": color(position), "linestyle": DASHES[position], "marker": MARKERS[position]}
        ax.errorbar(places, mean, spread, linewidth=2, capsize=4, markersize=6, label=name, **look)
        shift = 0.12 * (1 if position % 2 else -1)
        ax.plot(places + shift, table, ".", color=color(position), alpha=0.45, markersize=5)
    if reference is not None:
        ax.axhline(reference[0], color="black", linestyle=(0, (1, 2)), linewidth=1.3, label=reference[1])
    ax.set_xticks(places, list(map(str, candidates)))
    if y_limits is not None:
        ax.set_ylim(y_limits)
    ax.legend(fontsize=SMALL_SIZE)
    return label_axes(ax, x_label, y_label, title)
