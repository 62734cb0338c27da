import base64
import json
import re
from pathlib import Path

import numpy as np
import pytest

from course_utils.plots import PALETTE
from course_utils.widgets import (
    Bars,
    Choice,
    Contours,
    Heatmap,
    Lines,
    Mark,
    Series,
    Slider,
    SliderFigure,
    WidgetError,
    draw,
    log_values,
)
from course_utils.widgets.frames import heat_colors, heat_step, packed

EPOCHS = np.arange(12.0)
SLIDER = Slider("Learning rate", log_values(0.01, 1.5, 25), log=True, start=0.1)
LOSS = Lines("Loss", "step", "loss", [Series("loss", "training loss", x="step")], y_limits=(0, 4))
PROBS = Bars("Probabilities", "probability", ["cat", "dog", "owl"], "probs", (0, 1))


def compute(value):
    return {"step": EPOCHS, "loss": 3 * (1 - 2 * value) ** (2 * EPOCHS), "probs": [0.1, value / 2, 0.3]}


def say(value, arrays):
    return f"After 11 steps the loss is {arrays['loss'][-1]:.2g}."


@pytest.fixture
def figure():
    return SliderFigure(compute, SLIDER, [LOSS, PROBS], say, "Where does it diverge?")


def test_every_position_is_computed_once():
    asked = []
    SliderFigure(lambda v: asked.append(v) or compute(v), SLIDER, [LOSS])
    assert asked == list(SLIDER.values)


def test_frames_hold_what_compute_gives(figure):
    assert len(figure.frames) == 25
    np.testing.assert_allclose(figure.frames[3]["loss"], compute(SLIDER.values[3])["loss"])
    assert figure.value == pytest.approx(0.1, rel=0.12)
    figure.index = 24
    assert figure.value == 1.5
    assert figure.arrays is figure.frames[24]
    assert figure.sentences[24] == say(1.5, figure.arrays)


def test_the_index_stays_on_the_slider(figure):
    figure.index = 99
    assert figure.index == 24
    figure.index = -3
    assert figure.index == 0


def test_what_travels_is_small_plain_json_with_constant_arrays_once(figure):
    text = json.dumps(figure.spec, allow_nan=False)
    assert len(text) < 12_000
    assert figure.spec["fixed"]["step"] == EPOCHS.tolist()
    assert set(figure.spec["frames"][0]) == {"loss", "probs"}
    assert figure.spec["controls"][0]["values"][0] == "0.01"
    assert len(figure._esm) + len(figure._css) < 25_000


def test_numbers_are_rounded_and_gaps_are_none():
    assert packed(np.array([1 / 3, np.nan, np.inf, -np.inf, 1e300])) == [0.333333, None, None, None, 1e300]


def test_mime_bundle_has_a_picture_and_words_beside_the_widget(figure):
    data, metadata = figure._repr_mimebundle_()
    assert "application/vnd.jupyter.widget-view+json" in data
    assert base64.b64decode(data["image/png"]).startswith(b"\x89PNG")
    assert data["text/plain"] == say(figure.value, figure.arrays)
    assert metadata["image/png"]["alt"] == data["text/plain"]
    assert metadata["image/png"]["width"] > 300
    assert len(data["image/png"]) < 150_000


def test_sides_of_the_still_picture(figure):
    still = figure.still()
    left, right = still.axes
    assert left.get_title(loc="left") == "Loss"
    assert left.get_ylim() == (0, 4)
    assert left.get_xlabel() == "step"
    assert right.get_ylim() == (0, 1)
    assert "Learning rate" in still.get_suptitle()
    assert len(draw(compute(0.2), [LOSS]).axes) == 1


def test_logarithmic_panel_breaks_at_zero_and_spans_decades():
    panel = Lines("Weights", "step", "size", [Series("w", "w")], y_log=True, reference=(0.5, "half"))
    slider = Slider("p", [1, 2])
    figure = SliderFigure(lambda v: {"w": [1.0, 0.0, 10.0 ** (-3 * v), np.nan]}, slider, [panel])
    low, high = figure.spec["panels"][0]["limits"]["y"]
    assert 1e-7 < low < 1e-6
    assert 1 < high < 10
    assert figure.still().axes[0].get_yscale() == "log"


def failing(value):
    if value > 1:
        raise ZeroDivisionError("no division")
    return compute(value)


