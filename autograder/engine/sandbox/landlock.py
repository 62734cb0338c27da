"""Landlock: which files a process may touch from now on, and what it may reach outside itself."""

from __future__ import annotations

import ctypes
import os
import sys
from collections.abc import Iterable, Iterator, Sequence

from . import kernel

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
READ = 1 << 0 | 1 << 2 | 1 << 3  # execute, read a file, list a folder
LIST = 1 << 3
ALL = -1
# Rights that make sense for something that is not a folder: execute, write, read, truncate, ioctl.
_FILE_RIGHTS = 1 << 0 | 1 << 1 | 1 << 2 | 1 << 14 | 1 << 15


def version() -> int:
    """Return the version of Landlock that the kernel speaks, 0 for none."""
    try:
        return max(kernel.syscall(_CREATE_RULESET, None, ctypes.c_size_t(0), ctypes.c_uint32(1)), 0)
    except OSError:
        return 0


def restrict(rules: Iterable[tuple[int, int]]) -> tuple[str, ...]:
    """Keep this process, for good, from every file but those named.

    Parameters
    ----------
    rules : iterable of (int, int)
        A descriptor of each file or folder (with all that is below it), and the rights there.

    Returns
    -------
    tuple of str
        ``landlock``, ``tcp`` (no TCP), ``scope`` (no signals and no abstract sockets to the outside),
        as far as the kernel knows them.

    Raises
    ------
    OSError
        When the kernel knows Landlock and refuses all the same.
    """
    known = version()
    rights = (1 << 13) - 1
    for needed, bit in ((2, 13), (3, 14), (5, 15)):  # move between folders, truncate, ioctl on devices
        rights |= 1 << bit if known >= needed else 0
    net, scope = (3 if known >= 4 else 0), (3 if known >= 6 else 0)
    ruleset = _ruleset(rights, net, scope, 24 if known >= 6 else 16 if known >= 4 else 8)
    try:
        for descriptor, wanted in rules:
            _add(ruleset, descriptor, rights & wanted)
        _enforce(ruleset)
    finally:
        os.close(ruleset)
    names = (("landlock", True), ("tcp", bool(net)), ("scope", bool(scope)))
    return tuple(name for name, done in names if done)


def _ruleset(*numbers: int) -> int:
    *handled, size = numbers
    attributes = (ctypes.c_uint64 * 3)(*handled)
    return kernel.syscall(_CREATE_RULESET, attributes, ctypes.c_size_t(size), ctypes.c_uint32(0))


def _enforce(ruleset: int) -> None:
    # The rule binds the thread that asks for it; a second thread would stay free.
    if len(os.listdir("/proc/self/task")) != 1:
        raise OSError("Landlock: this process has more than one thread")
    kernel.prctl(kernel.PR_SET_NO_NEW_PRIVS, 1)
    kernel.syscall(_RESTRICT_SELF, ctypes.c_int(ruleset), ctypes.c_uint32(0))


def _add(ruleset: int, descriptor: int, rights: int) -> None:
    rule = rights.to_bytes(8, sys.byteorder) + descriptor.to_bytes(4, sys.byteorder)
    kernel.works(kernel.syscall, _ADD_RULE, ctypes.c_int(ruleset), ctypes.c_int(1), rule, ctypes.c_uint32(0))


def open_rule(path: str, rights: int) -> tuple[int, int] | None:
    """Return the rule for one path, or nothing where there is no such file.

    The descriptor it holds is the caller's to close.
    """
    try:
        descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return None
    return descriptor, rights if os.path.isdir(path) else rights & _FILE_RIGHTS


def go_round(path: str, rights: int, closed: Sequence[str]) -> Iterator[tuple[str, int]]:
    """Name what to allow of `path` so that what is closed below it stays closed.

    A rule cannot take back what another gives, so a folder with something closed in it is only listed, and its
    other entries are allowed one by one.
    """
    below = [other for other in closed if other.startswith(path.rstrip("/") + "/")]
    if path in closed:
        return
    if not below:
        yield path, rights
        return
    yield path, rights & LIST
    try:
        entries = list(os.scandir(path))
    except OSError:
        return
    for entry in entries:
        if not entry.is_symlink():
            yield from go_round(entry.path, rights, closed)
            continue
        # A rule on a link is a rule on its target, which may be (or hold) what is closed: `lib64 -> lib`.
        target = os.path.realpath(entry.path)
        if not target.startswith(path + "/") and not any((one + "/").startswith(target + "/") for one in closed):
            yield target, rights
