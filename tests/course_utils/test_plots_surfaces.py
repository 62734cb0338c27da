"""Surfaces, arrows in the plane, and walks on a curve."""

from __future__ import annotations

from collections.abc import Iterator

import matplotlib as mpl
import numpy as np
import pytest

from course_utils import plots

mpl.use("Agg")
PATH = np.array([[-1.0, 2.0], [-0.5, 1.0], [0.2, 0.4]])


def _bowl(a, b):
    return a**2 + 3 * b**2


PICTURES = {
    "surface": lambda ax: plots.surface(
        _bowl,
        (-2, 2),
        (-3, 3),
        paths={"short steps": PATH, "long steps": 1.3 * PATH},
        points={"A": (1.0, 1.0)},
        arrows={"l": ((1.0, 1.0), (0.0, 0.0))},
        title="A bowl",
        ax=ax,
    ),
    "plane_arrows": lambda ax: plots.plane_arrows(
        {"OA": ((0, 0), (1, 2)), "OB": ((0, 0), (2, 1))}, {"O": (0, 0), "A": (1, 2)}, title="Arrows", ax=ax
    ),
    "curve_walk": lambda ax: plots.curve_walk(
        np.cos, [0.5, 1.0, 2.0], (-3, 3), marks={"minimum": np.pi - 0.3}, title="A walk", ax=ax
    ),
}


@pytest.fixture(autouse=True)
def close_figures() -> Iterator[None]:
    import matplotlib.pyplot as plt

    yield
    plt.close("all")


@pytest.mark.parametrize("name", PICTURES)
def test_every_picture_draws_with_labels_and_no_tiny_text(name: str) -> None:
    from matplotlib.text import Text

    ax = PICTURES[name](None)
    ax.figure.canvas.draw()
    assert ax.get_xlabel()
    assert ax.get_ylabel()
    texts = [text for text in ax.figure.findobj(Text) if text.get_text().strip() and text.get_visible()]
    assert min(text.get_fontsize() for text in texts) >= 9


@pytest.mark.parametrize("name", PICTURES)
def test_every_picture_draws_into_given_axes(name: str) -> None:
    import matplotlib.pyplot as plt

    kind = {"projection": "3d"} if name == "surface" else {}
    _, ax = plt.subplots(subplot_kw=kind)
    assert PICTURES[name](ax) is ax


def test_lines_differ_by_more_than_colour() -> None:
    lines = PICTURES["surface"](None).lines
    assert len({(line.get_linestyle(), line.get_marker()) for line in lines}) == len(lines) == 2
    arrows = PICTURES["plane_arrows"](None).get_legend().get_lines()
    assert len({line.get_linestyle() for line in arrows}) == len(arrows) == 2


def test_the_walk_lies_on_the_curve() -> None:
    walk = PICTURES["curve_walk"](None).lines[1]
    assert np.allclose(walk.get_ydata(), np.cos(walk.get_xdata()))


def test_a_walk_that_leaves_the_window_does_not_widen_it() -> None:
    ax = plots.curve_walk(lambda w: w**2, [1.0, 50.0], (-2, 2))
    assert ax.get_xlim() == (-2, 2)
    assert ax.get_ylim()[1] < 5


@pytest.mark.parametrize(
    "draw",
    [
        lambda: plots.surface(_bowl, (-1, 1), (-1, 1), paths={"a": [1.0, 2.0]}),
        lambda: plots.plane_arrows({}),
        lambda: plots.curve_walk(np.cos, [[1.0]], (-1, 1)),
    ],
)
def test_places_of_the_wrong_shape_are_named(draw) -> None:
    with pytest.raises(ValueError, match="shape"):
        draw()
