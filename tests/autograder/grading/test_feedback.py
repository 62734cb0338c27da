"""The feedback page: what it says, and what it never lets through."""

from __future__ import annotations

import base64
import itertools
import re
from typing import Any

import nbformat
import pytest
from nbformat.notebooknode import NotebookNode
from toy_course import with_answers

from autograder.grading.execute import Record, write_outputs
from autograder.grading.feedback import Mark, feedback_page, lesson_title
from autograder.grading.sanitise import sanitise
from autograder.grading.shown import visible
from course_utils.judging import GroupResult, Outcome, Verdict
from tests.colors import READABLE, contrast

EVIL = "<script>alert('x')</script><img src=x onerror=alert(1)>"
HEAD = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"
PNG = base64.b64encode(HEAD + b"\x00\x00\x00\x09\x00\x00\x00\x05rest").decode()
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
    assert "content=\"default-src 'none'; img-src data:; style-src 'sha256-" in page
    assert "unsafe-inline" not in page
    assert not re.search(r"<[^>]*\sstyle=", page)


def test_text_cells_are_cleaned(release: NotebookNode) -> None:
    notebook = graded(release)
    notebook.cells.append(nbformat.v4.new_markdown_cell(f"# Mine\n\n{EVIL} [go](javascript:alert(1))"))
    page = feedback_page(notebook, ABOUT, {})
    assert "Mine</h4>" in page
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


def headings(page: str) -> list[int]:
    return [int(level) for level in re.findall(r"<h([1-6])", page)]


def with_marks(release: NotebookNode, *verdicts: Verdict | None) -> NotebookNode:
    """The toy lesson with these verdicts, in the lesson's order; None leaves an exercise for staff."""
    notebook, _ = sanitise(release, release)
    given = iter(verdicts)
    cells: list[dict[str, Any]] = []
    for cell in notebook.cells:
        if cell.cell_type == "code" and cell["id"].startswith("check-"):
            verdict = next(given)
            cells.append({"ungraded": "no judge"} if verdict is None else {"verdict": verdict.to_dict()})
        elif cell.cell_type == "code":
            cells.append({"outputs": []})
    write_outputs(notebook, Record("key", tuple(cells), 1.0, False))
    return notebook


RIGHT = Verdict("scale", Outcome.CORRECT, 1.0, "Correct: `scale` is right.")
TOTAL_RIGHT = Verdict("total", Outcome.CORRECT, 1.0, "Correct: `total` is right.")
STUB = Verdict("total", Outcome.NOT_ATTEMPTED, 0.0, "Nothing to judge yet.")


@pytest.mark.parametrize(
    ("verdicts", "summary", "then"),
    [
        ((RIGHT, TOTAL_RIGHT), "Every exercise is right.", "nothing left to mend"),
        ((PARTLY, TOTAL_RIGHT), "Of 2 exercises, 1 is right and 1 is partly right.", "part of it holds already"),
        ((PARTLY, RAISED), "Of 2 exercises, 1 is partly right and 1 is not right yet.", "<code>check(scale)</code>"),
        ((RIGHT, STUB), "Of 2 exercises, 1 is right and 1 is not begun yet.", "which is not begun yet."),
        ((None, TOTAL_RIGHT), "Of 2 exercises, 1 is right and 1 waits for a person.", "One exercise waits"),
        ((None, None), "Of 2 exercises, 2 wait for a person.", "2 exercises wait"),
    ],
)
def test_the_page_begins_with_a_sentence_and_what_to_do(
    release: NotebookNode, verdicts: tuple[Verdict | None, ...], summary: str, then: str
) -> None:
    page = feedback_page(with_marks(release, *verdicts), ABOUT, {})
    header = page[: page.index("<main>")]
    assert summary in header
    assert then in header


