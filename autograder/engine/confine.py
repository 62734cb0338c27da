"""What a child does to itself before it sees one byte of a submission, and what the host offers for it.

The steps, each taken only where the host has it, and each reported by name:

========== ===================================================================================
rlimits    address space, CPU time, file size, open files, no core file
private    no new privileges, not dumpable, umask 077, dies with its parent
pidns      its own process ids: it sees and signals nobody else's, and none of its processes
           outlives it
netns      its own, empty network: not even the loopback is up
mountns    its own, empty ``/dev/shm``, and its own System V shared memory
rofs       every mount but its private folder and its ``/dev/shm`` is read-only: no change of modes,
           owners, times or attributes, which Landlock does not govern
landlock   reads Python, the system's libraries and its private folder; writes the private
           folder; no TCP, no signals and no abstract sockets to processes outside
========== ===================================================================================

What this does not do: there is no system-call filter, no change of user and no new root folder.
So the names and sizes of files anywhere can be asked for (``os.stat``), a named Unix socket that
the grading user may write to can be reached, and nothing counts processes or total disk use.
Without Landlock (macOS, an old kernel) every file of the grading user can be read, and without
``rofs`` the modes and times of the grading user's files can be changed.

This file needs the standard library only, because the child loads it alone.
"""

from __future__ import annotations

import ctypes
import json
import os
import resource
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from typing import Any

_CLONE_NEWNS, _CLONE_NEWIPC, _CLONE_NEWUSER = 0x20000, 0x8000000, 0x10000000
_CLONE_NEWPID, _CLONE_NEWNET = 0x20000000, 0x40000000
_MS_NOSUID, _MS_NODEV, _MS_BIND, _MS_REC, _MS_PRIVATE = 2, 4, 0x1000, 0x4000, 0x40000
_PR_SET_PDEATHSIG, _PR_SET_DUMPABLE, _PR_SET_CHILD_SUBREAPER, _PR_SET_NO_NEW_PRIVS = 1, 4, 36, 38
# These calls came after the system-call tables were unified: one number on every architecture.
_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_MOUNT_SETATTR, _AT_FDCWD, _AT_RECURSIVE, _ATTR_RDONLY = 442, -100, 0x8000, 1
_READ = 1 << 0 | 1 << 2 | 1 << 3  # execute, read a file, list a folder
_LIST = 1 << 3
# Rights that make sense for something that is not a folder: execute, write, read, truncate, ioctl.
_FILE_RIGHTS = 1 << 0 | 1 << 1 | 1 << 2 | 1 << 14 | 1 << 15
_SYSTEM = (
    *("/usr", "/lib", "/lib32", "/lib64", "/bin", "/sbin"),
    *("/etc/fonts", "/etc/ssl", "/etc/ca-certificates", "/etc/ld.so.cache", "/etc/alternatives"),
    *("/etc/localtime", "/etc/mime.types", "/proc/self", "/proc/cpuinfo", "/proc/meminfo"),
    *("/sys/devices/system", "/sys/fs/cgroup", "/dev/urandom", "/dev/random", "/dev/zero"),
)

_libc: Any = ctypes.CDLL(None, use_errno=True)


def _call(function: str, *arguments: Any) -> int:
    """Call the C library; raise OSError where it says -1 or has no such function."""
    try:
        result = int(getattr(_libc, function)(*arguments))
    except AttributeError:
        raise OSError(f"this host has no {function}") from None
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{function}: {os.strerror(number)}")
    return result


def _syscall(number: int, *arguments: Any) -> int:
    if not sys.platform.startswith("linux"):
        raise OSError("not Linux")
    return _call("syscall", ctypes.c_long(number), *arguments)


def _prctl(option: int, value: int) -> None:
    _call("prctl", option, *(ctypes.c_ulong(number) for number in (value, 0, 0, 0)))


def works(step: Callable[..., Any], *arguments: Any) -> bool:
    """Return whether a step could be taken; a host that lacks it is no error."""
    try:
        step(*arguments)
    except OSError:
        return False
    return True


# ------------------------------------------------------------------------------------ namespaces


def enter_namespaces(private: str) -> list[str]:
    """Enter the namespaces that the host offers; the pid namespace begins with the next fork.

    Where the mounts are its own, all but `private` and ``/dev/shm`` become read-only.

    Must run while the process has one thread. Every other namespace hangs on the user namespace:
    it is what lets an ordinary user make them, and for root it is what takes root's powers away.
    """
    user, group = os.getuid(), os.getgid()
    if not works(unshare, _CLONE_NEWUSER):
        return []
    for name, text in (("setgroups", "deny"), ("uid_map", f"{user} {user} 1"), ("gid_map", f"{group} {group} 1")):
        works(_write, f"/proc/self/{name}", text)
    applied = [name for name, flag in (("pidns", _CLONE_NEWPID), ("netns", _CLONE_NEWNET)) if works(unshare, flag)]
    if works(unshare, _CLONE_NEWNS | _CLONE_NEWIPC) and works(_own_shared_memory):
        applied.append("mountns")
        if _read_only_but(private):
            applied.append("rofs")
    return applied


