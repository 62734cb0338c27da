"""The lessons as the benchmark opens them: as released, with plain `interact` figures beside some of ours."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import nbformat

from benchmarks.live_figures.lab import ROOT

_FIGURE = re.compile(r"^SliderFigure\(\s*(\w+)", re.MULTILINE)

# The same pictures as a learner of matplotlib would write them, from the arrays of the lesson's own function.
WALK = """
from ipywidgets import SelectionSlider, interact

across, up = np.meshgrid(np.linspace(-0.5, 3.5, 101), np.linspace(-1.2, 1.8, 101))
heights = flats_loss(across, up)

@interact(
    rate=SelectionSlider(options=[(f"{rate:.3g}", rate) for rate in rates], value=rates[13], description="rate"),
    batch=["all 96", "1", "4", "16"],
)
def plain_walk(rate, batch):
    arrays = sampled_walk(rate, batch)
    _, (left, right) = plt.subplots(1, 2, figsize=(8.2, 3.2))
    left.contour(across, up, heights, levels=12)
    left.plot(arrays["w1"], arrays["w2"], "o-", label="walk")
    left.plot(*bottom, "k*", label="bottom")
    left.set(xlim=(-0.5, 3.5), ylim=(-1.2, 1.8), xlabel="height w1", ylabel="slope w2")
    left.legend()
    right.plot(arrays["loss"], label="loss")
    right.axhline(flats_loss(*bottom), linestyle=":", label="smallest possible")
    right.set(xlim=(0, 40), ylim=(0.01, 20), yscale="log", xlabel="step", ylabel="loss")
    right.legend()
    plt.show()
"""
PULL = """
from ipywidgets import SelectionSlider, interact

across, up = np.meshgrid(np.linspace(-0.6, 1.3, 101), np.linspace(-0.6, 1.1, 101))
bowl_heights = {bowl: height_of(bowl)(across, up) for bowl in BOWLS}

@interact(
    lam=SelectionSlider(options=[(f"{lam:.3g}", lam) for lam in strengths], value=strengths[17], description="lambda"),
    bowl=list(BOWLS),
    penalty=["L2", "L1"],
)
def plain_pull(lam, bowl, penalty):
    arrays = pull_on(lam, bowl, penalty)
    _, (left, right) = plt.subplots(1, 2, figsize=(8.2, 3.6))
    left.contour(across, up, bowl_heights[bowl], levels=[0.002, 0.01, 0.03, 0.07, 0.13, 0.22, 0.35, 0.55, 0.9])
    left.plot(arrays["way_1"], arrays["way_2"], label="way of the minimum")
    left.plot(arrays["edge_1"], arrays["edge_2"], ":", label="equally large weights")
    left.plot(arrays["now_1"], arrays["now_2"], "o", label="minimum now")
    left.set(xlim=(-0.6, 1.3), ylim=(-0.6, 1.1), aspect="equal", xlabel="w1", ylabel="w2")
    left.legend()
    right.plot(arrays["scale"], arrays["way_1"], label="w1")
    right.plot(arrays["scale"], arrays["way_2"], label="w2")
    right.plot(arrays["now"], arrays["now_1"], "o", label="w1 now")
    right.plot(arrays["now"], arrays["now_2"], "s", label="w2 now")
    right.set(ylim=(-0.1, 1.05), xlabel="log10 of lambda", ylabel="weight")
    right.legend()
    plt.show()
"""
LAMBDA = """
from ipywidgets import SelectionSlider, interact

largest = max(abs(fit.coef_).max() for fit in fits.values())

@interact(
    lam=SelectionSlider(options=[(f"{lam:.3g}", lam) for lam in lambdas], value=lambdas[2], description="lambda"),
    kind=["L2", "L1", "elastic net"],
)
def plain_lambda(lam, kind):
    arrays = turn_lambda(lam, kind)
    _, (left, middle, right) = plt.subplots(1, 3, figsize=(12, 3.2))
    left.plot(arrays["grid"], arrays["fit"], label="fit")
    left.plot(arrays["grid"], arrays["true"], "--", label="true curve")
    left.plot(arrays["x"], arrays["y"], "o", label="reading")
    left.set(ylim=(-1.6, 1.6), xlabel="time in the cycle (radians)", ylabel="height (m)")
    left.legend()
    middle.bar_label(middle.bar(range(1, 11), arrays["weights"]), fmt="%.1f")
    middle.set(ylim=(-1.1 * largest, 1.1 * largest), xlabel="power of t", ylabel="weight")
    right.plot(arrays["scale"], arrays["train"], label="readings")
    right.plot(arrays["scale"], arrays["test"], "--", label="true curve")
    right.plot(arrays["place"], arrays["train_now"], "o", label="readings, now")
    right.plot(arrays["place"], arrays["test_now"], "s", label="true curve, now")
    right.set(ylim=(0.002, 1), yscale="log", xlabel="log10 of lambda", ylabel="error")
    right.legend()
    plt.show()
"""


@dataclass(frozen=True)
class Beside:
    """A live figure of a lesson, named by the function that computes it, and the plain one that it is compared with."""

    lesson: str
    figure: str
    what: str
    plain: str


COMPARED = (
    Beside("02_gradient_descent", "sampled_walk", "contours and path", WALK),
    Beside("09_regularization", "pull_on", "regularization path of two weights", PULL),
    Beside("09_regularization", "turn_lambda", "regularization of ten weights", LAMBDA),
)


def lessons() -> list[str]:
    """Return every released lesson and page that has a live figure."""
    names = sorted(path.stem for path in (ROOT / "release").glob("*/[0-9][0-9]_*.ipynb"))
    return [name for name in names if "SliderFigure(" in _released(name).read_text(encoding="utf-8")]


def _released(lesson: str) -> Path:
    return ROOT / "release" / lesson / f"{lesson}.ipynb"


def figures_in(notebook: nbformat.NotebookNode) -> list[tuple[int, str]]:
    """Return the number of each cell that shows a live figure, and the name of the function that computes it."""
    return [
        (number, found[1])
        for number, cell in enumerate(notebook.cells)
        if cell.cell_type == "code" and (found := _FIGURE.search(cell.source))
    ]


def copy_for_measuring(folder: Path, lesson: str, compared: Sequence[Beside]) -> tuple[Path, list[str]]:
    """Copy a lesson into `folder`, each compared figure followed by a cell with the plain one.

    Returns
    -------
    path : Path
    figures : list of str
        The names of the lesson's live figures, in their order on the page.
    """
    notebook = nbformat.read(_released(lesson), as_version=4)
    figures = figures_in(notebook)
    plain = {one.figure: one.plain for one in compared if one.lesson == lesson}
    for number, figure in reversed(figures):
        if figure in plain:
            cell = nbformat.v4.new_code_cell(plain[figure].strip(), id=f"plain-{figure.replace('_', '-')}")
            notebook.cells.insert(number + 1, cell)
    path = folder / f"{lesson}.ipynb"
    nbformat.write(notebook, path)
    return path, [figure for _, figure in figures]