def test_a_cell_with_its_placeholder_is_called_neither_an_answer_nor_untouched(release: NotebookNode) -> None:
    notebook = with_marks(release, RIGHT, STUB)
    cell = next(cell for cell in notebook.cells if (cell.metadata.get("nbgrader") or {}).get("grade_id") == "total")
    cell.source = "def total(x):\n    begun = x + 1\n    raise NotImplementedError('your answer goes here')"
    page = feedback_page(notebook, ABOUT, {})
    right, left = page[: page.index('id="exercise-total"')], page[page.index('id="exercise-total"') :]
    left = left.partition("</section>")[0]
    assert "begun" in left
    own, held = "Your answer", "The answer cell, with its placeholder"
    assert (own in right, held in right) == (True, False)
    assert (own in left, held in left) == (False, True)
    assert "as the lesson gave it" not in left  # the learner has begun
    assert "still holds its placeholder" in left


def test_lateness_is_said_with_all_three_numbers(release: NotebookNode) -> None:
    about = {**ABOUT, "score": 4.5, "max_score": 6.0, "late_penalty": 1.5}
    page = feedback_page(with_marks(release, RIGHT, TOTAL_RIGHT), about, {})
    assert "You reached 6 points. 1.5 points are taken off because your notebook came in late." in page
    assert '<span class="big">4.5</span> of 6 points' in page


def mine(notebook: NotebookNode, marked: bool) -> NotebookNode:
    notebook.cells.append(nbformat.v4.new_markdown_cell("My own words"))
    if marked:
        notebook.cells[-1].metadata["dlf"] = {"own": True}
    return notebook


def test_the_lessons_own_cells_are_left_out(release: NotebookNode) -> None:
    lesson = [cell.source for cell in release.cells]
    left_out = "(3 cells) are left out here"
    for marked in (True, False):
        notebook = mine(with_marks(release, RIGHT, STUB), marked)
        page = feedback_page(notebook, ABOUT, {}, lesson)
        assert "My own words" in page
        assert "from course_utils import check" not in page
        assert left_out in page
    marked_only = feedback_page(mine(with_marks(release, RIGHT, STUB), True), ABOUT, {})
    assert left_out in marked_only
    assert "My own words" in marked_only
    nothing_known = feedback_page(mine(with_marks(release, RIGHT, STUB), False), ABOUT, {})
    assert "My own words" in nothing_known
    assert "course_utils" in nothing_known
    assert "left out" not in nothing_known
    # A second copy of a lesson's cell is the learner's.
    doubled = with_marks(release, RIGHT, STUB)
    doubled.cells.append(doubled.cells[0])
    assert "The rest of your own work" in feedback_page(doubled, ABOUT, {}, lesson)


def test_what_the_answers_cell_showed_stands_below_the_answer(release: NotebookNode) -> None:
    page = feedback_page(graded(release), ABOUT, {})
    answer = page[page.index('id="exercise-scale"') : page.index('id="exercise-total"')]
    assert "What your cell showed" in answer
    assert 'width="9" height="5"' in answer


@pytest.mark.parametrize("size", [b"\x00\x01\x00\x00\x00\x01\x00\x00", b"\x00" * 8])
def test_a_picture_that_would_unpack_to_gigabytes_is_left_out(release: NotebookNode, size: bytes) -> None:
    packed = base64.b64encode(HEAD + size + b"rest").decode()
    notebook = with_marks(release, RIGHT, STUB)
    notebook.cells.append(nbformat.v4.new_code_cell("bomb()"))
    notebook.cells[-1].outputs = [nbformat.v4.new_output("display_data", {"image/png": packed})]
    page = feedback_page(notebook, ABOUT, {})
    assert packed not in page
    assert "too large for this page" in page


def test_long_texts_are_cut_and_said_to_be(release: NotebookNode) -> None:
    notebook = with_marks(release, RIGHT, STUB)
    notebook.cells.append(nbformat.v4.new_code_cell("noise()"))
    notebook.cells[-1].outputs = [nbformat.v4.new_output("stream", text="<b>" * 100_000)]
    page = feedback_page(notebook, ABOUT, {})
    assert "Cut here after 5000 of 300000 characters" in page
    assert len(page) < 60_000


