"""Cuts a process off the network, so that a lesson that fetches something fails where it is written."""

from __future__ import annotations

import ctypes
import fcntl
import os
import socket
import struct
import sys
from pathlib import Path

NAMESPACE = "a network namespace of its own"
GUARD = "a guard in Python's sockets (the host gives no network namespace)"

_CLONE_NEWUSER = 0x10000000
_CLONE_NEWNET = 0x40000000
_SIOCGIFFLAGS = 0x8913
_SIOCSIFFLAGS = 0x8914
_IFF_UP = 0x1

# Python runs a module of this name at its start, so every Python process below carries the guard.
_GUARD_MODULE = "sitecustomize.py"
_GUARD_TEXT = '''"""Refuses every connection that leaves this machine."""

import ipaddress
import socket


def _local(host):
    if host in (None, "", "localhost", b"localhost"):
        return True
    try:
        return ipaddress.ip_address(host.decode() if isinstance(host, bytes) else host).is_loopback
    except ValueError:
        return False


def _refuse(host):
    raise OSError(f"no network here: the lesson wants to reach {host}")


def _guarded(name):
    usual = getattr(socket.socket, name)

    def method(self, *args):
        if self.family in (socket.AF_INET, socket.AF_INET6) and not _local(args[-1][0]):
            _refuse(args[-1][0])
        return usual(self, *args)

    return method


for _name in ("connect", "connect_ex", "sendto"):
    setattr(socket.socket, _name, _guarded(_name))

_usual_lookup = socket.getaddrinfo


def _lookup(host, *args, **kwargs):
    if not _local(host):
        _refuse(host)
    return _usual_lookup(host, *args, **kwargs)


socket.getaddrinfo = _lookup
'''


def cut_network(guard_folder: Path, *, namespaces: bool = True) -> str:
    """Cut this process, and every process it starts from now on, off the network.

    Only 127.0.0.1 stays, because a notebook's kernel and its client talk over it. The process may have one
    thread only.

    Parameters
    ----------
    guard_folder : Path
        Where the guard for Python processes is written when the host gives no namespace.
    namespaces : bool
        Whether to try a namespace at all.

    Returns
    -------
    str
        How it was done: `NAMESPACE` or `GUARD`.
    """
    if namespaces and sys.platform == "linux" and _enter_namespace():
        return NAMESPACE
    guard_folder.mkdir(parents=True, exist_ok=True)
    (guard_folder / _GUARD_MODULE).write_text(_GUARD_TEXT, encoding="utf-8")
    before = os.environ.get("PYTHONPATH")
    os.environ["PYTHONPATH"] = os.pathsep.join([str(guard_folder), *([before] if before else [])])
    return GUARD


def _enter_namespace() -> bool:
    libc = ctypes.CDLL(None, use_errno=True)
    uid, gid = os.geteuid(), os.getegid()
    if uid != 0 or libc.unshare(_CLONE_NEWNET) != 0:
        # A user namespace gives the right to make a network namespace to anybody, where the host allows it.
        if libc.unshare(_CLONE_NEWUSER | _CLONE_NEWNET) != 0:
            return False
        Path("/proc/self/setgroups").write_text("deny")
        Path("/proc/self/uid_map").write_text(f"{uid} {uid} 1")
        Path("/proc/self/gid_map").write_text(f"{gid} {gid} 1")
    _loopback_up()
    return True


def _loopback_up() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        request = struct.pack("16sh22x", b"lo", 0)
        (flags,) = struct.unpack_from("h", fcntl.ioctl(probe, _SIOCGIFFLAGS, request), 16)
        fcntl.ioctl(probe, _SIOCSIFFLAGS, struct.pack("16sh22x", b"lo", flags | _IFF_UP))
