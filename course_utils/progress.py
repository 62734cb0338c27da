"""What a learner has done so far: every check is noted, and `progress()` shows where you stand."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any

from course_utils import record_book
from course_utils.language import _, ngettext
from course_utils.lesson_index import Entry, IndexedLesson, find_lesson, read_index

if TYPE_CHECKING:
    from course_utils.judging.verdict import Verdict


def note_check(verdict: Verdict, answer: Any, source: str | None) -> None:
    """Note the verdict of a check in the learner's record. It raises nothing.

    Parameters
    ----------
    verdict : Verdict
        What the judge found.
    answer : object
        The function or class that was judged.
    source : str or None
        Its text, kept when it passed, so that later lessons can use it.
    """
    try:
        said = record_book.keep(_try_of(verdict, answer, source))
        if said:
            print(said)
    except Exception:  # whatever it is, it is not the learner's: the verdict has been shown
        return


def _try_of(verdict: Verdict, answer: Any, source: str | None) -> record_book.Try:
    from datetime import UTC, datetime

    found = find_lesson(verdict.exercise)
    text = context = None
    if verdict.passed and source is not None:
        text, context = _text_of(answer, source)
    return record_book.Try(
        exercise=verdict.exercise,
        lesson=found[0].slug if found else "",
        time=datetime.now(UTC).isoformat(timespec="microseconds"),
        outcome=verdict.outcome.value,
        passed=verdict.passed,
        credit=float(verdict.credit),
        points=found[1].points if found else None,
        source=text,
        context=context,
        defines=_name_of(answer),
    )


def _text_of(answer: Any, source: str) -> tuple[str | None, str | None]:
    from course_utils.answer_source import LONGEST, context_of

    if len(source) > LONGEST:
        return None, None
    others = frozenset(entry.name for lesson in read_index() for entry in lesson.exercises)
    try:
        return source, context_of(answer, source, others)
    except Exception:  # the answer is the learner's: any look at it may raise
        return source, None


def _name_of(answer: Any) -> str:
    try:
        name = answer.__name__
    except Exception:
        return ""
    return name if isinstance(name, str) else ""


@dataclass(frozen=True)
class LessonProgress:
    """Where a learner stands in one lesson.

    Attributes
    ----------
    lesson : IndexedLesson
        The lesson.
    done : tuple of str
        The exercises whose check has passed.
    earned : float
        The points reached; an exercise that is partly right counts with its part.
    minutes_left : float
        What the exercises that are left take.
    next : Entry or None
        The first exercise that is left.
    """

    lesson: IndexedLesson
    done: tuple[str, ...]
    earned: float
    minutes_left: float
    next: Entry | None


def lesson_progress(lesson: IndexedLesson, record: Mapping[str, Any]) -> LessonProgress:
    """Return where a learner stands in a lesson, from the record of their checks."""
    entries = record["exercises"]
    done = tuple(each.name for each in lesson.exercises if "passed" in entries.get(each.name, {}))
    left = [each for each in lesson.exercises if each.name not in done]
    best = {
        each.name: 1.0 if each.name in done else entries.get(each.name, {}).get("best", 0.0)
        for each in lesson.exercises
    }
    earned = sum(each.points * min(max(best[each.name], 0.0), 1.0) for each in lesson.exercises)
    return LessonProgress(lesson, done, earned, sum(each.minutes for each in left), left[0] if left else None)


def progress() -> None:
    """Show, lesson by lesson, what you have done, what is left and what comes next."""
    record, said = record_book.view()
    rows = [lesson_progress(lesson, record) for lesson in read_index()]
    shown = _Shown(rows, record, said)
    if "IPython" in sys.modules:
        from IPython import get_ipython

        if get_ipython() is not None:
            from IPython.display import display

            display(shown)
            return
    print(progress_text(rows, record, said))


class _Shown:
    """An overview as IPython shows it: rich where there is a page, plain where there is none."""

    def __init__(self, rows: Sequence[LessonProgress], record: Mapping[str, Any], said: str | None) -> None:
        self._given = rows, record, said

    def _repr_mimebundle_(self, **_: object) -> dict[str, str]:
        return {"text/html": progress_html(*self._given), "text/plain": progress_text(*self._given)}


def progress_text(rows: Sequence[LessonProgress], record: Mapping[str, Any], said: str | None = None) -> str:
    """Return the overview as plain lines."""
    if not rows:
        return _("No lessons are listed here. Build the course with `course build`, or install it again.")
    width = max(len(row.lesson.title) for row in rows)
    heads = _("exercises"), _("points"), _("minutes left")
    counts, points, left = (max(len(head), least) for head, least in zip(heads, (9, 7, 12), strict=True))
    lesson_head = _("lesson")
    lines = [f"{lesson_head:<{width + 4}}  {heads[0]:>{counts}}  {heads[1]:>{points}}  {heads[2]:>{left}}"]
    for row in rows:
        done = f"{_count_of(row):>{counts}}  {_points_of(row):>{points}}  {_number(row.minutes_left):>{left}}"
        lines.append(f"{row.lesson.number}  {row.lesson.title:<{width}}  {done}")
    following = _next_of(rows)
    if following is None:
        lines.append(_("Every exercise has passed its check."))
    else:
        lesson, entry = following
        lines.append(
            _(
                "Next: {name} in lesson {number}, {title} ({minutes} minutes)",
                name=entry.name,
                number=lesson.number,
                title=lesson.title,
                minutes=_number(entry.minutes),
            )
        )
        lines += [f"  {text}" for text in [_latest_sentence(entry, record)] if text]
    return "\n".join([*lines, *([said] if said else [])])


def progress_html(rows: Sequence[LessonProgress], record: Mapping[str, Any], said: str | None = None) -> str:
    """Return the overview as one table with links; every text in it is escaped."""
    if not rows:
        return f"<p>{escape(progress_text(rows, record))}</p>"
    body = "".join(_html_row(row) for row in rows)
    heads = "".join(
        f'<th scope="col" style="text-align:{side};padding:.2em .8em">{escape(word)}</th>'
        for word, side in (
            (_("Lesson"), "left"),
            (_("Exercises done"), "left"),
            (_("Points"), "right"),
            (_("Minutes left"), "right"),
        )
    )
    following = _next_of(rows)
    if following is None:
        line = escape(_("Every exercise has passed its check."))
    else:
        lesson, entry = following
        # A catalog is ours: its sentences may hold markup.
        line = _(
            "<strong>Next:</strong> {name} in {lesson}, {minutes} minutes.",
            name=f"<code>{escape(entry.name)}</code>",
            lesson=_link(lesson),
            minutes=_number(entry.minutes),
        )
        line = f"{line} {escape(_latest_sentence(entry, record))}"
    note = f"<p>{escape(said)}</p>" if said else ""
    title = _("Your progress")
    return (
        '<div class="dlf-progress" style="max-width:52em;line-height:1.45">'
        '<table style="border-collapse:collapse;margin:.3em 0"><caption style="text-align:left;font-weight:bold">'
        f"{escape(title)}</caption><thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table>"
        f"<p>{line}</p>{note}</div>"
    )


def _html_row(row: LessonProgress) -> str:
    done, total = len(row.done), len(row.lesson.exercises)
    mark = "✓ " if done == total else ""
    bar = f'<progress max="{total}" value="{done}" aria-hidden="true" style="width:6em"></progress>'
    cell = '<td style="text-align:right;padding:.2em .8em">'
    return (
        f'<tr><th scope="row" style="text-align:left;font-weight:normal;padding:.2em .8em">{_link(row.lesson)}</th>'
        f'<td style="text-align:left;padding:.2em .8em">{bar} {mark}{escape(_count_of(row))}</td>'
        f"{cell}{escape(_points_of(row))}</td>{cell}{_number(row.minutes_left)}</td></tr>"
    )


def _link(lesson: IndexedLesson) -> str:
    # JupyterLab takes the line from under links, and colour alone does not tell them from the words around.
    where = f'href="{escape(lesson.link)}" style="text-decoration:underline"'
    return f"<a {where}>{lesson.number} · {escape(lesson.title)}</a>"


def _next_of(rows: Sequence[LessonProgress]) -> tuple[IndexedLesson, Entry] | None:
    return next(((row.lesson, row.next) for row in rows if row.next is not None), None)


def _latest_sentence(entry: Entry, record: Mapping[str, Any]) -> str:
    found = record["exercises"].get(entry.name)
    if found is None:
        return ""
    return ngettext(
        "So far: {count} try, the latest: {outcome}.",
        "So far: {count} tries, the latest: {outcome}.",
        found["tries"],
        outcome=_(found["latest"]["outcome"]),
    )


def _count_of(row: LessonProgress) -> str:
    return _("{done} of {total}", done=len(row.done), total=len(row.lesson.exercises))


def _points_of(row: LessonProgress) -> str:
    return _("{done} of {total}", done=_number(row.earned), total=_number(row.lesson.points))


def _number(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")
