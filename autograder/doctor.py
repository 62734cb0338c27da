"""Looks at this machine and says, line by line, what the course finds and how to mend what is missing."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import os
import re
import shutil
import stat
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_SERVER_EXTENSIONS = ("formgrader", "validate_assignment", "assignment_list", "course_list")
_LAB_EXTENSION = "@jupyter/nbgrader"
_IGNORED_FOLDERS = ("build/source", "class")
_INSTALL = "Install the pinned versions: python -m pip install -r requirements.txt"
_PIN = re.compile(r"(?P<name>[A-Za-z0-9_.-]+)\s*==\s*(?P<version>[^\s;]+)")
_AT_LEAST = re.compile(r">=\s*(\d+)\.(\d+)")
_BELOW = re.compile(r"<\s*(\d+)\.(\d+)")


@dataclass(frozen=True)
class Line:
    """One thing that was looked at.

    Attributes
    ----------
    name : str
        What was looked at.
    ok : bool
        Whether it is as it should be.
    detail : str
        What was found.
    fix : str
        A command or a sentence; every line that is not ok has one.
    needed : bool
        Whether the course needs it; a line that only informs never fails.
    """

    name: str
    ok: bool
    detail: str
    fix: str = ""
    needed: bool = True

    @property
    def failed(self) -> bool:
        """Whether the course cannot do without it."""
        return self.needed and not self.ok


def run(root: Path) -> list[Line]:
    """Look at everything.

    Parameters
    ----------
    root : Path
        The course's root.

    Returns
    -------
    list of Line
        In the order they are read.
    """
    looks: list[Callable[[Path], Iterator[Line]]] = [
        python_version,
        packages,
        kernel,
        extensions,
        torchvision,
        sandbox,
        data,
        exchange,
        secret,
        ignored_folders,
    ]
    lines: list[Line] = []
    for look in looks:
        try:
            lines += look(root)
        except Exception as error:  # one look that breaks must not hide the others
            name = look.__name__.replace("_", " ")
            what = f"could not be looked at ({type(error).__name__}: {error})"
            lines.append(Line(name, False, what, _INSTALL))
    return lines


def _project(root: Path) -> Mapping[str, Any]:
    path = root / "pyproject.toml"
    if not path.is_file():
        return {}
    project: Mapping[str, Any] = tomllib.loads(path.read_text(encoding="utf-8")).get("project", {})
    return project


def python_version(root: Path) -> Iterator[Line]:
    """Compare this Python with what the course asks for."""
    wanted = str(_project(root).get("requires-python", ">=3.11"))
    here = sys.version_info[:2]
    least, below = _AT_LEAST.search(wanted), _BELOW.search(wanted)
    ok = (least is None or here >= (int(least[1]), int(least[2]))) and (
        below is None or here < (int(below[1]), int(below[2]))
    )
    found = f"{sys.version.split()[0]} in {sys.prefix} (wanted: {wanted})"
    yield Line("Python", ok, found, "" if ok else f"Make the environment anew with a Python {wanted}.")


def packages(root: Path) -> Iterator[Line]:
    """Compare the installed version of every direct dependency with its pin."""
    project = _project(root)
    if not project:
        yield Line("packages", False, "there is no pyproject.toml to compare with", "Use --root.", needed=False)
        return
    extras = project.get("optional-dependencies", {})
    groups = [(project.get("dependencies", []), True), (extras.get("instructor", []), True)]
    groups.append((extras.get("dev", []), False))
    for pins, needed in groups:
        for pin in pins:
            if match := _PIN.match(pin):
                yield _package(match["name"], match["version"], needed)


def _package(name: str, wanted: str, needed: bool) -> Line:
    try:
        found = importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        use = "" if needed else " (only tests and linters need it)"
        return Line(name, False, f"not installed, pinned to {wanted}{use}", _INSTALL, needed)
    # A build for another kind of processor has a suffix such as +cpu.
    if found.partition("+")[0] == wanted:
        return Line(name, True, found, needed=needed)
    return Line(name, False, f"{found}, pinned to {wanted}", _INSTALL, needed)


def kernel(_root: Path) -> Iterator[Line]:
    """See that notebooks run in this environment."""
    from jupyter_client.kernelspec import KernelSpecManager, NoSuchKernel

    fix = "python -m ipykernel install --sys-prefix"
    try:
        spec = KernelSpecManager().get_kernel_spec("python3")
    except NoSuchKernel:
        yield Line("kernel python3", False, "not found", fix)
        return
    program = spec.argv[0]
    # jupyter_client puts its own Python in place of a bare "python".
    bare = program in ("python", "python3", f"python3.{sys.version_info[1]}")
    ours = bare or Path(program).parent == Path(sys.executable).parent
    where = "runs in this environment" if ours else f"runs {program}, another environment"
    yield Line("kernel python3", ours, where, "" if ours else fix)


def extensions(_root: Path) -> Iterator[Line]:
    """See that JupyterLab has nbgrader's buttons and the server answers them."""
    from jupyter_core.paths import jupyter_config_path, jupyter_path
    from jupyter_server.extension.config import ExtensionConfigManager
    from jupyterlab_server.config import get_federated_extensions, get_page_config

    folders = jupyter_path("labextensions")
    installed = _LAB_EXTENSION in get_federated_extensions(folders)
    disabled = get_page_config(folders).get("disabledExtensions", {})
    if not installed:
        yield Line("JupyterLab's nbgrader extension", False, "not installed", _INSTALL)
    else:
        ok = not any(str(name).split(":")[0] == _LAB_EXTENSION for name in disabled)
        fix = f"jupyter labextension enable {_LAB_EXTENSION}"
        yield Line("JupyterLab's nbgrader extension", ok, "enabled" if ok else "disabled", "" if ok else fix)
    known = ExtensionConfigManager(read_config_path=jupyter_config_path()).get_jpserver_extensions()
    for name in _SERVER_EXTENSIONS:
        module = f"nbgrader.server_extensions.{name}"
        ok = bool(known.get(module))
        fix = f"jupyter server extension enable --sys-prefix {module}"
        yield Line(f"server extension {name}", ok, "enabled" if ok else "disabled", "" if ok else fix)


