"""The system-call filter: made once by libseccomp, which knows the architectures, and put on by each child."""

from __future__ import annotations

import ctypes
import errno
import functools
import importlib
import os
import tempfile
from typing import Any

from . import kernel
from .calls_allowed import ALLOWED, ATTRIBUTES, IOCTLS, PRCTLS, REFUSED

_FILTER = 2
_SIZE_OF_ONE = 8  # struct sock_filter
_WORD = 0xFFFFFFFF
_KIND_OF_FILE, _FIFO = 0o170000, 0o010000
_AF_UNIX = 1
_NAMESPACES = (
    *(kernel.CLONE_NEWNS, kernel.CLONE_NEWCGROUP, kernel.CLONE_NEWUTS, kernel.CLONE_NEWIPC),
    *(kernel.CLONE_NEWUSER, kernel.CLONE_NEWPID, kernel.CLONE_NEWNET),
)


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("code", ctypes.c_void_p))


def compile_filter(attributes: bool = True) -> bytes:
    """Return the filter as the kernel takes it.

    Parameters
    ----------
    attributes : bool
        Whether modes, owners and times of files can be changed; else these calls do nothing and say nothing.

    Raises
    ------
    OSError
        Where there is no libseccomp or no binding to it, or the filter cannot be made.
    """
    try:
        library: Any = importlib.import_module("pyseccomp")
    except (ImportError, RuntimeError, OSError, AttributeError) as problem:
        raise OSError(f"libseccomp or its binding pyseccomp is missing ({problem})") from problem
    filters = library.SyscallFilter(library.ERRNO(errno.ENOSYS))
    # What comes in by another architecture's door (int 0x80, x32) is not looked at by name: it ends there.
    filters.set_attr(library.Attr.ACT_BADARCH, library.KILL_PROCESS)
    for name in ALLOWED:
        _rule(library, filters, library.ALLOW, name)
    for name in ATTRIBUTES:
        _rule(library, filters, library.ALLOW if attributes else library.ERRNO(0), name)
    for name in REFUSED:
        _rule(library, filters, library.ERRNO(errno.EPERM), name)
    _conditions(library, filters)
    with tempfile.TemporaryFile() as file:
        filters.export_bpf(file)
        file.seek(0)
        return file.read()


def _rule(library: Any, filters: Any, action: int, name: str, *conditions: Any) -> None:
    number = library.resolve_syscall(library.Arch.NATIVE, name)
    # Below 0 is what this architecture, or this release of the library, has no number for.
    if number >= 0:
        filters.add_rule(action, number, *conditions)


def _conditions(library: Any, filters: Any) -> None:
    """Add the calls that are allowed with certain arguments only."""
    rule = functools.partial(_rule, library, filters)
    same = functools.partial(library.Arg, op=library.MASKED_EQ)

    def word(position: int, value: int) -> Any:  # the kernel looks at the lower half only
        return library.Arg(position, library.MASKED_EQ, _WORD, value)

    refused = library.ERRNO(errno.EPERM)
    # clone3 stays unknown: its flags lie behind a pointer, where no filter sees them. The C library then takes clone.
    flags = 1 if os.uname().machine.startswith("s390") else 0
    rule(library.ALLOW, "clone", same(flags, data_a=sum(_NAMESPACES), data_b=0))
    for one in _NAMESPACES:
        rule(refused, "clone", same(flags, data_a=one, data_b=one))
    for name in ("socket", "socketpair"):
        rule(library.ALLOW, name, word(0, _AF_UNIX))
        rule(library.ERRNO(errno.EAFNOSUPPORT), name, library.Arg(0, library.GT, _AF_UNIX))
    for number in IOCTLS:
        rule(library.ALLOW, "ioctl", word(1, number))
    for number in PRCTLS:
        rule(library.ALLOW, "prctl", word(0, number))
    # Its own limits, nobody else's: the number of another process may be that of the grader.
    rule(library.ALLOW, "prlimit64", word(0, 0))
    rule(library.ALLOW, "mknod", same(1, data_a=_KIND_OF_FILE, data_b=_FIFO))
    rule(library.ALLOW, "mknodat", same(2, data_a=_KIND_OF_FILE, data_b=_FIFO))


def put_on(code: bytes) -> None:
    """Put the filter on this process and all that it will start, for good.

    Parameters
    ----------
    code : bytes
        What ``compile_filter`` returned.

    Raises
    ------
    OSError
        When the kernel does not take it.
    """
    buffer = ctypes.create_string_buffer(code, len(code))
    program = _Program(len(code) // _SIZE_OF_ONE, ctypes.addressof(buffer))
    kernel.prctl(kernel.PR_SET_NO_NEW_PRIVS, 1)
    kernel.prctl(kernel.PR_SET_SECCOMP, _FILTER, ctypes.addressof(program))
