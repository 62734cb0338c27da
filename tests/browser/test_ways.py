"""A learner's and an instructor's way through a lesson on one machine: fetch, work, hand in, grade, hand back, report.

What each stage of the way shows is kept by a fixture, and the tests look at it. Pictures of the steps lie in the folder
of the class: ``pytest -m browser --basetemp=...`` keeps them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator

from tests.browser.classroom import LEARNER, LESSON, Classroom, classroom
from tests.browser.lab import CHROMIUM, Lab
from tests.browser.people import (
    AUTOGRADE,
    COLLECT,
    GENERATE,
    GENERATE_FEEDBACK,
    RELEASE,
    RELEASE_FEEDBACK,
    SCORE,
    SUBMISSIONS,
    validate,
)

pytestmark = [
    pytest.mark.browser,
    pytest.mark.timeout(900),  # a stage of the way counts with the first test that looks at it
    pytest.mark.skipif(CHROMIUM is None, reason="Debian's chromium is not installed"),
]

WRONG_RELU = "def relu(x):\n    return np.abs(x)"
RIGHT_RELU = "def relu(x):\n    return np.maximum(x, 0)"
WRONG_AT_ZERO = "def relu_grad(x):\n    return (x >= 0).astype(float)"
OWN = "from course_utils import progress\n\nprogress()"
COMMENT = "Which slope does ReLU have just left of 0, Ben?"


@pytest.fixture(scope="module")
def klass(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Classroom]:
    with classroom(tmp_path_factory.mktemp("class")) as made:
        yield made


@pytest.fixture(scope="module")
def released(klass: Classroom) -> dict[str, str]:
    """Make and release the lesson by formgrader's buttons; return what they said."""
    ada = klass.ada
    ada.open_formgrader()
    said = {"generate": ada.press(LESSON, GENERATE), "release": ada.press(LESSON, RELEASE)}
    ada.page.screenshot(path=klass.picture("released"))
    return said


@pytest.fixture(scope="module")
def worked(klass: Classroom, released: dict[str, str]) -> dict[str, str]:
    """Fetch the lesson, work on it, hand it in; return what the learner read."""
    ben, seen = klass.ben, {}
    ben.assignments()
    ben.act("released", "Fetch", "fetched")
    ben.page.screenshot(path=klass.picture("fetched"))
    lab = ben.open_fetched(klass.released)
    lab.run_all()
    seen["errors"] = "\n".join(lab.errors())
    figure = lab.page.locator(".dlf").filter(has=lab.page.get_by_role("slider", name="bias of all units"))
    figure.scroll_into_view_if_needed()
    seen["picture before"], seen["sentence before"] = _figure(figure)
    figure.get_by_role("slider").focus()
    for _ in range(6):
        lab.page.keyboard.press("ArrowRight")
    lab.page.wait_for_timeout(300)
    seen["picture after"], seen["sentence after"] = _figure(figure)
    lab.page.screenshot(path=klass.picture("slider"))
    for step, answer in (("failed", WRONG_RELU), ("mended", RIGHT_RELU)):
        seen[step] = _try(lab, "relu", answer)
        lab.page.screenshot(path=klass.picture(step))
    seen["partly"] = _try(lab, "relu_grad", WRONG_AT_ZERO)
    lab.page.screenshot(path=klass.picture("partly"))
    overview = lab.add(OWN)
    overview.get_by_text("Next:").scroll_into_view_if_needed()
    seen["progress"] = overview.inner_text()
    lab.page.screenshot(path=klass.picture("progress"))
    ben.save([RIGHT_RELU, WRONG_AT_ZERO, OWN])
    seen["validate"] = validate(lab.page, klass.picture("validate"))
    ben.assignments()
    ben.act("fetched", "Submit", "submitted")
    ben.page.screenshot(path=klass.picture("submitted"))
    return seen


