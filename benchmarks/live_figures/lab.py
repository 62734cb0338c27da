"""JupyterLab from this environment, in Debian's chromium: how the browser tests and the benchmark open a lesson."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Self

import nbformat
from playwright.sync_api import Locator, Page, TimeoutError, sync_playwright

ROOT = Path(__file__).resolve().parents[2]
CHROMIUM = shutil.which("chromium")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
SETTINGS = {"apputils-extension/notification": {"fetchNews": "false", "checkForUpdates": False}}
# Every cell stays in the page, so that a cell's number in the file is its number on the page.
WHOLE_PAGE = {"notebook-extension/tracker": {"windowingMode": "none"}}


def lesson_copy(folder: Path, answers: Mapping[str, str], lesson: str) -> Path:
    """Copy a released lesson into `folder`, with these answers (cell id -> text) filled in; return its path."""
    notebook = nbformat.read(ROOT / "release" / lesson / f"{lesson}.ipynb", as_version=4)
    for cell in notebook.cells:
        if cell.id in answers:
            cell.source = answers[cell.id]
    path = folder / f"{lesson}.ipynb"
    nbformat.write(notebook, path)
    return path


def cell_numbers(path: Path) -> dict[str, int]:
    """Return the position of each cell of a notebook by its id."""
    return {cell.id: number for number, cell in enumerate(nbformat.read(path, as_version=4).cells)}


@contextmanager
def lab_server(
    folder: Path, settings: Mapping[str, object] = WHOLE_PAGE, environment: Mapping[str, str] | None = None
) -> Iterator[str]:
    """Serve `folder` in JupyterLab on the loopback interface; give its address.

    Parameters
    ----------
    folder : Path
        What is served, and where the server is started.
    settings : mapping
        JupyterLab's settings, by the name of their file.
    environment : mapping, optional
        More variables for the server and its kernels.
    """
    home = folder / ".home"
    for name, value in {**SETTINGS, **settings}.items():
        target = home / "settings" / "@jupyterlab" / f"{name}.jupyterlab-settings"
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(json.dumps(value))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [
        sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", "--ip=127.0.0.1", f"--port={port}",
        "--IdentityProvider.token=", f"--ServerApp.root_dir={folder}",
    ]  # fmt: skip
    variables = os.environ | {
        "JUPYTERLAB_SETTINGS_DIR": str(home / "settings"),
        "JUPYTERLAB_WORKSPACES_DIR": str(home / "workspaces"),
        "JUPYTER_CONFIG_DIR": str(home / "config"),
        "JUPYTER_DATA_DIR": str(home / "data"),
        "JUPYTER_RUNTIME_DIR": str(home / "runtime"),
        "COURSE_PROGRESS": str(home / "progress.json"),
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        **(environment or {}),
    }
    with (folder / "lab.log").open("w") as log:
        # Started in its folder, as people do: nbgrader reads the configuration that lies there.
        server = subprocess.Popen(command, cwd=folder, env=variables, stdout=log, stderr=log, start_new_session=True)
    try:
        _wait(f"http://127.0.0.1:{port}/api", server, folder / "lab.log")
        yield f"http://127.0.0.1:{port}"
    finally:
        os.killpg(server.pid, signal.SIGTERM)
        try:
            server.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(server.pid, signal.SIGKILL)
            server.wait()


def _wait(address: str, server: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(240):
        if server.poll() is not None:
            raise RuntimeError(f"JupyterLab ended: {log.read_text()[-2000:]}")
        try:
            urllib.request.urlopen(address, timeout=1).close()
            return
        except OSError:
            time.sleep(0.25)
    raise RuntimeError(f"JupyterLab did not answer: {log.read_text()[-2000:]}")


@contextmanager
def browser_page(width: int = 1280, height: int = 900, scale: float = 1.5) -> Iterator[Page]:
    """Open a page in headless chromium."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = browser.new_page(viewport={"width": width, "height": height}, device_scale_factor=scale)
        page.set_default_timeout(60_000)
        try:
            yield page
        finally:
            browser.close()


