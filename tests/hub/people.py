"""People of a class on JupyterHub: how they log in, and what only a hub has."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import nbformat
from playwright.sync_api import Browser

from tests.browser import people
from tests.browser.lab import Lab
from tests.hub.world import LESSON, PASSWORD, Hub


class Person(people.Person):
    """Somebody with an account in the class."""

    def __init__(self, browser: Browser, hub: Hub, name: str) -> None:
        super().__init__(browser, f"{hub.address}/user/{name}", name, LESSON)
        self.hub = hub

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


class Learner(Person, people.Learner):
    """A learner."""

    @property
    def released(self) -> Path:
        """The lesson as the class has released it."""
        return self.hub.folder / "course" / "release" / LESSON / f"{LESSON}.ipynb"

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


class Instructor(Person, people.Instructor):
    """An instructor."""

    inside = "iframe"

    def open_formgrader(self) -> None:
        """Open formgrader by the course list; it comes in a page of its own."""
        self.choose("Course List")
        with self.context.expect_page() as opened:
            self.page.get_by_role("link", name="dlf", exact=True).click()
        self.grading = opened.value
        self.row(LESSON).wait_for(timeout=120_000)
