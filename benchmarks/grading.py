"""Measure the grader against stock nbgrader and otter: one lesson, a class of 40 made-up learners, the same cores.

    python benchmarks/grading.py                          all graders in alternation; about 40 minutes
    python benchmarks/grading.py --only ours,stock        some of them
    python benchmarks/grading.py --thousand --light       1,000 submissions, with 1 and 2 workers and through dask

The lesson (``grading_lesson/lesson.py``) imports numpy and torch, trains for about a second, draws four figures and has
eight exercises. No two submissions are alike, and the marks due are known. Each round gives every grader a share of the
class, and ours the whole class after each of the others, so that whatever else the machine does falls on all of them.

- *ours* starts anew for every run, with an empty gradebook and an empty results store; its cold start counts.
- *stock* is ``nbgrader autograde`` as shipped. Its own start is counted once, as for one run over the class.
- *stock, one thread* is the same with OMP_NUM_THREADS=1; *stock, 2 processes* splits the submissions over two.
- *otter* is ``otter run`` for each submission: ``otter grade`` needs Docker. It is installed on first use, as the extra
  `bench` of pyproject.toml pins it, into ``build/bench-venv``, which also sees the packages that are installed here.
- *plain* is the floor: the CPU seconds of the learners' own cells, in one process that has imported everything, on one
  thread, the figures drawn with Agg and not saved.

CPU seconds are those of every process that a grader starts, also of those that nobody waits for (see
``grading_lesson/clock.py``); memory is the largest sum of proportional set sizes seen. Linux only. The exit code says
nothing about time: it is 1 when a mark is not what is due.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import signal
import statistics
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from importlib.metadata import version
from pathlib import Path

from grading_lesson import thousand
from grading_lesson.clock import Measured, adopt_orphans, known_burn
from grading_lesson.forms import Cell, Submission, make_class, read_lesson
from grading_lesson.graders import (
    ONE_THREAD,
    BenchmarkError,
    Grader,
    Otter,
    Ours,
    Stock,
    disagreements,
    plain_seconds,
)

OURS, OURS_ONE, STOCK, STOCK_THREAD, STOCK_TWO, OTTER = (
    "ours",
    "ours, 1 worker",
    "stock",
    "stock, one thread",
    "stock, 2 processes",
    "otter",
)
# what --only takes, in the order of a round
SIDES = {
    "stock": STOCK,
    "otter": OTTER,
    "stock2": STOCK_TWO,
    "stock1thread": STOCK_THREAD,
    "ours": OURS,
    "ours1": OURS_ONE,
}
BARS = (("stock", 12.0), ("stock1thread", 12.0), ("otter", 12.0), ("stock2", 7.0))
CPU_BAR = 0.5


@dataclass
class Side:
    """What one grader has taken so far."""

    name: str
    processes: int = 1
    submissions: int = 0
    runs: list[Measured] = field(default_factory=list)
    shares: list[int] = field(default_factory=list)
    rounds: list[int] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    def add(self, took: Measured, count: int, number: int, wrong: list[str]) -> None:
        """Take down one run over `count` submissions."""
        self.runs.append(took)
        self.shares.append(count)
        self.rounds.append(number)
        self.submissions += count
        self.wrong += wrong

    def seconds(self, number: int | None = None) -> float:
        """Return wall seconds a submission, in one round or in all; a start with a mark counts once for the class."""
        chosen = [i for i, its in enumerate(self.rounds) if number in (None, its)]
        total = sum(self.runs[i].seconds - self.runs[i].start_up for i in chosen)
        count = sum(self.shares[i] for i in chosen)
        return total / count + self._start_up / self.submissions

    @property
    def cpu(self) -> float:
        """CPU seconds a submission; a start, one busy thread, counts once for the class."""
        total = sum(run.cpu - self.processes * run.start_up for run in self.runs)
        return (total + self.processes * self._start_up) / self.submissions

    @property
    def peak(self) -> float:
        """The largest memory seen, in MiB."""
        return max(run.peak for run in self.runs)

    @property
    def _start_up(self) -> float:
        return statistics.mean(run.start_up for run in self.runs)


def make_graders(place: Path, cells: list[Cell], wanted: Sequence[str]) -> dict[str, Grader]:
    """Return the graders that are wanted, ready to grade."""
    made: dict[str, Callable[[], Grader]] = {
        "stock": lambda: Stock(STOCK, place / "stock", cells),
        "otter": lambda: Otter(place / "otter", cells),
        "stock2": lambda: Stock(STOCK_TWO, place / "stock2", cells, processes=2),
        "stock1thread": lambda: Stock(STOCK_THREAD, place / "stock1thread", cells, more=ONE_THREAD),
        "ours": lambda: Ours(OURS, place / "ours", cells),
        "ours1": lambda: Ours(OURS_ONE, place / "ours", cells, workers=1),
    }
    return {key: made[key]() for key in SIDES if key in wanted}


def order_of(number: int, keys: Sequence[str], rounds: int) -> list[str]:
    """Return the order of one round: others in turn, beginning elsewhere each time, with ours between any two."""
    others = [key for key in keys if key not in ("ours", "ours1")]
    shift = number * len(others) // rounds if others else 0
    order: list[str] = []
    for key in others[shift:] + others[:shift]:
        order += [key, "ours"] if "ours" in keys else [key]
    if not others and "ours" in keys:
        order.append("ours")
    if "ours1" in keys:
        order.append("ours1")
    return order


def alternate(
    place: Path, cells: list[Cell], everyone: list[Submission], rounds: int, wanted: Sequence[str]
) -> tuple[dict[str, Side], list[float]]:
    """Run every round; return what each grader took, and each learner's own CPU seconds."""
    graders = make_graders(place, cells, wanted)
    sides = {key: Side(grader.name, getattr(grader, "processes", 1)) for key, grader in graders.items()}
    plain: list[float] = []
    for number in range(rounds):
        share = everyone[number * len(everyone) // rounds : (number + 1) * len(everyone) // rounds]
        plain += plain_seconds(place / "plain", cells, share)
        for key in order_of(number, list(graders), rounds):
            chosen = everyone if key.startswith("ours") else share
            took, marks = graders[key].grade(chosen)
            wrong = disagreements(marks, chosen)
            sides[key].add(took, len(chosen), number, wrong)
            each = took.seconds / len(chosen)
            said = f"{len(wrong)} marks are not what is due" if wrong else "marks as due"
            print(
                f"round {number + 1}/{rounds}  {graders[key].name:<18} {len(chosen):4} submissions  "
                f"{took.seconds:7.1f} s  {each:6.2f} s each  {said}",
                flush=True,
            )
            if wrong:
                print("\n".join(took.output)[-2000:])
    return sides, plain


def print_table(sides: dict[str, Side], plain: list[float], rounds: int) -> None:
    """Print what each grader took, and how many times as long as ours."""
    floor = statistics.mean(plain)
    print(
        f"\n{'grader':<20}{'runs':>5}{'subm.':>7}{'s each':>9}{'a minute':>10}"
        f"{'ours is x times as fast':>26}{'CPU s each':>12}{'beyond plain':>14}{'peak MiB':>10}"
    )
    for side in sides.values():
        times = ""
        if "ours" in sides and side is not sides["ours"]:
            by_round = [side.seconds(number) / sides["ours"].seconds(number) for number in range(rounds)]
            all_in_all = side.seconds() / sides["ours"].seconds()
            times = f"{all_in_all:.1f} ({min(by_round):.1f} to {max(by_round):.1f})"
        print(
            f"{side.name:<20}{len(side.runs):>5}{side.submissions:>7}{side.seconds():>9.2f}{60 / side.seconds():>10.1f}"
            f"{times:>26}{side.cpu:>12.2f}{side.cpu - floor:>14.2f}{side.peak:>10.0f}"
        )
    print(
        f"plain: the learners' own code takes {floor:.2f} CPU seconds each "
        f"(from {min(plain):.2f} to {max(plain):.2f}, {len(plain)} learners)"
    )
    for side in sides.values():
        if side.name.startswith("stock"):
            print(f"{side.name}: a start of {side._start_up:.1f} s is counted once, not in each of its runs")


def print_bars(sides: dict[str, Side], plain: list[float]) -> None:
    """Print the bars and whether each is met, and how far ours is from the floor."""
    if "ours" not in sides:
        return
    ours, floor = sides["ours"], statistics.mean(plain)
    print("\nbars")
    for key, bar in BARS:
        if key in sides:
            times = sides[key].seconds() / ours.seconds()
            _bar(f"at least {bar:g} times the throughput of {SIDES[key]}", f"{times:.1f}", times >= bar)
    beyond = ours.cpu - floor
    _bar(f"at most {CPU_BAR} CPU s a submission beyond the learner's own code", f"{beyond:.2f}", beyond <= CPU_BAR)
    least = floor / _cores()
    print(
        f"  floor: {floor:.2f} CPU s on {_cores()} cores are {least:.2f} s a submission; "
        f"ours takes {ours.seconds():.2f} s, {ours.seconds() / least:.2f} times the floor"
    )


def _bar(what: str, value: str, met: bool) -> None:
    print(f"  {what}: {value}  {'met' if met else 'not met'}")


def _cores() -> int:
    return len(os.sched_getaffinity(0))


def print_machine() -> dict[str, object]:
    """Print what the figures were measured on, and what the clock counts of a known load."""
    packages = ("nbgrader", "numpy", "torch", "matplotlib", "ipykernel", "dask")
    facts: dict[str, object] = {
        "cores": _cores(),
        "load before": round(os.getloadavg()[0], 2),
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        **{name: version(name) for name in packages},
        "known load of 1 CPU s, counted": [round(known_burn(unwaited), 2) for unwaited in (False, True)],
    }
    print(", ".join(f"{name} {value}" for name, value in facts.items()), flush=True)
    return facts


def read_options(words: Sequence[str] | None = None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description="Measure the grader against stock nbgrader and otter.")
    parser.add_argument("--submissions", type=int, default=40, help="learners in the class (40)")
    parser.add_argument("--rounds", type=int, default=4, help="shares that the class is cut into (4)")
    parser.add_argument("--only", default=",".join(SIDES), help=f"some of {','.join(SIDES)}")
    parser.add_argument("--light", action="store_true", help="a tenth of the training")
    farm = "grade N (1000) submissions on the farm instead"
    parser.add_argument("--thousand", type=int, nargs="?", const=1000, metavar="N", help=farm)
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all figures there, too")
    options = parser.parse_args(words)
    options.only = options.only.split(",")
    unknown = set(options.only) - set(SIDES)
    if unknown:
        parser.error(f"--only does not know {', '.join(sorted(unknown))}; it takes {', '.join(SIDES)}.")
    if not 1 <= options.rounds <= options.submissions:
        parser.error("--rounds takes a number from 1 to that of the submissions.")
    return options


def main(words: Sequence[str] | None = None) -> int:
    """Print the tables; return 1 when a mark is not what is due."""
    options = read_options(words)
    adopt_orphans()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # as Ctrl-C: end what was started, and clear up
    facts = print_machine()
    cells, everyone = read_lesson(options.light), make_class(options.submissions)
    place = Path(tempfile.mkdtemp(prefix="course-benchmark-"))
    place.chmod(0o755)  # a sandboxed child may be another user
    try:
        if options.thousand:
            rows = thousand.run(place, cells, everyone, options.thousand)
            thousand.print_rows(rows)
            wrong = [text for row in rows for text in row.wrong]
            figures: dict[str, object] = {"farm": [asdict(row) for row in rows]}
        else:
            sides, plain = alternate(place, cells, everyone, options.rounds, options.only)
            print_table(sides, plain, options.rounds)
            print_bars(sides, plain)
            wrong = [f"{side.name}: {text}" for side in sides.values() for text in side.wrong]
            figures = {"plain": plain, "sides": {key: asdict(side) for key, side in sides.items()}}
    except BenchmarkError as error:
        print(error, file=sys.stderr)
        return 1
    finally:
        shutil.rmtree(place, ignore_errors=True)
    if options.json:
        options.json.write_text(json.dumps({"machine": facts, "options": vars(options) | {"json": ""}, **figures}))
    print(f"\nmarks: {len(wrong)} are not what is due" if wrong else "\nmarks: all graders give what is due")
    print("\n".join(wrong[:20]))
    return 1 if wrong else 0


if __name__ == "__main__":
    raise SystemExit(main())