def test_turned_text_is_spelled_out(release: NotebookNode) -> None:
    notebook = graded(release, scale="x = 1 # \u202e eulb")
    notebook.cells.append(nbformat.v4.new_markdown_cell("a &#x202e;b \u2066c"))
    page = feedback_page(notebook, {**ABOUT, "student": "ada\u202eeve"}, {})
    assert not re.search("[\u202a-\u202e\u2066-\u2069]", page)
    assert "ada[U+202E]eve" in page
    assert "a [U+202E]b [U+2066]c" in page


def test_a_heap_of_marks_on_a_letter_stays_in_its_line(release: NotebookNode) -> None:
    """Three hundred accents on one letter are drawn over everything above and below."""
    heap = "Z" + "\u0301\u200d\u0302\u20dd" * 300
    notebook = graded(release, scale=f"x = 1 # {heap}")
    notebook.cells.append(nbformat.v4.new_markdown_cell(f"{heap} &#90;{'&#x301;' * 300}"))
    page = feedback_page(notebook, {**ABOUT, "student": heap}, {})
    assert not re.search("(?:\u200d*[\u0301\u0302\u20dd]){5}", page)
    honest = "Việt Nam, שָׁלוֹם, नमस्ते, ทำ, e\u0301\u0323\u0308"
    assert visible(honest) == honest


def test_what_is_folded_is_unfolded(release: NotebookNode) -> None:
    notebook = graded(release)
    notebook.cells.append(nbformat.v4.new_markdown_cell("<details><summary>more</summary>my *proof*</details>"))
    page = feedback_page(notebook, ABOUT, {})
    assert "<details" not in page
    assert "<div>more</div>my" in page


def test_headings_are_in_order_and_ids_are_ours_alone(release: NotebookNode) -> None:
    notebook = graded(release)
    notebook.cells.append(nbformat.v4.new_markdown_cell('# Big\n\n<h2 id="exercise-scale">x</h2> <p id="next">y</p>'))
    notebook.cells.append(nbformat.v4.new_markdown_cell('<a title="<h1>" href="https://example.org">z</a>'))
    page = feedback_page(notebook, ABOUT, {})
    levels = headings(page)
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in itertools.pairwise(levels))
    ids = re.findall(r'\bid="([^"]*)"', page)
    assert len(ids) == len(set(ids))
    assert ids.count("exercise-scale") == 1
    for target in re.findall(r'(?:href="#|aria-labelledby=")([^"]*)"', page):
        assert target in ids


def test_the_policy_names_the_style_that_is_there(release: NotebookNode) -> None:
    import hashlib

    page = feedback_page(graded(release), ABOUT, {})
    style = page[page.index("<style>") + 7 : page.index("</style>")]
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert f"style-src 'sha256-{digest}'" in page


def test_titles() -> None:
    assert lesson_title("05_softmax_regression") == "Lesson 05: Softmax regression"
    assert lesson_title("extra") == "Extra"


def test_every_text_colour_has_enough_contrast() -> None:
    from pathlib import Path

    import autograder.grading

    style = (Path(autograder.grading.__file__).parent / "feedback.css").read_text()
    tints = ["#ffffff", *re.findall(r"background: (#[0-9a-f]{6})", style), "#f6f8fa"]
    inks = set(re.findall(r"(?<![-\w])color: (#[0-9a-f]{6})|--(?:word|ink|soft): (#[0-9a-f]{6})", style))
    inks = {ink for pair in inks for ink in pair if ink}
    assert {"#1f2328", "#4b535c", "#116329"} <= inks
    for ink in inks:
        for tint in tints:
            assert contrast(ink, tint) >= READABLE, (ink, tint)
