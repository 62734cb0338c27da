"""The page a learner gets back: what held, what did not, the hint, the points, their own cells.

The page is written from verdicts. It holds no script at all, and a content-security policy that
would run none and obeys no style but its own. Every text is escaped; a learner's own markup goes
through the sanitiser. Notes for instructors never reach it.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup, escape
from nbconvert.exporters import HTMLExporter
from nbconvert.exporters.exporter import Exporter
from nbformat.notebooknode import NotebookNode
from nbgrader.api import Gradebook, MissingEntry
from nbgrader.converters import GenerateFeedback

from autograder.grading.execute import exercise_of, is_check, lesson_of
from autograder.grading.marks import UNGRADED_TYPE, verdict_data
from autograder.grading.sanitise import OURS, trusted_notebook
from autograder.grading.shown import Outputs, highlight, render_markdown, strip_colours, visible
from course_utils.judging import Outcome, Verdict
from course_utils.language import N_, _, language, listing, ngettext

_HERE = Path(__file__).parent

# What nbgrader's exchange reads when it hands feedback back.
EXCHANGE_FILES = ("timestamp.txt", "submission_secret.txt")

_SIGNS = {"right": "✓", "partly": "◐", "open": "○", "waiting": "…"}
_WORDS = {
    Outcome.CORRECT: N_("right"),
    Outcome.PARTLY: N_("partly right"),
    Outcome.WRONG: N_("not right yet"),
    Outcome.RAISED: N_("stopped on an error"),
    Outcome.NOT_ATTEMPTED: N_("not begun yet"),
    Outcome.LIBRARY: N_("a library did it"),
    Outcome.TIMEOUT: N_("took too long"),
    Outcome.DIED: N_("ended the process"),
}


@dataclass(frozen=True)
class Mark:
    """What the gradebook says about one check."""

    score: float
    by_hand: bool
    waiting: bool
    comment: str | None


@dataclass(frozen=True)
class ExerciseView:
    """One exercise as the page shows it."""

    name: str
    points: float
    mark: Mark
    verdict: Verdict | None
    answer: Markup
    outputs: tuple[Markup, ...] = ()

    @property
    def state(self) -> str:
        """One word that picks colour and sign: right, partly, open or waiting."""
        if self.mark.waiting and not self.mark.by_hand:
            return "waiting"
        if self.mark.score >= self.points - 1e-9:
            return "right"
        return "partly" if self.mark.score > 0 else "open"

    @property
    def sign(self) -> str:
        """A sign that goes with the colour, for those who do not see it."""
        return _SIGNS[self.state]

    @property
    def word(self) -> str:
        """How it went, in a few kind words."""
        if self.state == "waiting":
            return _("waits for a person")
        if self.mark.by_hand or self.verdict is None:
            return _("marked by hand")
        return _(_WORDS[self.verdict.outcome])

    @property
    def begun(self) -> bool:
        """Whether the learner has written anything."""
        return self.verdict is None or self.verdict.outcome is not Outcome.NOT_ATTEMPTED


@dataclass(frozen=True)
class CellView:
    """One of the learner's other cells."""

    number: int
    code: bool
    source: Markup
    outputs: tuple[Markup, ...]


def number(value: float) -> str:
    """Return a number of points as people write it: 3, 2.5, 0.33."""
    return f"{value:.2f}".rstrip("0").rstrip(".")


def lesson_title(assignment: str) -> str:
    """Return "Lesson 05: Softmax regression" for ``05_softmax_regression``."""
    words = lesson_of(assignment).replace("_", " ").strip()
    count = re.match(r"\d+(?=_)", assignment)
    title = words[:1].upper() + words[1:]
    return _("Lesson {number}: {title}", number=count[0], title=title) if count else title


def with_code(text: str) -> Markup:
    """Escape a sentence and set what stands between backticks in code font."""
    return Markup(re.sub(r"`([^`]+)`", r"<code>\1</code>", str(escape(text))))


def _style(*sheets: str) -> Markup:
    return Markup("".join((_HERE / sheet).read_text(encoding="utf-8") for sheet in sheets))


def _digest(text: str) -> str:
    """Return what a content-security policy calls this text: with it, no other style is obeyed."""
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _translated(message: str, /, **values: object) -> Markup:
    """Return a sentence of a template in the reader's language.

    It may hold markup, so it has to stand in the template itself; what is put in is escaped. Data goes through the
    filter ``translated``.
    """
    return Markup(_(message, **{name: escape(value) for name, value in values.items()}))


def _plural(one: str, many: str, count: int, /, **values: object) -> Markup:
    return Markup(ngettext(one, many, count, **{name: escape(value) for name, value in values.items()}))


