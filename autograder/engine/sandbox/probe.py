"""Says what this host offers, by confining a process that does nothing and asking what it got."""

from __future__ import annotations

import functools
import importlib.util
import json
import os
import subprocess
import sys
import sysconfig
import tempfile
import types
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

_BOOT = """
import json, sys, types
config = json.loads(sys.argv[1])
package = types.ModuleType("_engine")
package.__path__ = [config["engine"]]
sys.modules["_engine"] = package
sys.path += config["path"]
from _engine.sandbox import probe
probe.main(config)
"""
_DOCKER = "In a container: see docs/sandbox.md for the options of Docker and Kubernetes that allow it."
_USERNS = "As an ordinary user: sysctl kernel.apparmor_restrict_unprivileged_userns=0 where that exists. "
_KERNEL = "A newer kernel has it."
# Step, what it gives, what is open without it, what to do.
_PRIMITIVES = (
    ("pidns", "sees and signals only its own processes", "it sees that others run", _USERNS + _DOCKER),
    ("mountns", "mounts of its own", "no new root folder", _USERNS + _DOCKER),
    ("netns", "no network at all", "UDP and Unix sockets rest on seccomp and Landlock alone", _USERNS + _DOCKER),
    ("ipcns", "shared memory of its own", "System V memory rests on seccomp alone", _USERNS + _DOCKER),
    ("utsns", "a host name of its own", "it can read the host's name", _USERNS + _DOCKER),
    ("cgroupns", "does not see its control group", "it can read the name of its control group", _USERNS + _DOCKER),
    ("root", "only what Python needs is there", "names and sizes of all files can be asked for", _USERNS + _DOCKER),
    ("disk", "a total size for its files", "files are added up twice a second only", _USERNS + _DOCKER),
    ("uid", "a user of its own", "its files and processes are the grading user's", "Grade as root to have it."),
    ("nproc", "its processes are counted apart", "they are counted ten times a second only", "Linux 5.14 or root."),
    ("private", "no capabilities, no new privileges", "it may gain privileges", _KERNEL),
    ("landlock", "opens only the files named", "files rest on the new root alone", "Linux 5.13 with Landlock on."),
    ("tcp", "Landlock: no TCP", "TCP rests on the network namespace and seccomp", "Linux 6.7."),
    ("scope", "Landlock: no signals outside", "signals rest on the pid namespace and the user", "Linux 6.12."),
    ("seccomp", "only system calls a notebook needs", "every system call can be made", "Install libseccomp2."),
    ("rlimits", "memory, time, files, processes", "nothing bounds one process", "Use Linux or macOS."),
)


@dataclass(frozen=True)
class Primitive:
    """One step as this host offers it.

    Attributes
    ----------
    name : str
        The step, as it stands in every result.
    ok : bool
        Whether it works here.
    detail : str
        What it gives, or why it is missing and what that leaves open.
    fix : str
        What to do to have it; empty where it works.
    """

    name: str
    ok: bool
    detail: str
    fix: str = ""


@dataclass(frozen=True)
class Confinement:
    """What a child on this host is confined by.

    Attributes
    ----------
    level : str
        ``full``, ``container`` or ``none``.
    steps : tuple of str
        The steps in force.
    missing : tuple of str
        The steps that cannot be taken here.
    primitives : tuple of Primitive
        One line for each.
    """

    level: str
    steps: tuple[str, ...]
    missing: tuple[str, ...]
    primitives: tuple[Primitive, ...] = ()


def level_of(steps: Collection[str]) -> str:
    """Return the level that a set of steps amounts to: ``full``, ``container`` or ``none``."""
    has = set(steps)
    if {"pidns", "netns", "private", "seccomp", "rlimits"} <= has and has & {"root", "landlock"}:
        return "full"
    return "container" if {"landlock", "private", "seccomp", "rlimits"} <= has else "none"


