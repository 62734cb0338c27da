"""Wall seconds, CPU seconds and memory of a command and everything that it starts.

CPU seconds cannot all be had from ``getrusage``: a process that ends with its pid namespace, or whose parent ignores
SIGCHLD, is buried without being waited for, and its seconds are in no account. A control group's account has them, at
no cost to what is measured, so what is measured runs in one where this user may make it (as a rule: root). Elsewhere
the tree of processes is looked at every 50 ms, and what a vanished process had used and its nearest living ancestor
did not get is added; to look that often is itself a tenth of two cores. This is for Linux only.
"""

from __future__ import annotations

import atexit
import contextlib
import ctypes
import functools
import os
import resource
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

_TICK = os.sysconf("SC_CLK_TCK")
_LOOK, _TELL = 0.05, 0.5  # seconds between two looks at the tree, and between two calls of `every_look`
# Seconds between two looks at the memory. The kernel goes through every page of every process for one, which takes a
# core some tens of milliseconds for each process that has imported torch.
_WEIGH = 5.0
_PR_SET_CHILD_SUBREAPER = 36

Key = tuple[int, int]  # a process: its number and when it began


@dataclass(frozen=True)
class _Seen:
    """One process at one look: its parent's number, its own CPU seconds, those of the children it waited for."""

    parent: int
    own: float
    waited: float


def adopt_orphans() -> None:
    """Make this process the parent of every orphan below it, so that none leaves the tree."""
    ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


