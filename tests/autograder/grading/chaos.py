"""Grade a class while the coordinator and its workers are killed, and compare with an undisturbed run.

``python -m tests.autograder.grading.chaos --submissions 1000 --kill-every 3``: ``course grade`` is started as
a process, SIGKILL goes to it or to one of its workers every few seconds, and it is started again until a run ends
by itself. Then there is exactly one result for each submission, equal to the undisturbed run's, no process is left
over, and no temporary file. ``--repository`` tries the packages of another checkout.
"""

from __future__ import annotations

import argparse
import contextlib
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import nbformat

sys.path.insert(0, str(Path(__file__).parent))  # the tests beside this file import each other by their bare names

from toy_course import ASSIGNMENT, with_answers
from whole_course import ROOT, build_toy_course, copy_course, copy_packages, environment, leftovers, outcome, results

# The process that workers are forked from, by its command line.
_TEMPLATE = '"module": "base"'
_LAST_BREATH = 30.0
ANSWERS = (
    ("def scale(x, factor):\n    return x * factor", "def total(x):\n    return x.sum()"),
    ("def scale(x, factor):\n    return x + factor", "def total(x):\n    return x.sum()"),
    ("def scale(x, factor):\n    return abs(x) * factor", "def total(x):\n    return x.mean()"),
    ("def scale(x, factor):\n    raise ValueError('no')", "def total(x):\n    return None"),
    ("import os\nos._exit(1)", "def total(x):\n    return float(x.sum())"),
)


