"""A child as the grader sees it: start it, ask it, end it.

Everything that limits time is on this side. A child that does not answer in time, or answers with
anything but the reply to the question asked, is ended with all its processes, and is dead from then on.
"""

from __future__ import annotations

import contextlib
import importlib.util
import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import sysconfig
import tempfile
import time
import weakref
from collections.abc import Callable
from dataclasses import asdict
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import Any

from autograder.engine import folder, frames, wire
from autograder.engine.child import HIDDEN
from autograder.engine.claims import CellResult, read_call, read_cell
from autograder.engine.limits import Limits
from course_utils.judging.calls import Given, Reply, Rng

wire.register("rng", Rng, lambda rng: rng.seed, Rng)
wire.register("given", Given, lambda given: given.name, Given)

# The child's own code, as a package that holds no other file of ours: `-c` needs no file to start from.
_BOOT = """
import json, sys, types
config = json.loads(sys.argv[1])
package = types.ModuleType("_engine")
package.__path__ = [config["engine"]]
sys.modules["_engine"] = package
from _engine import child
child.main(config)
"""
_NEEDED = ("numpy", "IPython", "matplotlib", "torch", "sklearn", "ipywidgets")


class ChildStartError(Exception):
    """A child could not be started: the host's fault or ours, never the submission's."""


class Child:
    """One separate process for one submission.

    Parameters
    ----------
    limits : Limits
        What the submission may use.
    hidden : sequence of Path
        More folders that stay closed to it, wherever they lie.
    confined : bool
        Whether it confines itself. False is for measuring and for hosts where nothing else runs;
        limits of time, memory and size hold either way.
    earlier : sequence of str
        Slugs of the lessons before the submission's own: the given versions of their answers are there.

    Attributes
    ----------
    alive : bool
        Whether it can still be asked.
    confinement : tuple of str
        The steps of ``confine.py`` that the child has taken, known once it is started.
    """

    def __init__(
        self, limits: Limits, *, hidden: tuple[Path, ...] = (), confined: bool = True, earlier: tuple[str, ...] = ()
    ) -> None:
        self.limits = limits
        self.alive = False
        self.confinement: tuple[str, ...] = ()
        self._hidden = hidden
        self._confined = confined
        self._earlier = earlier
        self._frame = limits.of_a_frame()
        self._number = secrets.randbelow(2**40)
        self._end: Callable[[], Any] = lambda: None

    def __enter__(self) -> Child:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def start(self) -> None:
        """Start the process and wait until it is confined and ready.

        Raises
        ------
        ChildStartError
            When it does not get ready.
        """
        private = Path(tempfile.mkdtemp(prefix="course-child-"))
        ours, theirs = socket.socketpair()
        pull, leash = os.pipe()[::-1]
        try:
            process = self._spawn(private, theirs, leash)
        except OSError as error:
            ours.close()
            os.close(pull)
            folder.remove(private)
            raise ChildStartError(f"Python could not be started: {error}") from error
        finally:
            theirs.close()
            os.close(leash)
        ours.setblocking(False)
        self._socket = ours
        # Also runs when this object is collected and when the interpreter ends.
        self._end = weakref.finalize(self, _end, process, pull, ours, private)
        try:
            first = self._receive(0, time.monotonic() + self.limits.start_seconds)
        except (OSError, wire.WireError) as error:
            log = (private / "start.log").read_text(errors="replace")[-2000:]
            self.close()
            raise ChildStartError(f"The child did not get ready ({error}). It said: {log}") from error
        self.confinement = tuple(first["confinement"])
        self.alive = True

    def close(self) -> None:
        """End the process and every process it started, and remove its folder."""
        self.alive = False
        self._end()

    def run_cell(self, source: str, seconds: float | None = None) -> CellResult:
        """Run one cell's source.

        Parameters
        ----------
        source : str
            What the cell holds.
        seconds : float, optional
            Less wall time than the limit of a cell.
        """
        limit = self.limits.cell_seconds if seconds is None else min(seconds, self.limits.cell_seconds)
        claim = self._ask({"do": "cell", "source": source.encode("utf-8", "replace").decode()}, limit)
        if isinstance(claim, str):
            return CellResult([_stop_note(claim, limit)], claim)
        return read_cell(claim)

    def call(
        self, name: str, kind: str, args: tuple[Any, ...], watch: tuple[str, ...] = (), seconds: float | None = None
    ) -> Reply:
        """Call what `name` stands for in the notebook.

        Parameters
        ----------
        name, kind, args, watch
            As ``course_utils.judging.calls.run_call`` takes them.
        seconds : float, optional
            Less wall time than the limit of a call.

        Returns
        -------
        Reply
            Whatever the child does. After "timeout" and "died" the child is gone.

        Raises
        ------
        WireError
            When the arguments themselves cannot cross, which is a mistake in the exercise.
        """
        limit = self.limits.call_seconds if seconds is None else min(seconds, self.limits.call_seconds)
        request = {"do": "call", "name": name, "kind": kind, "args": tuple(args), "watch": tuple(watch)}
        claim = self._ask(request, limit)
        return Reply(ended=claim) if isinstance(claim, str) else read_call(claim, tuple(watch), len(args))

    def _ask(self, request: dict[str, Any], seconds: float) -> dict[str, Any] | str:
        """Return the reply, or "timeout" or "died" after ending the child."""
        if not self.alive:
            return "died"
        self._number += 1
        message = wire.encode({"number": self._number, **request}, self._frame)
        deadline = time.monotonic() + seconds
        try:
            frames.send(self._socket, message, deadline)
            return self._receive(self._number, deadline)
        except TimeoutError:
            self.close()
            return "timeout"
        except (OSError, wire.WireError):
            self.close()
            return "died"
        except BaseException:
            self.close()
            raise

    def _receive(self, number: int, deadline: float) -> dict[str, Any]:
        claim = wire.decode(frames.receive(self._socket, self._frame, deadline), self._frame)
        if not isinstance(claim, dict) or type(claim.get("number")) is not int or claim["number"] != number:
            raise wire.WireError("The reply is not to the question asked.")
        return claim

    def _spawn(self, private: Path, theirs: socket.socket, leash: int) -> subprocess.Popen[bytes]:
        for name in ("work", "home", "tmp", "lib"):
            (private / name).mkdir()
        course = _package_folder("course_utils")
        folder.copy_course(course, private / "lib" / "course_utils", self._earlier)
        _lay_out_fonts(private / "home")
        packages = _site_folders()
        config = {
            "engine": str(Path(__file__).parent),
            "wire": theirs.fileno(),
            "leash": leash,
            "limits": asdict(self.limits),
            "prefix": sys.prefix,
            "path": [str(private / "lib"), *packages],
            "private": str(private),
            "readable": [str(private / "lib"), sys.prefix, sys.base_prefix, *packages],
            "hidden": [*_instructor_folders(), str(course), *(str(path) for path in self._hidden)],
            "confined": self._confined,
        }
        with open(private / "start.log", "wb") as log:
            return subprocess.Popen(
                [sys.executable, "-I", "-S", "-B", "-c", _BOOT, json.dumps(config)],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=log,
                cwd=private,
                env=_environment(private),
                pass_fds=(theirs.fileno(), leash),
                start_new_session=True,
            )


