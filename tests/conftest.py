"""What all tests share: a record of their own for every test, and the summary of the kill rates."""

from __future__ import annotations

import itertools
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

# Tests compute on tiny arrays; several threads each would only wait for one another on a small machine.
os.environ.setdefault("OMP_NUM_THREADS", "1")

# How fast this machine is at the moment is no property of the code.
settings.register_profile("any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any machine")

# No test may write into the record of whoever runs it. This is for what starts before a test does; each test
# has a record of its own.
_RECORD = tempfile.TemporaryDirectory(prefix="course-progress-")
os.environ["COURSE_PROGRESS"] = _RECORD.name
_NUMBERS = itertools.count()


@pytest.fixture(autouse=True)
def own_record(monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give every test an empty record of checks; return its path."""
    # Counted here: pytest looks through all its numbered folders for each new one, and there are thousands of tests.
    path = Path(_RECORD.name, str(next(_NUMBERS)), "progress.json")
    path.parent.mkdir()
    monkeypatch.setenv("COURSE_PROGRESS", str(path))
    record_book = sys.modules.get("course_utils.record_book")
    if record_book:
        monkeypatch.setattr(record_book, "_waiting", [])
        monkeypatch.setattr(record_book, "_told", set())
    return path


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Keep together, where several processes share the tests, what shares a server or a class of submissions."""
    if config.getvalue("dist") != "loadgroup":
        return None
    from tests.sharing import Sharing

    return Sharing(config, log)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Hand what a worker has killed to the process that prints the summary."""
    output = getattr(session.config, "workeroutput", None)
    if output is not None:
        output["kills"] = [[*key, killed] for key, killed in _kills().items()]


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Take in what a worker has killed."""
    found = getattr(node, "workeroutput", {}).get("kills", ())
    if found:
        from tests.mutants import harness

        harness.kills.update({(exercise, mutant): killed for exercise, mutant, killed in found})


def _kills() -> dict[tuple[str, str], bool]:
    harness = sys.modules.get("tests.mutants.harness")
    return harness.kills if harness else {}


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print how many wrong answers of each exercise were recognised; a survivor has failed its own test."""
    harness = sys.modules.get("tests.mutants.harness")
    rates = harness.kill_rates() if harness else []
    if rates:
        terminalreporter.section("wrong answers recognised")
        for line in rates:
            terminalreporter.write_line(line)
