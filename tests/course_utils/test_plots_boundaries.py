"""Lines, claims and curves of classifiers with straight boundaries."""

from __future__ import annotations

from collections.abc import Iterator

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.text import Text

from course_utils import plots

mpl.use("Agg")
RNG = np.random.default_rng(3)
POINTS, CLASSES = RNG.normal(size=(30, 2)), np.arange(30) % 3


@pytest.fixture(autouse=True)
def close_figures() -> Iterator[None]:
    import matplotlib.pyplot as plt

    yield
    plt.close("all")


@pytest.mark.parametrize(("weights", "level"), [((2.0, -1.0), 0.0), ((0.0, 3.0), 0.5), ((-4.0, 0.0), -1.0)])
def test_the_score_is_the_level_all_along_the_line(weights: tuple[float, float], level: float) -> None:
    ax = plots.class_scatter(POINTS, CLASSES)
    window = (*ax.get_xlim(), *ax.get_ylim())
    plots.boundary_line(weights, 0.3, "border", level=level, ax=ax)
    x1, x2 = ax.lines[-1].get_data()
    assert np.allclose(weights[0] * np.asarray(x1) + weights[1] * np.asarray(x2) + 0.3, level)
    assert (*ax.get_xlim(), *ax.get_ylim()) == window
    assert "border" in [text.get_text() for text in ax.get_legend().get_texts()]


def test_lines_differ_in_dashes_and_colours_from_each_other_and_from_the_classes() -> None:
    ax = plots.class_scatter(POINTS, CLASSES)
    for position in range(3):
        plots.boundary_line((1.0, 1.0), 0.1 * position, position=position, ax=ax)
    assert len({line.get_linestyle() for line in ax.lines}) == 3
    colors = [line.get_color() for line in ax.lines]
    assert len({*colors, *plots.PALETTE[:3]}) == 6


def test_without_weights_there_is_no_line() -> None:
    ax = plots.class_scatter(POINTS, CLASSES)
    with pytest.raises(ValueError, match="no line to draw"):
        plots.boundary_line((0.0, 0.0), 1.0, ax=ax)


def test_curves_have_names_dashes_marks_and_labels() -> None:
    z = np.linspace(-3, 3, 13)
    ax = plots.score_curves(z, {"up": z, "down": -z}, "height", marks=[(0, 0)], reference=1.0, title="Two curves")
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["up", "down"]
    assert ax.lines[0].get_linestyle() != ax.lines[1].get_linestyle()
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("score z", "height")
    with pytest.raises(ValueError, match="shape"):
        plots.score_curves(z, {"short": z[:-1]}, "height")


def test_claims_are_counted_at_every_place() -> None:
    ax = plots.claims_map(lambda p: (p > 0).sum(axis=1), POINTS, CLASSES, resolution=20, title="claims")
    counts = ax.collections[-1].get_array()
    assert set(np.unique(counts)) == {0, 1, 2}
    ax.figure.canvas.draw()
    texts = [text for text in ax.figure.findobj(Text) if text.get_text().strip() and text.get_visible()]
    assert min(text.get_fontsize() for text in texts) >= 9
    with pytest.raises(ValueError, match="counts"):
        plots.claims_map(lambda p: p, POINTS, CLASSES, resolution=20)
