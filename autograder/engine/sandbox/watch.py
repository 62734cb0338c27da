"""The first process of a child: it ends the child with all its processes, and watches what they use together.

It shares the warm process's memory and touches little of it: every 100 ms it reads two short lines about each
process, and only where their sum comes near a limit does it ask the kernel for exact figures.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import select
import signal
import time
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from typing import Any, NoReturn

from . import kernel
from .state import Entered, entered

ENDED_BY_GRADER, ENDED_BY_ITSELF = 0, 80
ENDED_FOR_MEMORY, ENDED_FOR_CPU, ENDED_FOR_DISK, ENDED_FOR_PROCESSES = 81, 82, 83, 84
# What the exit status of the first process says when a limit was reached, in one line each.
LIMIT_REASONS = {
    ENDED_FOR_MEMORY: "its processes together used more memory than allowed",
    ENDED_FOR_CPU: "its processes together used more CPU time than allowed",
    ENDED_FOR_DISK: "its files together were larger than allowed",
    ENDED_FOR_PROCESSES: "it had more processes than allowed",
}
_TICK = 0.1
# An exact look costs milliseconds for each process: it may take one part in this many of the time.
_SHARE = 20
_PAGE, _CLOCK = os.sysconf("SC_PAGE_SIZE"), os.sysconf("SC_CLK_TCK")


def fork_worker() -> int:
    """Fork the worker; return its process id here, in the first process, and 0 in the worker.

    The worker goes on once the first process is safe from it: on a busy host the first could be the later of the two.
    """
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(writing)
        if not os.read(reading, 1):  # the first process is gone
            os._exit(70)
        os.close(reading)
        return 0
    os.close(reading)
    _ignore_signals()
    # Nobody below may look into this process or change it; the worker itself stays open to it.
    kernel.works(kernel.prctl, kernel.PR_SET_DUMPABLE, 0)
    os.write(writing, b".")
    os.close(writing)
    return pid


def be_first(worker: int, leash: int, limits: Any) -> NoReturn:
    """Wait until the worker ends or the grader is gone; end everything as soon as too much is used.

    Parameters
    ----------
    worker : int
        The process that runs the notebook, as :func:`fork_worker` gave it.
    leash : int
        The reading end of a pipe; what can be read from it, also its end, means that the child is to end.
    limits : Limits
        What the submission may use: ``total_memory_bytes``, ``cpu_seconds``, ``processes``, ``disk_bytes``.

    Notes
    -----
    The exit status of this process says why it ended: 0 when the grader ended it, 80 when the worker ended by
    itself, or a key of ``LIMIT_REASONS``.
    """
    status = ENDED_BY_ITSELF
    try:
        status = _watch(worker, leash, _Use(entered, limits))
    finally:
        if not entered.own_processes:
            _end_all(worker, time.monotonic() + 10)
        else:
            _take_in(worker)  # the kernel ends the others with this process
        os._exit(status)


def _take_in(worker: int) -> None:
    """End the worker and wait for it, so that its time counts where somebody asks what grading has used."""
    with contextlib.suppress(OSError):
        os.kill(worker, signal.SIGKILL)
        os.waitpid(worker, 0)


def _ignore_signals() -> None:
    for number in signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP, signal.SIGCHLD}:
        with contextlib.suppress(OSError, ValueError):
            signal.signal(number, signal.SIG_IGN)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)


def _watch(worker: int, leash: int, use: _Use) -> int:
    poller = select.poll()
    poller.register(leash, select.POLLIN | select.POLLHUP)
    with contextlib.suppress(OSError, AttributeError):
        poller.register(os.pidfd_open(worker), select.POLLIN)
    look = time.monotonic() + _TICK
    parent = os.getppid()
    while True:
        ready = poller.poll(max(look - time.monotonic(), 0) * 1000)
        if os.getppid() != parent or any(descriptor == leash for descriptor, _ in ready):
            return ENDED_BY_GRADER
        if _bury(use, worker):
            return ENDED_BY_ITSELF
        if time.monotonic() >= look:
            status = use.look()
            if status:
                return status
            look = time.monotonic() + _TICK


def _bury(use: _Use, worker: int) -> bool:
    """Take in whoever has ended; say whether the worker was among them."""
    gone = False
    while True:
        try:
            pid, _, spent = os.wait4(-1, os.WNOHANG)
        except ChildProcessError:
            return True
        if pid == 0:
            return gone
        use.buried += spent.ru_utime + spent.ru_stime
        gone = gone or pid == worker


@dataclass
class _Use:
    """What the child's processes use together.

    CPU time is counted in two ways, and the larger counts: what the living have used with the children they
    took in, and the dead that were taken in here; and what each process ever seen had used when last seen.
    The second is for those whose parent takes nobody in.
    """

    state: Entered
    limits: Any
    buried: float = 0.0
    seen: dict[tuple[int, int], float] = field(default_factory=dict)
    forgotten: float = 0.0
    # Its own number in /proc, which is not that of a pid namespace where /proc is still the host's.
    own: int = field(default_factory=lambda: _own_number())
    inherited: int = 0
    exact_from: float = 0.0
    disk_from: float = 0.0

    def __post_init__(self) -> None:
        self.inherited = _resident(self.own)

    def look(self) -> int:
        """Return the status to end with, or 0."""
        pids = list(itertools.islice(self._processes(), self.limits.processes + 1))
        if len(pids) > self.limits.processes:  # without counting on: a fork bomb is faster than any count
            return ENDED_FOR_PROCESSES
        tasks, with_children, living = 0, 0.0, {}
        for pid in pids:
            try:
                begun, own, below, threads = _spent(pid)
            except (OSError, ValueError, IndexError):
                continue
            tasks += threads
            with_children += own + below
            living[(pid, begun)] = own
        self.forgotten += sum(own for key, own in self.seen.items() if key not in living)
        self.seen = living
        if max(self.buried + with_children, self.forgotten + sum(living.values())) > self.limits.cpu_seconds:
            return ENDED_FOR_CPU
        if not self.state.own_user and tasks > self.limits.processes:
            return ENDED_FOR_PROCESSES
        return self._disk() or self._memory(pids)

    def _processes(self) -> Iterator[int]:
        if self.state.own_proc:
            return (int(name) for name in os.listdir("/proc") if name.isdecimal() and int(name) != self.own)
        return descendants(self.own)

    def _memory(self, pids: list[int]) -> int:
        allowed = self.limits.total_memory_bytes
        files = self._files()
        # Three looks, each dearer and nearer to the truth than the one before: the first two are never too low.
        if any(sum(map(look, pids)) + files <= allowed for look in (_resident, _not_of_files)):
            return 0
        begun = time.monotonic()
        if begun < self.exact_from:
            return 0
        # What the warm process shares with them is counted once at most, and is not theirs.
        exact = sum(_shared_out(pid) for pid in pids) + files - self.inherited
        ended = time.monotonic()
        self.exact_from = ended + min((ended - begun) * _SHARE, 2.0)
        return ENDED_FOR_MEMORY if exact > allowed else 0

    def _files(self) -> int:
        if not self.state.own_disk:
            return 0
        found = os.statvfs(self.state.private[0])
        return (found.f_blocks - found.f_bfree) * found.f_frsize

    def _disk(self) -> int:
        """Sum the private folders where no file system of their own bounds them."""
        begun = time.monotonic()
        if self.state.own_disk or begun < self.disk_from:
            return 0
        total = sum(_size_below(folder) for folder in self.state.private)
        ended = time.monotonic()
        self.disk_from = ended + min(max((ended - begun) * _SHARE, 0.5), 5.0)
        return ENDED_FOR_DISK if total > self.limits.disk_bytes else 0


def _own_number() -> int:
    try:
        return int(os.readlink("/proc/self"))
    except OSError:  # no /proc, as on macOS
        return os.getpid()


def _spent(pid: int) -> tuple[int, float, float, int]:
    """Return when a process began, its CPU seconds, those of the children it took in, and its threads."""
    with open(f"/proc/{pid}/stat", "rb", buffering=0) as file:
        words = file.read(2000).rpartition(b")")[2].split()
    own, below = (int(words[11]) + int(words[12])) / _CLOCK, (int(words[13]) + int(words[14])) / _CLOCK
    return int(words[19]), own, below, int(words[17])


def _resident(pid: int) -> int:
    try:
        with open(f"/proc/{pid}/statm", "rb", buffering=0) as file:
            return int(file.read(200).split()[1]) * _PAGE
    except (OSError, IndexError):
        return 0


def _not_of_files(pid: int) -> int:
    """Return the memory of a process without the pages of files, which the kernel can take back."""
    return _kibibytes(f"/proc/{pid}/status", ("RssAnon", "RssShmem", "VmSwap", "HugetlbPages"))


def _shared_out(pid: int) -> int:
    """Return the same, what several share divided among them; it costs the kernel milliseconds."""
    names = ("Pss_Anon", "Pss_Shmem", "SwapPss", "Private_Hugetlb", "Shared_Hugetlb")
    return _kibibytes(f"/proc/{pid}/smaps_rollup", names)


def _kibibytes(path: str, names: tuple[str, ...]) -> int:
    """Sum some lines of a file of the kernel's, in bytes; 0 for a process that has ended."""
    try:
        with open(path, "rb", buffering=0) as file:
            lines = file.read(8000).decode(errors="replace").splitlines()
    except OSError:
        return 0
    parts = (line.partition(":") for line in lines)
    return sum(int(rest.split()[0]) for name, _, rest in parts if name in names) * 1024


