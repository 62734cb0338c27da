"""The warm process as the grader sees it: started once, it forks a child for each submission.

It is started with exec, so nothing of the grader's memory is in it. It has imported what every notebook
imports, so a child is at its first cell in some tens of milliseconds. It never runs a byte of a
submission; its children do, after they have confined themselves. What it runs is ``nursery.py``.
"""

from __future__ import annotations

import atexit
import contextlib
import hashlib
import json
import os
import signal
import socket
import subprocess
import tempfile
import threading
import time
import weakref
from pathlib import Path
from typing import Any

from autograder.engine import folder, spawn
from autograder.engine.limits import Limits
from autograder.engine.spawn import ChildStartError

# A process that grades holds one. A test that tries several ways to confine would hold one for each: the oldest goes.
_MOST = 2


class WarmProcessGone(ChildStartError):
    """The warm process has ended since the last child; another one may serve."""


class WarmProcess:
    """One warm process, as :func:`start_warm_process` or :meth:`split` gives it.

    Parameters
    ----------
    connection : socket.socket
        Our end of its connection; closed with it.
    private : Path
        A folder of its own on the host.
    process : subprocess.Popen or the like, optional
        Where this process has started it: it is waited for and its folder removed when it is closed.

    Attributes
    ----------
    private : Path
        The folder.
    pid : int or None
        Its process id, where this process has started it.
    close : callable
        End it, which ends its children. This also happens when this object is collected and when the interpreter ends.
    """

    def __init__(
        self, connection: socket.socket, private: Path, process: subprocess.Popen[bytes] | _Forked | None = None
    ) -> None:
        self.private = private
        self._lock = threading.Lock()
        self._living: set[int] = set()
        self._socket = connection
        self._reader = connection.makefile("r", encoding="utf-8")
        self.pid = None if process is None else process.pid
        self.close: weakref.finalize[Any, WarmProcess]
        if process is None:
            self.close = weakref.finalize(self, _hang_up, connection, self._reader)
        else:
            self.close = weakref.finalize(self, _end, os.getpid(), process, connection, self._reader, private)

    def wait_until_ready(self, seconds: float = 60.0) -> None:
        """Wait for one that was just begun; a warm process that was split is ready.

        Raises
        ------
        ChildStartError
            When it does not get ready in this time; it is ended then.
        """
        try:
            self.read(seconds)
        except ChildStartError as error:
            log = self.log()
            self.close()
            raise ChildStartError(f"The warm process did not get ready ({error}). It said: {log}") from error

    def split(self, seconds: float = 10.0) -> WarmProcess:
        """Have it fork a warm process like itself, for a fork of this process that uses it in place of this one.

        Returns
        -------
        WarmProcess
            It shares this one's folder, and is of no use once that is gone.

        Raises
        ------
        ChildStartError
            When it cannot.
        """
        ours, theirs = socket.socketpair()
        with theirs:
            try:
                with self._lock:
                    self._ask({"do": "split"}, seconds, (theirs.fileno(),))
            except ChildStartError:
                ours.close()
                raise
        return WarmProcess(ours, self.private)

    def leave(self) -> None:
        """In a fork of the process that uses it: close this copy of the connection, or it would never end."""
        _hang_up(self._socket, self._reader)

    @property
    def idle(self) -> bool:
        """Whether none of its children lives."""
        return not self._living

    @property
    def alive(self) -> bool:
        """Whether it can be asked for children: a host that cleans its temporary files can take its folder away."""
        return bool(self.close.alive) and (self.private / "lib").is_dir() and (self.private / "lessons").is_dir()

    def log(self) -> str:
        """Return the end of what it and its children said while they got ready."""
        try:
            return (self.private / "start.log").read_text(errors="replace")[-2000:]
        except OSError:
            return ""

    def fork(self, limits: Limits, wire: int, leash: int, earlier: tuple[str, ...], seed: int) -> tuple[int, Path]:
        """Fork a child that talks on `wire` and ends when `leash` closes.

        Parameters
        ----------
        limits : Limits
            What its submission may use.
        wire, leash : int
            Descriptors: the child's end of a socket, and the reading end of a pipe. The caller closes its copies.
        earlier : tuple of str
            Slugs of the lessons whose given versions of answers it can import.
        seed : int
            What the libraries' generators of random numbers are seeded with.

        Returns
        -------
        int, Path
            Its process id for :meth:`bury`, and the folder of the host that it uses where it has no new root.

        Raises
        ------
        WarmProcessGone
            When the warm process does not answer; it is ended then.
        ChildStartError
            When it answers that it could not fork.
        """
        with self._lock:
            lessons = self._earlier(earlier)
            request = {"do": "fork", "limits": vars(limits), "lessons": str(lessons), "seed": seed}
            answer = self._ask(request, limits.start_seconds, (wire, leash))
            self._living.add(int(answer["pid"]))
            return int(answer["pid"]), Path(answer["work"])

    def bury(self, pid: int, work: Path, seconds: float = 10.0) -> int | None:
        """Wait until a child has ended, end and remove what it leaves, and return its exit status.

        Parameters
        ----------
        pid, work
            As :meth:`fork` gave them.
        seconds : float
            How long to wait before it is killed.

        Returns
        -------
        int or None
            As the child's first process ended (``os.waitstatus_to_exitcode``); None when nobody knows.
        """
        status = None
        with self._lock, contextlib.suppress(ChildStartError):
            status = int(self._ask({"do": "bury", "pid": pid, "seconds": seconds}, seconds + 5)["status"])
        self._living.discard(pid)
        folder.remove(work)
        return status

    def _ask(self, request: dict[str, Any], seconds: float, descriptors: tuple[int, ...] = ()) -> dict[str, Any]:
        if not self.alive:
            raise WarmProcessGone("the warm process has ended")
        try:
            line = json.dumps(request).encode() + b"\n"
            if descriptors:
                socket.send_fds(self._socket, [line[:1]], descriptors)
                line = line[1:]
            self._socket.settimeout(seconds)
            self._socket.sendall(line)
            answer = self.read(seconds)
        except (OSError, ChildStartError) as error:
            self.close()
            raise WarmProcessGone(f"the warm process does not answer ({error})") from error
        if "error" in answer:
            raise ChildStartError(answer["error"])
        return answer

    def read(self, seconds: float) -> dict[str, Any]:
        """Return its next answer; the first one says that it is ready."""
        self._socket.settimeout(seconds)
        try:
            line = self._reader.readline()
        except OSError as error:
            raise ChildStartError(f"{error}") from error
        if not line.endswith("\n"):
            raise ChildStartError("it has ended")
        answer: dict[str, Any] = json.loads(line)
        return answer

    def _earlier(self, slugs: tuple[str, ...]) -> Path:
        """Return a folder with the given versions of answers of these lessons, and of no others."""
        place = self.private / "lessons" / hashlib.sha256(json.dumps(slugs).encode()).hexdigest()[:16]
        if not place.exists():
            # Another process may be at it: what stands there is whole, and whoever comes second leaves it.
            made = Path(tempfile.mkdtemp(dir=place.parent))
            made.chmod(0o755)
            folder.copy_earlier(spawn.package_folder("course_utils"), made, slugs)
            with contextlib.suppress(OSError):
                made.rename(place)
        return place


