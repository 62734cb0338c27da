"""What all tests share: the summary of the kill rates."""

from __future__ import annotations

import sys

import pytest


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print how many wrong answers of each exercise were recognised; a survivor has failed its own test."""
    harness = sys.modules.get("tests.mutants.harness")
    rates = harness.kill_rates() if harness else []
    if rates:
        terminalreporter.section("wrong answers recognised")
        for line in rates:
            terminalreporter.write_line(line)