def _size_below(folder: str) -> int:
    """Sum what the files below a folder take on the disk; what vanishes meanwhile does not count."""
    total = 0
    for here, folders, names in os.walk(folder):
        for name in (*folders, *names):
            with contextlib.suppress(OSError):
                total += os.lstat(os.path.join(here, name)).st_blocks * 512
    return total


def descendants(pid: int) -> Iterator[int]:
    """Name every process below one, where ``/proc`` tells who is whose child."""
    waiting = [pid]
    while waiting:
        for child in _children(waiting.pop()):
            waiting.append(child)
            yield child


def _children(pid: int) -> list[int]:
    found: list[int] = []
    with contextlib.suppress(OSError):
        for thread in os.listdir(f"/proc/{pid}/task"):
            with contextlib.suppress(OSError), open(f"/proc/{pid}/task/{thread}/children") as file:
                found += [int(child) for child in file.read().split()]
    return found


def end_strays(known: Collection[int]) -> None:
    """In the warm process: end what a child has left behind where it had no pid namespace.

    Its first process ends everything before itself; this is for the case that it was killed, by whomever.

    Parameters
    ----------
    known : collection of int
        The children of this process that are to live.
    """
    deadline = time.monotonic() + 2
    while time.monotonic() < deadline:
        strays = [pid for pid in _children(os.getpid()) if pid not in known]
        if not strays:
            return
        for pid in strays:
            with contextlib.suppress(OSError):
                os.kill(pid, signal.SIGKILL)
        for pid in strays:
            wait_for(pid, deadline)