def start_warm_process(
    hidden: tuple[Path, ...] = (),
    confined: bool = True,
    without: tuple[str, ...] = (),
    start_seconds: float = 60.0,
    unused: tuple[str, ...] = (),
) -> WarmProcess:
    """Start a warm process and wait until it is ready.

    Parameters
    ----------
    hidden : tuple of Path
        Folders that stay closed to every child, beside the instructor's packages; wherever they lie.
    confined : bool
        Whether its children confine themselves.
    without : sequence of str
        Parts of the sandbox to do without although the host has them, for tests of its lower levels.
    start_seconds : float
        How long it may take to get ready.
    unused : tuple of str
        Packages that it need not import ahead, since hardly any of its children will.

    Raises
    ------
    ChildStartError
        When it does not get ready.
    """
    private = Path(tempfile.mkdtemp(prefix="course-warm-"))
    ours, theirs = socket.socketpair()
    try:
        process = spawn.start(private, theirs, spawn.lay_out(private, hidden, confined, without, unused))
    except OSError as error:
        ours.close()
        folder.remove(private)
        raise ChildStartError(f"Python could not be started: {error}") from error
    finally:
        theirs.close()
    warm = WarmProcess(ours, private, process)
    warm.wait_until_ready(start_seconds)
    return warm


def adopt_warm_process(pid: int, private: str, socket_number: int) -> WarmProcess:
    """Return the warm process that was forked together with this one (``base.py``); it may not be ready yet."""
    return WarmProcess(socket.socket(fileno=socket_number), Path(private), _Forked(pid))


