"""The warm process as the grader sees it: started once, it forks a child for each submission.

It is started with exec, so nothing of the grader's memory is in it. It has imported what every notebook
imports, so a child is at its first cell in some tens of milliseconds. It never runs a byte of a
submission; its children do, after they have confined themselves. What it runs is ``nursery.py``.
"""

from __future__ import annotations

import atexit
import contextlib
import hashlib
import importlib.util
import json
import os
import socket
import subprocess
import sys
import sysconfig
import tempfile
import threading
import weakref
from functools import cache
from pathlib import Path
from typing import Any

from autograder.engine import folder
from autograder.engine.limits import Limits

# The warm process's own code, as a package that holds no other file of ours: `-c` needs no file to start from.
_BOOT = """
import json, sys, types
config = json.loads(sys.argv[1])
package = types.ModuleType("_engine")
package.__path__ = [config["engine"]]
sys.modules["_engine"] = package
sys.path += [folder for folder in config["path"] if folder not in sys.path]
from _engine import nursery
nursery.main(config)
"""
_NEEDED = ("numpy", "IPython", "matplotlib", "torch", "sklearn", "ipywidgets", "pyseccomp")
# The instructor's packages: closed to every child, and answered as not installed.
HIDDEN = ("solutions", "autograder")
# A process that grades holds one. A test that tries several ways to confine would hold one for each: the oldest goes.
_MOST = 2


class ChildStartError(Exception):
    """A child could not be started: the host's fault or ours, never the submission's."""


class WarmProcessGone(ChildStartError):
    """The warm process has ended since the last child; another one may serve."""


class WarmProcess:
    """One warm process.

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

    Attributes
    ----------
    private : Path
        A folder of its own on the host, gone with it.
    pid : int
        Its process id.

    Raises
    ------
    ChildStartError
        When it does not get ready.
    """

    def __init__(
        self, hidden: tuple[Path, ...], confined: bool, without: tuple[str, ...] = (), start_seconds: float = 60.0
    ) -> None:
        self._lock = threading.Lock()
        self._living: set[int] = set()
        self.private = Path(tempfile.mkdtemp(prefix="course-warm-"))
        ours, theirs = socket.socketpair()
        try:
            process = self._spawn(theirs, hidden, confined, without)
        except OSError as error:
            ours.close()
            folder.remove(self.private)
            raise ChildStartError(f"Python could not be started: {error}") from error
        finally:
            theirs.close()
        self._socket = ours
        self._reader = ours.makefile("r", encoding="utf-8")
        # Also runs when this object is collected and when the interpreter ends.
        self.close = weakref.finalize(self, _end, os.getpid(), process, ours, self._reader, self.private)
        try:
            self._read(start_seconds)
        except ChildStartError as error:
            log = self.log()
            self.close()
            raise ChildStartError(f"The warm process did not get ready ({error}). It said: {log}") from error
        self.pid = process.pid

    @property
    def idle(self) -> bool:
        """Whether none of its children lives."""
        return not self._living

    @property
    def alive(self) -> bool:
        """Whether it can be asked for children."""
        return bool(self.close.alive)

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
            answer = self._read(seconds)
        except (OSError, ChildStartError) as error:
            self.close()
            raise WarmProcessGone(f"the warm process does not answer ({error})") from error
        if "error" in answer:
            raise ChildStartError(answer["error"])
        return answer

    def _read(self, seconds: float) -> dict[str, Any]:
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
            folder.copy_earlier(_package_folder("course_utils"), place, slugs)
        return place

    def _spawn(
        self, theirs: socket.socket, hidden: tuple[Path, ...], confined: bool, without: tuple[str, ...]
    ) -> subprocess.Popen[bytes]:
        private = self.private
        for name in ("home", "tmp", "lib", "lessons", "children"):
            (private / name).mkdir()
        private.chmod(0o711)  # where a child becomes another user, it has to find the way to what is its own
        course = _package_folder("course_utils")
        folder.copy_course(course, private / "lib" / "course_utils")
        _lay_out_fonts(private / "home")
        packages = _site_folders()
        config = {
            "engine": str(Path(__file__).parent),
            "requests": theirs.fileno(),
            "prefix": sys.prefix,
            "path": [str(private / "lib"), *packages],
            "private": str(private),
            "readable": [str(private / "lib"), sys.prefix, sys.base_prefix, *packages],
            "hidden": [*_instructor_folders(), str(course), *(str(path) for path in hidden)],
            "absent": [*HIDDEN, "course_utils.exercises"],
            "confined": confined,
            "without": list(without),
        }
        with open(private / "start.log", "wb") as log:
            return subprocess.Popen(
                [sys.executable, "-I", "-S", "-B", "-c", _BOOT, json.dumps(config)],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=log,
                cwd=private,
                env=_environment(private),
                pass_fds=(theirs.fileno(),),
                start_new_session=True,
            )