@pytest.mark.parametrize(
    ("function", "message"),
    [
        (failing, r"stops at Learning rate = 1\.\d+, where its function raises ZeroDivisionError: no division"),
        (lambda v: {"step": EPOCHS}, r"needs an array called 'loss'"),
        (lambda v: {"step": EPOCHS[:3], "loss": EPOCHS}, r"'step' has 3 numbers and 'loss' has 12"),
        (lambda v: {"step": EPOCHS, "loss": np.ones((12, 1))}, r"one row of numbers.*\(12, 1\)"),
        (lambda v: {"step": EPOCHS, "loss": ["a"] * 12}, r"does not hold real numbers"),
        (lambda v: [1, 2], r"got a list"),
    ],
)
def test_what_is_wrong_with_compute_is_one_sentence(function, message):
    with pytest.raises(WidgetError, match=message) as caught:
        SliderFigure(function, SLIDER, [LOSS])
    shown = caught.value._render_traceback_()
    assert len(shown) == 1
    assert "\n" not in shown[0]


def test_an_unwritten_function_gets_a_sentence_of_its_own():
    def stub(value):
        raise NotImplementedError("your answer goes here")

    with pytest.raises(WidgetError, match="not written yet"):
        SliderFigure(stub, SLIDER, [LOSS])


def test_wrong_number_of_bars_and_failing_sentence():
    with pytest.raises(WidgetError, match=r"'probs' has 2 numbers for 3 categories"):
        SliderFigure(lambda v: {"probs": [1, 2]}, SLIDER, [PROBS])
    with pytest.raises(WidgetError, match=r"sentence .* KeyError"):
        SliderFigure(compute, SLIDER, [LOSS], lambda v, a: a["nothing"])


def test_too_much_is_refused():
    with pytest.raises(WidgetError, match="positions"):
        SliderFigure(compute, Slider("x", range(1, 500)), [LOSS])
    with pytest.raises(WidgetError, match="numbers"):
        SliderFigure(lambda v: {"w": np.full(9000, v)}, SLIDER, [Lines("a", "b", "c", [Series("w", "w")])])


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: Slider("", [1, 2]),
        lambda: Slider("x", [1]),
        lambda: Slider("x", [2, 1]),
        lambda: Slider("x", [0, 1], log=True),
        lambda: Series("y", "y", dash="wavy"),
        lambda: Series("y", "y", marker="star"),
        lambda: Lines("t", "x", "y", []),
        lambda: Lines("t", "x", "y", [Series("y", "y")], y_limits=(2, 1)),
        lambda: Lines("t", "x", "y", [Series("y", "y")], y_limits=(0, 1), y_log=True),
        lambda: Bars("t", "y", [], "key"),
        lambda: log_values(0, 1),
        lambda: SliderFigure(compute, SLIDER, []),
    ],
)
def test_a_wrong_description_is_refused(wrong):
    with pytest.raises(WidgetError):
        wrong()


def test_log_values():
    values = log_values(1e-4, 1, 41)
    assert (values[0], values[-1], len(values)) == (1e-4, 1.0, 41)
    ratios = np.asarray(values[1:]) / values[:-1]
    np.testing.assert_allclose(ratios, ratios.mean(), rtol=2e-3)


def test_the_browser_side_has_the_palette_and_the_accessible_parts():
    for position, code in enumerate(PALETTE):
        assert f"--dlf-{position}:{code};" in SliderFigure._css
    for part in ("data-lm-suppress-shortcuts", "htmlFor", "aria-live", "aria-describedby", 'role: "img"', "aria-label"):
        assert part in SliderFigure._esm
    assert not re.search(r"https?://(?!www\.w3\.org/2000/svg)", SliderFigure._esm)


NOTEBOOK = """
from course_utils.widgets import *
panel = Lines("Square", "x", "y", [Series("y", "y")])
figure = SliderFigure(lambda v: {"y": [0, v, 4 * v]}, Slider("slope", [1, 2, 3]), [panel])
figure
"""


def test_a_notebook_with_a_widget_runs_headless_and_keeps_a_picture():
    import nbformat
    from nbclient import NotebookClient

    cells = [nbformat.v4.new_code_cell(NOTEBOOK), nbformat.v4.new_code_cell("figure.index = 2\nfigure")]
    notebook = nbformat.v4.new_notebook(cells=cells)
    root = Path(__file__).parents[2]
    NotebookClient(notebook, timeout=60, kernel_name="python3", resources={"metadata": {"path": root}}).execute()
    for cell, text in zip(notebook.cells, ["slope: 2.", "slope: 3."], strict=True):
        (output,) = cell.outputs
        assert output.data["text/plain"] == text
        assert "image/png" in output.data
        assert "application/vnd.jupyter.widget-view+json" in output.data
    states = notebook.metadata["widgets"]["application/vnd.jupyter.widget-state+json"]["state"].values()
    (state,) = [one["state"] for one in states if "spec" in one["state"]]
    assert state["index"] == 2
    assert len(json.dumps(state)) < 25_000


