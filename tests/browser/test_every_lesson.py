"""Every released lesson in JupyterLab: it runs to its end unanswered, is open to all readers, and its sliders work."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest
from playwright.sync_api import Page

from tests.browser.axe import OF_COLOR, findings
from tests.browser.lab import (
    BOTH_THEMES,
    CHROMIUM,
    ROOT,
    Lab,
    browser_page,
    lab_server,
    lesson_copy,
    show_axe_all,
    use_theme,
)
from tests.lessons import LESSONS

QUICK = "11_model_selection"
# Rendered text and everything that cells put out, verdicts and live figures with it; the rest is JupyterLab's own.
OUTPUTS = ".jp-Notebook .jp-OutputArea-output"
OURS = (".jp-Notebook .jp-MarkdownOutput", OUTPUTS)
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="Debian's chromium is not installed"),
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("lab")


@pytest.fixture(scope="module")
def address(folder: Path) -> Iterator[str]:
    with lab_server(folder, BOTH_THEMES) as address:
        yield address


@pytest.fixture(scope="module")
def page() -> Iterator[Page]:
    with browser_page() as page:
        yield page


# Every run walks through the lesson with the most kinds of controls; test_lesson.py works in another one.
@pytest.mark.parametrize(
    "lesson", [pytest.param(one, marks=() if one == QUICK else pytest.mark.slow) for one in LESSONS]
)
def test_it_runs_to_its_end_for_all_readers_and_its_sliders_move_its_figures(
    lesson: str, page: Page, address: str, folder: Path
) -> None:
    lab = Lab(page, address, lesson_copy(folder, {}, lesson))
    lab.run_all()
    errors = lab.errors()
    assert len(errors) == sum(name.startswith("check-") for name in lab.numbers), errors
    assert all("see the box above" in text for text in errors), errors

    assert _barriers(page) == []

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


def _barriers(page: Page) -> list[str]:
    """Return what axe finds of ours, of colours in both themes.

    Of colours it looks at outputs alone: the text of a lesson has none but JupyterLab's (the test below says so), and
    the signs of all its formulas would take axe many seconds.
    """
    for ours in (".jp-MarkdownOutput h2", ".dlf svg", ".dlf-verdict", "img[alt]"):
        assert page.locator(ours).count(), ours
    show_axe_all(page)
    found = [f"light: {line}" for line in findings(page, OURS, but=OF_COLOR)]
    found += [f"light: {line}" for line in findings(page, [OUTPUTS], only=OF_COLOR)]
    use_theme(page, dark=True)
    found += [f"dark: {line}" for line in findings(page, [OUTPUTS], only=OF_COLOR)]
    use_theme(page, dark=False)
    return found


@pytest.mark.parametrize("lesson", LESSONS)
def test_the_text_of_a_lesson_brings_no_colours_of_its_own(lesson: str) -> None:
    notebook = nbformat.read(ROOT / "release" / lesson / f"{lesson}.ipynb", as_version=4)
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            assert not re.search(r"style\s*=|<font|\\(text)?color|bgcolor", cell.source), cell.id


def test_what_keeps_readers_out_would_be_found(page: Page, address: str, folder: Path) -> None:
    lab = Lab(page, address, lesson_copy(folder, {}, QUICK))
    show_axe_all(page)
    page.evaluate("document.querySelector('.jp-MarkdownOutput').innerHTML += '<img src=\"/favicon.ico\">'")
    assert [line.split(":")[0] for line in findings(page, OURS, but=OF_COLOR)] == ["critical image-alt"]
    first = next(iter(lab.numbers))
    lab.cell(first).evaluate(
        'cell => { cell.innerHTML = \'<p class="jp-OutputArea-output" style="color: #333">nearly black</p>\' }'
    )
    assert findings(page, [OUTPUTS], only=OF_COLOR) == []
    use_theme(page, dark=True)
    assert [line.split(":")[0] for line in findings(page, [OUTPUTS], only=OF_COLOR)] == ["serious color-contrast"]
    use_theme(page, dark=False)