_kept: dict[tuple[Any, ...], WarmProcess] = {}
_kept_lock = threading.Lock()


def warm_process(
    hidden: tuple[Path, ...] = (), confined: bool = True, without: tuple[str, ...] = (), start_seconds: float = 60.0
) -> WarmProcess:
    """Return the warm process that this process keeps for these parameters; start one when none lives.

    The parameters are those of :class:`WarmProcess`.

    Raises
    ------
    ChildStartError
        When it cannot be started.
    """
    key = (os.getpid(), hidden, confined, without)
    with _kept_lock:
        found = _kept.pop(key, None)
        if found is None or not found.alive:
            found = WarmProcess(hidden, confined, without, start_seconds)
        _kept[key] = found  # last, as the one used last
        for old in [old for old in _kept if old[0] != os.getpid()]:
            del _kept[old]  # a fork of the grader has no claim on its parent's; see `_end`
        unused = [key for key, one in _kept.items() if one.idle and one is not found]
        for key in unused[: max(len(_kept) - _MOST, 0)]:
            _kept.pop(key).close()
        return found


def close_warm_processes() -> None:
    """End the warm processes of this process; the next child starts a new one."""
    with _kept_lock:
        while _kept:
            key, warm = _kept.popitem()
            if key[0] == os.getpid():
                warm.close()


atexit.register(close_warm_processes)


def _end(owner: int, process: subprocess.Popen[bytes], connection: socket.socket, reader: Any, private: Path) -> None:
    """End a warm process, which ends its children; never raises. A fork of its owner leaves it alone."""
    if os.getpid() != owner:
        return
    with contextlib.suppress(OSError):
        reader.close()
        connection.shutdown(socket.SHUT_RDWR)
    with contextlib.suppress(OSError):
        connection.close()
    try:
        process.wait(5)
    except subprocess.TimeoutExpired:
        process.kill()
        with contextlib.suppress(subprocess.SubprocessError):
            process.wait(10)
    folder.remove(private)


def _environment(private: Path) -> dict[str, str]:
    """Return all of the environment that a child gets: nothing of ours passes through."""
    home, one = str(private / "home"), "1"
    return {
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), "/usr/local/bin", "/usr/bin", "/bin"]),
        "LANG": "C.UTF-8",
        "HOME": home,
        "USER": "learner",
        "LOGNAME": "learner",
        "TMPDIR": str(private / "tmp"),
        "IPYTHONDIR": str(private / "home" / "ipython"),
        "MPLCONFIGDIR": str(private / "home" / "matplotlib"),
        "MPLBACKEND": "module://matplotlib_inline.backend_inline",
        # One thread each: on busy cores more are slower, and a forked child could not use them.
        "OMP_NUM_THREADS": one,
        "OPENBLAS_NUM_THREADS": one,
        "MKL_NUM_THREADS": one,
    }


@cache
def _package_folder(name: str) -> Path:
    spec = importlib.util.find_spec(name)
    if spec is None or not spec.submodule_search_locations:
        raise ChildStartError(f"The package `{name}` is not installed.")
    return Path(next(iter(spec.submodule_search_locations))).resolve()


@cache
def _site_folders() -> tuple[str, ...]:
    """Return the folders that hold installed packages.

    They are named here because the warm process starts with ``-S``: it reads no ``.pth`` file, so an
    editable install of this repository stays out of its sight.
    """
    folders = [sysconfig.get_path("purelib"), sysconfig.get_path("platlib")]
    for name in _NEEDED:
        spec = importlib.util.find_spec(name)
        if spec is not None and spec.origin is not None:
            origin = Path(spec.origin)
            folders.append(str(origin.parent.parent if origin.name == "__init__.py" else origin.parent))
    return tuple(dict.fromkeys(folders))


@cache
def _instructor_folders() -> tuple[str, ...]:
    """Return what stays closed to a child: the instructor's packages, or the checkout they lie in."""
    found = []
    for name in HIDDEN:
        try:
            package = _package_folder(name)
        except ChildStartError:
            continue
        installed = str(package.parent) in {os.path.realpath(path) for path in _site_folders()}
        found.append(str(package if installed else package.parent))
    return tuple(dict.fromkeys(found))


def _lay_out_fonts(home: Path) -> None:
    """Give the warm process a copy of matplotlib's list of fonts, or its first figure looks through them all."""
    fonts = home / "matplotlib"
    fonts.mkdir()
    for name, content in _font_lists():
        (fonts / name).write_bytes(content)


@cache
def _font_lists() -> tuple[tuple[str, bytes], ...]:
    try:
        import matplotlib
        import matplotlib.font_manager  # writes the list where there is none yet
    except ImportError:
        return ()
    return tuple((path.name, path.read_bytes()) for path in Path(matplotlib.get_cachedir()).glob("fontlist*.json"))
