"""Figures carry their description to where a screen reader finds it."""

from __future__ import annotations

import re

import matplotlib.pyplot as plt
import nbformat
import pytest
from nbclient import NotebookClient

from course_utils import plots
from course_utils.plots.figure_words import figure_words, picture_markup

LOSS = 'plots.loss_curve([3, 2, 1], label="train", title="A \\"falling\\" loss")'
CELLS = (
    "import matplotlib.pyplot as plt\nfrom course_utils import plots",
    LOSS + ";",
    f"ax = {LOSS}\nplt.close()\nax.figure",
    "from matplotlib_inline.backend_inline import set_matplotlib_formats\nset_matplotlib_formats('retina')",
    LOSS + ";",
    "set_matplotlib_formats('svg')",
    LOSS + ";",
)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> nbformat.NotebookNode:
    """Every cell in a kernel; figures, as in a lesson, first where the one cell ends that imports all."""
    first = f"{CELLS[0]}\n{LOSS};"
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in (first, *CELLS[1:])])
    folder = tmp_path_factory.mktemp("kernel")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MPLBACKEND", "module://matplotlib_inline.backend_inline")
        NotebookClient(notebook, kernel_name="python3", resources={"metadata": {"path": str(folder)}}).execute()
    return notebook


def pictures(cell: nbformat.NotebookNode) -> list[nbformat.NotebookNode]:
    return [output for output in cell.outputs if any(mime.startswith("image/") for mime in output.get("data", ()))]


@pytest.mark.parametrize("number", [0, 1, 2, 4])
def test_every_figure_of_a_notebook_has_its_words_in_its_place(run: nbformat.NotebookNode, number: int) -> None:
    (output,) = pictures(run.cells[number])
    words = 'A "falling" loss: loss (nats) against batch (train)'
    # The metadata are for nbconvert and the site; JupyterLab heeds only the `alt` of an `<img>`.
    assert output.metadata["image/png"]["alt"] == words
    markup = output.data["text/html"]
    assert f'alt="{words.replace(chr(34), "&quot;")}"' in markup
    assert output.data["image/png"].strip() in markup
    assert markup.count("<") == 1


def test_the_picture_keeps_the_size_that_was_asked_for(run: nbformat.NotebookNode) -> None:
    (output,) = pictures(run.cells[4])
    size = output.metadata["image/png"]
    assert re.search(rf'width="{size["width"]}" height="{size["height"]}"', output.data["text/html"])
    (small,) = pictures(run.cells[1])
    assert "width" not in small.data["text/html"]


def test_a_format_that_was_asked_for_is_what_one_gets(run: nbformat.NotebookNode) -> None:
    (output,) = pictures(run.cells[6])
    assert set(output.data) == {"image/svg+xml", "text/plain"}


def test_a_figure_is_said_in_words() -> None:
    figure, (left, right) = plt.subplots(1, 2)
    left.set(title="Loss", xlabel="step", ylabel=r"loss at $\lambda = 1$")
    left.plot([1, 2], label="train")
    left.legend()
    right.set(xlabel="pixel")
    assert figure_words(figure) == "Loss: loss at lambda = 1 against step (train). pixel"
    plt.close(figure)


def test_where_no_axis_is_labelled_the_words_in_the_picture_are_said() -> None:
    axes = plots.trapezoid_sketch()
    said = figure_words(axes.figure)
    plt.close(axes.figure)
    assert said.startswith("area ?, ")
    empty = plt.figure()
    assert figure_words(empty) == ""
    plt.close(empty)


def test_a_picture_without_words_is_still_called_one() -> None:
    assert 'alt="Figure without labels"' in picture_markup("AAAA", {})
