"""The calls to the kernel that Python has no function for, and no more of each than is needed here."""

from __future__ import annotations

import ctypes
import os
import sys
from collections.abc import Callable
from typing import Any

CLONE_NEWNS, CLONE_NEWCGROUP, CLONE_NEWUTS = 0x20000, 0x2000000, 0x4000000
CLONE_NEWIPC, CLONE_NEWUSER, CLONE_NEWPID = 0x8000000, 0x10000000, 0x20000000
CLONE_NEWNET, CLONE_NEWTIME = 0x40000000, 0x80

MS_RDONLY, MS_NOSUID, MS_NODEV, MS_NOEXEC, MS_REMOUNT = 1, 2, 4, 8, 0x20
MS_BIND, MS_REC, MS_PRIVATE = 0x1000, 0x4000, 0x40000
MNT_DETACH = 2
# What mount_setattr calls the same things.
ATTR_RDONLY, ATTR_NOSUID, ATTR_NODEV, ATTR_NOEXEC = 1, 2, 4, 8

PR_SET_PDEATHSIG, PR_SET_DUMPABLE, PR_SET_SECCOMP, PR_CAPBSET_DROP = 1, 4, 22, 24
PR_SET_SECUREBITS, PR_SET_CHILD_SUBREAPER, PR_SET_NO_NEW_PRIVS, PR_CAP_AMBIENT = 28, 36, 38, 47

# These came after the system-call tables were unified: one number on every architecture.
_MOUNT_SETATTR = 442
# This one is older; architectures younger than 2010 all have it as 41.
_PIVOT_ROOT = {"x86_64": 155, "i386": 217, "i686": 217, "s390x": 217, "ppc64le": 203, "armv7l": 218}
_AT_FDCWD, _AT_RECURSIVE = -100, 0x8000

_LARGE, _MADV_COLLAPSE = 2**21, 25

LINUX = sys.platform.startswith("linux")
_libc: Any = ctypes.CDLL(None, use_errno=True)


def call(function: str, *arguments: Any) -> int:
    """Call a function of the C library.

    Raises
    ------
    OSError
        Where it says -1, or where this host has no such function.
    """
    try:
        result = int(getattr(_libc, function)(*arguments))
    except AttributeError:
        raise OSError(f"this host has no {function}") from None
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{function}: {os.strerror(number)}")
    return result


def syscall(number: int, *arguments: Any) -> int:
    """Make a system call that has no function in the C library."""
    if not LINUX:
        raise OSError("not Linux")
    return call("syscall", ctypes.c_long(number), *arguments)


def prctl(option: int, *values: int) -> int:
    """Ask for `option`; what is not given is 0."""
    padded = (*values, 0, 0, 0, 0)[:4]
    return call("prctl", option, *(ctypes.c_ulong(value) for value in padded))


def works(step: Callable[..., Any], *arguments: Any) -> bool:
    """Return whether a step could be taken; a host that lacks it is no error."""
    try:
        step(*arguments)
    except OSError:
        return False
    return True


def unshare(flags: int) -> None:
    """Leave the namespaces named by `flags` for new ones."""
    call("unshare", flags)


def setns(descriptor: int, kind: int) -> None:
    """Join the namespace behind a descriptor."""
    call("setns", descriptor, kind)


def mount(source: str, target: str, kind: str | None, flags: int, data: str | None = None) -> None:
    """Mount; `kind` and `data` as mount(2) has them."""
    call(
        "mount",
        os.fsencode(source),
        os.fsencode(target),
        None if kind is None else kind.encode(),
        ctypes.c_ulong(flags),
        None if data is None else data.encode(),
    )


def set_mount(path: str, add: int, clear: int = 0) -> None:
    """Change the attributes of the mount at `path` and of every mount below it."""
    attributes = (ctypes.c_uint64 * 4)(add, clear, 0, 0)
    size = ctypes.c_size_t(ctypes.sizeof(attributes))
    syscall(_MOUNT_SETATTR, ctypes.c_int(_AT_FDCWD), os.fsencode(path), ctypes.c_uint(_AT_RECURSIVE), attributes, size)


def pivot_root(folder: str) -> None:
    """Make `folder`, a mount, the root of everything; the old root is gone afterwards."""
    os.chdir(folder)
    # The C library has no function of this name that can be relied on, and its number differs.
    syscall(_PIVOT_ROOT.get(os.uname().machine, 41), b".", b".")
    call("umount2", b".", MNT_DETACH)
    os.chdir("/")


def drop_capabilities() -> None:
    """Give up every capability, also those that a program could bring back."""
    with open("/proc/sys/kernel/cap_last_cap") as file:
        last = int(file.read())
    works(prctl, PR_CAP_AMBIENT, 4)
    # Root's name means nothing any more, and that cannot be taken back.
    works(prctl, PR_SET_SECUREBITS, 0b101111)
    for capability in range(last + 1):
        works(prctl, PR_CAPBSET_DROP, capability)


def clear_capabilities() -> None:
    """Set the effective, permitted and inheritable sets to nothing."""
    header = (ctypes.c_uint32 * 2)(0x20080522, 0)
    call("capset", header, (ctypes.c_uint32 * 6)())


def in_a_fork(step: Callable[[], Any]) -> str:
    """Take a step in a process of its own.

    Returns
    -------
    str
        Nothing where it worked, else one line about what did not.
    """
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            step()
            os.write(writing, b"+")
        except BaseException as problem:
            os.write(writing, (str(problem) if isinstance(problem, OSError) else repr(problem)).encode()[:400] or b"?")
        finally:
            os._exit(0)
    os.close(writing)
    with open(reading, "rb") as file:
        said = file.read()
    os.waitpid(pid, 0)
    return "" if said == b"+" else said.decode(errors="replace") or "it ended the process"


def gather_memory() -> int:
    """Have the kernel keep this process's memory in large pages where it can; return how many it made.

    A fork copies one entry for each page, and its end drops it again: of three hundred megabytes, in pages of 4 KiB,
    that is 40 ms of CPU time, and half of it afterwards. Needs Linux 6.1; elsewhere nothing happens.
    """
    made = 0
    try:
        with open("/proc/self/maps") as file:
            areas = [line.split() for line in file]
    except OSError:
        return 0
    for span, rights, _, _, _, *name in areas:
        if rights != "rw-p" or name not in ([], ["[heap]"]):
            continue
        begin, end = (int(address, 16) for address in span.split("-"))
        for address in range(-(-begin // _LARGE) * _LARGE, end - _LARGE + 1, _LARGE):
            # One at a time: where pages are missing or there is no memory to spare, only this one stays as it is.
            made += works(call, "madvise", ctypes.c_void_p(address), ctypes.c_size_t(_LARGE), _MADV_COLLAPSE)
    return made