class _Forked:
    """A child of this process that ``subprocess`` knows nothing of."""

    def __init__(self, pid: int) -> None:
        self.pid = pid

    def wait(self, timeout: float) -> int:
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline:
            ended, status = os.waitpid(self.pid, os.WNOHANG)
            if ended:
                return os.waitstatus_to_exitcode(status)
            time.sleep(0.005)
        raise subprocess.TimeoutExpired("the warm process", timeout)

    def kill(self) -> None:
        os.kill(self.pid, signal.SIGKILL)


_kept: dict[tuple[Any, ...], WarmProcess] = {}
_kept_lock = threading.Lock()


def warm_process(
    hidden: tuple[Path, ...] = (), confined: bool = True, without: tuple[str, ...] = (), start_seconds: float = 60.0
) -> WarmProcess:
    """Return the warm process that this process keeps for these parameters; start one when none lives.

    The parameters are those of :func:`start_warm_process`; it imports everything ahead.

    Raises
    ------
    ChildStartError
        When it cannot be started.
    """
    key = (os.getpid(), hidden, confined, without)
    with _kept_lock:
        found = _kept.pop(key, None)
        if found is None or not found.alive:
            found = start_warm_process(hidden, confined, without, start_seconds)
        _kept[key] = found  # last, as the one used last
        for old in [old for old in _kept if old[0] != os.getpid()]:
            del _kept[old]  # a fork of the grader has no claim on its parent's; see `_end`
        unused = [key for key, one in _kept.items() if one.idle and one is not found]
        for key in unused[: max(len(_kept) - _MOST, 0)]:
            _kept.pop(key).close()
        return found


def keep_warm_process(warm: WarmProcess) -> None:
    """Have :func:`warm_process` return this one, in this process, for its default parameters."""
    with _kept_lock:
        _kept.clear()
        _kept[(os.getpid(), (), True, ())] = warm


def close_warm_processes() -> None:
    """End the warm processes of this process; the next child starts a new one."""
    with _kept_lock:
        while _kept:
            key, warm = _kept.popitem()
            if key[0] == os.getpid():
                warm.close()


atexit.register(close_warm_processes)


def _end(
    owner: int, process: subprocess.Popen[bytes] | _Forked, connection: socket.socket, reader: Any, private: Path
) -> None:
    """End a warm process, which ends its children; never raises. A fork of its owner leaves it alone."""
    if os.getpid() != owner:
        return
    with contextlib.suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)
    _hang_up(connection, reader)
    try:
        process.wait(5)
    except subprocess.TimeoutExpired:
        process.kill()
        with contextlib.suppress(subprocess.SubprocessError):
            process.wait(10)
    folder.remove(private)


def _hang_up(connection: socket.socket, reader: Any) -> None:
    with contextlib.suppress(OSError):
        reader.close()
    with contextlib.suppress(OSError):
        connection.close()
