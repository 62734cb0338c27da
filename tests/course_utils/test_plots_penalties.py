import matplotlib as mpl

mpl.use("Agg")

import matplotlib.pyplot as plt
import numpy as np
import pytest

from course_utils import plots


@pytest.fixture(autouse=True)
def close_figures():
    yield
    plt.close("all")


def smallest_text(ax):
    return min(text.get_fontsize() for text in ax.findobj(mpl.text.Text) if text.get_text())


def test_curve_fits_draws_the_points_and_each_curve():
    places = np.linspace(0, 2, 5)
    ax = plots.curve_fits([0, 1], [2, 3], places, {"a": places, "b": -places}, ylim=(-1, 4), x_label="t (s)")
    np.testing.assert_allclose(ax.collections[0].get_offsets(), [[0, 2], [1, 3]])
    first, second = ax.lines
    np.testing.assert_allclose(first.get_ydata(), places)
    assert first.get_linestyle() != second.get_linestyle()
    assert ax.get_ylim() == (-1, 4)
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["data", "a", "b"]
    assert smallest_text(ax) >= 9


def test_curve_fits_refuses_what_does_not_fit():
    with pytest.raises(ValueError, match="as many y as x"):
        plots.curve_fits([0, 1], [2], [0], {})
    with pytest.raises(ValueError, match="'a' has shape"):
        plots.curve_fits([0, 1], [2, 3], [0, 1, 2], {"a": [1, 2]})


def test_weight_stems_tell_zeros_from_small_weights():
    ax = plots.weight_stems([0.0, 1e-9, -2.0])
    zeros, others = ax.lines[:2]
    assert list(zeros.get_xdata()) == [1]
    assert list(others.get_xdata()) == [2, 3]
    assert smallest_text(ax) >= 9
    with pytest.raises(ValueError, match="one row of numbers"):
        plots.weight_stems([[1.0]])


def test_the_outer_level_line_goes_through_the_touching_point():
    h, bottom, point = np.array([[2.0, 0.5], [0.5, 1.0]]), np.array([1.5, 1.0]), np.array([0.0, 1.0])
    square = [[1, 0], [0, 1], [-1, 0], [0, -1]]
    ax = plots.constraint_picture({"bowl": (h, bottom, point)}, square, limits=((-1, 3), (-1, 3)))
    outer = ax.lines[3].get_xydata()
    heights = np.einsum("ki,ij,kj->k", outer - bottom, h, outer - bottom)
    np.testing.assert_allclose(heights, (point - bottom) @ h @ (point - bottom))
    assert np.abs(outer - point).sum(axis=1).min() < 0.2
    assert ax.get_aspect() == 1
    with pytest.raises(ValueError, match=r"shape \(k, 2\)"):
        plots.constraint_picture({}, [1, 2], limits=((0, 1), (0, 1)))
