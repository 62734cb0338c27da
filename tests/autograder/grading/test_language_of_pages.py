"""Feedback pages and the class report in another language: nothing is forgotten, and nothing becomes markup."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import jinja2
import nbformat
import pytest
from nbformat.notebooknode import NotebookNode
from toy_course import ASSIGNMENT, with_answers

from autograder.engine import spawn
from autograder.grading import feedback, handed_in
from autograder.grading.execute import Record, check_outputs, write_outputs
from autograder.grading.feedback import Mark, environment, feedback_page
from autograder.grading.report import ClassReport, ExerciseRow, StudentRow, report_page
from autograder.grading.results import code_state, difference, result_key
from autograder.grading.sanitise import sanitise
from course_utils import language
from course_utils.judging import GroupResult, Outcome, Verdict
from tests.pseudo import Pseudo, left, left_on, spoken

EVIL = "<script>alert(1)</script>"
ABOUT = {"student": "⟦ada⟧", "assignment": ASSIGNMENT}
# The learner's title of the lesson, made of its name.
TITLE = ("Toy", "lesson")
GROUPS = (GroupResult("⟦one⟧", 0.5, True), GroupResult("⟦two⟧", 0.5, False, "⟦why⟧"))


@pytest.fixture
def pseudo() -> Iterator[None]:
    with spoken():
        yield


def verdict(outcome: Outcome, credit: float = 0.0, hint: str | None = "⟦hint⟧") -> Verdict:
    texts = {"shapes": "⟦shapes⟧", "step": "⟦step⟧", "diagnosis": "⟦diagnosis⟧", "traceback": "⟦line⟧"}
    return Verdict("scale", outcome, credit, "⟦said⟧", hint=hint, groups=GROUPS, **texts)  # type: ignore[arg-type]


def graded(release: NotebookNode, given: Mapping[str, Any]) -> NotebookNode:
    """Return a graded notebook: each check with a verdict, or with the reason why there is none."""
    notebook, notes = sanitise(with_answers(release, scale="scale = 1"), release)
    assert left("\n".join(notes)) == ""
    notebook.cells.append(nbformat.v4.new_code_cell("⟦mine⟧", id="mine"))
    outputs = [{"output_type": "display_data", "data": {"text/html": "<b>⟦kept⟧</b>"}, "metadata": {}}]
    cells: list[dict[str, Any]] = []
    for cell in notebook.cells:
        if cell.cell_type == "code":
            found = given.get(cell["id"])
            cells.append({"verdict": found.to_dict()} if isinstance(found, Verdict) else {"ungraded": found or "⟦?⟧"})
            if not cell["id"].startswith("check-"):
                cells[-1] = {"outputs": outputs}
    write_outputs(notebook, Record("key", tuple(cells), 1.0, False))
    return notebook


@pytest.mark.parametrize("outcome", list(Outcome))
@pytest.mark.parametrize("second", [verdict(Outcome.PARTLY, 0.5), verdict(Outcome.WRONG, hint=None), "⟦why⟧"])
def test_a_feedback_page_is_all_in_the_catalog(
    release: NotebookNode, pseudo: None, outcome: Outcome, second: object
) -> None:
    first = verdict(outcome, 1.0 if outcome is Outcome.CORRECT else 0.0)
    notebook = graded(release, {"check-scale": first, "check-total": second})
    for about, marks in (
        (ABOUT, {}),
        ({**ABOUT, "late_penalty": 1, "score": 1}, {}),
        ({**ABOUT, "late_penalty": 2.5, "score": 1}, {"check-scale": Mark(1.0, True, False, "⟦comment⟧")}),
    ):
        page = feedback_page(notebook, about, marks, [cell.source for cell in release.cells])
        assert '<html lang="qps">' in page
        assert left_on(page, TITLE) == ""
    assert left("\n".join(_texts(notebook)), ("scale", "total")) == ""


def _texts(notebook: NotebookNode) -> list[str]:
    shown = [output["data"].get("text/plain", "") for cell in notebook.cells for output in cell.get("outputs", ())]
    return [str(text) for text in shown]


def test_a_page_of_a_file_that_cannot_be_read_is_all_in_the_catalog(
    release: NotebookNode, pseudo: None, tmp_path: Path
) -> None:
    folder = tmp_path / "⟦folder⟧"
    folder.mkdir()
    contents = (b"", b"PK\x03\x04", b"{", b"[]", b"{}", b"\xff\xfe{", b"<<<<<<< x", b"[" * 100_000)
    for content in contents:
        (folder / "lesson.ipynb").write_bytes(content)
        notebook = handed_in.prepare(folder, "lesson", release)
        said = notebook.metadata.dlf.unreadable
        assert left(said, ("lesson.ipynb", "ipynb")) == "", said
        page = feedback_page(notebook, ABOUT, {})
        assert left_on(page, (*TITLE, "lesson", "ipynb")) == ""
    (folder / "lesson.ipynb").unlink()
    assert left(handed_in.prepare(folder, "lesson", release).metadata.dlf.unreadable) == ""


def made_up(students: int) -> ClassReport:
    rows = [
        StudentRow(f"⟦{place}⟧", {"scale": place % 5, "total": 2.0}, place % 5 + 2.0, 1 + place % 7, "⟦name⟧")
        for place in range(students)
    ]
    rows[0].hours_late = rows[0].penalty = 1.0
    rows[-1].hours_late = 1.0
    scale = ExerciseRow("scale", 4.0, [row.marks["scale"] or 0.0 for row in rows])
    scale.mistakes, scale.hints = Counter({"⟦slip⟧": 3}), {"⟦slip⟧": "⟦hint⟧"}
    scale.outcomes = Counter({outcome.value: 2 for outcome in Outcome})
    scale.outcomes.update(["not graded yet", "no verdict"])
    notes = [(row.student, name, "⟦note⟧") for row in rows for name in ("", *["scale"] * 8)]
    return ClassReport(ASSIGNMENT, rows, [scale], notes, Counter({"full": students, "none": 1}))


@pytest.mark.parametrize("students", [1, 3, 250])
def test_a_class_report_is_all_in_the_catalog(pseudo: None, students: int) -> None:
    levels = ("full", "none")  # of confinement: names that the guide explains
    for waiting in (0, 1, students):
        made = made_up(students)
        for row in made.students[:waiting]:
            row.marks["scale"], row.reasons["scale"] = None, "⟦why⟧"
            row.marks["total"] = None
        assert left_on(report_page(made), (*TITLE, *levels)) == ""
    empty = ClassReport(ASSIGNMENT, [], [], [])
    assert left_on(report_page(empty), TITLE) == ""


class _Foreign(Pseudo):
    """Everything is translated, even what is no sentence of ours."""

    def gettext(self, message: str) -> str:
        return f"«{message}»"


def test_what_is_put_into_a_translated_sentence_is_escaped(release: NotebookNode) -> None:
    made = made_up(2)
    made.exercises[0].outcomes[EVIL] = 1
    made.students[0].student = EVIL
    language.use("qps", _Foreign())
    try:
        pages = [report_page(made), feedback_page(graded_plain(release), {**ABOUT, "student": EVIL}, {})]
    finally:
        language.use("")
    for page in pages:
        assert "<script" not in page
        assert "&lt;script&gt;" in page


def graded_plain(release: NotebookNode) -> NotebookNode:
    notebook, _notes = sanitise(release, release)
    cells = [{"outputs": []} for cell in notebook.cells if cell.cell_type == "code"]
    write_outputs(notebook, Record("key", tuple(cells), 1.0, False))
    return notebook


def test_only_sentences_that_stand_in_a_template_may_be_markup() -> None:
    """A sentence of the catalog may hold markup; data that took its way would be markup as well."""
    parsed = environment()
    folder, seen = Path(feedback.__file__).parent, 0
    for path in sorted(folder.glob("*.j2")):
        for call in parsed.parse(path.read_text(encoding="utf-8")).find_all(jinja2.nodes.Call):
            name = getattr(call.node, "name", "")
            for text in call.args[: {"_": 1, "ngettext": 2}.get(name, 0)]:
                assert isinstance(text, jinja2.nodes.Const), f"{path.name}:{call.lineno}"
                seen += 1
    assert seen > 80


def test_results_are_kept_by_language_and_english_ones_are_what_they_were(
    release: NotebookNode, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    english, key = code_state("softmax_regression"), result_key(release, "softmax_regression", {}, None)
    assert "language" not in english
    path = tmp_path / "de" / "LC_MESSAGES" / "course.mo"
    path.parent.mkdir(parents=True)
    path.write_bytes(_catalog())
    monkeypatch.setattr(language, "FOLDER", tmp_path)
    language.use("de")
    try:
        assert language.language() == "de"
        german = code_state("softmax_regression")
        assert result_key(release, "softmax_regression", {}, None) != key
        assert difference(english, german) == difference(german, english) == "verdicts in another language"
        # A child is told, and told nothing else.
        environ = spawn._environment(tmp_path)
    finally:
        language.use("")
    assert environ.pop(language.VARIABLE) == "de"
    assert environ == spawn._environment(tmp_path)


def _catalog() -> bytes:
    import io

    from babel.messages.catalog import Catalog
    from babel.messages.mofile import write_mo

    catalog, written = Catalog(locale="de"), io.BytesIO()
    catalog.add("Hint", "Hinweis")
    write_mo(written, catalog)
    return written.getvalue()


def test_a_verdict_in_the_gradebooks_notebook_is_all_in_the_catalog(pseudo: None) -> None:
    shown, score = check_outputs({"verdict": verdict(Outcome.PARTLY, 0.5).to_dict()}, 4.0)
    assert left_on(shown["data"]["text/html"], ("scale",)) == ""
    assert score["data"]["text/plain"] == "2.0"
    (ungraded,) = check_outputs({"ungraded": "⟦why⟧"}, 4.0)
    assert left_on(ungraded["data"]["text/html"]) == ""
    assert os.environ.get(language.VARIABLE) is None
