"""In the child: confine this process for good, and limit what the worker may use."""

from __future__ import annotations

import contextlib
import os
import signal
import stat
import sys
from collections.abc import Sequence
from typing import Any

from . import kernel, landlock, resources, root, seccomp
from .ground import FIRST_USER, Ground, become, host_rules, own_user_namespace
from .state import entered

_DEVICES = tuple(f"/dev/{name}" for name in root.DEVICES)
_DEVICE_RIGHTS = 1 << 1 | 1 << 2  # write and read a file
_OF_PROC = ("/proc/self", "/proc/cpuinfo", "/proc/meminfo", "/proc/stat", "/proc/loadavg", "/proc/version")


def enter(ground: Ground, slot: int, readable: Sequence[str], work: str, limits: Any) -> tuple[str, ...]:
    """Confine this process, for good. Afterwards its folder, HOME and TMPDIR are private ones.

    Parameters
    ----------
    ground : Ground
        What the warm process has prepared.
    slot : int
        A number that no other child has at this time; it chooses the user.
    readable : sequence of str
        More files and folders that this child reads.
    work : str
        A folder of the host made for this child. Where there can be no new root, its ``home``, ``work`` and
        ``tmp`` are the private folders; where there can, it is not touched.
    limits : Limits
        What the submission may use.

    Returns
    -------
    tuple of str
        The names of the steps in force.

    Raises
    ------
    OSError
        When a step fails that the ground promised; the process must end then.
    """
    os.umask(0o022)
    with contextlib.suppress(OSError):
        os.setsid()
    steps = ["rlimits"]
    user = FIRST_USER + slot if ground.change_user else os.geteuid()
    group = FIRST_USER + slot if ground.change_user else os.getegid()
    if ground.confined:
        _close_folders(ground)
        kernel.unshare(ground.flags)
        steps += [*(("pidns",) if ground.processes >= 0 else ()), *ground.names]
        if "utsns" in ground.names:
            with contextlib.suppress(OSError):
                kernel.call("sethostname", b"sandbox", 7)
        kernel.works(_be_ended_first)
    if ground.parts is not None:
        root.enter(ground.parts, readable, limits.disk_bytes, user, group)
        steps += ["root", "disk"]
        home, here, tmp = root.HOME, root.WORK, root.TMP
        entered.private, entered.own_disk, entered.own_proc = root.PRIVATE, True, True
    else:
        home, here, tmp = _lay_out(work, user, group)
        entered.private, entered.top = (home, here, tmp), tuple(os.listdir("/"))
    os.chdir(here)
    os.environ.update(HOME=home, TMPDIR=tmp)
    if "tempfile" in sys.modules:  # it remembers the warm process's folder
        vars(sys.modules["tempfile"])["tempdir"] = None
    if ground.confined:
        steps += _give_up(ground, user, readable)
    kernel.works(kernel.prctl, kernel.PR_SET_CHILD_SUBREAPER, 1)
    entered.own_processes = ground.processes >= 0
    return tuple(steps)


def _close_folders(ground: Ground) -> None:
    """Close what could lead out: a folder of the host, the warm process's namespace."""
    kept = {descriptor for descriptor, _ in ground.rules}
    for name in os.listdir("/proc/self/fd"):
        with contextlib.suppress(OSError):
            if int(name) not in kept and stat.S_ISDIR(os.fstat(int(name)).st_mode):
                os.close(int(name))
    if ground.processes >= 0:
        os.close(ground.processes)


def _be_ended_first() -> None:
    """Have the kernel take a child before anything else when the host runs out of memory."""
    with open("/proc/self/oom_score_adj", "w") as file:
        file.write("1000")


def _lay_out(work: str, user: int, group: int) -> tuple[str, str, str]:
    folders = tuple(os.path.join(os.path.realpath(work), name) for name in ("home", "work", "tmp"))
    for folder in folders:
        os.makedirs(folder, exist_ok=True)
    if user != os.geteuid():
        for here, below, names in os.walk(work):
            for path in (here, *(os.path.join(here, name) for name in (*below, *names))):
                os.chown(path, user, group, follow_symlinks=False)
    return folders[0], folders[1], folders[2]


def _give_up(ground: Ground, user: int, readable: Sequence[str]) -> list[str]:
    """Give up rights, from the last that need another to be given up to the filter that ends it all."""
    steps = []
    before = () if ground.parts else _child_rules(ground, readable)
    # A namespace of its own, so that the kernel counts its processes apart from the user's others (it does not count
    # root's). Its maps are written to /proc, and afterwards no right to mount is left.
    nested = ground.user_namespace and user != 0 and "nproc" not in ground.without
    if ground.parts is not None:
        root.close(proc=not nested)
    if nested and kernel.works(own_user_namespace):
        steps.append("nproc")
    kernel.works(kernel.drop_capabilities)
    if ground.change_user:
        become(user)
        steps += ["uid", "nproc"]
    entered.own_user, entered.lone = "nproc" in steps, "uid" in steps
    kernel.clear_capabilities()
    kernel.prctl(kernel.PR_SET_NO_NEW_PRIVS, 1)
    # The change of user has closed it, and the watcher must be able to ask how much memory it uses.
    kernel.works(kernel.prctl, kernel.PR_SET_DUMPABLE, 1)
    if ground.processes >= 0:
        # Its end is the end of all that is below; without a pid namespace it must live to end them itself.
        kernel.works(kernel.prctl, kernel.PR_SET_PDEATHSIG, signal.SIGKILL)
    os.umask(0o077)
    steps.append("private")
    if ground.landlock:
        rules = [*before, *_own_rules(ground)]
        steps += landlock.restrict(rules)
        for descriptor, _ in rules:
            os.close(descriptor)
        entered.scoped = "scope" in steps
        entered.closed_proc = ground.parts is None
    if ground.code:
        seccomp.put_on(ground.code)
        steps.append("seccomp")
    return steps


def _child_rules(ground: Ground, readable: Sequence[str]) -> list[tuple[int, int]]:
    if not ground.landlock:
        return []
    return [*ground.rules, *host_rules(readable, ground.hidden)]


def _own_rules(ground: Ground) -> list[tuple[int, int]]:
    """Return Landlock's rules for what each child has of its own."""
    wanted = [(path, landlock.ALL) for path in entered.private]
    wanted += [(path, _DEVICE_RIGHTS) for path in _DEVICES]
    wanted += [("/" if ground.parts is not None else "/proc", landlock.READ)]
    opened = (landlock.open_rule(path, rights) for path, rights in wanted)
    return [rule for rule in opened if rule is not None]


def limit_resources(limits: Any) -> None:
    """Set the limits of the worker, before it sees anything of the submission.

    Raises
    ------
    OSError, ValueError
        When a limit cannot be set; the worker must end then.
    """
    kernel.works(kernel.prctl, kernel.PR_SET_PDEATHSIG, signal.SIGKILL)
    if entered.closed_proc:
        _close_proc()
    resources.limit(limits, limits.processes if entered.own_user else None)


def _close_proc() -> None:
    """Keep the worker from other processes' folders in the host's ``/proc``, and from the first process.

    A second layer of Landlock: everything in the root folder but ``/proc``, of which its own part. The first
    layer goes on to hold. Its signals now stay among itself and what it starts.
    """
    paths = [f"/{name}" for name in entered.top if name != "proc"] + list(_OF_PROC)
    opened = (landlock.open_rule(path, landlock.ALL) for path in paths)
    rules = [rule for rule in opened if rule is not None]
    landlock.restrict(rules)
    for descriptor, _ in rules:
        os.close(descriptor)
