"""The released lesson in JupyterLab, as a learner meets it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.browser.answers import RIGHT_SOFTMAX, WRONG_SOFTMAX
from tests.browser.lab import CHROMIUM, Lab, browser_page, lab_server, lesson_copy
from tests.browser.people import validate

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="Debian's chromium is not installed"),
]


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    folder = tmp_path_factory.mktemp("lab")
    path = lesson_copy(folder, {"softmax": WRONG_SOFTMAX})
    with lab_server(folder) as address, browser_page() as page:
        opened = Lab(page, address, path)
        opened.run_all()
        yield opened


def test_run_all_reaches_the_last_cell_and_only_checks_fail(lab: Lab) -> None:
    checks = sum(name.startswith("check-") for name in lab.numbers)
    errors = lab.errors()
    assert len(errors) == checks
    assert all("see the box above" in text for text in errors)
    last = lab.page.locator(".jp-Notebook .jp-CodeCell .jp-InputPrompt").last
    assert last.inner_text().strip("[]: \n").isdigit()


def test_an_unfinished_answer_gets_a_kind_sentence(lab: Lab) -> None:
    verdict = lab.cell("check-log_softmax").locator(".dlf-verdict")
    assert "not attempted" in verdict.inner_text()
    assert "Nothing to judge yet" in verdict.inner_text()


def test_a_wrong_answer_gets_its_hint_and_no_traceback_of_ours(lab: Lab) -> None:
    output = lab.cell("check-softmax").locator(".jp-OutputArea").inner_text()
    assert "Hint:" in output
    assert "judging" not in output
    assert "Traceback" not in output


def test_a_mended_answer_turns_right(lab: Lab) -> None:
    lab.write("softmax", RIGHT_SOFTMAX)
    lab.run("check-softmax")
    output = lab.cell("check-softmax").locator(".jp-OutputArea").inner_text()
    assert "correct" in output
    assert "Hint:" not in output
    assert "see the box above" not in output


@pytest.mark.parametrize(("label", "steps"), [("temperature T", 6), ("learning rate", -6)])
def test_the_arrow_keys_move_slider_figure_and_sentence(lab: Lab, label: str, steps: int) -> None:
    figure = lab.page.locator(".dlf").filter(has=lab.page.get_by_role("slider", name=label))
    slider = figure.get_by_role("slider", name=label)
    slider.scroll_into_view_if_needed()
    before = figure.locator("svg[role=img]").first.inner_html(), figure.inner_text()
    slider.focus()
    for _ in range(abs(steps)):
        lab.page.keyboard.press("ArrowRight" if steps > 0 else "ArrowLeft")
    lab.page.wait_for_timeout(300)
    after = figure.locator("svg[role=img]").first.inner_html(), figure.inner_text()
    assert before[0] != after[0], "the picture did not move"
    assert before[1] != after[1], "the sentence did not change"


def test_nbgrader_validate_reads_the_checks(lab: Lab) -> None:
    assert "Nothing to judge yet" in validate(lab.page)


def test_pictures_of_the_page_for_people(lab: Lab, tmp_path: Path) -> None:
    """What the other tests assert can also be looked at: ``pytest -m browser --basetemp=...`` keeps it."""
    for name in ("check-softmax", "check-log_softmax"):
        lab.cell(name).scroll_into_view_if_needed()
        assert lab.page.screenshot(path=tmp_path / f"{name}.png")
