"""True and predicted labels in one table."""

from __future__ import annotations

import matplotlib.pyplot as plt
import pytest

from course_utils import plots


@pytest.fixture(autouse=True)
def _close_figures() -> object:
    yield
    plt.close("all")


def test_every_kind_of_cell_has_its_marker_in_its_place() -> None:
    ax = plots.label_table([[1, 1, 0], [0, 0, 0]], [[1, 0, 0], [0, 0, 1]], ["cat", "dog", "hat"], title="Two")
    places = {points.get_label(): points.get_offsets().tolist() for points in ax.collections}
    assert places == {"true and predicted": [[0, 0]], "missed": [[1, 0]], "predicted, not true": [[2, 1]]}
    assert [text.get_text() for text in ax.get_xticklabels()] == ["cat", "dog", "hat"]
    assert [text.get_text() for text in ax.get_yticklabels()] == ["1", "2"]
    assert (ax.get_xlabel(), ax.get_ylabel(), ax.get_title(loc="left")) == ("label", "sample", "Two")
    hit, missed, _ = ax.collections
    assert len(hit.get_facecolor())
    assert not len(missed.get_facecolor())  # hollow: it also differs without colour


@pytest.mark.parametrize(
    ("truth", "guess", "said"),
    [([[1, 0]], [[1, 0, 1]], "of one shape"), ([[2, 0]], [[1, 0]], "0 and 1")],
)
def test_tables_that_do_not_fit_are_refused(truth: list[list[int]], guess: list[list[int]], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        plots.label_table(truth, guess)


def test_labels_need_a_name_each() -> None:
    with pytest.raises(ValueError, match="label_names has 1"):
        plots.label_table([[1, 0]], [[1, 0]], ["cat"])