@pytest.fixture(scope="module")
def graded(klass: Classroom, worked: dict[str, str]) -> dict[str, str]:
    """Collect, grade, comment and hand feedback back by formgrader's buttons; return what the instructor read."""
    ada, seen = klass.ada, {}
    ada.manage()
    seen["collect"] = ada.press(LESSON, COLLECT)
    ada.cell(LESSON, SUBMISSIONS).locator("a").click()
    ada.press(LEARNER, AUTOGRADE)
    seen["score"] = ada.cell(LEARNER, SCORE).inner_text()
    ada.page.screenshot(path=klass.picture("graded"))
    seen["manual grading"] = ada.comment(seen["score"], "relu_grad", COMMENT)
    ada.page.screenshot(path=klass.picture("manual-grading"))
    ada.manage()
    ada.press(LESSON, GENERATE_FEEDBACK)
    ada.press(LESSON, RELEASE_FEEDBACK)
    ada.page.screenshot(path=klass.picture("handed-back"))
    return seen


def _figure(figure: Locator) -> tuple[str, str]:
    return figure.locator("svg[role=img]").first.inner_html(), figure.inner_text()


def _try(lab: Lab, name: str, answer: str) -> str:
    """Type an answer, run it and its check; return what the check puts out."""
    lab.write(name, answer)
    lab.run(f"check-{name}")
    output = lab.cell(f"check-{name}").locator(".jp-OutputArea")
    output.scroll_into_view_if_needed()
    return output.inner_text()


def test_the_lesson_is_made_and_released_by_formgraders_buttons(klass: Classroom, released: dict[str, str]) -> None:
    assert "Successfully created the student version" in released["generate"]
    assert (klass.place / "exchange" / "dlf" / "outbound" / LESSON / f"{LESSON}.ipynb").is_file()


def test_a_fetched_lesson_runs_and_only_checks_fail(worked: dict[str, str]) -> None:
    assert worked["errors"]
    assert all("see the box above" in line for line in worked["errors"].splitlines())


def test_the_arrow_keys_move_the_figure_and_its_sentence(worked: dict[str, str]) -> None:
    assert worked["picture before"] != worked["picture after"]
    assert "ReLU, bias -1.50: " in worked["sentence before"]
    assert "ReLU, bias 0.00: no unit is dead" in worked["sentence after"]


def test_a_failed_check_gives_a_hint_and_the_mended_answer_passes(worked: dict[str, str]) -> None:
    assert "Hint: A negative number becomes 0" in worked["failed"]
    assert "relu: correct" in worked["mended"]
    assert "Hint:" not in worked["mended"]
    assert "relu_grad: partly correct" in worked["partly"]


def test_progress_says_what_is_done_and_what_is_next(worked: dict[str, str]) -> None:
    assert re.search(r"12 · .*\s1 of 10\s", worked["progress"])
    assert "Next: " in worked["progress"]


def test_validate_names_what_does_not_hold_yet(worked: dict[str, str]) -> None:
    assert "relu_grad: partly correct" in worked["validate"]
    assert not re.search(r"\brelu: ", worked["validate"])


def test_our_grader_runs_behind_formgraders_button(klass: Classroom, graded: dict[str, str]) -> None:
    assert f"Collecting submission: {LEARNER} {LESSON}" in graded["collect"]
    assert graded["score"] == "1.67 / 19"
    assert list((klass.course / "class" / "results" / LESSON).glob("*.json"))


def test_manual_grading_shows_answer_and_verdict(graded: dict[str, str]) -> None:
    assert "return (x >= 0).astype(float)" in graded["manual grading"]
    assert "relu_grad: partly correct" in graded["manual grading"]


def test_the_learner_reads_verdicts_marks_and_comment_in_the_lab(klass: Classroom, graded: dict[str, str]) -> None:
    klass.ben.fetch_feedback()
    klass.ben.page.screenshot(path=klass.picture("feedback-there"))
    page = klass.ben.feedback()
    klass.ben.page.screenshot(path=klass.picture("feedback"))
    assert COMMENT in page
    assert f"{graded['score'].split()[0]} of 19 points" in page


def test_the_class_report_has_the_learners_mark(klass: Classroom, graded: dict[str, str]) -> None:
    said = klass.command("report", LESSON)
    path = klass.course / "class" / "reports" / LESSON / "report.html"
    assert str(path) in said
    page = klass.browser.new_page(viewport={"width": 1280, "height": 1000})
    page.goto(path.as_uri())
    page.screenshot(path=klass.picture("report"), full_page=True)
    row = page.locator("tr").filter(has=page.get_by_role("rowheader", name=LEARNER, exact=True)).inner_text()
    assert row.split()[:2] == [LEARNER, graded["score"].split()[0]]