def environment() -> jinja2.Environment:
    """Return the template environment of the pages: escaping is on, unknown names are errors.

    The templates mark their sentences with ``_`` and ``ngettext``, as Python code does.
    """
    made = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_HERE),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters.update(number=number, code=with_code, digest=_digest, plain_lines=strip_colours, translated=_)
    made.globals.update(style=_style, _=_translated, ngettext=_plural, language=language)
    return made


def feedback_page(
    notebook: NotebookNode, about: Mapping[str, Any], marks: Mapping[str, Mark], released: Iterable[str] | None = None
) -> str:
    """Return the feedback page of a graded notebook.

    Parameters
    ----------
    notebook : NotebookNode
        The autograded notebook.
    about : mapping
        ``student``, ``assignment``, and where known ``score``, ``max_score`` and ``late_penalty``.
    marks : mapping of str to Mark
        What the gradebook says, by the check's grade id.
    released : iterable of str, optional
        The sources of the lesson's own cells, which the page leaves out. Without them it goes by the
        cells' own mark (``dlf.own``), and shows all where no cell has one.
    """
    outputs = Outputs()
    exercises = _exercises(notebook, marks, outputs)
    others, left_out = _others(notebook, {view.name for view in exercises}, released, outputs)
    again = [view for view in exercises if view.state in ("partly", "open")]
    # The nearest first: what holds in part, then what was tried.
    again.sort(key=lambda view: (view.state != "partly", not view.begun))
    page = (
        environment()
        .get_template("feedback.html.j2")
        .render(
            sheets=("feedback.css",),
            student=about.get("student", ""),
            title=lesson_title(str(about.get("assignment", ""))),
            unreadable=(notebook.metadata.get(OURS) or {}).get("unreadable"),
            exercises=exercises,
            summary=_summary(exercises),
            again=again,
            begin=_begin(again[0]) if again else "",
            waiting=[view for view in exercises if view.state == "waiting"],
            score=about.get("score", sum(view.mark.score for view in exercises)),
            max_score=about.get("max_score", sum(view.points for view in exercises)),
            penalty=about.get("late_penalty") or 0,
            others=others,
            left_out=left_out,
            Outcome=Outcome,
        )
    )
    return visible(page)


def _summary(exercises: Sequence[ExerciseView]) -> str:
    """Say in one sentence how the exercises went."""
    count = Counter("not begun" if view.state == "open" and not view.begun else view.state for view in exercises)
    total = len(exercises)
    if total and count["right"] == total:
        return _("Every exercise is right.") if total > 1 else _("The exercise is right.")
    words = {
        "right": ngettext("{count} is right", "{count} are right", count["right"]),
        "partly": ngettext("{count} is partly right", "{count} are partly right", count["partly"]),
        "open": ngettext("{count} is not right yet", "{count} are not right yet", count["open"]),
        "not begun": ngettext("{count} is not begun yet", "{count} are not begun yet", count["not begun"]),
        "waiting": ngettext("{count} waits for a person", "{count} wait for a person", count["waiting"]),
    }
    said = listing([said for state, said in words.items() if count[state]]) or _("none")
    return ngettext("Of {count} exercises, {said}.", "Of {count} exercises, {said}.", total, said=said)


def _begin(view: ExerciseView) -> Markup:
    """Say with which exercise to begin, and why."""
    link = Markup('<a href="#exercise-{0}"><code>{0}</code></a>').format(view.name)
    if view.state == "partly":
        said = N_("Begin with {link}, where part of it holds already: what is missing stands beside it.")
    elif not view.begun:
        said = N_("Begin with {link}, which is not begun yet.")
    elif view.verdict is not None and view.verdict.hint:
        said = N_("Begin with {link}: there is a thought beside it that should help.")
    else:
        said = N_("Begin with {link}: what was found stands beside it.")
    return _translated(said, link=link)


def _exercises(notebook: NotebookNode, marks: Mapping[str, Mark], outputs: Outputs) -> list[ExerciseView]:
    answers = {
        cell.metadata.nbgrader.grade_id: cell
        for cell in notebook.cells
        if (cell.metadata.get("nbgrader") or {}).get("solution")
    }
    checks = [cell for cell in notebook.cells if is_check(cell)]
    return [_exercise(cell, marks, answers.get(exercise_of(cell)), outputs) for cell in checks]


