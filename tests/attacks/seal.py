"""A place where what stock nbgrader lets a submission do can harm nothing but the world under attack.

Stock nbgrader runs a submission with all the rights of whoever grades. So before it is attacked the
runner moves into namespaces of its own: no network but an own loopback, no processes but its own,
own ``/tmp`` and ``/dev/shm``, and everything else read-only.
"""

from __future__ import annotations

import ctypes
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence

_SEALED = "ATTACKS_SEALED"
_MOUNT_SETATTR, _AT_FDCWD, _AT_RECURSIVE, _READ_ONLY = 442, -100, 0x8000, 1

_TEMPORARY = (
    ("mount", "-t", "tmpfs", "-o", "size=4g,mode=1777", "none", "/tmp"),
    ("mount", "-t", "tmpfs", "-o", "size=1g,mode=1777", "none", "/dev/shm"),
    ("mount", "-t", "proc", "none", "/proc"),
)


class CannotSeal(Exception):
    """This host offers no namespaces, or not all; the text says which step failed."""


def sealed() -> bool:
    """Whether this process runs in such a place already."""
    return os.environ.get(_SEALED) == "1"


def start_again(arguments: Sequence[str]) -> subprocess.Popen[str]:
    """Start the runner again in a place of its own; what it prints can be read from the process given.

    Raises
    ------
    CannotSeal
        When the host has no ``unshare``, or does not let us use it.
    """
    unshare = shutil.which("unshare")
    if unshare is None:
        raise CannotSeal("there is no command `unshare` here (package util-linux)")
    spaces = ["--mount", "--pid", "--ipc", "--net", "--fork", "--kill-child", "--mount-proc"]
    # An ordinary user gets the rights to make them by a user namespace of their own.
    spaces += [] if os.getuid() == 0 else ["--user", "--map-root-user"]
    if subprocess.run([unshare, *spaces, "true"], capture_output=True).returncode != 0:
        raise CannotSeal("this host does not let us make namespaces")
    command = [unshare, *spaces, sys.executable, "-m", "tests.attacks", *arguments]
    return subprocess.Popen(command, env={**os.environ, _SEALED: "1"}, stdout=subprocess.PIPE, text=True)


def close_up() -> None:
    """Make everything read-only but ``/tmp``, ``/dev/shm`` and ``/proc``, and bring the loopback up.

    Raises
    ------
    CannotSeal
        When a step fails: then nothing may be attacked here.
    """
    _read_only()
    _run(_TEMPORARY)
    _loopback_up()


def _read_only() -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    attributes = (ctypes.c_uint64 * 4)(_READ_ONLY, 0, 0, 0)
    arguments = (ctypes.c_int(_AT_FDCWD), b"/", ctypes.c_uint(_AT_RECURSIVE), attributes, ctypes.c_size_t(32))
    if libc.syscall(ctypes.c_long(_MOUNT_SETATTR), *arguments) != 0:
        raise CannotSeal(f"mounts cannot be made read-only ({os.strerror(ctypes.get_errno())})")


def _run(steps: Sequence[Sequence[str]]) -> None:
    for step in steps:
        done = subprocess.run(step, capture_output=True, text=True)
        if done.returncode != 0:
            raise CannotSeal(f"`{' '.join(step)}` failed: {done.stderr.strip()}")


def _loopback_up() -> None:
    import fcntl
    import socket
    import struct

    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        request = struct.pack("16sH14s", b"lo", 0x1 | 0x40, b"")  # IFF_UP and IFF_RUNNING
        fcntl.ioctl(any_socket, 0x8914, request)  # SIOCSIFFLAGS