def unshare(flags: int) -> None:
    """Leave the namespaces named by `flags` for new ones."""
    _call("unshare", flags)


def _write(path: str, text: str) -> None:
    with open(path, "w") as file:
        file.write(text)


def _own_shared_memory() -> None:
    _call("mount", b"none", b"/", None, ctypes.c_ulong(_MS_REC | _MS_PRIVATE), None)
    flags = ctypes.c_ulong(_MS_NOSUID | _MS_NODEV)
    _call("mount", b"tmpfs", b"/dev/shm", b"tmpfs", flags, b"size=256m,mode=1777")


def _read_only_but(private: str) -> bool:
    """Make every mount read-only but `private` and ``/dev/shm``; False where the host has no such call.

    Modes, owners, times and attributes of files are beyond Landlock, and a read-only mount keeps them all.
    `private` becomes a mount of its own, because in a user namespace a flag can be cleared for certain only
    on a mount that was made in it. A namespace that a submission makes cannot clear the others: they are locked there.

    Raises
    ------
    OSError
        When `private` cannot be made writable again: nothing could be run then.
    """
    path = os.path.realpath(private).encode()
    if not works(_call, "mount", path, path, None, ctypes.c_ulong(_MS_BIND | _MS_REC), None):
        return False
    if not works(_set_mount, b"/", _ATTR_RDONLY, 0, _AT_RECURSIVE):
        return False
    for writable in (path, b"/dev/shm"):
        _set_mount(writable, 0, _ATTR_RDONLY, 0)
    # The folder this process started in lies on the mount below the new one.
    os.chdir(path)
    return True


def _set_mount(path: bytes, add: int, clear: int, flags: int) -> None:
    attributes = (ctypes.c_uint64 * 4)(add, clear, 0, 0)
    size = ctypes.c_size_t(ctypes.sizeof(attributes))
    _syscall(_MOUNT_SETATTR, ctypes.c_int(_AT_FDCWD), path, ctypes.c_uint(flags), attributes, size)


def adopt_orphans() -> None:
    """Make this process the parent of every process below it whose own parent ends."""
    works(_prctl, _PR_SET_CHILD_SUBREAPER, 1)


def die_with_parent() -> None:
    """Have the kernel kill this process when its parent ends."""
    works(_prctl, _PR_SET_PDEATHSIG, signal.SIGKILL)


# --------------------------------------------------------------------------------------- private


def go_private() -> list[str]:
    """Give up what a submission has no use for: new privileges, capabilities, being looked into."""
    os.umask(0o077)
    die_with_parent()
    works(_drop_capabilities)
    kept = works(_prctl, _PR_SET_NO_NEW_PRIVS, 1)
    return ["private"] if works(_prctl, _PR_SET_DUMPABLE, 0) and kept else []


def _drop_capabilities() -> None:
    header = (ctypes.c_uint32 * 2)(0x20080522, 0)
    _call("capset", header, (ctypes.c_uint32 * 6)())


def limit_resources(limits: Any) -> list[str]:
    """Set the limits that the kernel keeps by itself; memory counts from what is mapped now."""
    seconds = int(limits.notebook_seconds + limits.start_seconds) + 1
    wanted = {
        resource.RLIMIT_CPU: seconds,
        resource.RLIMIT_FSIZE: limits.file_bytes,
        resource.RLIMIT_NOFILE: limits.open_files,
        resource.RLIMIT_CORE: 0,
    }
    if sys.platform.startswith("linux"):
        with open("/proc/self/statm") as file:
            mapped = int(file.read().split()[0]) * resource.getpagesize()
        wanted[resource.RLIMIT_AS] = mapped + limits.memory_bytes
    for kind, value in wanted.items():
        hard = resource.getrlimit(kind)[1]
        value = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(kind, (value, value))
    return ["rlimits"]


# -------------------------------------------------------------------------------------- landlock


def landlock_version() -> int:
    """Return the version of Landlock that the kernel speaks, 0 for none."""
    try:
        return max(_syscall(_CREATE_RULESET, None, ctypes.c_size_t(0), ctypes.c_uint32(1)), 0)
    except OSError:
        return 0


