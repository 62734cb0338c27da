from itertools import pairwise

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


def test_line_fit_draws_the_points_and_each_line():
    x, y = np.array([[1.0], [3.0], [2.0]]), np.array([2.0, 5.0, 4.0])
    ax = plots.line_fit(x, y, {"first": (2, 0), "second": (1, 1)}, x_label="area (m²)", y_label="price (€)")
    np.testing.assert_allclose(ax.collections[0].get_offsets(), np.column_stack([x[:, 0], y]))
    first, second = ax.lines
    np.testing.assert_allclose(first.get_xydata(), [[1, 2], [3, 6]])
    np.testing.assert_allclose(second.get_xydata(), [[1, 2], [3, 4]])
    assert first.get_linestyle() != second.get_linestyle()
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["data", "first", "second"]
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("area (m²)", "price (€)")
    assert smallest_text(ax) >= 9


def test_without_a_line_there_is_no_legend():
    assert plots.line_fit([1, 2], [3, 4]).get_legend() is None


@pytest.mark.parametrize("w", [1.0, -1.0])
def test_squares_stand_on_the_residuals_and_keep_off_the_line(w):
    x, y = np.array([1.0, 4.0]), np.array([w + 3.0, 4 * w - 2.0])
    ax = plots.line_fit(x, y, {"line": (w, 0)}, squares=True)
    assert sorted(patch.get_width() for patch in ax.patches) == [2, 3]
    assert ax.get_aspect() == 1
    for patch in ax.patches:
        assert patch.get_width() == patch.get_height()
        middle = patch.get_x() + patch.get_width() / 2, patch.get_y() + patch.get_height() / 2
        place = min(x, key=lambda one: abs(one - middle[0]))
        assert abs(middle[1] - w * middle[0]) > abs(middle[1] - w * place)


@pytest.mark.parametrize(
    ("x", "y", "squares", "message"),
    [
        ([1, 2, 3], [1, 2], False, "as many y as x"),
        (np.ones((2, 2)), np.ones(4), False, "row"),
        ([1], [2], True, "line"),
    ],
)
def test_line_fit_refuses_nonsense(x, y, squares, message):
    with pytest.raises(ValueError, match=message):
        plots.line_fit(x, y, squares=squares)


def test_the_trapezoid_has_its_shapes_beside_it():
    ax = plots.trapezoid_sketch(2.0, 3.0, title="sides")
    corners = [patch.get_xy()[:-1] for patch in ax.patches]

    def area(points):
        a, b = points[:, 0], points[:, 1]
        return abs(a @ np.roll(b, -1) - b @ np.roll(a, -1)) / 2

    assert [area(one) for one in corners] == pytest.approx([5, 4, 6, 9])
    for one, other in pairwise(corners):
        assert one[:, 0].max() < other[:, 0].min()
    assert {"$x_1^2$", "$x_1 x_2$", "$x_2^2$"} <= {text.get_text() for text in ax.texts}
    assert smallest_text(ax) >= 9
    with pytest.raises(ValueError, match="above zero"):
        plots.trapezoid_sketch(0, 1)
