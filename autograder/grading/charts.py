"""Small pictures for the class report, drawn as SVG that holds no style, no script and no reference.

Every picture has an alternative text that says what is to be seen in it.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from course_utils.language import _

BLUE, ORANGE, INK, SOFT, LINE = "#0550ae", "#a63e00", "#1f2328", "#4b535c", "#c9d1d9"
_TICKS = 6


@dataclass(frozen=True)
class Dot:
    """One student in the picture of score against time.

    Attributes
    ----------
    label : str
        What is said when one points at it.
    seconds : float
        Time spent grading.
    score : float
        Points, less the late penalty.
    late, waiting : bool
        How it came in, and whether an exercise is still to be graded.
    """

    label: str
    seconds: float
    score: float
    late: bool
    waiting: bool


def bars(counts: Sequence[int], axis: str) -> Markup:
    """Return a histogram: how many learners reached which share of the points.

    Parameters
    ----------
    counts : sequence of int
        Learners in each of the equal parts from 0 to 100 %.
    axis : str
        What the share is of; below the picture and in its alternative text.
    """
    width = 222 / len(counts)
    highest = max(*counts, 1)
    shares = [f"{100 * place / len(counts):.0f}–{100 * (place + 1) / len(counts):.0f}" for place in range(len(counts))]
    said = ", ".join(f"{share} %: {count}" for share, count in zip(shares, counts, strict=True))
    parts = []
    for place, (share, count) in enumerate(zip(shares, counts, strict=True)):
        height, middle = 80 * count / highest, 14 + width * (place + 0.5)
        parts.append(_box(middle - 0.42 * width, 100 - height, 0.84 * width, height))
        parts.append(_text(middle, 95 - height, str(count), 12, INK))
        if len(counts) <= 5:
            parts.append(_text(middle, 117, share, 11))
    if len(counts) > 5:
        parts += [_text(14 + 222 * edge / 100, 117, str(edge), 11) for edge in range(0, 101, 20)]
    parts.append(_line(5, 100, 245, 100))
    parts.append(_text(125, 138, axis, 11))
    return _svg(250, 145, _("Learners by {axis}. {shares}.", axis=axis, shares=said), parts)


def scatter(dots: Sequence[Dot], points: float) -> Markup:
    """Return the picture of score against time spent grading; those who were late are triangles.

    Parameters
    ----------
    dots : sequence of Dot
        The students.
    points : float
        The most one can reach.
    """
    # Seconds are known to the hundredth; anything shorter would ask for ticks that cannot be told apart.
    most = max([*(dot.seconds for dot in dots), 0.01])
    middle = statistics.median([dot.seconds for dot in dots]) if dots else 0.0
    # A few that took very long would press all others against the edge.
    logarithmic = middle > 0 and most > 20 * middle
    least = max(min([dot.seconds for dot in dots], default=most), 0.01)
    ticks = _logarithmic_ticks(least, most) if logarithmic else _ticks(most)
    left, right, top, bottom = 48.0, 630.0, 30.0, 250.0

    def across(seconds: float) -> float:
        if not logarithmic:
            return left + (right - left) * seconds / ticks[-1]
        low, high = math.log(ticks[0]), math.log(ticks[-1])
        return left + (right - left) * (math.log(max(seconds, ticks[0])) - low) / (high - low)

    highest = max(points, 0.01)

    def up(score: float) -> float:
        return bottom - (bottom - top) * min(max(score, 0.0), highest) / highest

    parts = []
    for tick in ticks:
        parts += [
            _line(across(tick), bottom, across(tick), bottom + 5),
            _text(across(tick), bottom + 19, f"{tick:g}", 12),
        ]
    for tick in (tick for tick in _ticks(highest) if tick <= highest):
        parts += [
            _line(left, up(tick), right, up(tick), LINE),
            _text(left - 6, up(tick) + 4, f"{tick:g}", 12, end=True),
        ]
    parts += [
        _line(left, bottom, right, bottom),
        _text((left + right) / 2, bottom + 38, _("time spent grading, in seconds"), 12),
        _text(left, top - 16, _("points"), 12),
    ]
    parts += [_dot(dot, across(dot.seconds), up(dot.score)) for dot in dots]
    return _svg(640, 295, _scatter_in_words(dots, points), parts)


def _scatter_in_words(dots: Sequence[Dot], points: float) -> str:
    if not dots:
        return _("Score against time spent grading: nobody yet.")
    seconds, scores = ([getattr(dot, name) for dot in dots] for name in ("seconds", "score"))
    late = sum(dot.late for dot in dots)
    return _(
        "Score against time spent grading, {learners} learners, {late} of them late. "
        "Time: {quickest:.1f} to {slowest:.1f} seconds, the middle one {middle_time:.1f}. "
        "Score: {lowest:g} to {highest:g} of {points:g}, the middle one {middle_score:g}.",
        learners=len(dots),
        late=late,
        quickest=min(seconds),
        slowest=max(seconds),
        middle_time=statistics.median(seconds),
        lowest=min(scores),
        highest=max(scores),
        points=points,
        middle_score=statistics.median(scores),
    )


def _ticks(most: float) -> list[float]:
    """Return round numbers from 0 to just above `most`."""
    rough = most / (_TICKS - 1)
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(step * power for step in (1, 2, 5, 10) if step * power >= rough * (1 - 1e-9))
    return [round(step * place, 10) for place in range(math.ceil(most / step - 1e-9) + 1)]


def _logarithmic_ticks(least: float, most: float) -> list[float]:
    """Return 1, 2, 5, 10, ... from just below `least` to just above `most`."""
    powers = range(math.floor(math.log10(least)), math.ceil(math.log10(most)) + 1)
    ticks = [round(step * 10.0**power, 10) for power in powers for step in (1, 2, 5)]
    first = max(place for place, tick in enumerate(ticks) if tick <= least)
    last = min(place for place, tick in enumerate(ticks) if tick >= most)
    return ticks[first : max(last, first + 1) + 1]


def _dot(dot: Dot, x: float, y: float) -> Markup:
    colour = ORANGE if dot.late else BLUE
    inside = "none" if dot.waiting else colour
    paint = Markup('fill="{}" fill-opacity=".45" stroke="{}"').format(inside, colour)
    if dot.late:
        shape = Markup('<path d="M{:.1f} {:.1f}l5 9h-10z" {}>').format(x, y - 6, paint)
        return shape + Markup("<title>{}</title></path>").format(dot.label)
    shape = Markup('<circle cx="{:.1f}" cy="{:.1f}" r="4.5" {}>').format(x, y, paint)
    return shape + Markup("<title>{}</title></circle>").format(dot.label)


def _box(x: float, y: float, width: float, height: float) -> Markup:
    shape = '<rect x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}" fill="{}"></rect>'
    return Markup(shape).format(x, y, width, height, BLUE)


def _line(x1: float, y1: float, x2: float, y2: float, colour: str = SOFT) -> Markup:
    shape = '<line x1="{:.1f}" y1="{:.1f}" x2="{:.1f}" y2="{:.1f}" stroke="{}"></line>'
    return Markup(shape).format(x1, y1, x2, y2, colour)


def _text(x: float, y: float, text: str, size: int, colour: str = SOFT, end: bool = False) -> Markup:
    shape = '<text x="{:.1f}" y="{:.1f}" text-anchor="{}" font-size="{}" fill="{}">{}</text>'
    return Markup(shape).format(x, y, "end" if end else "middle", size, colour, text)


def _svg(width: int, height: int, description: str, parts: Sequence[Markup]) -> Markup:
    frame = Markup('<svg viewBox="0 0 {} {}" role="img" aria-label="{}">{}</svg>')
    return frame.format(width, height, description, Markup("").join(parts))