class Lab:
    """A notebook open in JupyterLab."""

    def __init__(self, page: Page, address: str, path: Path, shown: str | None = None) -> None:
        """Open `path`, which the server names `shown` where that is not just the file's name."""
        page.goto(f"{address}/lab/tree/{shown or path.name}?reset")
        self._attach(page, path)

    @classmethod
    def opened(cls, page: Page, path: Path) -> Self:
        """Return the notebook that is opening on the page; `path` is a copy of it to read its cells' ids from."""
        lab = cls.__new__(cls)
        lab._attach(page, path)
        return lab

    def _attach(self, page: Page, path: Path) -> None:
        self.page = page
        self.numbers = cell_numbers(path)
        page.locator(".jp-Notebook .jp-Cell").nth(len(self.numbers) - 1).wait_for(state="attached")
        page.locator(".jp-Notebook-ExecutionIndicator[data-status=idle]").first.wait_for(state="attached")

    def cell(self, cell_id: str) -> Locator:
        """Return a cell by its id in the file."""
        return self.page.locator(".jp-Notebook .jp-Cell").nth(self.numbers[cell_id])

    def run_all(self, seconds: float = 240) -> None:
        """Run every cell from the menu and wait until the last one is done."""
        begun = "() => /[*\\d]/.test(document.querySelector('.jp-CodeCell .jp-InputPrompt').textContent)"
        for attempt in range(5):
            self.page.get_by_role("menuitem", name="Run", exact=True).click()
            self.page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
            try:
                # On a busy machine the menu can answer before the notebook listens; then it is chosen again.
                self.page.wait_for_function(begun, timeout=10_000)
                break
            except TimeoutError:
                if attempt == 4:
                    raise
        # The cells are sent one after the other, so only the last one's number says that all are done.
        self.page.wait_for_function(
            "() => /\\d/.test([...document.querySelectorAll('.jp-CodeCell .jp-InputPrompt')].at(-1).textContent)",
            timeout=seconds * 1000,
        )

    def write(self, cell_id: str, source: str) -> None:
        """Replace a cell's text by typing it, and run the cell."""
        editor = self.cell(cell_id).locator(".cm-content")
        editor.click()
        self.page.keyboard.press("Control+A")
        self.page.keyboard.insert_text(source)
        self.page.keyboard.press("Control+Enter")

    def run(self, cell_id: str) -> None:
        """Run one cell and wait for it."""
        self.cell(cell_id).locator(".jp-InputPrompt").click()
        self.page.keyboard.press("Control+Enter")
        self._settle(30)

    def add(self, source: str) -> Locator:
        """Add a cell of one's own at the end, type and run it; return what it puts out."""
        cells = self.page.locator(".jp-Notebook .jp-Cell")
        before = cells.count()
        cells.last.locator(".jp-InputPrompt").click()
        self.page.keyboard.press("b")
        added = cells.nth(before)
        added.locator(".cm-content").click()
        self.page.keyboard.insert_text(source)
        self.page.keyboard.press("Control+Enter")
        self._settle(30)
        return added.locator(".jp-OutputArea")

    def errors(self) -> list[str]:
        """Return the text of every error and of whatever stands on stderr."""
        outputs = ".jp-Notebook .jp-OutputArea-output"
        found = self.page.locator(f"{outputs}[data-mime-type*='error'], {outputs}[data-mime-type*='stderr']")
        return [text.strip() for text in found.all_inner_texts()]

    def _settle(self, seconds: float) -> None:
        self.page.wait_for_timeout(300)
        self.page.wait_for_function(
            "() => ![...document.querySelectorAll('.jp-InputPrompt')].some(p => p.textContent.includes('*'))",
            timeout=seconds * 1000,
        )