def look(without: Collection[str] = ()) -> Confinement:
    """Find out what this host offers, without changing this process.

    Parameters
    ----------
    without : collection of str
        Steps to go without, as for ``lay_ground``.
    """
    return _look(tuple(sorted(without)))


@functools.lru_cache(maxsize=8)
def _look(without: tuple[str, ...]) -> Confinement:
    packages = [sysconfig.get_path("purelib"), sysconfig.get_path("platlib")]
    spec = importlib.util.find_spec("pyseccomp")
    if spec is not None and spec.origin is not None:
        packages.append(os.path.dirname(spec.origin))
    readable = [sys.prefix, sys.base_prefix, *packages]
    engine = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    config = {"engine": engine, "path": packages, "readable": readable, "without": without}
    command = [sys.executable, "-I", "-S", "-B", "-c", _BOOT, json.dumps(config)]
    try:
        done = subprocess.run(command, capture_output=True, timeout=60, check=True, stdin=subprocess.DEVNULL)
        found = json.loads(done.stdout)
        steps, reasons = tuple(found["steps"]), dict(found["missing"])
    except (OSError, ValueError, LookupError, subprocess.SubprocessError) as error:
        said = getattr(error, "stderr", None) or b""
        why = said.decode(errors="replace").strip().rpartition("\n")[2] or str(error)
        return Confinement("none", (), ("probe",), (Primitive("probe", False, f"failed: {why}", _DOCKER),))
    lines = tuple(_line(name, steps, reasons) for name in _PRIMITIVES)
    return Confinement(level_of(steps), steps, tuple(line.name for line in lines if not line.ok), lines)


def _line(known: tuple[str, str, str, str], steps: Collection[str], reasons: dict[str, str]) -> Primitive:
    name, gives, opens, fix = known
    if name in steps:
        return Primitive(name, True, gives)
    needs_namespaces = name in ("disk", "root", "nproc") or name.endswith("ns")
    why = reasons.get(name) or (needs_namespaces and reasons.get("namespaces")) or "not offered here"
    return Primitive(name, False, f"missing ({why}), so {opens}", fix)


def main(config: dict[str, Any]) -> None:
    """Look; this is what runs in the subprocess, which clears up even when whoever asked has been killed."""
    with tempfile.TemporaryDirectory(prefix="course-look-") as work:
        _tell(config, work)


def _tell(config: dict[str, Any], work: str) -> None:
    """Confine a child and print what it got."""
    from . import entry
    from . import ground as grounds

    ground = grounds.lay_ground(config["readable"], [], True, config["without"])
    reading, writing = os.pipe()
    pid = grounds.fork_first(ground)
    if pid == 0:
        try:
            limits = types.SimpleNamespace(**_LIMITS)
            steps = entry.enter(ground, 0, (), work, limits)
            entry.limit_resources(limits)
            _start_python()
            os.write(writing, json.dumps(steps).encode())
        except BaseException as problem:
            os.write(writing, json.dumps({"problem": f"{type(problem).__name__}: {problem}"}).encode())
        finally:
            os._exit(0)
    os.close(writing)
    with open(reading, "rb") as file:
        said = json.loads(file.read() or b'{"problem": "it ended without a word"}')
    os.waitpid(pid, 0)
    if isinstance(said, dict):
        sys.exit(f"a child could not be confined: {said['problem']}")
    print(json.dumps({"steps": said, "missing": ground.missing}), flush=True)


# Only so that there is something to set; no submission runs under these.
_LIMITS = {
    "cpu_seconds": 60,
    "file_bytes": 2**20,
    "open_files": 64,
    "memory_bytes": 2**30,
    "disk_bytes": 2**20,
    "processes": 16,
}


def _start_python() -> None:
    """See that Python can be started where everything is closed but what it needs."""
    done = subprocess.run([sys.executable, "-I", "-S", "-c", "import ctypes, ssl, zlib"], capture_output=True)
    if done.returncode:
        raise OSError(f"Python does not start in the sandbox: {done.stderr.decode(errors='replace')[-200:]}")