@dataclass(frozen=True)
class Process:
    """A process by pid and start time, so that a pid that is given out again is not taken for it."""

    pid: int
    started: int

    @property
    def alive(self) -> bool:
        """Whether this very process is there and not only waits to be reaped."""
        found = _stat(self.pid)
        return found is not None and found[1] == self.started and found[2] not in "ZX"

    @property
    def command(self) -> str:
        """Return its command line."""
        try:
            return Path(f"/proc/{self.pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            return ""

    def kill(self) -> bool:
        """Send SIGKILL, if it is still the process it was."""
        if not self.alive:
            return False
        subprocess.run(["kill", "-9", str(self.pid)], check=False, stderr=subprocess.DEVNULL)
        return True


def _stat(pid: int) -> tuple[int, int, str, int] | None:
    """Return parent, start time, state and session of a process."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (OSError, ValueError):
        return None
    return int(fields[1]), int(fields[19]), fields[0], int(fields[3])


def descendants(pid: int) -> list[Process]:
    """Return the processes below one, without it."""
    parents: dict[int, list[Process]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            found = _stat(int(entry.name))
            if found is not None:
                parents.setdefault(found[0], []).append(Process(int(entry.name), found[1]))
    below: list[Process] = []
    left = [pid]
    while left:
        children = parents.get(left.pop(), [])
        below += children
        left += [child.pid for child in children]
    return below


@dataclass
class Report:
    """What a disturbed run did, and everything that is wrong about its end."""

    runs: int = 0
    kills: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0
    wrong: list[str] = field(default_factory=list)


def hand_in(root: Path, count: int) -> None:
    """Hand in `count` submissions, right, wrong and broken ones."""
    released = nbformat.read(root / "release" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb", as_version=4)
    for number in range(count):
        path = root / "class" / "submitted" / f"student{number:04}" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb"
        path.parent.mkdir(parents=True)
        scale, total = ANSWERS[number % len(ANSWERS)]
        nbformat.write(with_answers(released, scale=f"{scale}\n# {number}", total=total), path)


def command(root: Path) -> list[str]:
    """Return the command that grades the class."""
    return [sys.executable, "-m", "autograder.cli", "grade", ASSIGNMENT, "--root", str(root)]


def grade_undisturbed(root: Path, env: dict[str, str]) -> None:
    """Grade in one run."""
    done = subprocess.run(command(root), cwd=root, env=env, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"the undisturbed run failed: {done.stderr[-2000:]}")


def grade_with_kills(
    root: Path, env: dict[str, str], kill_every: float, kills: int, rng: random.Random, tell: Callable[[str], None]
) -> Report:
    """Grade while processes are killed, `kills` times at most; then let a run end by itself."""
    report = Report()
    began = time.monotonic()
    seen: set[Process] = set()
    log = root.parent / "disturbed.log"
    code = -signal.SIGKILL
    while code == -signal.SIGKILL:
        report.runs += 1
        before = progress(root)
        with log.open("ab") as file:
            run = subprocess.Popen(command(root), cwd=root, env=env, stdout=file, stderr=file)
        found = _stat(run.pid)
        itself = Process(run.pid, found[1] if found else 0)
        try:
            while run.poll() is None:
                left = kills - report.kills.total()
                _wait(run, kill_every * rng.uniform(0.3, 1.7) if left else 1.0, seen)
                # Mostly a run that has done something, or none would get further than its imports on a slow machine.
                worthwhile = progress(root) != before or rng.random() < 0.1
                if left and worthwhile and run.poll() is None:
                    kind = _kill_one(itself, report.kills, rng)
                    report.kills[kind] += 1
                    tell(f"{time.monotonic() - began:6.1f} s: killed {kind}, run {report.runs}")
        finally:
            run.kill()  # it has ended, unless this is interrupted
        code = run.wait()
    if code != 0:
        report.wrong.append(f"run {report.runs} ended with {code}: {log.read_text()[-1500:]}")
    report.seconds = time.monotonic() - began
    report.wrong += [f"left over: {name}" for name in _reap(seen)]
    return report


def progress(root: Path) -> set[tuple[str, int]]:
    """Return the files that grading has written, each with its time."""
    paths = [*(root / "class" / "results").rglob("*.json"), *(root / "class" / "autograded").rglob("*.ipynb")]
    found = set()
    for path in paths:
        with contextlib.suppress(OSError):
            found.add((str(path), path.stat().st_mtime_ns))
    return found


def _wait(run: subprocess.Popen[bytes], seconds: float, seen: set[Process]) -> None:
    """Wait, and remember every process that is seen below the run."""
    deadline = time.monotonic() + seconds
    while run.poll() is None and time.monotonic() < deadline:
        seen.update(descendants(run.pid))
        time.sleep(min(0.1, max(0.0, deadline - time.monotonic())))


def workers(coordinator: int) -> list[Process]:
    """Return the grading processes of a coordinator, but not the sandboxed ones.

    Those run a submission, and whoever kills one of them does what a submission can do to itself. They are below the
    warm process, which has a session of its own; grading processes share that of the process they are forked from.
    """
    every = [(process, _stat(process.pid)) for process in descendants(coordinator)]
    templates = {p.pid for p, found in every if found and found[0] == coordinator and _TEMPLATE in p.command}
    return [p for p, found in every if found and found[0] in templates and found[3] == found[0]]


def _kill_one(coordinator: Process, so_far: Counter[str], rng: random.Random) -> str:
    """Kill a worker and the coordinator by turns, as far as there is a worker."""
    below = workers(coordinator.pid) if so_far["a worker"] <= so_far["the coordinator"] else []
    if below and rng.choice(below).kill():
        return "a worker"
    coordinator.kill()
    return "the coordinator"


def _reap(seen: set[Process]) -> list[str]:
    """Give what a killed run has left behind some time to end by itself; end and name what has not."""
    deadline = time.monotonic() + _LAST_BREATH
    while any(process.alive for process in seen) and time.monotonic() < deadline:
        time.sleep(0.1)
    stayed = [process for process in seen if process.alive]
    return [f"{process.pid} {process.command[:200]}" for process in stayed if process.kill()]


def differences(calm: Path, disturbed: Path, count: int) -> list[str]:
    """Return in what the ends of two runs differ; nothing when all is well."""
    wrong = []
    pairs: Sequence[tuple[str, Any, Any]] = (
        ("results", results(calm), results(disturbed)),
        ("marks and notebooks", outcome(calm, ASSIGNMENT), outcome(disturbed, ASSIGNMENT)),
    )
    for what, due, got in pairs:
        if len(due) != count:
            wrong.append(f"undisturbed, there are {len(due)} {what} for {count} submissions")
        wrong += [f"{what}: {name} is missing" for name in sorted(due.keys() - got.keys())]
        wrong += [f"{what}: {name} is one too many" for name in sorted(got.keys() - due.keys())]
        wrong += [f"{what}: {name} differs" for name in sorted(due.keys() & got.keys()) if due[name] != got[name]]
    return wrong + [f"temporary file: {name}" for name in leftovers(disturbed)]


def compare(
    place: Path,
    submissions: int,
    kill_every: float,
    *,
    kills: int = 10**6,
    seed: int = 0,
    repository: Path = ROOT,
    tell: Callable[[str], None] = lambda text: None,
) -> Report:
    """Grade a class twice, undisturbed and with kills, and report what went wrong.

    Parameters
    ----------
    place : Path
        An empty folder.
    submissions : int
        How many.
    kill_every : float
        Seconds between kills, on average.
    kills : int
        How many at most.
    seed : int
        Draws who is killed when.
    repository : Path
        Whose packages grade.
    tell : callable
        Takes a line for each thing that happens.
    """
    env = environment(place / "home", copy_packages(place / "packages", repository))
    course = build_toy_course(place / "course", repository=repository).root
    hand_in(course, submissions)
    calm, disturbed = copy_course(course, place / "calm"), copy_course(course, place / "disturbed")
    began = time.monotonic()
    grade_undisturbed(calm, env)
    tell(f"undisturbed: {submissions} submissions in {time.monotonic() - began:.1f} s")
    report = grade_with_kills(disturbed, env, kill_every, kills, random.Random(seed), tell)
    report.wrong += differences(calm, disturbed, submissions)
    return report


def main(arguments: list[str] | None = None) -> None:
    """Run the comparison and print what was found."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--submissions", type=int, default=1000)
    parser.add_argument("--kill-every", type=float, default=3.0)
    parser.add_argument("--kills", type=int, default=10**6)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--repository", type=Path, default=ROOT)
    chosen = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as place:
        report = compare(
            Path(place), chosen.submissions, chosen.kill_every, kills=chosen.kills, seed=chosen.seed,
            repository=chosen.repository.resolve(), tell=lambda text: print(text, flush=True),
        )  # fmt: skip
    killed = ", ".join(f"{count} times {kind}" for kind, count in report.kills.items()) or "nobody"
    print(f"disturbed: {report.runs} runs in {report.seconds:.1f} s; killed {killed}")
    for wrong in report.wrong:
        print(f"WRONG: {wrong}")
    print("every submission has exactly one result, as undisturbed" if not report.wrong else "not equal")
    sys.exit(bool(report.wrong))


if __name__ == "__main__":
    main()
