"""A new root folder: read-only parts of the host, and one small private file system for each child.

Once, in the warm process's own mount namespace, every folder that Python needs is bound into a hidden place,
made read-only, and covered where something in it is to stay unseen (`Parts`). Each child then binds these parts
into a tmpfs of its own, which has a total size, and makes that its root (`enter`).
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from . import kernel
from .kernel import MS_BIND, MS_NODEV, MS_NOEXEC, MS_NOSUID, MS_PRIVATE, MS_REC

SYSTEM = (
    *("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32"),
    *("/etc/fonts", "/etc/ssl/certs", "/etc/ssl/openssl.cnf", "/etc/ca-certificates", "/etc/alternatives"),
    *("/etc/ld.so.cache", "/etc/localtime", "/etc/timezone", "/etc/mime.types"),
    *("/sys/devices/system/cpu", "/sys/devices/system/node"),
)
# Below the system's folders, but not for a submission: where nbgrader keeps everybody's by default.
NEVER = ("/usr/local/share/nbgrader",)
DEVICES = ("null", "zero", "full", "random", "urandom")
_LINKS = (("fd", "/proc/self/fd"), ("stdin", "fd/0"), ("stdout", "fd/1"), ("stderr", "fd/2"))
# Where a child's own things are, seen from inside.
HOME, WORK, TMP, SHM = "/learner/home", "/learner/work", "/tmp", "/dev/shm"
PRIVATE = (HOME, WORK, TMP, SHM)
# Folders that are on every Linux and hold nobody's files: one of them is covered in the warm process.
_PLACES = ("/sys/kernel", "/sys/fs", "/boot", "/srv", "/media")
_ATTRIBUTES = kernel.ATTR_RDONLY | kernel.ATTR_NOSUID
_FILES_OF_A_CHILD = 100_000
# What an editable install and pip leave in site-packages: they name folders of the host.
_POINTERS = (
    "__editable__*",
    "__pycache__/__editable__*",
    "*.egg-link",
    "easy-install.pth",
    "*.dist-info/direct_url.json",
)


@dataclass
class Parts:
    """What children put their roots together from.

    Attributes
    ----------
    place : str
        The covered folder of the warm process.
    bound : list of (str, str)
        For each part the path it has in a child, and where the warm process has it.
    links : dict of str to str
        Symbolic links on the way to the parts.
    closed : tuple of str
        What stays unseen.
    """

    place: str
    bound: list[tuple[str, str]] = field(default_factory=list)
    links: dict[str, str] = field(default_factory=dict)
    closed: tuple[str, ...] = ()


def prepare(readable: Sequence[str], hidden: Sequence[str]) -> Parts:
    """Bind, make read-only and cover, in this process's own mount namespace.

    Parameters
    ----------
    readable : sequence of str
        Files and folders that children read, beside the system's own. What is missing is passed over.
    hidden : sequence of str
        Files and folders that stay unseen, although they lie below a readable one. What lies readable below
        a hidden one is seen.

    Raises
    ------
    OSError
        Where this cannot be done: no right to mount, or a kernel older than 5.12.
    """
    kernel.mount("none", "/", None, MS_REC | MS_PRIVATE)
    links, sources = trace((*SYSTEM, *readable))
    closed = [os.path.realpath(path) for path in (*hidden, *NEVER, *pointers(readable))]
    sources = outermost([path for path in sources if path not in closed], closed)
    parts = Parts(_free_place(sources), links=links, closed=tuple(closed))
    # Opened before anything is covered.
    handles = {path: os.open(path, os.O_PATH | os.O_CLOEXEC) for path in sources}
    kernel.mount("tmpfs", parts.place, "tmpfs", MS_NOSUID | MS_NODEV, "mode=755,size=1m")
    os.mkdir(f"{parts.place}/new")
    for number, path in enumerate(sources):
        above = [(one, target) for one, target in parts.bound if path.startswith(one + "/")]
        # Below a part means below something covered in it, and there it shines through.
        target = above[-1][1] + path[len(above[-1][0]) :] if above else f"{parts.place}/{number}"
        _bind(f"/proc/self/fd/{handles[path]}", target, os.path.isdir(path))
        os.close(handles[path])
        _cover(
            f"{parts.place}/cover-{number}", target, [one[len(path) :] for one in closed if one.startswith(path + "/")]
        )
        if not above:
            parts.bound.append((path, target))
    for _, target in parts.bound:
        kernel.set_mount(target, _ATTRIBUTES | kernel.ATTR_NODEV)
    for name in DEVICES:
        target = f"{parts.place}/dev-{name}"
        _bind(f"/dev/{name}", target, False)
        kernel.set_mount(target, _ATTRIBUTES | kernel.ATTR_NOEXEC)
        parts.bound.append((f"/dev/{name}", target))
    return parts


def _bind(source: str, target: str, folder: bool) -> None:
    if folder:
        os.makedirs(target, exist_ok=True)
    else:
        Path(target).touch()
    kernel.mount(source, target, None, MS_BIND | MS_REC)


def _cover(empty: str, target: str, hidden: Iterable[str]) -> None:
    for number, below in enumerate(sorted(hidden)):
        path = target + below
        if os.path.lexists(path):
            _bind_empty(f"{empty}-{number}", path)


def _bind_empty(empty: str, path: str) -> None:
    if os.path.isdir(path):
        os.mkdir(empty)
    else:
        Path(empty).touch(0o444)
    kernel.mount(empty, path, None, MS_BIND)


def trace(paths: Iterable[str]) -> tuple[dict[str, str], list[str]]:
    """Follow paths as the kernel would.

    Returns
    -------
    dict of str to str
        Every symbolic link on the way, and what it says.
    list of str
        What the paths come to in the end, where there is such a file.
    """
    links: dict[str, str] = {}
    ends: list[str] = []
    for path in paths:
        if not os.path.exists(path):
            continue
        ends.append(os.path.realpath(path))
        walk = [os.path.abspath(path)]
        while walk:
            for step in _steps(walk.pop()):
                if os.path.islink(step) and step not in links:
                    links[step] = os.readlink(step)
                    walk.append(os.path.join(os.path.dirname(step), links[step]))
    return links, list(dict.fromkeys(ends))


def _steps(path: str) -> Iterator[str]:
    """Name every folder on the way to a path, and the path, each with its links resolved but the last one."""
    here = "/"
    for name in os.path.normpath(path).split("/")[1:]:
        here = os.path.join(os.path.realpath(here), name)
        yield here


def outermost(paths: Iterable[str], closed: Sequence[str] = ()) -> list[str]:
    """Leave out what is seen anyway: what lies below another of the paths with nothing closed in between."""
    kept: list[str] = []
    for path in sorted(set(paths)):
        above = [one for one in kept if path.startswith(one + "/")]
        hides = any(path.startswith(one + "/") and one.startswith(above[-1] + "/") for one in closed) if above else True
        if path != "/" and hides:
            kept.append(path)
    return kept


def pointers(readable: Iterable[str]) -> list[str]:
    """Find, directly in readable folders, what tells where on the host something else lies."""
    return [str(path) for folder in readable for pattern in _POINTERS for path in Path(folder).glob(pattern)]


def _free_place(sources: Sequence[str]) -> str:
    here = os.getcwd()
    for place in _PLACES:
        near = any((path + "/").startswith(place + "/") for path in (*sources, here))
        if os.path.isdir(place) and not os.path.islink(place) and not near:
            return place
    raise OSError("no folder is free to be covered in the warm process")


def enter(parts: Parts, readable: Sequence[str], size: int, user: int, group: int) -> None:
    """Make a root of this child's own and go there.

    Parameters
    ----------
    parts : Parts
        What the warm process has prepared.
    readable : sequence of str
        More files and folders, for this child only.
    size : int
        Bytes that all its private folders hold together.
    user, group : int
        Whom the private folders belong to.

    Raises
    ------
    OSError
        When a mount is refused, or something hidden lies below `readable`; the process must not go on then.
    """
    new = f"{parts.place}/new"
    options = f"mode=755,size={size},nr_inodes={_FILES_OF_A_CHILD}"
    kernel.mount("tmpfs", new, "tmpfs", MS_NOSUID | MS_NODEV, options)
    links, extra = trace(readable)
    for path in extra:
        if any((one + "/").startswith(path + "/") for one in parts.closed):
            raise OSError(f"{path} cannot be read by a child, because something below it is hidden")
    bound = [path for path, _ in parts.bound]
    for path in PRIVATE:
        os.makedirs(new + path, mode=0o755)
    for path, source in parts.bound:
        _put(source, new + path)
    for path in extra:
        if path not in bound and not any(path.startswith(one + "/") for one in bound):
            _put(path, new + path)
            kernel.set_mount(new + path, _ATTRIBUTES | kernel.ATTR_NODEV)
    for path, target in {**parts.links, **links}.items():
        _link(target, new + path)
    for name, target in _LINKS:
        os.symlink(target, f"{new}/dev/{name}")
    _passwd(f"{new}/etc", user, group)
    for path in PRIVATE:
        os.chown(new + path, user, group)
        os.chmod(new + path, 0o700)
        kernel.mount(new + path, new + path, None, MS_BIND | MS_REC)
    os.makedirs(new + "/proc", exist_ok=True)
    kernel.mount("proc", new + "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC)
    kernel.pivot_root(new)


def close(proc: bool = True) -> None:
    """Make all but the private folders read-only, with or without ``/proc``; then nothing is left to mount."""
    flags = kernel.MS_REMOUNT | MS_BIND | kernel.MS_RDONLY | MS_NOSUID | MS_NODEV
    kernel.mount("none", "/", None, flags)
    if proc:
        kernel.mount("none", "/proc", None, flags | MS_NOEXEC)


def _put(source: str, target: str) -> None:
    os.makedirs(os.path.dirname(target), exist_ok=True)
    _bind(source, target, os.path.isdir(source))


def _link(target: str, path: str) -> None:
    """Make a link where there is nothing so far; below a part it is there already."""
    try:
        os.makedirs(os.path.dirname(path), exist_ok=True)
        os.symlink(target, path)
    except (FileExistsError, PermissionError):
        pass
    except OSError as problem:
        if problem.errno != 30:  # read-only: it lies in a part
            raise


def _passwd(etc: str, user: int, group: int) -> None:
    os.makedirs(etc, exist_ok=True)
    for name, text in (
        ("passwd", f"root:x:0:0:root:/:/bin/false\nlearner:x:{user}:{group}:learner:{HOME}:/bin/sh\n"),
        ("group", f"root:x:0:\nlearner:x:{group}:\n"),
        ("hosts", "127.0.0.1 localhost\n"),
        ("nsswitch.conf", "passwd: files\ngroup: files\nhosts: files\n"),
    ):
        Path(etc, name).write_text(text)
        os.chmod(f"{etc}/{name}", 0o444)
