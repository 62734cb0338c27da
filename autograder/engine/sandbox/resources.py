"""The limits that the kernel keeps by itself, for each process."""

from __future__ import annotations

import resource
import sys
from typing import Any

# Half of it is for what the engine itself does in the worker.
_SPARE_SECONDS = 5
_LOCKED_BYTES = 2**16
_PENDING_SIGNALS = 1024


def limit(limits: Any, processes: int | None) -> None:
    """Set the limits of this process and of all that it will start.

    Memory counts from what is mapped now, because a fork of a warm process maps gigabytes of libraries.

    Parameters
    ----------
    limits : Limits
        What the submission may use.
    processes : int or None
        How many processes and threads its user may have; None where that user has others too.
    """
    wanted = {
        "CPU": int(limits.cpu_seconds) + _SPARE_SECONDS,
        "FSIZE": limits.file_bytes,
        "NOFILE": limits.open_files,
        # 0 would still start the host's crash handler where cores go through a pipe; 1 byte starts nothing.
        "CORE": 1,
        "MSGQUEUE": 0,
        "NICE": 0,
        "RTPRIO": 0,
        "MEMLOCK": _LOCKED_BYTES,
    }
    if sys.platform.startswith("linux"):
        with open("/proc/self/statm") as file:
            mapped = int(file.read().split()[0]) * resource.getpagesize()
        wanted["AS"] = mapped + limits.memory_bytes
    if processes is not None:
        wanted["NPROC"] = processes
        wanted["SIGPENDING"] = _PENDING_SIGNALS
    for name, value in wanted.items():
        kind = getattr(resource, f"RLIMIT_{name}", None)
        if kind is not None:
            _lower(kind, value)


def _lower(kind: int, value: int) -> None:
    hard = resource.getrlimit(kind)[1]
    value = value if hard == resource.RLIM_INFINITY else min(value, hard)
    resource.setrlimit(kind, (value, value))
