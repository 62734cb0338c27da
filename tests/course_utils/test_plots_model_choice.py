"""Strips of folds, and scores over a hyperparameter."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
import pytest

from course_utils import plots


@pytest.fixture(autouse=True)
def _close_figures() -> object:
    yield
    plt.close("all")


def test_each_sample_has_a_cell_in_each_row_and_roles_differ_in_their_hatch() -> None:
    rows = {"fold 1": ["validate", "train", "train", "test"], "fold 2": ["train", "validate", "train", "test"]}
    ax = plots.fold_strips(rows, title="Two folds")
    assert len(ax.patches) == 8
    hatches = [patch.get_hatch() for patch in ax.patches[:4]]
    assert hatches[1] == hatches[2]
    assert len(set(hatches)) == 3
    assert [label.get_text() for label in ax.get_yticklabels()] == ["fold 1", "fold 2"]
    assert [text.get_text() for text in ax.get_legend().get_texts()] == [
        "trained on",
        "validated on",
        "kept for the test",
    ]
    assert ax.get_ylim()[0] > ax.get_ylim()[1], "the first row stands on top"


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ({"a": ["train"], "b": ["train", "test"]}, r"lengths are \[1, 2\]"),
        ({"a": ["train", "guess"]}, "no role 'guess'"),
    ],
)
def test_strips_refuse_what_cannot_be_drawn(rows: dict[str, list[str]], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        plots.fold_strips(rows)


def test_a_score_curve_shows_means_and_every_run() -> None:
    table = np.array([[0.5, 0.7, 0.9], [0.6, 0.6, 0.6]])
    ax = plots.score_curve(
        [0.01, 0.1], {"validated": table, "trained": table + 0.1}, x_label="rate", reference=(0.1, "guess")
    )
    means = ax.containers[0].lines[0].get_ydata()
    np.testing.assert_allclose(means, [0.7, 0.6])
    points = [line for line in ax.lines if line.get_marker() == "."]
    assert len(points) == 6
    assert [label.get_text() for label in ax.get_xticklabels()] == ["0.01", "0.1"]
    assert ax.get_xlabel() == "rate"
    assert "guess" in [text.get_text() for text in ax.get_legend().get_texts()]


def test_a_score_curve_needs_a_row_for_each_candidate() -> None:
    with pytest.raises(ValueError, match="for 3 candidates"):
        plots.score_curve([1, 2, 3], {"validated": [[0.5, 0.6]]}, x_label="depth")
