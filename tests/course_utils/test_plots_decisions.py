"""Confusion matrices, sets, ratios and precision-recall curves."""

from __future__ import annotations

from collections.abc import Iterator

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.text import Text

from course_utils import plots

mpl.use("Agg")


@pytest.fixture(autouse=True)
def close_figures() -> Iterator[None]:
    import matplotlib.pyplot as plt

    yield
    plt.close("all")


def test_a_confusion_matrix_shows_its_counts_and_names() -> None:
    names = [["TN", "FP"], ["FN", "TP"]]
    ax = plots.confusion_table([[99900, 100], [195, 5]], ["healthy", "ill"], cell_names=names)
    assert [text.get_text() for text in ax.texts] == ["99 900\nTN", "100\nFP", "195\nFN", "5\nTP"]
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("predicted class", "true class")
    assert [text.get_text() for text in ax.get_yticklabels()] == ["healthy", "ill"]


@pytest.mark.parametrize("counts", [[1, 2], [[1, 2, 3], [4, 5, 6]], np.zeros((0, 0))])
def test_a_confusion_matrix_is_square(counts: object) -> None:
    with pytest.raises(ValueError, match="square"):
        plots.confusion_table(counts)  # type: ignore[arg-type]


def test_everybody_who_is_not_quiet_is_drawn() -> None:
    ax = plots.screening_map(5, 195, 100, 5000)
    assert [len(points.get_offsets()) for points in ax.collections] == [5, 195, 100]
    assert ax.get_legend().get_texts()[0].get_text() == "ill and found: 5"


@pytest.mark.ledger("L114")
def test_points_stand_where_their_kind_says() -> None:
    ax = plots.retrieved_sets(5, 7, 3, 7)
    places = [np.asarray(points.get_offsets()) for points in ax.collections]
    assert [len(kind) for kind in places] == [5, 7, 3, 7]
    for kind, (left, inside) in zip(places, [(True, True), (True, False), (False, True), (False, False)], strict=True):
        assert ((kind[:, 0] < 0) == left).all()
        assert ((np.hypot(*kind.T) < 1.12) == inside).all()


def test_strips_fill_the_part() -> None:
    ax = plots.ratio_strips({"precision": (5, 8), "recall": (5, 12)})
    assert len(ax.patches) == 20
    assert [text.get_text() for text in ax.texts] == ["5/8 = 0.625", "5/12 = 0.417"]
    with pytest.raises(ValueError, match="9 of 8"):
        plots.ratio_strips({"odd": (9, 8)})


def test_the_curve_starts_at_recall_0_and_the_lines_of_equal_f1_are_right() -> None:
    curve = {"model": ([0.25, 0.5, 1.0], [1.0, 0.5, 0.4])}
    ax = plots.precision_recall_curve(curve, marks={"here": (0.5, 0.5)}, iso_f1=(0.4, 0.8), chance=0.3)
    for line, value in zip(ax.lines, (0.4, 0.8), strict=False):
        r, p = np.asarray(line.get_data())
        assert np.allclose(2 * p * r / (p + r), value)
    drawn = next(line for line in ax.lines if line.get_label() == "model")
    assert drawn.get_xydata().tolist() == [[0, 1], [0.25, 1], [0.5, 0.5], [1, 0.4]]
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["guessing: 0.30", "model", "here"]


@pytest.mark.parametrize("curve", [([0.5, 0.2], [1, 1]), ([0.5], [1, 1])])
def test_a_curve_that_makes_no_sense_is_refused(curve: tuple[list[float], list[float]]) -> None:
    with pytest.raises(ValueError, match="'odd'"):
        plots.precision_recall_curve({"odd": curve})


def test_no_text_is_tiny_and_given_axes_are_used() -> None:
    import matplotlib.pyplot as plt

    _, axes = plt.subplots(1, 5)
    pictures = (
        lambda ax: plots.confusion_table([[1, 2], [3, 4]], title="t", ax=ax),
        lambda ax: plots.screening_map(1, 2, 3, 400, title="t", ax=ax),
        lambda ax: plots.retrieved_sets(1, 2, 3, 4, title="t", ax=ax),
        lambda ax: plots.ratio_strips({"a": (1, 2)}, title="t", ax=ax),
        lambda ax: plots.precision_recall_curve({"a": ([1.0], [0.5])}, title="t", ax=ax),
    )
    for draw, ax in zip(pictures, axes, strict=True):
        assert draw(ax) is ax
        sizes = [text.get_fontsize() for text in ax.findobj(Text) if text.get_text().strip()]
        assert min(sizes) >= 9