def wait_for(pid: int, deadline: float) -> int | None:
    """Wait until a child of this process has ended; return its status, or None when it lives or is none of ours."""
    poller, opened, pause = select.poll(), -1, 0.0005
    with contextlib.suppress(OSError, AttributeError):  # not on every host
        opened = os.pidfd_open(pid)
        poller.register(opened, select.POLLIN)
    try:
        while True:
            ended, status = os.waitpid(pid, os.WNOHANG)
            left = deadline - time.monotonic()
            if ended or left <= 0:
                return status if ended else None
            if opened >= 0:
                poller.poll(left * 1000)
            else:
                time.sleep(min(pause, left))
                pause = min(pause * 1.5, 0.02)
    except ChildProcessError:
        return None
    finally:
        if opened >= 0:
            os.close(opened)


def _end_all(worker: int, deadline: float) -> None:
    """Kill until no child is left; orphans of a killed child become ours and are killed in turn."""
    if entered.scoped or entered.lone:
        # All at once, so that nothing that forks faster than we kill gets away; the scope, or the user whom nobody
        # else is, keeps others out of it.
        with contextlib.suppress(OSError):
            os.kill(-1, signal.SIGKILL)
    while time.monotonic() < deadline:
        try:
            for pid in list(descendants(os.getpid())) or [worker]:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            while os.waitpid(-1, os.WNOHANG) != (0, 0):
                pass
        except ChildProcessError:
            return
        time.sleep(0.002)
