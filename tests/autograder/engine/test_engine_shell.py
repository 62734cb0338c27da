"""What a notebook's cells give: outputs in notebook format, and no surprises."""

import base64

import nbformat
import pytest
from engine_helpers import text_of


def test_a_cell_gives_prints_results_and_keeps_its_names(child):
    result = child.run_cell(
        "import sys\nkept = 2\nprint('one')\nprint('two', file=sys.stderr)\nprint('three')\nkept + 1"
    )
    assert result.ended == "ok"
    assert [(o["output_type"], o.get("name"), o.get("text")) for o in result.outputs[:3]] == [
        ("stream", "stdout", "one\n"),
        ("stream", "stderr", "two\n"),
        ("stream", "stdout", "three\n"),
    ]
    assert result.outputs[3]["data"] == {"text/plain": "3"}
    assert text_of(child.run_cell("kept")) == "2"


def test_the_first_result_has_number_one(fresh):
    child = fresh()
    assert [child.run_cell("7").outputs[0]["execution_count"] for _ in range(2)] == [1, 2]


def test_figures_are_pictures_at_show_and_at_the_end_of_a_cell(child):
    shown = child.run_cell("import matplotlib.pyplot as plt\nplt.plot([1, 2])\nplt.show()\nprint('after')")
    assert [o["output_type"] for o in shown.outputs] == ["display_data", "stream"]
    ended = child.run_cell("plt.plot([1, 2]);")
    for output in (shown.outputs[0], ended.outputs[-1]):
        assert base64.b64decode(output["data"]["image/png"]).startswith(b"\x89PNG")
    assert child.run_cell("1").outputs[0]["data"] == {"text/plain": "1"}


def test_every_output_is_valid_notebook_format(child):
    source = """
from IPython.display import display, HTML, update_display, clear_output
display(HTML('<b>x</b>'), display_id='a'); update_display(HTML('<i>y</i>'), display_id='a')
import ipywidgets
display(ipywidgets.IntSlider())
1 / 0
"""
    result = child.run_cell(source)
    cell = nbformat.v4.new_code_cell(source, outputs=[nbformat.from_dict(o) for o in result.outputs])
    nbformat.validate(nbformat.v4.new_notebook(cells=[cell]))
    assert result.ended == "error"
    assert result.outputs[0]["data"]["text/html"] == "<i>y</i>"
    assert result.outputs[1]["data"]["text/plain"] == "IntSlider(value=0)"
    assert "application/vnd.jupyter.widget-view+json" in result.outputs[1]["data"]
    assert result.outputs[2]["ename"] == "ZeroDivisionError"


def test_a_widget_of_anywidget_shows_without_a_front_end(child):
    source = """
import anywidget, traitlets
class Counter(anywidget.AnyWidget):
    _esm = "export default { render() {} }"
    value = traitlets.Int(0).tag(sync=True)
counter = Counter()
counter.value = 3
counter
"""
    result = child.run_cell(source)
    assert result.ended == "ok"
    assert "text/plain" in result.outputs[0]["data"]


def test_other_programs_and_c_code_are_collected(child):
    result = child.run_cell("import os\n!echo program\nos.write(2, b'raw\\n');")
    assert {(o["name"], o["text"]) for o in result.outputs} == {("stdout", "program\n"), ("stderr", "raw\n")}


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("x = (", "SyntaxError"),
        ("input('name?')", "nobody to ask"),
        ("import sys; sys.exit(3)", "SystemExit"),
        ("def f(n): return f(n + 1)\nf(0)", "RecursionError"),
        ("class E(Exception):\n    def __str__(self): raise KeyError\nraise E", "E"),
        ("raise KeyboardInterrupt", "KeyboardInterrupt"),
        ("%no_such_magic", "no_such_magic"),
    ],
)
def test_an_error_of_any_kind_is_an_error_output_and_the_notebook_goes_on(child, source, said):
    result = child.run_cell(source)
    assert said in str(result.outputs)
    assert text_of(child.run_cell("'still here'")) == "'still here'"


@pytest.mark.parametrize(
    "source",
    [
        "%time 1",
        "%%capture caught\nprint(1)",
        "x = !echo 1",
        "get_ipython()",
        "await __import__('asyncio').sleep(0)",
        "help(len)",
        "exit()",
    ],
)
def test_harmless_ways_of_ipython_work(child, source):
    assert child.run_cell(source).ended == "ok"


@pytest.mark.parametrize(
    "source",
    [
        "for _ in range(100): print('x' * 1_000_000)",
        "import os\nfor _ in range(1000): os.write(1, b'y' * 1000)",
        "from IPython.display import display\nfor n in range(3000): display(n)",
        "from IPython.display import display, HTML\ndisplay(HTML('z' * 10_000_000))",
    ],
)
def test_output_without_end_is_cut(child, limits, source):
    result = child.run_cell(source)
    assert result.ended == "ok"
    assert result.outputs[-1]["text"] == "[output cut]\n"
    assert len(str(result.outputs)) < 2 * limits.output_bytes