def test_an_error_shows_the_learner_one_sentence():
    import nbformat
    from nbclient import NotebookClient

    source = NOTEBOOK.replace('{"y": [0, v, 4 * v]}', "1 / 0")
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source)])
    root = Path(__file__).parents[2]
    NotebookClient(notebook, timeout=60, allow_errors=True, resources={"metadata": {"path": root}}).execute()
    (error,) = notebook.cells[0].outputs
    assert error.ename == "WidgetError"
    assert len(error.traceback) == 1
    assert "slope = 1" in error.traceback[0]


RATE = Slider("Learning rate", [0.1, 0.5, 2.5], start=0.5)
SHAPE = Choice("Surface", ["bowl", "waves"], start="waves")
SURFACES = {"bowl": lambda a, b: a**2 + 2 * b**2, "waves": lambda a, b: a**2 + 2 * b**2 + np.sin(3 * a)}
PATH = [Series("w2", "path", x="w1", marker="circle")]


def contours(surface=SURFACES, **options):
    limits = {"x_limits": (-2, 2), "y_limits": (-1, 3)} | options
    return Contours("Descent", "w1", "w2", surface, paths=PATH, marks=[Mark("minimum", 0, 0)], **limits)


def walk(rate, shape):
    steps = np.arange(6)
    w1 = 1.8 * (1 - rate) ** steps
    return {"w1": w1, "w2": w1 + 1, "loss": SURFACES[shape](w1, w1 + 1), "x": [3, 1, 2], "y": [1, 1, 2]}


def both(panels=None, compute=walk, controls=(RATE, SHAPE), **options):
    return SliderFigure(compute, controls, panels or [contours()], **options)


def test_several_controls_make_a_frame_for_each_combination_the_last_one_fastest():
    asked = []
    figure = both(
        compute=lambda *values: asked.append(values) or walk(*values),
        sentence=lambda rate, shape, arrays: f"{shape} at {rate}: {arrays['w1'][1]:.2f}",
    )
    assert asked == [(rate, shape) for rate in (0.1, 0.5, 2.5) for shape in ("bowl", "waves")]
    assert figure.value == (0.5, "waves")
    assert figure.index == 3
    assert figure.sentences[3] == "waves at 0.5: 0.90"
    figure.index = 4
    assert figure.value == (2.5, "bowl")
    np.testing.assert_allclose(figure.arrays["w1"], walk(2.5, "bowl")["w1"])
    assert [one["kind"] for one in figure.spec["controls"]] == ["slider", "choice"]


def test_the_sentence_by_default_names_every_control():
    assert both().sentences[1] == "Learning rate: 0.1, Surface: waves."


def test_one_choice_gives_its_text():
    panel = Lines("y", "x", "y", [Series("y", "y")])
    figure = SliderFigure(lambda name: {"y": [len(name), 1]}, Choice("word", ["one", "three"]), [panel])
    assert figure.value == "one"
    assert [frame["y"][0] for frame in figure.frames] == [3, 5]


def test_rows_that_repeat_are_sent_once():
    scatter = Lines("Data", "x", "y", [Series("y", "data", x="x", dash="none")], equal=True)
    curve = Lines("Loss", "step", "loss", [Series("loss", "loss")])
    figure = both([contours(), scatter, curve], compute=lambda rate, shape: walk(rate, "bowl"))
    assert set(figure.spec["fixed"]) == {"x", "y"}
    assert len(figure.spec["rows"]) == 3 * 3  # w1, w2 and the loss follow the rate alone
    assert figure.spec["frames"][0] == figure.spec["frames"][1]
    assert figure.spec["panels"][1]["equal"]


def test_level_lines_lie_on_their_height_and_inside_the_window():
    panel = contours(SURFACES["bowl"])
    levels = panel.lines()
    heights = [level.height for level in levels]
    assert heights == sorted(heights)
    assert 6 <= len(heights) <= 13
    for level in levels:
        for line in level.lines:
            assert line.min() >= 0
            assert line.max() <= 1
            a, b = -2 + 4 * line[:, 0], -1 + 4 * line[:, 1]
            np.testing.assert_allclose(SURFACES["bowl"](a, b), level.height, atol=0.01)
    labels = np.array([level.label for level in levels if level.label is not None])
    assert len(labels) >= 3
    distances = np.linalg.norm(labels[:, None] - labels, axis=2)[~np.eye(len(labels), dtype=bool)]
    assert distances.min() > 0.13
    assert panel.lines() is levels


