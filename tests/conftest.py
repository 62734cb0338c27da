"""What all tests share: the summary of the kill rates."""

from __future__ import annotations

import os
import sys

import pytest

# Tests compute on tiny arrays; several threads each would only wait for one another on a small machine.
os.environ.setdefault("OMP_NUM_THREADS", "1")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print how many wrong answers of each exercise were recognised; a survivor has failed its own test."""
    harness = sys.modules.get("tests.mutants.harness")
    rates = harness.kill_rates() if harness else []
    if rates:
        terminalreporter.section("wrong answers recognised")
        for line in rates:
            terminalreporter.write_line(line)
