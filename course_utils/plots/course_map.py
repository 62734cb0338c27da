"""The map of the course: which lesson builds on which."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from course_utils.language import _, ngettext, pairing
from course_utils.lesson_index import IndexedLesson, read_index
from course_utils.plots.style import SMALL_SIZE, TEXT_SIZE, color

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@dataclass(frozen=True)
class Stop:
    """One lesson on the map.

    Attributes
    ----------
    number, title : str
        As they are written; a break in the title is a new line.
    needs : tuple of str
        The lessons it builds on directly.
    column, row : int
        Its place.
    """

    number: str
    title: str
    needs: tuple[str, ...]
    column: int
    row: int


PLAN = (
    Stop("01", "Linear\nregression", (), 0, 0),
    Stop("02", "Gradient\ndescent", ("01",), 1, 0),
    Stop("03", "Back-\npropagation", ("02",), 2, 0),
    Stop("04", "Logistic\nregression", ("03",), 3, 0),
    Stop("05", "Softmax\nregression", ("04",), 4, 0),
    Stop("06", "Neural\nnetwork", ("05",), 5, 0),
    Stop("07", "Regression\nmetrics", ("01",), 0, 1),
    Stop("08", "Classification\nmetrics", ("05",), 4, 1),
    Stop("09", "Regularization", ("02",), 1, 1),
    Stop("10", "Dropout", ("06", "09"), 5, 1),
    Stop("11", "Model\nselection", ("10",), 6, 1),
    Stop("12", "Activations", ("03",), 2, 1),
    Stop("13", "Several labels\nat once", ("05",), 3, 1),
)
_WIDTH, _HEIGHT, _STEP_X, _STEP_Y = 1.34, 1.08, 1.64, 1.66


def course_map(lessons: Sequence[IndexedLesson] | None = None, *, ax: Axes | None = None) -> Axes:
    """Draw the lessons, an arrow from each to those that build on it, and what each takes.

    Parameters
    ----------
    lessons : sequence of IndexedLesson, optional
        The lessons that are there; by default all of this installation. The others are drawn dashed and
        say that they are in preparation.
    ax : matplotlib.axes.Axes, optional
        Where to draw.

    Returns
    -------
    matplotlib.axes.Axes
    """
    there = {lesson.number: lesson for lesson in (read_index() if lessons is None else lessons)}
    stops = {stop.number: stop for stop in PLAN}
    if ax is None:
        import matplotlib.pyplot as plt

        ax = plt.subplots(figsize=(10.4, 3.6), layout="constrained")[1]
    for stop in PLAN:
        for needed in stop.needs:
            _draw_arrow(ax, stops[needed], stop)
    for stop in PLAN:
        _draw_stop(ax, stop, there.get(stop.number))
    ax.set_xlim(-_WIDTH / 2 - 0.1, 6 * _STEP_X + _WIDTH / 2 + 0.1)
    ax.set_ylim(-_STEP_Y - _HEIGHT / 2 - 0.5, _HEIGHT / 2 + 0.1)
    ax.set_aspect("equal")
    ax.axis("off")
    return ax


def map_in_words(lessons: Sequence[IndexedLesson] | None = None) -> str:
    """Return what the map shows as lines of text."""
    there = {lesson.number: lesson for lesson in (read_index() if lessons is None else lessons)}
    lines = []
    for stop in PLAN:
        needs = _("builds on {lessons}", lessons=pairing(stop.needs)) if stop.needs else _("builds on no other")
        title = stop.title.replace("-\n", "").replace("\n", " ")
        lines.append(f"{stop.number}  {title:<22}  {needs:<19}  {_effort(there.get(stop.number))}")
    return "\n".join(lines)


def _effort(lesson: IndexedLesson | None) -> str:
    if lesson is None:
        return _("in preparation")
    return ngettext(
        "{minutes:g} minutes, {count} exercise",
        "{minutes:g} minutes, {count} exercises",
        len(lesson.exercises),
        minutes=lesson.minutes,
    )


def _centre(stop: Stop) -> tuple[float, float]:
    return stop.column * _STEP_X, -stop.row * _STEP_Y


def _draw_stop(ax: Axes, stop: Stop, lesson: IndexedLesson | None) -> None:
    from matplotlib.patches import FancyBboxPatch

    x, y = _centre(stop)
    there = lesson is not None
    box = FancyBboxPatch(
        (x - _WIDTH / 2, y - _HEIGHT / 2),
        _WIDTH,
        _HEIGHT,
        boxstyle="round,pad=0,rounding_size=0.1",
        facecolor="white",
        edgecolor=color(0) if there else "0.45",
        linestyle="-" if there else "--",
        linewidth=1.6 if there else 1.0,
    )
    ax.add_patch(box)
    ink = "black" if there else "0.35"
    ax.text(x, y + 0.36, stop.number, ha="center", va="center", fontsize=TEXT_SIZE, color=ink, weight="bold")
    ax.text(x, y + 0.02, stop.title, ha="center", va="center", fontsize=TEXT_SIZE, color=ink)
    effort = _("{minutes:g} minutes", minutes=lesson.minutes) if lesson else _("in preparation")
    ax.text(x, y - 0.37, effort, ha="center", va="center", fontsize=SMALL_SIZE, color=ink)


def _draw_arrow(ax: Axes, start: Stop, end: Stop) -> None:
    (x1, y1), (x2, y2) = _centre(start), _centre(end)
    style = {"arrowstyle": "-|>", "color": "0.4", "linewidth": 1.1, "shrinkA": 0, "shrinkB": 0}
    if start.row == end.row and abs(start.column - end.column) > 1:
        # Below the boxes between the two.
        lane = y1 - _HEIGHT / 2 - 0.3
        ax.plot([x1, x1, x2], [y1 - _HEIGHT / 2, lane, lane], color="0.4", linewidth=1.1, solid_joinstyle="round")
        ax.annotate("", (x2, y2 - _HEIGHT / 2), (x2, lane), arrowprops=style)
    elif start.row == end.row:
        ax.annotate("", (x2 - _WIDTH / 2, y2), (x1 + _WIDTH / 2, y1), arrowprops=style)
    else:
        ax.annotate("", (x2, y2 + _HEIGHT / 2), (x1, y1 - _HEIGHT / 2), arrowprops=style)
