"""Every released lesson in JupyterLab: it runs to its end unanswered, and every slider moves its figure."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.browser.lab import CHROMIUM, Lab, browser_page, lab_server, lesson_copy
from tests.lessons import LESSONS

QUICK = "11_model_selection"
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="Debian's chromium is not installed"),
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("lab")


@pytest.fixture(scope="module")
def address(folder: Path) -> Iterator[str]:
    with lab_server(folder) as address:
        yield address


@pytest.fixture(scope="module")
def page() -> Iterator[Page]:
    with browser_page() as page:
        yield page


# Every run walks through the lesson with the most kinds of controls; test_lesson.py works in another one.
@pytest.mark.parametrize(
    "lesson", [pytest.param(one, marks=() if one == QUICK else pytest.mark.slow) for one in LESSONS]
)
def test_it_runs_to_its_end_and_its_sliders_move_its_figures(
    lesson: str, page: Page, address: str, folder: Path
) -> None:
    lab = Lab(page, address, lesson_copy(folder, {}, lesson))
    lab.run_all()
    errors = lab.errors()
    assert len(errors) == sum(name.startswith("check-") for name in lab.numbers), errors
    assert all("see the box above" in text for text in errors), errors

    sliders = page.locator(".dlf input[type=range]")
    assert sliders.count() >= 1
    for number in range(sliders.count()):
        slider = sliders.nth(number)
        slider.scroll_into_view_if_needed()
        figure = slider.locator("xpath=ancestor::*[contains(concat(' ', @class, ' '), ' dlf ')]").last
        before = figure.inner_html()
        slider.focus()
        page.keyboard.press("ArrowRight")
        page.wait_for_timeout(150)
        if figure.inner_html() == before:  # it starts at its upper end
            page.keyboard.press("ArrowLeft")
            page.wait_for_timeout(150)
        assert figure.inner_html() != before, f"slider {number + 1} of {lesson} moves nothing"