def torchvision(_root: Path) -> Iterator[Line]:
    """Import torchvision the way the course does."""
    from course_utils.torchvision_compat import import_torchvision

    try:
        version = import_torchvision().__version__
    except Exception as error:  # a torchvision that does not fit fails in many ways
        yield Line("import torchvision", False, f"{type(error).__name__}: {error}", _INSTALL)
        return
    yield Line("import torchvision", True, f"works ({version})")


_LEVELS = {
    "full": "a submission is confined in full",
    "container": "a submission is confined without namespaces: docs/sandbox.md says what that leaves open",
    "none": "a submission can read what you can read and reach the network: grading is refused",
}


def sandbox(_root: Path) -> Iterator[Line]:
    """Say what this host offers for confining a submission."""
    from autograder.engine.sandbox import look

    found = look()
    ok = found.level != "none"
    fix = "Grade on Linux as docs/sandbox.md describes, or pass --unconfined where nothing is at stake."
    yield Line("sandbox", ok, f"level {found.level}: {_LEVELS[found.level]}", "" if ok else fix, needed=False)
    for one in found.primitives:
        yield Line(f"sandbox: {one.name}", one.ok, one.detail, one.fix, needed=False)


def data(root: Path) -> Iterator[Line]:
    """Say which data sets are here."""
    from course_utils.datasets import DATA_ROOT_VARIABLE

    sklearn = importlib.util.find_spec("sklearn")
    bundled = (
        sklearn is not None
        and sklearn.origin is not None
        and (Path(sklearn.origin).parent / "datasets" / "data" / "digits.csv.gz").is_file()
    )
    found = "in scikit-learn" if bundled else "scikit-learn's digits are missing"
    yield Line("digits", bundled, found, "" if bundled else _INSTALL)
    places = [Path(os.environ[DATA_ROOT_VARIABLE])] if os.environ.get(DATA_ROOT_VARIABLE) else []
    places.append(root / "data")
    for place in places:
        if (place / "MNIST" / "raw").is_dir():
            yield Line("MNIST", True, f"in {place}", needed=False)
            return
    fix = f"Only if you want it: fetch it into a folder and set {DATA_ROOT_VARIABLE} to that folder."
    yield Line("MNIST", False, "not here; the lessons use scikit-learn's digits", fix, needed=False)


def exchange(root: Path) -> Iterator[Line]:
    """See that assignments can be released and handed in."""
    from autograder.config import load_config

    folder = Path(str(load_config(root).Exchange.get("root", "/usr/local/share/nbgrader/exchange")))
    name = "exchange folder"
    if not folder.is_dir():
        make = f"mkdir -p {folder} && chmod 777 {folder}"
        yield Line(name, False, f"{folder} is not there yet; releasing needs it", make, needed=False)
    elif os.access(folder, os.W_OK | os.X_OK):
        yield Line(name, True, f"{folder} is writable")
    else:
        yield Line(name, False, f"{folder} is not writable", f"chmod 777 {folder}, or set COURSE_EXCHANGE.")


def secret(_root: Path) -> Iterator[Line]:
    """See that nobody else can read the secret the seeds come from."""
    from autograder.grading.seeds import secret_path

    path = secret_path()
    if not path.exists():
        yield Line("course secret", True, "not made yet; the first grading makes it")
        return
    mode = stat.S_IMODE(path.stat().st_mode)
    ok = os.name == "nt" or mode & 0o077 == 0
    yield Line("course secret", ok, f"{path}, mode {mode:04o}", "" if ok else f"chmod 600 {path}")


def ignored_folders(root: Path) -> Iterator[Line]:
    """See that git leaves solutions, marks and submissions alone."""
    name = "folders git ignores"
    if shutil.which("git") is None or not (root / ".git").exists():
        yield Line(name, True, "not a git repository", needed=False)
        return
    for folder in _IGNORED_FOLDERS:
        asked = ["git", "-C", str(root), "check-ignore", "-q", f"{folder}/file"]
        ok = subprocess.run(asked, capture_output=True, check=False).returncode == 0
        found = f"{folder} is {'' if ok else 'not '}ignored"
        fix = f"Add the line /{folder.split('/')[0]}/ to .gitignore."
        yield Line(name, ok, found, "" if ok else fix)