def _exercise(
    cell: NotebookNode, marks: Mapping[str, Mark], answer: NotebookNode | None, outputs: Outputs
) -> ExerciseView:
    name = exercise_of(cell)
    points = float(cell.metadata.nbgrader.points)
    data = verdict_data(cell)
    verdict = None
    if data is not None and verdict_data(cell, UNGRADED_TYPE) is None:
        try:
            verdict = Verdict.from_dict(data)
        except (KeyError, TypeError, ValueError):
            verdict = None
    given = 0.0 if verdict is None else round(points * verdict.credit, 2)
    mark = marks.get(cell.metadata.nbgrader.grade_id, Mark(given, False, verdict is None, None))
    source = highlight(answer.source if answer is not None else "")
    shown = tuple(map(outputs.show, answer.get("outputs", ()))) if answer is not None else ()
    return ExerciseView(name, points, mark, verdict, source, shown)


def _others(
    notebook: NotebookNode, exercises: set[str], released: Iterable[str] | None, outputs: Outputs
) -> tuple[list[CellView], int]:
    """Return the learner's own cells that are no answers, and how many of the lesson's were left out."""
    marked = any("own" in (cell.metadata.get(OURS) or {}) for cell in notebook.cells)
    ours = None if released is None else Counter(released)
    views, left_out = [], 0
    for position, cell in enumerate(notebook.cells, start=1):
        grade_id = (cell.metadata.get("nbgrader") or {}).get("grade_id")
        if is_check(cell) or not cell.source.strip() or grade_id in exercises:
            continue
        if marked:
            own = bool((cell.metadata.get(OURS) or {}).get("own"))
        else:
            # Each of the lesson's texts is the lesson's once: a second copy is the learner's.
            own = ours is None or ours[cell.source] == 0
            if ours is not None and not own:
                ours[cell.source] -= 1
        if not own:
            left_out += 1
            continue
        code = cell.cell_type == "code"
        source = highlight(cell.source) if code else render_markdown(cell.source)
        views.append(CellView(position, code, source, tuple(map(outputs.show, cell.get("outputs", ())))))
    return views, left_out


def read_marks(about: Mapping[str, Any]) -> dict[str, Mark]:
    """Return the marks and comments of one submitted notebook, by the check's grade id."""
    marks: dict[str, Mark] = {}
    with Gradebook(about["db_url"]) as gradebook:
        try:
            handed_in = gradebook.find_submission_notebook(about["notebook"], about["assignment"], about["student"])
        except MissingEntry:
            return marks
        comments = {comment.name: comment.manual_comment for comment in handed_in.comments}
        for grade in handed_in.grades:
            by_hand = grade.manual_score is not None
            waiting = not by_hand and grade.auto_score is None
            exercise = grade.name.removeprefix("check-")
            comment = comments.get(exercise) or comments.get(grade.name)
            marks[grade.name] = Mark(float(grade.score or 0), by_hand, waiting, comment)
    return marks


def remove_copies(folder: Path, keep: Collection[str]) -> None:
    """Remove what nbgrader copied from the submission into a feedback folder.

    A page that the learner wrote would lie beside ours and look like it. The files stay in the
    submitted and the autograded folder.

    Parameters
    ----------
    folder : Path
        The feedback folder of one submission.
    keep : collection of str
        Names of the files at its top that are ours.
    """
    # The deepest first, so that a folder is empty when its turn comes.
    for path in sorted(folder.rglob("*"), reverse=True):
        if path.is_symlink() or not path.is_dir():
            if path.parent != folder or path.name not in keep:
                path.unlink()
        elif not any(path.iterdir()):
            path.rmdir()


class FeedbackExporter(HTMLExporter):
    """nbconvert's HTML exporter with our page; set as ``c.GenerateFeedback.exporter_class``.

    Whatever template nbgrader names (formgrader forces its own) is not used.
    """

    def from_notebook_node(
        self, nb: NotebookNode, resources: dict[str, Any] | None = None, **kw: Any
    ) -> tuple[Any, dict[str, Any]]:
        """Return the page of a graded notebook."""
        notebook, resources = Exporter.from_notebook_node(self, nb, resources, **kw)
        about = resources.get("nbgrader") or {}
        if isinstance(self.parent, GenerateFeedback):
            pages = {f"{Path(name).stem}.html" for name in self.parent.notebooks}
            folder = Path(self.parent._format_dest(about["assignment"], about["student"]))
            remove_copies(folder, {*pages, *EXCHANGE_FILES})
        marks = read_marks(about) if about.get("db_url") else {}
        return feedback_page(notebook, about, marks, self._released(about)), resources

    def _released(self, about: Mapping[str, Any]) -> list[str] | None:
        """Return the sources of the lesson's own cells, where the course still has the lesson."""
        if not isinstance(self.parent, GenerateFeedback):
            return None
        try:
            lesson = trusted_notebook(self.parent.coursedir, about["assignment"], about["notebook"])
        except FileNotFoundError:
            return None
        return [cell.source for cell in lesson.cells]
