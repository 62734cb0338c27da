"""Drawings of thinned networks: some neurons are dropped, and with them every edge that touches them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from course_utils.plots.diagrams import DRAWN_WHOLE, network_diagram

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.lines import Line2D


def thinned_network(
    sizes: Sequence[int],
    dropped: Iterable[tuple[int, int]],
    *,
    input_names: Sequence[str] | None = None,
    output_names: Sequence[str] | None = None,
    title: str | None = None,
    ax: Axes | None = None,
) -> Axes:
    """A fully connected network of which some neurons are dropped.

    A dropped neuron is crossed out, white with a dashed rim, and none of its edges is drawn.

    Parameters
    ----------
    sizes : sequence of int
        Neurons in each layer, inputs first; at most eight in a layer.
    dropped : iterable of (layer, neuron)
        Which neurons are dropped, both counted from 0; layer 0 holds the inputs.
    input_names, output_names, title : optional
        As in `network_diagram`.
    ax : Axes, optional

    Raises
    ------
    ValueError
        If a layer is too wide to be drawn whole, or a neuron does not exist.
    """
    from matplotlib.patches import Circle

    gone = {(int(layer), int(neuron)) for layer, neuron in dropped}
    if max(sizes) > DRAWN_WHOLE:
        raise ValueError(f"A thinned network is drawn whole, so no layer may have more than {DRAWN_WHOLE} neurons.")
    everywhere = [(layer, neuron) for layer, size in enumerate(sizes) for neuron in range(size)]
    if not gone <= set(everywhere):
        raise ValueError(f"There is no neuron {min(gone - set(everywhere))} in a network {tuple(sizes)}.")
    ax = network_diagram(sizes, input_names=input_names, output_names=output_names, title=title, ax=ax)
    circles = [patch for patch in ax.patches if isinstance(patch, Circle)]  # layer after layer, from the top
    for circle in (circle for place, circle in zip(everywhere, circles, strict=True) if place in gone):
        circle.set(facecolor="white", edgecolor="0.5", linestyle=(0, (3, 2)))
        x, y = circle.center
        for line in ax.lines:
            line.set_visible(line.get_visible() and not _ends_at(line, x, y))
        reach = 0.6 * circle.radius
        for slope in (1, -1):
            ax.plot(
                [x - reach, x + reach], [y - slope * reach, y + slope * reach], color="0.35", linewidth=1.6, zorder=4
            )
    return ax


def _ends_at(line: Line2D, x: float, y: float) -> bool:
    ends = np.column_stack([np.asarray(line.get_xdata(), dtype=float), np.asarray(line.get_ydata(), dtype=float)])
    return bool(np.isclose(ends, (x, y)).all(axis=1).any())