def _stop_note(ended: str, seconds: float) -> dict[str, Any]:
    """Return the output that stands in a cell which did not come to its end."""
    if ended == "timeout":
        name, text = "TimeoutError", f"This cell was stopped after {seconds:.3g} seconds."
    else:
        name, text = "ProcessEnded", "This cell ended the process that ran the notebook."
    return {"output_type": "error", "ename": name, "evalue": text, "traceback": [f"{name}: {text}"]}


def _end(process: subprocess.Popen[bytes], pull: int, connection: socket.socket, private: Path) -> None:
    """End a child; never raises. Its keeper ends everything below on a pull; if it cannot, its group is killed."""
    with contextlib.suppress(OSError):
        connection.close()
    with contextlib.suppress(OSError):
        os.write(pull, b"x")
    with contextlib.suppress(OSError):
        os.close(pull)
    try:
        with contextlib.suppress(OSError):
            _wait_unreaped(process.pid, 3)
    finally:
        # Not reaped so far, so the number still is this child's and no stranger's.
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        with contextlib.suppress(OSError, subprocess.SubprocessError):
            process.wait(10)
        folder.remove(private)


def _wait_unreaped(pid: int, seconds: float) -> None:
    """Wait until a child of ours has ended, and leave its number taken."""
    deadline = time.monotonic() + seconds
    if not hasattr(os, "waitid"):  # macOS
        time.sleep(0.1)
        return
    options = os.WEXITED | os.WNOWAIT | os.WNOHANG
    while os.waitid(os.P_PID, pid, options) is None and time.monotonic() < deadline:
        time.sleep(0.002)


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

    They are named here because the child starts with ``-S``: it reads no ``.pth`` file, so an
    editable install of this repository stays out of its sight.
    """
    folders = [sysconfig.get_path("purelib"), sysconfig.get_path("platlib")]
    for name in _NEEDED:
        spec = importlib.util.find_spec(name)
        if spec is not None and spec.origin is not None:
            folders.append(str(Path(spec.origin).parent.parent))
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
    """Give the child a copy of matplotlib's list of fonts, or its first figure looks through them all."""
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
