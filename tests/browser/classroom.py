"""A class on one machine without a hub, set up as docs/instructors.md says, in folders of its own."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from tests.browser.lab import CHROMIUM, FLAGS, ROOT, lab_server
from tests.browser.people import Instructor, Learner

# Its cells are quick: on the way the whole lesson runs three times.
LESSON = "12_activations"
LEARNER = "ben"
PAGES = ("00_start_here", "00_notation")
_BLOCK = re.compile(r"^```python file=(?P<file>\S+)\n(?P<text>.*?)^```$", re.M | re.S)


@dataclass(frozen=True)
class Classroom:
    """The class: its folders, and an instructor and a learner at their JupyterLabs."""

    place: Path
    ada: Instructor
    ben: Learner
    browser: Browser

    @property
    def course(self) -> Path:
        """The course's folder."""
        return self.place / "course"

    @property
    def released(self) -> Path:
        """The lesson as it is released."""
        return self.course / "release" / LESSON / f"{LESSON}.ipynb"

    def picture(self, name: str) -> Path:
        """Return where to keep a picture of a step."""
        return self.place / "pictures" / f"{name}.png"

    def command(self, *words: str) -> str:
        """Run the command line of the course, in its folder."""
        return _course(self.place, *words)


@contextmanager
def classroom(place: Path) -> Iterator[Classroom]:
    """Set up a class below `place` and open a browser for each; end what was started."""
    exchange = place / "exchange"
    exchange.mkdir()
    exchange.chmod(0o1777)
    _make_course(place / "course")
    settings = place / LEARNER / ".home" / "config" / "nbgrader_config.py"
    settings.parent.mkdir(parents=True)
    settings.write_text(_learners_settings(exchange))
    _course(place, "build")
    with ExitStack() as started:
        servers = [
            started.enter_context(lab_server(place / "course", environment=_variables(place))),
            started.enter_context(lab_server(place / LEARNER)),
        ]
        playwright = started.enter_context(sync_playwright())
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        started.callback(browser.close)
        ada = Instructor(browser, servers[0], "ada", LESSON)
        ben = Learner(browser, servers[1], LEARNER, LESSON)
        yield Classroom(place, ada, ben, browser)


def _make_course(course: Path) -> None:
    """Make a course of one lesson and the two pages, graded on one account."""
    shutil.copytree(ROOT / "solutions", course / "solutions", ignore=shutil.ignore_patterns("__pycache__"))
    (course / "notebooks").mkdir()
    for name in (*PAGES, LESSON):
        shutil.copy(ROOT / "notebooks" / f"{name}.md", course / "notebooks")
    own = (ROOT / "nbgrader_config.py").read_text(encoding="utf-8")
    (course / "nbgrader_config.py").write_text(f"{own}\n{_block('nbgrader_config.py')}", encoding="utf-8")


def _learners_settings(exchange: Path) -> str:
    """Return the guide's lines for a learner, with this exchange."""
    text = _block("~/.jupyter/nbgrader_config.py") + _block("~/.jupyter/nbgrader_config.py", 1)
    assert text.count('"/srv/dlf/exchange"') == 1
    return text.replace("/srv/dlf/exchange", str(exchange))


def _block(file: str, number: int = 0) -> str:
    """Return what the instructors' guide puts into a file."""
    guide = (ROOT / "docs" / "instructors.md").read_text(encoding="utf-8")
    found = [block["text"] for block in _BLOCK.finditer(guide) if block["file"] == file]
    return found[number]


def _variables(place: Path) -> dict[str, str]:
    return {"COURSE_EXCHANGE": str(place / "exchange"), "COURSE_SECRET_FILE": str(place / "secret")}


def _course(place: Path, *words: str) -> str:
    command = [sys.executable, "-m", "autograder.cli", *words]
    environment = os.environ | _variables(place)
    done = subprocess.run(command, cwd=place / "course", env=environment, capture_output=True, text=True, timeout=240)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
