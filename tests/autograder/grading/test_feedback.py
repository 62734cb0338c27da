"""The feedback page: what it says, and what it never lets through."""

from __future__ import annotations

import base64
import re
from typing import Any

import nbformat
import pytest
from nbformat.notebooknode import NotebookNode
from toy_course import with_answers

from autograder.grading.execute import Record, write_outputs
from autograder.grading.feedback import Mark, feedback_page, lesson_title
from autograder.grading.sanitise import sanitise
from course_utils.judging import GroupResult, Outcome, Verdict

EVIL = "<script>alert('x')</script><img src=x onerror=alert(1)>"
PNG = base64.b64encode(b"\x89PNG\r\n\x1a\nrest").decode()
ABOUT = {"student": "ada", "assignment": "01_toy_lesson"}

PARTLY = Verdict(
    "scale", Outcome.PARTLY, 0.5, "Right for ordinary numbers.", hint="Think of the sign.",
    groups=(GroupResult("ordinary numbers", 0.5, True), GroupResult("negative numbers", 0.5, False, "sign")),
    notes=("SECRET NOTE",),
)  # fmt: skip
RAISED = Verdict("total", Outcome.RAISED, 0.0, EVIL, traceback=EVIL, hint=EVIL, diagnosis=EVIL)


def graded(release: NotebookNode, **answers: str) -> NotebookNode:
    notebook, _ = sanitise(with_answers(release, **answers), release)
    notebook.cells.append(nbformat.v4.new_code_cell("mine()", id="mine"))
    outputs = [
        {"output_type": "stream", "name": "stdout", "text": EVIL},
        {"output_type": "display_data", "data": {"text/html": EVIL + "<b>kept</b>"}, "metadata": {}},
        {"output_type": "display_data", "data": {"image/png": PNG, "text/plain": "<Figure>"}, "metadata": {}},
        {"output_type": "error", "ename": EVIL, "evalue": EVIL, "traceback": ["\x1b[31m" + EVIL]},
        {"output_type": "display_data", "data": {"image/svg+xml": EVIL, "application/javascript": "x"}, "metadata": {}},
    ]
    cells: list[dict[str, Any]] = []
    for cell in notebook.cells:
        if cell.cell_type == "code":
            verdict = {"check-scale": PARTLY, "check-total": RAISED}.get(cell["id"])
            cells.append({"verdict": verdict.to_dict()} if verdict else {"outputs": outputs})
    write_outputs(notebook, Record("key", tuple(cells), 1.0, False))
    return notebook


def test_what_it_says(release: NotebookNode) -> None:
    page = feedback_page(graded(release, scale="def scale(x, factor):\n    return abs(x)"), ABOUT, {})
    for text in ("ada", "Lesson 01: Toy lesson", "2 of 4 points", "Right for ordinary numbers.", "Think of the sign."):
        assert text in page
    assert page.count('class="held"') == 1
    assert page.count('class="not-held"') == 1
    assert "SECRET NOTE" not in page


def test_nothing_of_the_learners_runs(release: NotebookNode) -> None:
    page = feedback_page(graded(release, scale=f"x = '''{EVIL}'''"), {**ABOUT, "student": EVIL}, {})
    assert "<script" not in page
    assert not re.search(r"<[^>]*\sonerror", page)
    assert "&lt;script&gt;" in page
    assert "<b>kept</b>" in page
    assert page.count("<img") == page.count("data:image/png;base64,") > 0
    assert "content=\"default-src 'none'; img-src data:; style-src 'unsafe-inline'" in page


def test_text_cells_are_cleaned(release: NotebookNode) -> None:
    notebook = graded(release)
    notebook.cells.append(nbformat.v4.new_markdown_cell(f"# Mine\n\n{EVIL} [go](javascript:alert(1))"))
    page = feedback_page(notebook, ABOUT, {})
    assert "Mine</h1>" in page
    assert "<script" not in page
    assert "javascript:" not in page.replace("javascript:alert(1))", "")


def test_a_comment_and_a_mark_by_hand(release: NotebookNode) -> None:
    marks = {"check-scale": Mark(3.5, True, False, f"Nice try {EVIL}")}
    page = feedback_page(graded(release), ABOUT, marks)
    assert "3.5 of 4 points" in page
    assert "Nice try &lt;script&gt;" in page
    assert "set the points by hand" in page


def test_an_ungraded_check_is_said_to_be_waiting(release: NotebookNode) -> None:
    notebook, _ = sanitise(release, release)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    cells = tuple({"ungraded": "SECRET REASON"} if "check-" in c["id"] else {"outputs": []} for c in code)
    write_outputs(notebook, Record("", cells, 0.0, False))
    page = feedback_page(notebook, ABOUT, {})
    assert "not graded yet" in page
    assert "SECRET REASON" not in page


def test_an_unreadable_file_is_told_kindly(release: NotebookNode) -> None:
    notebook = graded(release)
    notebook.metadata.dlf.unreadable = "The file could not be read as a notebook: it is empty."
    assert "it is empty" in feedback_page(notebook, ABOUT, {})


@pytest.mark.parametrize("source", ["x" * 100_000, "'" * 999, "\x00\x01", "`" * 5000, "[" * 3000])
def test_odd_texts_are_survived(release: NotebookNode, source: str) -> None:
    notebook = graded(release, scale=source)
    notebook.cells.append(nbformat.v4.new_markdown_cell(source))
    assert feedback_page(notebook, ABOUT, {}).endswith("</html>")


def test_titles() -> None:
    assert lesson_title("05_softmax_regression") == "Lesson 05: Softmax regression"
    assert lesson_title("extra") == "Extra"


def _luminance(colour: str) -> float:
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_every_text_colour_has_enough_contrast() -> None:
    from pathlib import Path

    import autograder.grading

    style = (Path(autograder.grading.__file__).parent / "feedback.css").read_text()
    tints = ["#ffffff", *re.findall(r"background: (#[0-9a-f]{6})", style), "#f6f8fa"]
    inks = set(re.findall(r"(?<![-\w])color: (#[0-9a-f]{6})", style)) | {"#1f2328", "#4b535c"}
    for ink in inks:
        for tint in tints:
            light, dark = sorted((_luminance(ink), _luminance(tint)), reverse=True)
            assert (light + 0.05) / (dark + 0.05) >= 4.5, (ink, tint)
