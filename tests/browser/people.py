"""People of a class at their browsers: what they click and type, whatever serves them JupyterLab."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, FrameLocator, Locator, Page

from tests.browser.lab import Lab

# Columns of formgrader's tables; their links are icons without a name.
GENERATE, RELEASE, COLLECT, SUBMISSIONS, GENERATE_FEEDBACK, RELEASE_FEEDBACK = 4, 6, 7, 8, 9, 10
STATUS, SCORE, AUTOGRADE = 3, 4, 5


class Person:
    """Somebody with a browser of their own, at their JupyterLab."""

    def __init__(self, browser: Browser, server: str, name: str, lesson: str) -> None:
        self.server, self.name, self.lesson = server, name, lesson
        self.context = browser.new_context(viewport={"width": 1600, "height": 1000})
        self.context.set_default_timeout(60_000)
        self.page = self.context.new_page()

    def open_lab(self) -> None:
        """Open one's JupyterLab anew, with no document open."""
        self.page.goto(f"{self.server}/lab?reset")
        self.page.get_by_role("menuitem", name="Nbgrader", exact=True).wait_for(timeout=120_000)
        # While the address says so, the first link that somebody presses resets the page once more.
        self.page.wait_for_url(lambda address: "reset" not in address)

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
        self.open_lab()
        self.choose("Assignment List")

    def item(self, where: str) -> Locator:
        """Return the lesson in one of the lists: released, fetched or submitted."""
        return self.page.locator(f"#{where}_assignments_list .list_item").filter(has_text=self.lesson).first

    def act(self, before: str, button: str, after: str) -> None:
        """Press a button at the lesson in one list; wait until the lesson is in another."""
        self.item(before).get_by_role("button", name=button, exact=True).click()
        self.item(after).wait_for()

    def open_fetched(self, released: Path) -> Lab:
        """Open the lesson's notebook from the assignment list; `released` is the lesson as it was released."""
        self.item("fetched").locator("a").filter(has_text=self.lesson).first.click()
        self.page.locator("#fetched_assignments_list a").filter(has_text=self.lesson).last.click()
        return Lab.opened(self.page, released)

    def answer(self, answers: Mapping[str, str], released: Path) -> str:
        """Open the lesson, type answers into it, run it, save it; return what the checks say.

        Parameters
        ----------
        answers : mapping
            Texts by the ids of their cells.
        released : Path
            The lesson as it was released.
        """
        lab = Lab(self.page, self.server, released, f"{self.lesson}/{self.lesson}.ipynb")
        for name, source in answers.items():
            lab.write(name, source)
        lab.run_all()
        self.save(answers.values())
        return "\n".join(lab.cell(f"check-{name}").inner_text() for name in answers)

    def save(self, texts: Iterable[str]) -> None:
        """Save the open notebook; see that these are texts of cells in the file."""
        self.page.keyboard.press("Control+s")
        # Nobody may ask the server for the notebook before it is written: it would take what it finds for broken,
        # and put the version before in its place.
        self.page.locator(".lm-TabBar-tab.jp-mod-dirty").wait_for(state="detached")
        cells = self.contents(f"{self.lesson}/{self.lesson}.ipynb")["content"]["cells"]
        assert set(texts) <= {cell["source"] for cell in cells}

    def fetch_feedback(self) -> None:
        """Fetch the feedback by the assignment list."""
        self.assignments()
        self.act("submitted", "Fetch Feedback", "submitted")
        self._feedback_link.wait_for()

    @property
    def _feedback_link(self) -> Locator:
        return self.page.locator("#submitted_assignments_list a").filter(has_text="view feedback").first

    def feedback(self) -> str:
        """Open the feedback page that the assignment list leads to; return its text."""
        self._feedback_link.click()
        self.page.locator(".jp-DirListing-item").filter(has_text=f"{self.lesson}.html").dblclick()
        shown = self.page.frame_locator(".jp-HTMLViewer iframe, .jp-IFrame iframe").locator("body")
        shown.get_by_text("points").first.wait_for()
        return shown.inner_text()


class Instructor(Person):
    """An instructor, with formgrader in a frame of some page: here of one's own JupyterLab."""

    grading: Page
    inside = "#formgrader-iframe iframe"

    def open_formgrader(self) -> None:
        """Open formgrader by the menu."""
        self.open_lab()
        self.choose("Formgrader")
        self.grading = self.page
        self.row(self.lesson).wait_for(timeout=120_000)

    @property
    def frame(self) -> FrameLocator:
        """Formgrader, in its frame."""
        return self.grading.frame_locator(self.inside)

    def row(self, text: str) -> Locator:
        """Return the row of formgrader's table with this text."""
        return self.frame.locator("tbody tr").filter(has_text=text)

    def cell(self, text: str, column: int) -> Locator:
        """Return what stands in a column of the row with this text."""
        return self.row(text).locator("td").nth(column)

    def press(self, text: str, column: int) -> str:
        """Press the icon in a column; wait for the word that it worked; return the log shown."""
        self.cell(text, column).locator("a").click()
        box = self.frame.locator(".modal.in")
        box.wait_for(timeout=180_000)
        said = box.inner_text()
        assert "Success" in said, said
        box.get_by_role("button", name="Close").last.click()
        box.wait_for(state="hidden")
        self.frame.locator(".modal-backdrop").wait_for(state="detached")
        return said

    def manage(self) -> None:
        """Go to formgrader's first page; from a submission the way leads over the list of all."""
        listed = self.frame.get_by_role("link", name="Manage Assignments")
        if not listed.count():
            self.frame.get_by_role("link", name="Manual Grading").click()
        listed.click()
        self.row(self.lesson).wait_for(timeout=120_000)

    def comment(self, score: str, cell_id: str, text: str) -> str:
        """Open the submission with this score in manual grading, comment on an answer; return what was shown."""
        self.frame.get_by_role("link", name="Manual Grading").click()
        for page in (f"gradebook/{self.lesson}", f"gradebook/{self.lesson}/{self.lesson}"):
            self.row(self.lesson).get_by_role("link", name=self.lesson).click()
            until(self.grading, lambda page=page: any(frame.url.endswith(page) for frame in self.grading.frames))
        self.row(score).locator("a.name-hidden").click()
        box = self.frame.locator(f"#{cell_id}-comment")
        # What is typed before the page has fetched its comments is not noticed, and the tick of a saved one fades soon.
        until(self.grading, lambda: box.evaluate("() => Boolean(formgrader.comments?.loaded)"))
        box.scroll_into_view_if_needed()
        box.fill(text)
        with self.grading.expect_response(
            lambda answer: "/api/comment/" in answer.url and answer.request.method == "PUT"
        ):
            box.press("Tab")
        return self.frame.locator("body").inner_text()


def validate(page: Page, picture: Path | None = None) -> str:
    """Press nbgrader's button Validate; return what it says, and keep a picture of it."""
    page.get_by_role("button", name="Validate").click()
    dialog = page.locator(".jp-Dialog")
    dialog.wait_for(timeout=90_000)
    said = dialog.inner_text()
    if picture is not None:
        page.screenshot(path=picture)
    dialog.get_by_role("button").last.click()
    return said


def until(page: Page, true: Callable[[], bool], seconds: float = 60) -> None:
    """Wait until something holds; the page's own clock waits, because only then its events come in."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it did not happen in time"
        page.wait_for_timeout(500)
