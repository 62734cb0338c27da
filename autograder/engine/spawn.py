"""How a warm process is started: what is laid out in its folder, what it may read, and what environment it gets."""

from __future__ import annotations

import importlib.util
import json
import os
import socket
import subprocess
import sys
import sysconfig
import tempfile
from functools import cache
from pathlib import Path
from typing import IO, Any

from autograder.engine import folder

# The warm process's own code, as a package that holds no other file of ours: `-c` needs no file to start from.
_BOOT = """
import importlib, json, sys, types
config = json.loads(sys.argv[1])
package = types.ModuleType("_engine")
package.__path__ = [config["engine"]]
sys.modules["_engine"] = package
sys.path += [folder for folder in config["path"] if folder not in sys.path]
importlib.import_module("_engine." + config["module"]).main(config)
"""
_NEEDED = ("numpy", "IPython", "matplotlib", "torch", "sklearn", "ipywidgets", "pyseccomp")
# The instructor's packages: closed to every child, and answered as not installed.
HIDDEN = ("solutions", "autograder")
_FONT_LISTS = "fontlist*.json"


class ChildStartError(Exception):
    """A child could not be started: the host's fault or ours, never the submission's."""


def start(private: Path, theirs: socket.socket, config: dict[str, Any]) -> subprocess.Popen[bytes]:
    """Start a warm process that answers on `theirs`, with what :func:`lay_out` gave."""
    with open(private / "start.log", "wb") as log:
        return _python("nursery", {**config, "requests": theirs.fileno()}, private, log, private)


def start_base(theirs: socket.socket, private: Path | None, log: IO[bytes]) -> subprocess.Popen[bytes]:
    """Start the process that a grader and its warm process are forked from (``base.py``).

    Parameters
    ----------
    theirs : socket.socket
        Its end of the connection to the grader.
    private : Path or None
        The folder of the warm process, whose environment this process has; None where there will be no warm process.
    log : file
        Where its messages go.
    """
    about = {"requests": theirs.fileno(), "prefix": sys.prefix, "packages": list(_site_folders()), "path": []}
    told = {**about, "private": None if private is None else str(private)}
    return _python("base", told, private or Path(tempfile.gettempdir()), log, None)


def _python(
    module: str, config: dict[str, Any], private: Path, log: IO[bytes], folder: Path | None
) -> subprocess.Popen[bytes]:
    started = {**config, "engine": str(Path(__file__).parent), "module": module}
    return subprocess.Popen(
        [sys.executable, "-I", "-S", "-B", "-c", _BOOT, json.dumps(started)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL if folder else log,
        stderr=log,
        cwd=folder,
        env=_environment(private),
        pass_fds=(config["requests"],),
        # Ctrl-C is for the coordinator, which ends the others itself.
        start_new_session=True,
    )


def lay_out(
    private: Path, hidden: tuple[Path, ...], confined: bool, without: tuple[str, ...], unused: tuple[str, ...]
) -> dict[str, Any]:
    """Lay out a warm process's folder; return what it needs to know.

    The parameters are those of ``start_warm_process``.

    Raises
    ------
    ChildStartError, OSError
        When it cannot be laid out.
    """
    for name in ("home", "tmp", "lib", "lessons", "children"):
        (private / name).mkdir()
    private.chmod(0o711)  # where a child becomes another user, it has to find the way to what is its own
    course = package_folder("course_utils")
    folder.copy_course(course, private / "lib" / "course_utils")
    _lay_out_fonts(private / "home")
    packages = _site_folders()
    return {
        "prefix": sys.prefix,
        "path": [str(private / "lib"), *packages],
        "private": str(private),
        "readable": [str(private / "lib"), sys.prefix, sys.base_prefix, *packages],
        "hidden": [*_instructor_folders(), str(course), *(str(path) for path in hidden)],
        "absent": [*HIDDEN, "course_utils.exercises"],
        "unused": list(unused),
        "confined": confined,
        "without": list(without),
    }


def _environment(private: Path) -> dict[str, str]:
    """Return all of the environment that a child gets: nothing of ours passes through but the language."""
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
        # Read by the C library when the process begins: its memory lies in large pages from the start (see
        # `sandbox.gather_memory`), where a host knows them.
        "GLIBC_TUNABLES": "glibc.malloc.hugetlb=1",
        # What our own code in the child says, a learner reads among the rest.
        **_language(),
    }


def _language() -> dict[str, str]:
    if "course_utils.language" not in sys.modules and not os.environ.get("COURSE_LANGUAGE"):
        return {}  # English; with that module come NumPy and the judge, and a run's first process would wait for them
    from course_utils.language import ENGLISH, VARIABLE, language

    return {} if language() == ENGLISH else {VARIABLE: language()}


@cache
def package_folder(name: str) -> Path:
    """Return the folder of an installed package; raise ChildStartError where there is none."""
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
            package = package_folder(name)
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
    """Return matplotlib's lists of this user's fonts, by name; import it only where there is none yet."""
    try:
        installed = (package_folder("matplotlib") / "font_manager.py").stat().st_mtime
        lists = [path for path in _fonts_kept().glob(_FONT_LISTS) if path.stat().st_mtime > installed]
        if not lists:
            import matplotlib.font_manager  # writes the list, or finds one that an earlier installation has written

            lists = list(Path(matplotlib.get_cachedir()).glob(_FONT_LISTS))
        return tuple((path.name, path.read_bytes()) for path in lists)
    except (ChildStartError, ImportError, OSError, RuntimeError):  # Path.home may find no home
        return ()


def _fonts_kept() -> Path:
    """Return where matplotlib keeps its lists on Linux, as its documentation says."""
    named = os.environ.get("MPLCONFIGDIR")
    return Path(named) if named else Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache", "matplotlib")