def test_levels_can_be_given_and_missing_heights_leave_a_hole():
    def holed(a, b):
        return np.where(b > 0, a**2, np.nan)

    levels = contours(holed, levels=[3, 1, 99]).lines()
    assert [level.height for level in levels] == [1, 3]
    assert min(line[:, 1].min() for level in levels for line in level.lines) > 0.24
    assert contours(lambda a, b: 0 * a).lines() == []


def test_what_travels_for_a_surface_is_small_and_its_paths_are_whole_numbers():
    figure = both()
    (panel,) = figure.spec["panels"]
    assert panel["choice"] == 1
    assert len(panel["surfaces"]) == 2
    assert len(json.dumps(panel, allow_nan=False)) < 30_000
    for level in panel["surfaces"][1]:
        assert re.fullmatch(r"(M\d+ \d+l(-?\d+ -?\d+ ?)+)+", level["path"])
    start = re.match(r"M(\d+) (\d+)", panel["surfaces"][0][0]["path"])
    assert all(0 <= int(number) <= 1000 for number in start.groups())


def test_still_picture_of_contours():
    figure = both([contours(equal=True), Lines("Loss", "step", "loss", [Series("loss", "loss")])])
    left, right = figure.still().axes
    assert left.get_xlim() == (-2, 2)
    assert left.get_ylim() == (-1, 3)
    assert left.get_aspect() == 1
    assert right.get_aspect() == "auto"
    assert [text.get_text() for text in left.get_legend().get_texts()] == ["path", "minimum"]
    assert min(text.get_fontsize() for text in left.texts) >= 9
    n_lines = len(left.lines)
    figure.index = 2  # the bowl: other level lines
    assert len(figure.still().axes[0].lines) != n_lines
    assert figure._repr_mimebundle_()[1]["image/png"]["alt"] == figure.sentences[2]


def test_a_diverging_path_keeps_the_window():
    figure = both(compute=lambda rate, shape: walk(40.0**rate, shape))
    assert figure.spec["panels"][0]["limits"] == {"x": [-2, 2], "y": [-1, 3]}
    assert figure.still().axes[0].get_xlim() == (-2, 2)


def test_a_big_live_figure_is_made_quickly():
    import time

    slider = Slider("Learning rate", log_values(0.01, 1.3, 41), log=True)
    curve = Lines("Loss", "step", "loss", [Series("loss", "loss")], y_limits=(0, 9))
    shapes = {**SURFACES, "flat": lambda a, b: a + b}
    controls = [slider, Choice("Surface", list(shapes))]

    def follow(rate, shape):
        w1 = 1.8 * (1 - rate) ** np.arange(41)
        return {"w1": w1, "w2": w1 + 1, "loss": shapes[shape](w1, w1 + 1)}

    begun = time.perf_counter()
    figure = both([contours(shapes), curve], compute=follow, controls=controls)
    assert time.perf_counter() - begun < 1.5
    assert len(json.dumps(figure.spec)) < 250_000


ROWS, COLUMNS = ["0.1", "0.01"], ["1", "10", "100"]
TABLE = np.array([[0.1, 0.5, np.nan], [0.9, -0.3, 0.7]])


def heatmap(**options):
    table = {"rows": ROWS, "columns": COLUMNS, "key": "score", "framed": "place"} | options
    return Heatmap("Scores", "penalty", "rate", **table)


def table_at(row, column):
    return {"score": TABLE.ravel(), "place": [ROWS.index(row), COLUMNS.index(column)]}


def heat_figure(compute=table_at, **options):
    return SliderFigure(compute, [Choice("rate", ROWS), Choice("penalty", COLUMNS, start="10")], [heatmap(**options)])


def test_a_heat_map_sends_its_table_once_and_moves_its_frame():
    figure = heat_figure()
    (panel,) = figure.spec["panels"]
    assert figure.spec["fixed"]["score"] == [0.1, 0.5, None, 0.9, -0.3, 0.7]
    assert figure.spec["rows"][figure.spec["frames"][5]["place"]] == [1, 2]
    assert panel["limits"] == {"x": [0, 3], "y": [2, 0], "color": [-0.3, 0.9]}
    assert (panel["rows"], panel["columns"], panel["digits"]) == (ROWS, COLUMNS, 2)
    assert heat_figure(limits=(0, 1)).spec["panels"][0]["limits"]["color"] == [0, 1]