class _Group:
    """A control group: what is put in, and all that it starts, has one account of CPU seconds."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir()
        atexit.register(self.remove)
        # Whether one may join is seen by trying.
        if subprocess.run(self.joined(["true"]), stderr=subprocess.DEVNULL).returncode or self.seconds() <= 0:
            raise OSError("no process may join the group")

    def joined(self, words: Sequence[str]) -> list[str]:
        return ["/bin/sh", "-c", 'echo $$ >"$0" && exec "$@"', str(self.folder / "cgroup.procs"), *words]

    def seconds(self) -> float:
        return int((self.folder / "cpu.stat").read_text().split()[1]) / 1e6

    def pids(self) -> list[int]:
        return [int(pid) for pid in (self.folder / "cgroup.procs").read_text().split() if int(pid)]

    def remove(self) -> None:
        with contextlib.suppress(OSError):  # something that was measured still runs
            self.folder.rmdir()


@functools.cache
def _group() -> _Group | None:
    """Return the group that everything measured is put into; None where none can be made."""
    for line in Path("/proc/mounts").read_text().splitlines():
        _, where, kind, *_ = line.split()
        if kind == "cgroup2":
            own = Path("/proc/self/cgroup").read_text().rpartition("0::")[2].strip()
            with contextlib.suppress(OSError, ValueError, IndexError):
                return _Group(Path(where) / own.strip("/") / f"course-benchmark-{os.getpid()}")
    return None


def counted(words: Sequence[str]) -> list[str]:
    """Return a command that does what `words` do, where it and all that it starts are counted.

    It joins the group by itself before anything else: whoever is moved there may have children by then.
    """
    group = _group()
    return list(words) if group is None else group.joined(words)


def _look() -> dict[Key, _Seen]:
    """Return every process below this one."""
    everyone: dict[int, tuple[Key, _Seen]] = {}
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            with contextlib.suppress(OSError):
                fields = Path(f"/proc/{entry}/stat").read_text().rpartition(")")[2].split()
                own = (int(fields[11]) + int(fields[12])) / _TICK
                waited = (int(fields[13]) + int(fields[14])) / _TICK
                everyone[int(entry)] = (int(entry), int(fields[19])), _Seen(int(fields[1]), own, waited)
    below: dict[int, list[int]] = {}
    for pid, (_, seen) in everyone.items():
        below.setdefault(seen.parent, []).append(pid)
    found, todo = {}, list(below.get(os.getpid(), ()))
    while todo:
        key, seen = everyone[(pid := todo.pop())]
        found[key] = seen
        todo += below.get(pid, ())
    return found


def _waited_here() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def _weigh(pids: Iterable[int]) -> float:
    """Return the memory in MiB: each page counts once, shared ones by their share."""
    total = 0
    for pid in pids:
        with contextlib.suppress(OSError, ValueError, IndexError):
            text = Path(f"/proc/{pid}/smaps_rollup").read_text()
            total += int(text.partition("\nPss:")[2].split()[0])
    return total / 1024


class Watch:
    """Watches the tree below this process while it is entered.

    Attributes
    ----------
    cpu : float
        CPU seconds of everything below this process between entry and exit.
    peak : float
        The largest memory seen, in MiB.
    """

    def __init__(self, every_look: Callable[[], None] | None = None) -> None:
        self.cpu = self.peak = 0.0
        self._every_look = every_look
        self._group = _group()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._before: dict[Key, _Seen] = {}
        self._due: dict[Key | None, float] = {}  # seconds of vanished processes, by nearest living ancestor
        self._got: dict[Key | None, float] = {}  # seconds that this ancestor has got since
        self._here = 0.0
        self._lost = 0.0

    def __enter__(self) -> Watch:
        self._before, self._here = _look(), _waited_here()
        self._start = self._total() if self._group is None else self._group.seconds()
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()
        if self._group is not None:
            self.cpu = self._group.seconds() - self._start
            self._before = _look()
            self._bury()
            return
        self._bury()
        self._compare()
        lost = self._lost + sum(self._missing(key) for key in self._due)
        self.cpu = self._total() - self._start + lost

    def _total(self) -> float:
        return self._here + sum(seen.own + seen.waited for seen in self._before.values())

    def _run(self) -> None:
        weighed = told = 0.0
        while not self._over.wait(_LOOK if self._group is None else _TELL):
            if self._group is None:
                self._compare()
            if time.monotonic() - weighed > _WEIGH:
                weighed = time.monotonic()
                pids = [pid for pid, _ in self._before] if self._group is None else self._group.pids()
                self.peak = max(self.peak, _weigh(pids))
            if self._every_look is not None and time.monotonic() - told > 0.9 * _TELL:
                told = time.monotonic()
                self._every_look()

    def _compare(self) -> None:
        """Look again, and note what the processes that have vanished since the last look had used."""
        now, here = _look(), _waited_here()
        numbers = {pid: (pid, began) for pid, began in self._before}
        for key, seen in self._before.items():
            if key in now:
                self._got[key] = self._got.get(key, 0.0) + now[key].waited - seen.waited
                continue
            ancestor: Key | None = numbers.get(seen.parent)
            while ancestor is not None and ancestor not in now:
                ancestor = numbers.get(self._before[ancestor].parent)
            self._due[ancestor] = self._due.get(ancestor, 0.0) + seen.own + seen.waited
            # what it never got from its own children is in no account any more
            self._lost += self._missing(key)
            self._due.pop(key, None)
        self._got[None] = self._got.get(None, 0.0) + here - self._here
        self._before, self._here = now, here

    def _missing(self, key: Key | None) -> float:
        missing = self._due.get(key, 0.0) - self._got.get(key, 0.0)
        return missing if missing > 5 / _TICK else 0.0  # less is rounding

    def _bury(self) -> None:
        """Wait for the orphans that ended here."""
        for pid, _ in list(self._before):
            with contextlib.suppress(OSError):
                if Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[:2] == ["Z", str(os.getpid())]:
                    os.waitpid(pid, os.WNOHANG)


@dataclass(frozen=True)
class Command:
    """What to run, where, and with which environment."""

    words: Sequence[str]
    folder: Path
    environment: Mapping[str, str]


@dataclass
class Measured:
    """What running commands side by side took.

    Attributes
    ----------
    seconds, cpu : float
        Wall and CPU seconds until the last one ended.
    peak : float
        Memory in MiB.
    start_up : float
        Mean wall seconds until a line with the mark came, 0 without one.
    output : list of str
        What each command printed.
    codes : list of int
        How each command ended.
    """

    seconds: float
    cpu: float
    peak: float
    start_up: float = 0.0
    output: list[str] = field(default_factory=list)
    codes: list[int] = field(default_factory=list)


def measure(
    commands: Sequence[Command], mark: str | None = None, every_look: Callable[[], None] | None = None
) -> Measured:
    """Run commands side by side until all have ended."""
    said: list[list[str]] = [[] for _ in commands]
    marked: dict[int, float] = {}
    start = time.monotonic()

    def listen(number: int, process: subprocess.Popen[str]) -> None:
        assert process.stdout is not None
        for line in process.stdout:
            said[number].append(line)
            if mark is not None and mark in line:
                marked.setdefault(number, time.monotonic() - start)

    with Watch(every_look) as watch:
        start = time.monotonic()
        processes = [_begin(command) for command in commands]
        try:
            threads = [threading.Thread(target=listen, args=pair) for pair in enumerate(processes)]
            for thread in threads:
                thread.start()
            codes = [process.wait() for process in processes]
            seconds = time.monotonic() - start
            for thread in threads:
                thread.join(10)
        except BaseException:
            for process in processes:
                end(process)
            raise
    start_up = sum(marked.values()) / len(marked) if marked else 0.0
    return Measured(seconds, watch.cpu, watch.peak, start_up, ["".join(lines) for lines in said], codes)


def _begin(command: Command) -> subprocess.Popen[str]:
    return subprocess.Popen(
        counted(command.words),
        cwd=command.folder,
        env=dict(command.environment),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        start_new_session=True,
    )


def end(process: subprocess.Popen[str]) -> None:
    """End a process that was started here, and its group."""
    if process.poll() is None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


_BURN = """
import os, signal, time
if {unwaited}:
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
child = os.fork()
if child == 0:
    while time.process_time() < 1.0:
        pass
    time.sleep(0.2)
    os._exit(0)
if {unwaited}:
    try:
        os.wait()
    except ChildProcessError:
        pass
else:
    os.waitpid(child, 0)
"""


def known_burn(unwaited: bool) -> float:
    """Return the CPU seconds counted for a process whose child burns 1 s, waited for or not."""
    words = [sys.executable, "-I", "-S", "-c", _BURN.format(unwaited=unwaited)]
    return measure([Command(words, Path.cwd(), os.environ)]).cpu
