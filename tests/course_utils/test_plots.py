import matplotlib as mpl
import numpy as np
import pytest

from course_utils import plots

mpl.use("Agg")
RNG = np.random.default_rng(8)
POINTS, CLASSES = RNG.normal(size=(30, 2)), np.arange(30) % 3
PATH = RNG.normal(size=(6, 2))

PICTURES = {
    "image_grid": lambda ax: plots.image_grid(RNG.random((13, 5, 4)), range(13), title="digits", ax=ax),
    "class_scatter": lambda ax: plots.class_scatter(POINTS, CLASSES, ["a", "b", "c"], ax=ax),
    "probability_bars": lambda ax: plots.probability_bars(
        {"before": [0.2, 0.8], "after": [0.6, 0.4]}, ["cat", "dog"], "Probabilities", ax=ax
    ),
    "loss_curve": lambda ax: plots.loss_curve(RNG.random(90), 10, "loss", (0.7, "guessing"), ax=ax),
    "accuracy_curve": lambda ax: plots.accuracy_curve({"train": RNG.random(9), "test": RNG.random(9)}, ax=ax),
    "matrix_heatmap": lambda ax: plots.matrix_heatmap(RNG.normal(size=(3, 4)), "sample", "class", ax=ax),
    "decision_regions": lambda ax: plots.decision_regions(
        lambda p: (p[:, 0] > 0).astype(int), POINTS, CLASSES, resolution=20, ax=ax
    ),
    "weight_images": lambda ax: plots.weight_images(RNG.normal(size=(20, 7)), (5, 4), ax=ax),
    "gradient_cloud": lambda ax: plots.gradient_cloud({4: PATH, 32: PATH / 3}, true_gradient=(0, 0), ax=ax),
    "contour_path": lambda ax: plots.contour_path(
        lambda a, b: a**2 + 3 * b**2, {"small steps": PATH, "large steps": 2 * PATH}, (-3, 3), (-2, 2), ax=ax
    ),
}
NO_AXES = {"image_grid", "weight_images"}  # mosaics of images have no scales to label


@pytest.fixture(autouse=True)
def close_figures():
    import matplotlib.pyplot as plt

    yield
    plt.close("all")


@pytest.mark.parametrize("name", PICTURES)
def test_every_picture_draws_with_labels_and_no_tiny_text(name):
    from matplotlib.text import Text

    ax = PICTURES[name](None)
    ax.figure.canvas.draw()
    if name not in NO_AXES:
        assert ax.get_xlabel()
        assert ax.get_ylabel()
    texts = [text for text in ax.figure.findobj(Text) if text.get_text().strip() and text.get_visible()]
    assert texts
    assert min(text.get_fontsize() for text in texts) >= 9


@pytest.mark.parametrize("name", PICTURES)
def test_every_picture_draws_into_given_axes(name):
    import matplotlib.pyplot as plt

    _, ax = plt.subplots()
    assert PICTURES[name](ax) is ax
    assert len(plt.get_fignums()) == 1


def test_classes_and_curves_differ_by_more_than_colour():
    lines = plots.loss_curve({"a": RNG.random(90), "b": RNG.random(90), "c": RNG.random(90)}).lines
    assert len({line.get_linestyle() for line in lines}) == 3
    clouds = plots.class_scatter(POINTS, CLASSES).collections
    shapes = {tuple(cloud.get_paths()[0].vertices.ravel().round(3)) for cloud in clouds}
    assert len(shapes) == 3
    assert len({(plots.PALETTE[k % 8], plots.MARKERS[k % 9]) for k in range(40)}) == 40


def test_moving_average():
    np.testing.assert_allclose(plots.moving_average([1, 2, 6, 3, 4], 3), [3, 11 / 3, 13 / 3])
    np.testing.assert_allclose(plots.moving_average([1, 2], 1), [1, 2])
    assert plots.moving_average(np.ones(20), 6).shape == (15,)
    for wrong in (0, 3):
        with pytest.raises(ValueError, match="window"):
            plots.moving_average([1, 2], wrong)
    with pytest.raises(ValueError, match="one row"):
        plots.moving_average(np.ones((2, 3)), 2)


def test_the_smoothed_curve_sits_at_the_middle_of_its_window():
    ax = plots.loss_curve(np.arange(1, 12), smooth=3)
    x, y = ax.lines[1].get_data()
    np.testing.assert_allclose(x, y)


def test_contour_path_keeps_its_window_when_the_path_diverges():
    path = np.array([[1.0, 1.0], [50.0, -80.0], [np.inf, np.nan]])
    ax = plots.contour_path(lambda a, b: a**2 + b**2, {"too large": path}, (-2, 2), (-1, 1))
    assert ax.get_xlim() == (-2, 2)
    assert ax.get_ylim() == (-1, 1)


def test_decision_regions_takes_scores_too():
    plots.decision_regions(lambda p: np.column_stack([p, -p[:, :1]]), POINTS, CLASSES, resolution=20)
    with pytest.raises(ValueError, match="predict must return"):
        plots.decision_regions(lambda p: np.zeros(3), POINTS, CLASSES, resolution=20)


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: plots.image_grid(np.zeros(4)),
        lambda: plots.image_grid(np.zeros((2, 3, 3)), ["one"]),
        lambda: plots.class_scatter(np.zeros((4, 3)), np.zeros(4)),
        lambda: plots.class_scatter(np.zeros((4, 2)), np.zeros(3)),
        lambda: plots.probability_bars({"a": [1, 2], "b": [1]}),
        lambda: plots.matrix_heatmap(np.zeros(3)),
        lambda: plots.weight_images(np.zeros((10, 2)), (3, 4)),
        lambda: plots.gradient_cloud({4: np.zeros((3, 3))}),
        lambda: plots.contour_path(lambda a, b: a + b, {"p": np.zeros(3)}, (0, 1), (0, 1)),
        lambda: plots.loss_curve([]),
    ],
)
def test_wrong_input_is_named(wrong):
    with pytest.raises(ValueError) as caught:
        wrong()
    assert "\n" not in str(caught.value)