def test_every_value_gets_a_colour_that_its_text_can_be_read_on():
    colors = heat_colors()
    assert [heat_step(value, 0, 1, 32) for value in (-5, 0, 0.5, 1, 7)] == [0, 0, 16, 31, 31]
    assert (colors[0][1], colors[-1][1]) == ("white", "black")
    light = [sum(int(cell[k : k + 2], 16) for k in (1, 3, 5)) for cell, _ in colors]
    assert light[0] < light[16] < light[31]


def test_still_picture_of_a_heat_map():
    figure = heat_figure()
    figure.index = 3
    (ax,) = figure.still().axes
    assert [text.get_text() for text in ax.texts] == ["0.10", "0.50", "0.90", "-0.30", "0.70"]
    assert [label.get_text() for label in ax.get_yticklabels()] == ROWS
    assert [label.get_text() for label in ax.get_xticklabels()] == COLUMNS
    assert ax.get_ylim() == (2, 0)
    frames = [patch for patch in ax.patches if not patch.get_fill()]
    assert {patch.get_xy() for patch in frames} == {(0, 1)}
    assert not [patch for patch in draw(table_at("0.1", "1"), [heatmap(framed=None)]).axes[0].patches if not patch.fill]


def unfinished(a, b):
    raise NotImplementedError


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (lambda: both(controls=[]), "one to 3 controls"),
        (lambda: both(controls=[RATE, SHAPE, RATE, SHAPE]), "one to 3 controls"),
        (lambda: both(controls="rate"), "one to 3 controls"),
        (lambda: both(controls=[RATE, RATE]), "a label of its own"),
        (lambda: both(controls=[Slider("a", range(30)), Slider("b", range(30))]), "900 positions together"),
        (lambda: both(controls=[RATE, Choice("s", ["x", "y"])]), "no Choice of the figure has these options"),
        (lambda: SliderFigure(lambda v: walk(v, "bowl"), RATE, [contours()]), "no Choice of the figure"),
        (lambda: both(compute=lambda rate: {}), "stops at Learning rate = 0.1, Surface = bowl.*TypeError"),
        (lambda: both(compute=lambda r, s: {"w1": [1, 2], "w2": [1]}), "'w1' has 2 numbers and 'w2' has 1"),
        (lambda: both([contours(unfinished)]), "not written yet"),
        (lambda: both([contours(lambda a, b: 1 / 0)]), "surface of panel 'Descent' raises ZeroDivisionError"),
        (lambda: both([contours(lambda a, b: a[0])]), r"must give heights of that shape, not \(101,\)"),
        (lambda: both([contours(lambda a, b: a * np.nan)]), "no finite height"),
        (lambda: contours(3), "needs a surface"),
        (lambda: contours({}), "needs a surface"),
        (lambda: contours(levels=0), "at least one level"),
        (lambda: contours(x_limits=(2, -2)), "the lower first"),
        (lambda: Contours("t", "x", "y", max, (0, 1), (0, 1), paths=[Series("y", "path")]), "needs x="),
        (lambda: Mark("minimum", np.nan, 0), "two finite coordinates"),
        (lambda: Mark("minimum", 0, 0, "star"), "no marker called 'star'"),
        (lambda: Lines("t", "x", "y", [Series("y", "y")], y_log=True, equal=True), "cannot be equal"),
        (lambda: heatmap(rows=[]), "a name for each row"),
        (lambda: heatmap(limits=(1, 0)), "the lower first"),
        (lambda: heat_figure(rows=["a"]), "'score' has 6 numbers for 1 rows of 3 cells"),
        (lambda: heat_figure(lambda r, c: {"score": TABLE.ravel(), "place": [2, 0]}), "no row and column of the table"),
        (lambda: heat_figure(lambda r, c: {"score": TABLE.ravel(), "place": [1]}), "no row and column of the table"),
        (lambda: Choice("", ["a", "b"]), "needs a label"),
        (lambda: Choice("c", ["a"]), "two different texts"),
        (lambda: Choice("c", "ab"), "two different texts"),
        (lambda: Choice("c", ["a", "a"]), "two different texts"),
        (lambda: Choice("c", ["a", 2]), "two different texts"),
        (lambda: Choice("c", ["a", "b"], start="d"), "cannot start at 'd'"),
    ],
)
def test_what_several_controls_and_contours_refuse_is_one_clear_sentence(wrong, message):
    with pytest.raises(WidgetError, match=message) as caught:
        wrong()
    assert "\n" not in str(caught.value)


def test_a_bar_that_rounds_to_zero_has_no_sign() -> None:
    bars = Bars("weights", "weight", ["a"], "w", format=".1f")
    assert [bars.text(value) for value in (-0.01, 0.0, -0.06, -1.0)] == ["0.0", "0.0", "-0.1", "-1.0"]
