"""What an instructor sees while a class is graded: a bar, a line for each student, and the totals."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from types import TracebackType

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn


@dataclass(frozen=True)
class Finished:
    """A student who is finished.

    Attributes
    ----------
    student : str
        Who.
    earned, points : float
        Points earned, and points there are.
    seconds : float
        How long grading took.
    stored : bool
        Whether the result was there already.
    problem : str or None
        Why a person has to look.
    """

    student: str
    earned: float
    points: float
    seconds: float
    stored: bool
    problem: str | None

    def line(self) -> str:
        """Return the student's line, in rich's markup."""
        name = f"[bold]{escape(self.student)}[/bold]"
        if self.problem:
            return f"{name}  needs a person: {escape(self.problem)}"
        how = "as before" if self.stored else f"{self.seconds:.1f} s"
        return f"{name}  {self.earned:g} of {self.points:g} points  ({how})"


class Display:
    """Progress on standard error; where that is no terminal, plain lines and no bar.

    Parameters
    ----------
    assignment : str
        What is graded.
    total : int
        How many students.
    quiet : bool
        Whether to print nothing at all.
    console : Console, optional
        Where to print, in tests.
    """

    def __init__(self, assignment: str, total: int, quiet: bool = False, console: Console | None = None) -> None:
        self._console = console or Console(quiet=quiet, stderr=True, soft_wrap=True, highlight=False)
        self._quiet = quiet
        columns = (
            TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(),
            TimeElapsedColumn(), TextColumn("left:"), TimeRemainingColumn(elapsed_when_finished=False),
        )  # fmt: skip
        shown = self._console.is_terminal and not quiet
        self._bar = Progress(*columns, console=self._console, disable=not shown, transient=True)
        self._task = self._bar.add_task(f"Grading {escape(assignment)}", total=total)
        self._began = time.monotonic()
        self._counts = {"graded": 0, "as before": 0, "for a person": 0}

    def __enter__(self) -> Display:
        self._began = time.monotonic()
        self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bar.stop()
        if kind is not None and any(self._counts.values()):
            self._say(f"Stopped: {self._totals()}. What is finished is kept; the next run goes on from here.")

    def say(self, text: str) -> None:
        """Print a sentence."""
        self._say(escape(text))

    def finished(self, one: Finished) -> None:
        """Print a student's line and move the bar."""
        kind = "for a person" if one.problem else "as before" if one.stored else "graded"
        self._counts[kind] += 1
        self._say(one.line())
        self._bar.advance(self._task)

    def close(self, staff: Mapping[str, str]) -> None:
        """Print the totals, and once more who needs a person."""
        seconds = time.monotonic() - self._began
        rate = 60 * sum(self._counts.values()) / max(seconds, 0.01)
        self._say(f"{self._totals()}; {seconds:.0f} s, {rate:.0f} submissions a minute.")
        for student, reason in staff.items():
            self._say(f"  [bold]{escape(student)}[/bold] needs a person: {escape(reason)}")

    def _totals(self) -> str:
        return ", ".join(f"{number} {what}" for what, number in self._counts.items())

    def _say(self, text: str) -> None:
        if not self._quiet:
            self._console.print(text)
