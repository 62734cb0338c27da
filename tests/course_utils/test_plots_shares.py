"""Which samples an average comes from."""

from __future__ import annotations

import matplotlib.pyplot as plt
import pytest

from course_utils import plots


@pytest.fixture(autouse=True)
def _close_figures() -> object:
    yield
    plt.close("all")


def test_the_largest_parts_are_marked_and_counted() -> None:
    ax = plots.error_shares([5.0, -0.1, 3.0, 2.0], [1, 6, 2, 1], n_largest=2, x_label="target", title="Who pays")
    largest, others = ax.collections
    assert sorted(map(tuple, largest.get_offsets().tolist())) == [(-0.1, 60.0), (3.0, 20.0)]
    assert sorted(map(tuple, others.get_offsets().tolist())) == [(2.0, 10.0), (5.0, 10.0)]
    assert largest.get_paths()[0].vertices.shape != others.get_paths()[0].vertices.shape
    assert [text.get_text() for text in ax.get_legend().get_texts()] == [
        "the 2 largest: 80.0 %",
        "the 2 others: 20.0 %",
    ]
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("target", "share of the sum (%)")
    assert ax.get_title(loc="left") == "Who pays"


@pytest.mark.parametrize(
    ("truth", "parts", "said"),
    [([1, 2], [1, 2, 3], "one part for each"), ([1, 2], [1, -1], "at least 0"), ([1, 2], [0, 0], "not all 0")],
)
def test_parts_that_are_none_are_refused(truth: list[float], parts: list[float], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        plots.error_shares(truth, parts)
