"""Pictures of decisions and their mistakes: confusion matrices, sets, ratios, and precision against recall."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from course_utils.plots.style import (
    DASHES,
    MARKERS,
    SMALL_SIZE,
    TEXT_SIZE,
    add_title,
    color,
    label_axes,
    new_axes,
    same_length,
    text_on,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def confusion_table(
    counts: ArrayLike,
    class_names: Sequence[str] | None = None,
    *,
    cell_names: Sequence[Sequence[str]] | None = None,
    title: str | None = None,
    ax: Axes | None = None,
) -> Axes:
    """A confusion matrix: rows true, columns predicted, each cell shaded by its share of its row.

    Parameters
    ----------
    counts : int array (c, c)
    class_names : sequence of c str, optional
        The class numbers by default.
    cell_names : c sequences of c str, optional
        What to write under each count, such as ``[["TN", "FP"], ["FN", "TP"]]``.
    title : str, optional
    ax : Axes, optional

    Raises
    ------
    ValueError
        If the table is not square, or there are not as many names as classes.
    """
    values = np.asarray(counts)
    if values.ndim != 2 or values.shape[0] != values.shape[1] or values.size == 0:
        raise ValueError(f"A confusion matrix is square; the shape is {values.shape}.")
    c = len(values)
    same_length("class_names", class_names, c)
    names = [str(k) for k in range(c)] if class_names is None else list(class_names)
    ax = new_axes(ax, (min(1.15 * c + 1.9, 7.2), min(0.8 * c + 1.3, 5.2)))
    shares = values / np.maximum(values.sum(axis=1, keepdims=True), 1)
    picture = ax.imshow(shares, cmap="Blues", vmin=0.0, vmax=1.4, aspect="auto")
    for (row, column), count in np.ndenumerate(values):
        shade = text_on(picture.cmap(picture.norm(shares[row, column]))[:3])
        weight = "bold" if row == column else "normal"
        below = "" if cell_names is None else f"\n{cell_names[row][column]}"
        text = f"{count:,}".replace(",", " ") + below
        ax.text(column, row, text, ha="center", va="center", fontsize=TEXT_SIZE, color=shade, fontweight=weight)
    ax.set_xticks(range(c), names)
    ax.set_yticks(range(c), names)
    ax.set_xticks(np.arange(c - 1) + 0.5, minor=True)
    ax.set_yticks(np.arange(c - 1) + 0.5, minor=True)
    ax.grid(which="minor", color="white", linewidth=2)
    ax.tick_params(which="both", length=0)
    return label_axes(ax, "predicted class", "true class", title, grid=False)


def screening_map(
    found: int, missed: int, alarms: int, quiet: int, *, title: str | None = None, ax: Axes | None = None
) -> Axes:
    """One small area a person: who is ill and found, ill and missed, or healthy and alarmed.

    Parameters
    ----------
    found, missed, alarms, quiet : int
        How many people of each kind; the quiet ones fill the background.
    title : str, optional
    ax : Axes, optional
    """
    ax = new_axes(ax, (6.4, 3.6))
    total = found + missed + alarms + quiet
    places = np.random.default_rng(0).permutation(total)[: found + missed + alarms]
    width = int(np.ceil(np.sqrt(1.8 * total)))
    height = -(-total // width)
    x, y = places % width, places // width
    ax.add_patch(_box(0, 0, width, height, facecolor="0.93", edgecolor="0.7"))
    ends = np.cumsum([0, found, missed, alarms])
    looks: tuple[tuple[str, int, dict[str, Any]], ...] = (
        ("ill and found", 0, {"s": 46, "marker": "o"}),
        ("ill and missed", 1, {"s": 16, "marker": "^"}),
        ("healthy, false alarm", 2, {"s": 22, "marker": "x", "linewidths": 1.0}),
    )
    for (name, shade, look), start, end in zip(looks, ends[:-1], ends[1:], strict=True):
        ax.scatter(x[start:end], y[start:end], color=color(shade), label=f"{name}: {end - start}", zorder=3, **look)
    ax.set_xlim(0, width)
    ax.set_ylim(0, height)
    _bare(ax)
    ax.legend(fontsize=SMALL_SIZE, loc="upper center", bbox_to_anchor=(0.5, 0.0), ncols=3, frameon=False)
    return add_title(ax, title)


def retrieved_sets(
    tp: int,
    fn: int,
    fp: int,
    tn: int,
    *,
    relevant: str = "relevant",
    other: str = "not relevant",
    retrieved: str = "retrieved",
    title: str | None = None,
    ax: Axes | None = None,
) -> Axes:
    """The samples as points: the relevant ones on the left, the retrieved ones inside a circle.

    Parameters
    ----------
    tp, fn, fp, tn : int
        How many points of each kind.
    relevant, other, retrieved : str
        What the left side, the right side and the circle are called.
    title : str, optional
    ax : Axes, optional
    """
    ax = new_axes(ax, (6.0, 3.8))
    ax.add_patch(_box(-2.5, -1.5, 2.5, 3.0, facecolor="#dfe6ff", edgecolor="none"))
    ax.add_patch(_box(-2.5, -1.5, 5.0, 3.0, facecolor="none", edgecolor="0.4"))
    ax.plot([0, 0], [-1.5, 1.5], color="0.4", linewidth=1)
    angle = np.linspace(0, 2 * np.pi, 200)
    ax.fill(1.12 * np.cos(angle), 1.12 * np.sin(angle), color=color(1), alpha=0.14)
    ax.plot(1.12 * np.cos(angle), 1.12 * np.sin(angle), color=color(1), linewidth=2)
    tag = {"facecolor": "white", "edgecolor": "none", "pad": 1.5}
    ax.text(0.0, 1.19, retrieved, ha="center", va="bottom", fontsize=SMALL_SIZE, bbox=tag)
    ax.text(-2.4, 1.56, relevant, ha="left", va="bottom", fontsize=TEXT_SIZE)
    ax.text(2.4, 1.56, other, ha="right", va="bottom", fontsize=TEXT_SIZE)
    inside: Callable[[float, float], bool] = lambda x, y: np.hypot(x, y) < 0.98  # noqa: E731
    outside: Callable[[float, float], bool] = lambda x, y: np.hypot(x, y) > 1.28 and abs(y) < 1.15  # noqa: E731
    kinds: tuple[tuple[str, int, float, Callable[[float, float], bool]], ...] = (
        ("TP", tp, -1.0, inside),
        ("FN", fn, -1.0, outside),
        ("FP", fp, 1.0, inside),
        ("TN", tn, 1.0, outside),
    )
    for position, (name, count, side, allowed) in enumerate(kinds):
        x, y = _spread(count, side, allowed, seed=position)
        look: dict[str, Any] = {"marker": MARKERS[position], "color": color((0, 4, 1, 2)[position])}
        ax.scatter(x, y, s=42, edgecolors="white", linewidths=0.5, label=f"{name} {count}", zorder=3, **look)
    ax.set_xlim(-2.6, 2.6)
    ax.set_ylim(-1.6, 1.9)
    ax.set_aspect("equal")
    _bare(ax)
    ax.legend(fontsize=SMALL_SIZE, loc="upper center", bbox_to_anchor=(0.5, 0.03), ncols=4, frameon=False)
    return add_title(ax, title)


def ratio_strips(
    ratios: Mapping[str, tuple[int, int]], *, x_label: str = "samples", title: str | None = None, ax: Axes | None = None
) -> Axes:
    """Shares of whole numbers as strips of squares: the filled ones over all of them.

    Parameters
    ----------
    ratios : dict of name -> (part, whole)
    x_label, title : str
    ax : Axes, optional

    Raises
    ------
    ValueError
        If a part is larger than its whole.
    """
    for name, (part, whole) in ratios.items():
        if not 0 <= part <= whole or whole == 0:
            raise ValueError(f"{name!r} needs a part between 0 and the whole, not {part} of {whole}.")
    ax = new_axes(ax, (6.4, 0.75 * len(ratios) + 1.0))
    for row, (part, whole) in enumerate(ratios.values()):
        for k in range(whole):
            face = {"facecolor": color(0)} if k < part else {"facecolor": "white", "hatch": "///"}
            ax.add_patch(_box(k + 0.06, row - 0.34, 0.88, 0.68, edgecolor="0.45", **face))
        ax.text(whole + 0.2, row, f"{part}/{whole} = {part / whole:.3f}", va="center", fontsize=TEXT_SIZE)
    ax.set_xlim(0, max(whole for _, whole in ratios.values()) + 3)
    ax.set_ylim(len(ratios) - 0.5, -0.5)
    ax.set_yticks(range(len(ratios)), list(ratios))
    return label_axes(ax, x_label, "", title, grid=False)


def precision_recall_curve(
    curves: Mapping[str, tuple[ArrayLike, ArrayLike]],
    *,
    marks: Mapping[str, tuple[float, float]] | None = None,
    iso_f1: Sequence[float] = (),
    chance: float | None = None,
    title: str | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Precision over recall, as a staircase: the precision at a threshold holds back to the recall before it.

    Parameters
    ----------
    curves : dict of name -> (recall, precision)
        Two arrays (u,), the recall not falling.
    marks : dict of name -> (recall, precision), optional
        Single points.
    iso_f1 : sequence of float
        Values of F1 whose lines of equal F1 are drawn.
    chance : float, optional
        The share of positives, where a model that guesses stays: a dotted line.
    title : str, optional
    ax : Axes, optional

    Raises
    ------
    ValueError
        If the two arrays of a curve do not belong together.
    """
    ax = new_axes(ax, (6.0, 4.2))
    for value in iso_f1:
        recall = np.linspace(value / (2 - value), 1, 100)
        ax.plot(recall, value * recall / (2 * recall - value), color="0.75", linewidth=1, zorder=1)
        ax.text(1.015, value / (2 - value), f"F1 = {value:g}", fontsize=SMALL_SIZE, va="center", color="0.35")
    if chance is not None:
        ax.axhline(chance, color="black", linestyle=(0, (1, 2)), linewidth=1.2, label=f"guessing: {chance:.2f}")
    for position, (name, (recalls, precisions)) in enumerate(curves.items()):
        r, p = np.asarray(recalls, dtype=np.float64), np.asarray(precisions, dtype=np.float64)
        if r.shape != p.shape or r.ndim != 1 or (np.diff(r) < 0).any():
            raise ValueError(f"The curve {name!r} needs two rows of the same length, the recall not falling.")
        steps: dict[str, Any] = {"drawstyle": "steps-pre", "color": color(position), "linewidth": 1.8}
        ax.plot(
            np.concatenate([[0.0], r]),
            np.concatenate([p[:1], p]),
            DASHES[position % len(DASHES)],
            label=name,
            zorder=3,
            **steps,
        )
    for position, (name, (r_mark, p_mark)) in enumerate((marks or {}).items()):
        look: dict[str, Any] = {"marker": MARKERS[position % len(MARKERS)], "color": color(position + 1)}
        ax.plot([r_mark], [p_mark], linestyle="none", markersize=8, label=name, zorder=4, **look)
    ax.set_xlim(-0.02, 1.02)
    ax.set_ylim(-0.02, 1.04)
    ax.legend(fontsize=SMALL_SIZE, loc="lower left")
    return label_axes(ax, "recall (share of the positives found)", "precision (share of the calls right)", title)


def _box(x: float, y: float, width: float, height: float, **look: Any) -> Any:
    from matplotlib.patches import Rectangle

    return Rectangle((x, y), width, height, **look)


def _bare(ax: Axes) -> None:
    ax.set_xticks([])
    ax.set_yticks([])
    ax.spines[:].set_visible(False)


def _spread(
    count: int, side: float, allowed: Callable[[float, float], bool], seed: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Place points on one side of the middle, each as far from the others as the best of many tries."""
    rng = np.random.default_rng(seed)
    kept: list[tuple[float, float]] = []
    while len(kept) < count:
        tries = [(side * x, y) for x, y in rng.uniform((0.15, -1.3), (2.3, 1.3), size=(400, 2)) if allowed(x, y)]
        gaps = [min((np.hypot(x - a, y - b) for a, b in kept), default=1.0) for x, y in tries]
        kept.append(tries[int(np.argmax(gaps))])
    places = np.array(kept).reshape(-1, 2)
    return places[:, 0], places[:, 1]
