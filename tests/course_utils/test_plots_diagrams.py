import itertools

import matplotlib as mpl
import pytest
from matplotlib.patches import Circle, Rectangle

from course_utils.plots import network_diagram

mpl.use("Agg")
LONG = [["edge", "corner", "loop", "long stroke", "dot"], ["a", "b", "c"]]
NETS = {
    "one layer": ((2,), {}),
    "names inside": ((3, 4, 2), {"hidden_names": [["$h_1$", "$h_2$", "$h_3$", "$h_4$"]], "bias": True}),
    "long names": ((4, 5, 3, 1), {"hidden_names": LONG, "title": "Features of strokes"}),
    "wide in the middle": ((2, 80, 1), {"input_names": ["area", "number of rooms"], "output_names": ["price"]}),
    "wide everywhere": ((784, 1024, 1024, 10), {"bias": True, "title": "Three layers"}),
    "two layers": ((2, 3), {"input_names": ["$x_1$", "$x_2$"], "output_names": [r"$\hat y_1$", "$o_2$", "$o_3$"]}),
    "as tall as it gets": ((8, 8, 8), {"bias": True}),
}


@pytest.fixture(autouse=True)
def close_figures():
    import matplotlib.pyplot as plt

    yield
    plt.close("all")


def circles(ax):
    return [patch for patch in ax.patches if isinstance(patch, Circle)]


def squares(ax):
    return [patch for patch in ax.patches if isinstance(patch, Rectangle)]


def edges(ax):
    return [line for line in ax.lines if len(line.get_xdata()) == 2]


def texts(ax):
    return [text for text in [*ax.texts, ax.title, ax._left_title] if text.get_text().strip()]


@pytest.mark.parametrize("name", NETS)
def test_nothing_overlaps_is_cut_off_or_tiny(name):
    sizes, options = NETS[name]
    ax = network_diagram(sizes, **options)
    ax.figure.canvas.draw()
    boxes = [text.get_window_extent() for text in texts(ax)]
    for a, b in itertools.combinations(boxes, 2):
        assert not a.padded(-0.5).overlaps(b.padded(-0.5))
    inside = ax.figure.bbox.padded(1)
    assert all(inside.x0 <= box.x0 and box.x1 <= inside.x1 for box in boxes)
    assert all(inside.y0 <= box.y0 and box.y1 <= inside.y1 for box in boxes)
    assert min(text.get_fontsize() for text in texts(ax)) >= 9
    for a, b in itertools.combinations(circles(ax), 2):
        assert abs(a.center[0] - b.center[0]) + abs(a.center[1] - b.center[1]) > 2 * a.radius


def test_the_figure_stays_of_a_size_for_a_page():
    for sizes, options in NETS.values():
        width, height = network_diagram(sizes, **options).figure.get_size_inches()
        assert 1 <= width <= 7
        assert 1 <= height <= 6


def test_every_neuron_and_every_edge_is_drawn():
    ax = network_diagram((4, 5, 3, 1))
    assert len(circles(ax)) == 13
    assert len(edges(ax)) == 4 * 5 + 5 * 3 + 3 * 1
    assert {text.get_text() for text in texts(ax)} == {
        "4 inputs",
        "hidden 1\n5 neurons",
        "hidden 2\n3 neurons",
        "1 output",
    }


def test_a_bias_is_a_square_with_dotted_edges_and_the_output_has_none():
    ax = network_diagram((3, 4, 2), bias=True)
    assert len(squares(ax)) == 2
    assert len(edges(ax)) == (3 + 1) * 4 + (4 + 1) * 2
    assert sum(line.get_linestyle() != "-" for line in edges(ax)) == 4 + 2


def test_wide_layers_have_dots_and_their_true_size():
    ax = network_diagram((2, 80, 1))
    assert len(circles(ax)) == 2 + 5 + 1
    assert "hidden\n80 neurons" in {text.get_text() for text in texts(ax)}
    assert any(line.get_marker() == "o" and len(line.get_xdata()) == 3 for line in ax.lines)
    assert len(circles(network_diagram((8, 1)))) == 9


def test_highlighted_edges_differ_by_more_than_colour():
    ax = network_diagram((2, 80, 1), bias=True, highlight=[(0, 1, 0), (0, 2, 79), (1, 79, 0)])
    plain = min(edges(ax), key=lambda line: line.get_linewidth())
    strong = [line for line in edges(ax) if line.get_linewidth() > 2]
    assert len(strong) == 3
    assert all(line.get_linestyle() != plain.get_linestyle() for line in strong)


def test_names_of_a_wide_layer_go_with_their_neurons():
    names = [f"$x_{{{k}}}$" for k in range(20)]
    shown = {text.get_text() for text in texts(network_diagram((20, 1), input_names=names))}
    assert {names[0], names[1], names[2], names[18], names[19]} <= shown
    assert names[3] not in shown


def test_three_units_into_given_axes():
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(1, 3, figsize=(9, 2.6))
    for ax in axes:
        assert network_diagram((2, 1), ax=ax) is ax
    assert plt.get_fignums() == [figure.number]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"sizes": ()}, "sizes of the layers"),
        ({"sizes": (3, 0)}, "sizes of the layers"),
        ({"sizes": (3, 2.5)}, "sizes of the layers"),
        ({"sizes": (3, 2), "input_names": ["a"]}, "input_names has 1 entries and needs 3"),
        ({"sizes": (3, 2), "output_names": ["a"]}, "output_names has 1"),
        ({"sizes": (3, 4, 2), "hidden_names": [["a"]]}, "hidden_names of layer 1 has 1"),
        ({"sizes": (3, 2), "hidden_names": [["a"]]}, "hidden_names has 1 entries and needs 0"),
        ({"sizes": (3,), "output_names": ["a"]}, "no outputs to name"),
        ({"sizes": (3, 2), "highlight": [(1, 0, 0)]}, r"no edge \(1, 0, 0\)"),
        ({"sizes": (3, 2), "highlight": [(0, 3, 0)]}, r"no edge \(0, 3, 0\)"),
        ({"sizes": (30, 2), "highlight": [(0, 9, 0)]}, r"only \[0, 1, 2, 28, 29\] are drawn"),
    ],
)
def test_wrong_input_is_named(arguments, message):
    with pytest.raises(ValueError, match=message) as caught:
        network_diagram(**arguments)
    assert "\n" not in str(caught.value)
