"""Predictions beside the truth, and functions beside each other."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
import pytest

from course_utils import plots


@pytest.fixture(autouse=True)
def _close_figures() -> object:
    yield
    plt.close("all")


def test_predictions_stand_over_their_true_values() -> None:
    truth = np.array([[1.0], [2.0], [4.0]])
    ax = plots.predicted_against_true(truth, {"first": [1, 1, 1], "last": truth}, quantity="area (m²)")
    first, last, diagonal = ax.lines
    assert first.get_xydata().tolist() == [[1, 1], [2, 1], [4, 1]]
    assert last.get_ydata().tolist() == [1, 2, 4]
    assert first.get_marker() != last.get_marker()
    assert diagonal.get_xydata().tolist() == [[1, 1], [4, 4]]
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("true area (m²)", "predicted area (m²)")
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["first", "last", "prediction = truth"]


def test_a_prediction_must_fit_the_truth() -> None:
    with pytest.raises(ValueError, match="2 predictions for 3"):
        plots.predicted_against_true([1, 2, 3], {"short": [1, 2]})


def test_curves_differ_in_their_dashes() -> None:
    ax = plots.function_curves([0, 1, 2], {"up": [0, 1, 2], "down": [2, 1, 0]}, y_label="height", title="Two")
    assert len({line.get_linestyle() for line in ax.lines}) == 2
    assert ax.get_title(loc="left") == "Two"
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("z", "height")


def test_a_curve_needs_one_height_for_each_place() -> None:
    with pytest.raises(ValueError, match="'odd'"):
        plots.function_curves([0, 1], {"odd": [1, 2, 3]})
