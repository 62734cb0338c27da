"""The page a learner gets back: what held, what did not, the hint, the points, their own cells.

The page is written from verdicts. It holds no script at all, and a content-security policy that
would run none. Every text is escaped; a learner's own markup goes through the sanitiser.
Notes for instructors never reach it.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
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

from autograder.grading.clean import clean_html, plain, png_or_none
from autograder.grading.execute import exercise_of, is_check, lesson_of
from autograder.grading.marks import UNGRADED_TYPE, verdict_data
from autograder.grading.sanitise import OURS
from course_utils.judging import Outcome, Verdict

_HERE = Path(__file__).parent
# Longer texts are shown without colours or Markdown: both take time that grows with the text.
_FANCY_LIMIT = 30_000
_ANSI = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]")

# What nbgrader's exchange reads when it hands feedback back.
EXCHANGE_FILES = ("timestamp.txt", "submission_secret.txt")


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

    @property
    def state(self) -> str:
        """One word that picks colour and sign: right, partly, open or waiting."""
        if self.mark.waiting and not self.mark.by_hand:
            return "waiting"
        if self.mark.score >= self.points - 1e-9:
            return "right"
        return "partly" if self.mark.score > 0 else "open"

    @property
    def label(self) -> str:
        """The verdict's outcome in two or three words; empty when a person decides."""
        if self.verdict is None or self.state == "waiting":
            return ""
        return "not right yet" if self.verdict.outcome is Outcome.WRONG else self.verdict.outcome.value


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
    return (f"Lesson {count[0]}: " if count else "") + words[:1].upper() + words[1:]


def with_code(text: str) -> Markup:
    """Escape a sentence and set what stands between backticks in code font."""
    return Markup(re.sub(r"`([^`]+)`", r"<code>\1</code>", str(escape(text))))


def environment() -> jinja2.Environment:
    """Return the template environment of the pages: escaping is on, unknown names are errors."""
    made = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_HERE),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters.update(number=number, code=with_code)
    made.globals["style"] = lambda name: Markup((_HERE / name).read_text(encoding="utf-8"))
    return made


def feedback_page(notebook: NotebookNode, about: Mapping[str, Any], marks: Mapping[str, Mark]) -> str:
    """Return the feedback page of a graded notebook.

    Parameters
    ----------
    notebook : NotebookNode
        The autograded notebook.
    about : mapping
        ``student``, ``assignment``, and where known ``score``, ``max_score`` and ``late_penalty``.
    marks : mapping of str to Mark
        What the gradebook says, by the check's grade id.
    """
    exercises = _exercises(notebook, marks)
    shown = {view.name for view in exercises}
    earned = sum(view.mark.score for view in exercises)
    return (
        environment()
        .get_template("feedback.html.j2")
        .render(
            student=about.get("student", ""),
            title=lesson_title(str(about.get("assignment", ""))),
            unreadable=(notebook.metadata.get(OURS) or {}).get("unreadable"),
            exercises=exercises,
            again=[view for view in exercises if view.state in ("partly", "open")],
            waiting=[view for view in exercises if view.state == "waiting"],
            score=about.get("score", earned),
            max_score=about.get("max_score", sum(view.points for view in exercises)),
            penalty=about.get("late_penalty") or 0,
            others=_others(notebook, shown),
            Outcome=Outcome,
        )
    )


def _exercises(notebook: NotebookNode, marks: Mapping[str, Mark]) -> list[ExerciseView]:
    answers = {
        cell.metadata.nbgrader.grade_id: cell.source
        for cell in notebook.cells
        if (cell.metadata.get("nbgrader") or {}).get("solution")
    }
    return [_exercise(cell, marks, answers.get(exercise_of(cell), "")) for cell in notebook.cells if is_check(cell)]


def _exercise(cell: NotebookNode, marks: Mapping[str, Mark], answer: str) -> ExerciseView:
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
    return ExerciseView(name, points, mark, verdict, highlight(answer))


def _others(notebook: NotebookNode, exercises: set[str]) -> list[CellView]:
    views = []
    for position, cell in enumerate(notebook.cells, start=1):
        meta = cell.metadata.get("nbgrader") or {}
        answer = meta.get("grade_id") in exercises
        if is_check(cell) or not cell.source.strip() or (answer and not cell.get("outputs")):
            continue
        code = cell.cell_type == "code"
        source = highlight(cell.source) if code else render_markdown(cell.source)
        views.append(CellView(position, code, source, tuple(_output(output) for output in cell.get("outputs", ()))))
    return views


def highlight(source: str) -> Markup:
    """Return Python source as escaped HTML with a class for each kind of token."""
    if len(source) > _FANCY_LIMIT:
        return escape(source)
    from pygments import highlight as colour  # type: ignore[import-untyped]
    from pygments.formatters import HtmlFormatter  # type: ignore[import-untyped]
    from pygments.lexers import PythonLexer  # type: ignore[import-untyped]

    return Markup(colour(source, PythonLexer(stripnl=False), HtmlFormatter(nowrap=True)))


def render_markdown(source: str) -> Markup:
    """Return a text cell as harmless HTML."""
    if len(source) > _FANCY_LIMIT:
        return Markup("<pre>{}</pre>").format(source)
    from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath

    try:
        renderer = IPythonRenderer(escape=False, exclude_anchor_links=True)
        return Markup(clean_html(MarkdownWithMath(renderer=renderer).render(source)))
    except Exception:  # a text that breaks the renderer is shown as it was written
        return Markup("<pre>{}</pre>").format(source)


def _output(output: Mapping[str, Any]) -> Markup:
    kind = output.get("output_type")
    if kind == "stream":
        return _lines(plain(output.get("text")))
    if kind == "error":
        trace = "\n".join(plain(line) for line in output.get("traceback", ()))
        return _lines(trace or f"{plain(output.get('ename'))}: {plain(output.get('evalue'))}")
    data = output.get("data") or {}
    picture = png_or_none(data.get("image/png"))
    if picture is not None:
        return Markup('<img alt="Picture your cell drew" src="data:image/png;base64,{}">').format(picture)
    if "text/html" in data:
        return Markup('<div class="output-html">{}</div>').format(Markup(clean_html(plain(data["text/html"]))))
    return _lines(plain(data.get("text/plain")))


def _lines(text: str) -> Markup:
    return Markup("<pre>{}</pre>").format(_ANSI.sub("", text))


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
        return feedback_page(notebook, about, marks), resources