def landlock(readable: Sequence[str], writable: Sequence[str], hidden: Sequence[str]) -> list[str]:
    """Keep this process, for good, from every file but those named.

    Parameters
    ----------
    readable, writable : sequence of str
        Files and folders, with all that is below them. What is missing is passed over.
    hidden : sequence of str
        Folders that stay closed although they lie below a readable one.
    """
    version = landlock_version()
    # The rule binds the thread that asks for it; a second thread would stay free.
    if not version or len(os.listdir("/proc/self/task")) != 1:
        return []
    rights = (1 << 13) - 1
    for needed, bit in ((2, 13), (3, 14), (5, 15)):  # move between folders, truncate, ioctl on devices
        rights |= 1 << bit if version >= needed else 0
    net, scope = (3 if version >= 4 else 0), (3 if version >= 6 else 0)
    size = 24 if version >= 6 else 16 if version >= 4 else 8
    attributes = (ctypes.c_uint64 * 3)(rights, net, scope)
    try:
        ruleset = _syscall(_CREATE_RULESET, attributes, ctypes.c_size_t(size), ctypes.c_uint32(0))
    except OSError:
        return []
    closed = [os.path.realpath(path) for path in hidden]
    for path in (*_SYSTEM, *readable):
        _allow_but(ruleset, os.path.realpath(path), rights & _READ, closed)
    for path in (*writable, "/dev/null"):
        _allow(ruleset, path, rights)
    _prctl(_PR_SET_NO_NEW_PRIVS, 1)
    done = works(_syscall, _RESTRICT_SELF, ctypes.c_int(ruleset), ctypes.c_uint32(0))
    os.close(ruleset)
    return ["landlock"] if done else []


def _allow_but(ruleset: int, path: str, rights: int, closed: Sequence[str]) -> None:
    """Allow `path`, going round what is closed below it: a rule cannot take back what another gives."""
    below = [other for other in closed if other.startswith(path.rstrip("/") + "/")]
    if path in closed:
        return
    if not below:
        _allow(ruleset, path, rights)
        return
    _allow(ruleset, path, rights & _LIST)
    for entry in os.scandir(path):
        if not entry.is_symlink():
            _allow_but(ruleset, entry.path, rights, closed)
            continue
        # A rule on a link is a rule on its target, which may be (or hold) what is closed: `lib64 -> lib`.
        target = os.path.realpath(entry.path)
        if not target.startswith(path + "/") and not any((one + "/").startswith(target + "/") for one in closed):
            _allow(ruleset, target, rights)


def _allow(ruleset: int, path: str, rights: int) -> None:
    try:
        descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return
    try:
        rights &= ~0 if os.path.isdir(path) else _FILE_RIGHTS
        rule = rights.to_bytes(8, sys.byteorder) + descriptor.to_bytes(4, sys.byteorder)
        works(_syscall, _ADD_RULE, ctypes.c_int(ruleset), ctypes.c_int(1), rule, ctypes.c_uint32(0))
    finally:
        os.close(descriptor)


# ----------------------------------------------------------------------------------------- probe


def probe() -> list[tuple[str, bool, str]]:
    """Say what this host offers for confining a child, without changing this process.

    Returns
    -------
    list of (str, bool, str)
        For each primitive its name, whether it works here, and one line of detail.
    """
    try:
        done = subprocess.run(
            [sys.executable, "-I", "-S", os.path.abspath(__file__)], capture_output=True, timeout=30, check=True
        )
        return [(str(name), bool(ok), str(detail)) for name, ok, detail in json.loads(done.stdout)]
    except (OSError, ValueError, subprocess.SubprocessError) as error:
        return [("probe", False, f"could not be run: {error}")]


def _look() -> list[tuple[str, bool, str]]:
    kinds = (
        ("user namespace", 0, "an own user, so that the rest needs no root"),
        ("pid namespace", _CLONE_NEWPID, "nothing outlives a child"),
        ("network namespace", _CLONE_NEWNET, "no network in a child"),
        ("mount namespace", _CLONE_NEWNS, "an own /dev/shm in a child"),
    )
    found = [(name, _works_in_a_fork(_CLONE_NEWUSER | flag), use) for name, flag, use in kinds]
    found.append(("read-only mounts", _read_only_in_a_fork(), "no change of modes or times outside a child's folder"))
    version = landlock_version()
    found.append(("Landlock", version > 0, f"version {version}" if version else "the kernel does not offer it"))
    found.append(("seccomp", _reads("/proc/self/status", "Seccomp:"), "system-call filter, not used so far"))
    pids = _reads("/sys/fs/cgroup/cgroup.controllers", "pids")
    found.append(("cgroup pids", pids, "counting processes, not used so far"))
    return found


def _works_in_a_fork(flags: int) -> bool:
    pid = os.fork()
    if pid == 0:
        os._exit(0 if works(unshare, flags) else 1)
    return os.waitpid(pid, 0)[1] == 0


def _read_only_in_a_fork() -> bool:
    folder = tempfile.mkdtemp(prefix="course-probe-")
    pid = os.fork()
    if pid == 0:
        try:
            os._exit(0 if "rofs" in enter_namespaces(folder) else 1)
        except OSError:
            os._exit(1)
    ended = os.waitpid(pid, 0)[1]
    os.rmdir(folder)
    return ended == 0


def _reads(path: str, word: str) -> bool:
    try:
        with open(path) as file:
            return word in file.read()
    except OSError:
        return False


if __name__ == "__main__":
    print(json.dumps(_look()))
