"""Many submissions on the farm: does the time grow with their number, and with what do workers help?

A quarter of them with two workers, then all of them with two workers, with one, and through a dask scheduler with two
worker processes that are started here. While a run goes on, the results store is counted, so that the time of each
quarter of a run shows.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from grading_lesson.clock import counted, end
from grading_lesson.forms import Cell, Submission, many
from grading_lesson.graders import BenchmarkError, Ours, disagreements

RESULTS = Path("class") / "results"


@dataclass
class Row:
    """One run.

    Attributes
    ----------
    name : str
        How it was graded.
    submissions : int
        How many there were.
    seconds, cpu, peak : float
        Wall and CPU seconds in all, memory in MiB.
    growth : list of (float, int)
        Seconds since the start, and results in the store by then.
    wrong : list of str
        Marks that are not what is due.
    """

    name: str
    submissions: int
    seconds: float
    cpu: float
    peak: float
    growth: list[tuple[float, int]] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    def quarters(self) -> list[float]:
        """Return the seconds a submission in each quarter of the run, and what came after the last result."""
        marks = [self.submissions * part / 4 for part in range(1, 5)]
        reached = [next((at for at, count in self.growth if count >= mark), self.seconds) for mark in marks]
        begins = [self._first(), *reached]
        size = self.submissions / 4
        return [
            *((late - early) / size for early, late in zip(begins, reached, strict=False)),
            self.seconds - reached[-1],
        ]

    def _first(self) -> float:
        """Return when the first result was seen: what comes before is the start."""
        return next((at for at, count in self.growth if count), 0.0)


def run(place: Path, cells: list[Cell], distinct: list[Submission], count: int) -> list[Row]:
    """Grade `count` submissions with 1 and 2 workers and through dask, and a quarter of them with 2."""
    everyone = many(distinct, count)
    rows = [
        _grade("2 workers", Ours("ours", place / "ours", cells, workers=2), everyone[: max(1, count // 4)]),
        _grade("2 workers", Ours("ours", place / "ours", cells, workers=2), everyone),
        _grade("1 worker", Ours("ours", place / "ours", cells, workers=1), everyone),
    ]
    clustered = Ours("ours", place / "ours", cells)
    with _cluster(clustered, place / "dask") as address:
        clustered.scheduler = address
        rows.append(_grade("dask, 2 workers", clustered, everyone))
    return rows


def _grade(name: str, grader: Ours, submissions: Sequence[Submission]) -> Row:
    growth: list[tuple[float, int]] = []
    store = grader.course / RESULTS
    start = time.monotonic()

    def count() -> None:
        growth.append((time.monotonic() - start, sum(1 for _ in store.rglob("*.json")) if store.exists() else 0))

    took, marks = grader.grade(submissions, every_look=count)
    # the clock of the growth began before the submissions were laid out
    before = time.monotonic() - start - took.seconds
    growth = [(max(0.0, at - before), found) for at, found in growth]
    wrong = disagreements(marks, submissions)
    row = Row(name, len(submissions), took.seconds, took.cpu, took.peak, growth, wrong)
    each = took.seconds / len(submissions)
    print(f"{name}: {len(submissions)} in {took.seconds:.0f} s, {each:.2f} s each", flush=True)
    if wrong:
        print("\n".join(took.output)[-2000:])
    return row


@contextmanager
def _cluster(grader: Ours, place: Path) -> Iterator[str]:
    """Start a dask scheduler and two workers of one thread each; yield the scheduler's address, and end all three."""
    place.mkdir()
    file = place / "scheduler.json"
    dask = [sys.executable, "-m", "dask"]
    local = ["--host", "127.0.0.1"]
    scheduler = [*dask, "scheduler", *local, "--port", "0", "--no-dashboard", "--scheduler-file", str(file)]
    worker = [*dask, "worker", *local, "--no-dashboard", "--nthreads", "1", "--scheduler-file", str(file)]
    started: list[subprocess.Popen[str]] = []

    def begin(words: list[str], name: str) -> None:
        with (place / f"{name}.log").open("w") as log:
            started.append(
                subprocess.Popen(
                    counted(words),
                    cwd=place,
                    env=grader.environment(),
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    text=True,
                    start_new_session=True,
                )
            )

    try:
        begin(scheduler, "scheduler")
        for number in range(2):
            begin([*worker, "--local-directory", str(place / f"worker-{number}")], f"worker-{number}")
        yield _address(file, started, place)
    finally:
        for process in reversed(started):
            end(process)


def _address(file: Path, started: Sequence[subprocess.Popen[str]], place: Path) -> str:
    """Wait until the scheduler has two workers, and return its address."""
    from distributed import Client

    deadline = time.monotonic() + 120
    while time.monotonic() < deadline and all(process.poll() is None for process in started):
        if file.exists() and (text := file.read_text()):
            address = str(json.loads(text)["address"])
            with Client(address, timeout=60) as client:
                client.wait_for_workers(2, timeout=60)
            return address
        time.sleep(0.2)
    logs = "\n".join(path.read_text()[-1000:] for path in sorted(place.glob("*.log")))
    raise BenchmarkError(f"The dask cluster did not start:\n{logs}")


def print_rows(rows: Sequence[Row]) -> None:
    """Print what each run took, and how evenly."""
    print(
        f"\n{'run':<18}{'subm.':>6}{'s in all':>10}{'s each':>8}{'a minute':>10}{'CPU s each':>12}{'peak MiB':>10}"
        "   s each in every quarter, and s after the last result"
    )
    for row in rows:
        *quarters, after = row.quarters()
        each = row.seconds / row.submissions
        print(
            f"{row.name:<18}{row.submissions:>6}{row.seconds:>10.0f}{each:>8.2f}{60 / each:>10.1f}"
            f"{row.cpu / row.submissions:>12.2f}{row.peak:>10.0f}   "
            f"{'  '.join(f'{quarter:.2f}' for quarter in quarters)}, then {after:.1f}"
        )
    part, whole, single, clustered = rows
    print(f"\n4 times the submissions take {whole.seconds / part.seconds:.2f} times as long with 2 workers")
    print(f"2 workers are {single.seconds / whole.seconds:.2f} times as fast as 1")
    print(f"2 workers through dask take {clustered.seconds / whole.seconds:.2f} times as long as 2 without")
