"""The built site on the loopback interface, in Debian's chromium."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import Page

from tests.browser.axe import findings


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """Serve a folder; give its address."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class Visit:
    """What a browser does at one page after the other: what it asks for, and what goes wrong."""

    def __init__(self, page: Page, address: str) -> None:
        self.page, self.address = page, address
        self.elsewhere: list[str] = []
        self.wrong: list[str] = []
        page.on("request", lambda request: self._note(request.url))
        page.on("response", lambda answer: self._answered(answer.url, answer.status))
        page.on("pageerror", lambda error: self.wrong.append(f"{page.url}: {error}"))

    def _note(self, url: str) -> None:
        if urlsplit(url).hostname not in ("127.0.0.1", None):
            self.elsewhere.append(f"{self.page.url}: {url}")

    def _answered(self, url: str, status: int) -> None:
        if status >= 400:
            self.wrong.append(f"{self.page.url}: {url} gives {status}")

    def open(self, name: str, theme: str = "light") -> None:
        """Open a page in the light or the dark theme, and wait until its formulas stand."""
        self.page.add_init_script(f"localStorage.setItem('mode', '{theme}'); localStorage.setItem('theme', '{theme}')")
        self.page.goto(f"{self.address}/{name}")
        self.page.wait_for_function("() => document.readyState === 'complete'")
        self.page.evaluate("() => window.MathJax?.startup?.promise")

    def findings(self) -> list[str]:
        """Return what axe finds on the page open: one line a rule."""
        return findings(self.page)
