"""People of a class at their browsers: what they click and type."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
from playwright.sync_api import Browser, FrameLocator, Locator, Page

from tests.browser.lab import Lab
from tests.hub.world import LESSON, PASSWORD, Hub

# Columns of formgrader's tables; their links are icons without a name.
GENERATE, RELEASE, COLLECT, SUBMISSIONS, GENERATE_FEEDBACK, RELEASE_FEEDBACK = 4, 6, 7, 8, 9, 10
STATUS, SCORE, AUTOGRADE = 3, 4, 5


class Person:
    """Somebody with a browser of their own."""

    def __init__(self, browser: Browser, hub: Hub, name: str) -> None:
        self.hub, self.name = hub, name
        self.server = f"{hub.address}/user/{name}"
        self.context = browser.new_context(viewport={"width": 1600, "height": 1000})
        self.context.set_default_timeout(60_000)
        self.page = self.context.new_page()

    def log_in(self) -> None:
        """Log in by the form; one's own server begins to start."""
        self.page.goto(f"{self.hub.address}/hub/login")
        self.page.locator("input[name=username]").fill(self.name)
        self.page.locator("input[name=password]").fill(PASSWORD)
        self.page.locator("input[name=password]").press("Enter")

    def arrive(self) -> None:
        """Wait for the lab of one's own server."""
        self.page.wait_for_url(f"{self.server}/lab**", timeout=180_000)
        self.page.get_by_role("menuitem", name="Nbgrader", exact=True).wait_for(timeout=120_000)

    def choose(self, entry: str) -> None:
        """Choose an entry of the menu Nbgrader."""
        self.page.get_by_role("menuitem", name="Nbgrader", exact=True).click()
        self.page.get_by_role("menuitem", name=entry).click()

    def entries(self) -> list[str]:
        """Return the entries of the menu Nbgrader."""
        self.page.get_by_role("menuitem", name="Nbgrader", exact=True).click()
        found = self.page.locator(".lm-Menu .lm-Menu-itemLabel").all_inner_texts()
        self.page.keyboard.press("Escape")
        return [text for text in found if text]

    def contents(self, path: str) -> dict[str, Any]:
        """Return what one's own server says about a file or a folder."""
        answer = self.context.request.get(f"{self.server}/api/contents/{path}")
        assert answer.ok, f"{answer.status} {answer.text()[:300]}"
        found: dict[str, Any] = answer.json()
        return found


class Learner(Person):
    """A learner."""

    def assignments(self) -> None:
        """Open the assignment list."""
        self.page.goto(f"{self.server}/lab?reset")
        self.choose("Assignment List")

    def act(self, before: str, button: str, after: str) -> None:
        """Press a button at the lesson in one list; wait until the lesson is in another."""
        row = self.page.locator(f"#{before}_assignments_list .list_item").filter(has_text=LESSON).first
        row.get_by_role("button", name=button, exact=True).click()
        self.page.locator(f"#{after}_assignments_list .list_item").filter(has_text=LESSON).first.wait_for()

    def answer(self, answers: dict[str, str]) -> str:
        """Type answers into the lesson, run it, save it; return what the checks say."""
        released = self.hub.folder / "course" / "release" / LESSON / f"{LESSON}.ipynb"
        lab = Lab(self.page, self.server, released, f"{LESSON}/{LESSON}.ipynb")
        for name, source in answers.items():
            lab.write(name, source)
        lab.run_all()
        self.page.keyboard.press("Control+s")
        until(self.page, lambda: set(answers.values()) <= self._saved())
        return "\n".join(lab.cell(f"check-{name}").inner_text() for name in answers)

    def _saved(self) -> set[str]:
        answer = self.context.request.get(f"{self.server}/api/contents/{LESSON}/{LESSON}.ipynb")
        # While the server writes the file, it is for a moment no notebook.
        return {cell["source"] for cell in answer.json()["content"]["cells"]} if answer.ok else set()

    def fetch_feedback(self) -> None:
        """Fetch the feedback by the assignment list."""
        self.assignments()
        self.act("submitted", "Fetch Feedback", "submitted")
        row = self.page.locator("#submitted_assignments_list").filter(has_text="view feedback")
        row.first.wait_for()

    def feedback(self) -> str:
        """Open the feedback page in the lab; return its text."""
        (when,) = self.contents(f"{LESSON}/feedback")["content"]
        self.page.goto(f"{self.server}/lab/tree/{LESSON}/feedback/{when['name']}/{LESSON}.html?reset")
        shown = self.page.frame_locator(".jp-HTMLViewer iframe, .jp-IFrame iframe").locator("body")
        shown.get_by_text("points").first.wait_for()
        return shown.inner_text()

    def probe(self, source: str, folder: Path) -> Any:
        """Run a cell in a notebook of one's own; return the JSON that it prints."""
        notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source, id="probe")])
        notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
        path = folder / "probe.ipynb"
        nbformat.write(notebook, path)
        put = self.hub.run("install", f"--owner={self.name}", str(path), f"/home/{self.name}/probe.ipynb")
        assert put.returncode == 0, put.stderr
        lab = Lab(self.page, self.server, path)
        lab.run_all()
        return json.loads(lab.cell("probe").locator(".jp-OutputArea-output").first.inner_text())


class Instructor(Person):
    """An instructor, with formgrader in a page of its own."""

    grading: Page

    @property
    def frame(self) -> FrameLocator:
        """Formgrader, in its frame."""
        return self.grading.frame_locator("iframe")

    def open_formgrader(self) -> None:
        """Open formgrader by the course list."""
        self.choose("Course List")
        with self.context.expect_page() as opened:
            self.page.get_by_role("link", name="dlf", exact=True).click()
        self.grading = opened.value
        self.row(LESSON).wait_for(timeout=120_000)

    def row(self, text: str) -> Locator:
        """Return the row of formgrader's table with this text."""
        return self.frame.locator("tbody tr").filter(has_text=text)

    def press(self, text: str, column: int) -> str:
        """Press the icon in a column; wait for the word that it worked; return the log shown."""
        self.row(text).locator("td").nth(column).locator("a").click()
        box = self.frame.locator(".modal.in")
        box.wait_for(timeout=180_000)
        said = box.inner_text()
        assert "Success" in said, said
        box.get_by_role("button", name="Close").last.click()
        box.wait_for(state="hidden")
        return said

    def manage(self) -> None:
        """Load formgrader anew, at its first page."""
        self.grading.reload()
        self.row(LESSON).wait_for(timeout=120_000)

    def comment(self, score: str, cell_id: str, text: str) -> str:
        """Open the submission with this score in manual grading, comment on an answer; return what was shown."""
        self.frame.get_by_role("link", name="Manual Grading").click()
        for page in (f"gradebook/{LESSON}", f"gradebook/{LESSON}/{LESSON}"):
            self.row(LESSON).get_by_role("link", name=LESSON).click()
            until(self.grading, lambda page=page: any(frame.url.endswith(page) for frame in self.grading.frames))
        self.row(score).locator("a.name-hidden").click()
        box = self.frame.locator(f"#{cell_id}-comment")
        box.fill(text)
        box.press("Tab")
        self.frame.locator(".nbgrader_cell").filter(has=box).locator(".comment-saved").wait_for()
        return self.frame.locator("body").inner_text()


def until(page: Page, true: Callable[[], bool], seconds: float = 60) -> None:
    """Wait until something holds; the page's own clock waits, because only then its events come in."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it did not happen in time"
        page.wait_for_timeout(500)
