"""What the browser tests open lessons with, and the lesson that stands for all where one is enough."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from playwright.sync_api import Page

from benchmarks.live_figures import lab
from benchmarks.live_figures.lab import CHROMIUM, FLAGS, ROOT, Lab, browser_page, lab_server

LESSON = "05_softmax_regression"
# The theme goes with what the browser says its reader prefers, so it can change on an open page.
BOTH_THEMES = {**lab.WHOLE_PAGE, "apputils-extension/themes": {"adaptive-theme": True}}

__all__ = [
    "BOTH_THEMES",
    "CHROMIUM",
    "FLAGS",
    "LESSON",
    "ROOT",
    "Lab",
    "browser_page",
    "lab_server",
    "lesson_copy",
    "show_axe_all",
    "use_theme",
]


def lesson_copy(folder: Path, answers: Mapping[str, str], lesson: str = LESSON) -> Path:
    """Copy a released lesson into `folder`, with these answers (cell id -> text) filled in; return its path."""
    return lab.lesson_copy(folder, answers, lesson)


def use_theme(page: Page, dark: bool) -> None:
    """Let JupyterLab, served with `BOTH_THEMES`, take its dark or its light theme."""
    page.emulate_media(color_scheme="dark" if dark else "light")
    # The page says which theme it has before that theme's style sheet is there: what counts is the ground.
    page.wait_for_function(
        """dark => {
            const ground = getComputedStyle(document.querySelector(".jp-NotebookPanel-notebook")).backgroundColor;
            return ground.match(/\\d+/g).slice(0, 3).every((level) => (level < 128) === dark);
        }""",
        arg=dark,
    )
    # It lies over all cells while the theme changes, and what is covered, axe leaves undecided.
    page.locator("#jupyterlab-splash").wait_for(state="detached")


def show_axe_all(page: Page) -> None:
    """Give the body of JupyterLab's page a height.

    It has none and cuts off what is outside of it, from which axe takes all cells for hidden and passes every colour.
    """
    page.add_style_tag(content="body { height: 100vh; }")
