"""Thinned networks: what is dropped is crossed out and has no edges."""

from __future__ import annotations

from collections.abc import Iterator

import matplotlib as mpl
import pytest

from course_utils.plots import thinned_network

mpl.use("Agg")


@pytest.fixture(autouse=True)
def close_figures() -> Iterator[None]:
    import matplotlib.pyplot as plt

    yield
    plt.close("all")


def _edges(ax: object) -> int:
    """Count the visible lines from layer to layer; crosses are shorter."""
    return sum(
        line.get_visible() and abs(line.get_xdata()[1] - line.get_xdata()[0]) > 1
        for line in ax.lines  # type: ignore[attr-defined]
    )


@pytest.mark.parametrize(
    ("dropped", "edges"), [([], 3 * 4 + 4 * 2), ([(1, 0)], 3 * 3 + 3 * 2), ([(0, 2), (1, 1), (1, 3)], 2 * 2 + 2 * 2)]
)
def test_dropped_neurons_lose_their_edges(dropped: list[tuple[int, int]], edges: int) -> None:
    ax = thinned_network((3, 4, 2), dropped, title="thinned")
    assert _edges(ax) == edges
    assert sum(patch.get_linestyle() != "solid" for patch in ax.patches) == len(dropped)
    assert len(ax.lines) == 3 * 4 + 4 * 2 + 2 * len(dropped)


def test_what_cannot_be_drawn_is_refused() -> None:
    with pytest.raises(ValueError, match="no neuron"):
        thinned_network((3, 4, 2), [(1, 4)])
    with pytest.raises(ValueError, match="no layer may have more"):
        thinned_network((3, 9, 2), [])
