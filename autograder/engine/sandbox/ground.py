"""In the warm process: what is done once for all children, and the fork.

The order is ``lay_ground`` and ``fork_first`` here, then ``entry.enter`` in the child, which is the first process of
its pid namespace and calls ``watch.fork_worker``, then ``entry.limit_resources`` in the worker and ``watch.be_first``
in the first.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, NoReturn

from . import kernel, landlock, root, seccomp

FIRST_USER = 200_000
_NAMESPACES = (
    ("mountns", kernel.CLONE_NEWNS),
    ("netns", kernel.CLONE_NEWNET),
    ("ipcns", kernel.CLONE_NEWIPC),
    ("utsns", kernel.CLONE_NEWUTS),
    ("cgroupns", kernel.CLONE_NEWCGROUP),
)


@dataclass
class Ground:
    """What a warm process has found and prepared.

    Attributes
    ----------
    confined : bool
        Whether children are confined at all.
    missing : dict of str to str
        Steps that cannot be taken here, and why.
    flags : int
        The namespaces that each child gets beside the pid namespace.
    names : tuple of str
        Their names.
    processes : int
        A descriptor of the warm process's own pid namespace, -1 where children get none of their own.
    user_namespace : bool
        Whether the warm process is an ordinary user in a user namespace of its own.
    parts : Parts or None
        What children put their root together from.
    change_user : bool
        Whether each child becomes a user of its own.
    code : bytes
        The system-call filter, empty for none.
    rules : list of (int, int)
        Landlock's rules where there is no new root.
    hidden : tuple of str
        What stays closed.
    """

    confined: bool
    missing: dict[str, str] = field(default_factory=dict)
    flags: int = 0
    names: tuple[str, ...] = ()
    processes: int = -1
    user_namespace: bool = False
    parts: root.Parts | None = None
    change_user: bool = False
    code: bytes = b""
    rules: list[tuple[int, int]] = field(default_factory=list)
    hidden: tuple[str, ...] = ()
    landlock: bool = False
    without: frozenset[str] = frozenset()


def lay_ground(readable: Sequence[str], hidden: Sequence[str], confined: bool, without: Collection[str] = ()) -> Ground:
    """Do once what can be done once, and find out what this host offers.

    For an ordinary user this function forks: it goes on in the child, which is process 1 of a pid namespace,
    and the parent only waits for it and ends with its status. Killing the parent kills the child.

    Parameters
    ----------
    readable : sequence of str
        Files and folders that children read, beside the system's own: Python and its packages.
    hidden : sequence of str
        Files and folders that stay closed, also where they lie below a readable one.
    confined : bool
        False: children get their limits and nothing else.
    without : collection of str
        Steps to leave out, as if this host did not have them; ``namespaces`` stands for all of them.

    Raises
    ------
    OSError
        When this process has more than one thread.
    """
    ground = Ground(confined and kernel.LINUX, hidden=tuple(hidden), without=frozenset(without))
    adopt_orphans()
    if not ground.confined:
        return ground
    if len(os.listdir("/proc/self/task")) != 1:
        raise OSError("The ground must be laid while the process has one thread.")
    _try(ground, "namespaces", lambda: _lay_namespaces(ground))
    if ground.flags & kernel.CLONE_NEWNS:
        _try(ground, "root", lambda: _lay_root(ground, readable))
    if os.geteuid() == 0 and not ground.user_namespace:
        _try(ground, "uid", lambda: _try_user(ground, readable))
    else:
        ground.missing["uid"] = "only root can give each child a user of its own"
    _try(ground, "landlock", lambda: _lay_landlock(ground, readable))
    _try(ground, "seccomp", lambda: _lay_filter(ground))
    return ground


def adopt_orphans() -> None:
    """Have what children of this process leave behind become children of it, to be found by ``end_strays``."""
    kernel.works(kernel.prctl, kernel.PR_SET_CHILD_SUBREAPER, 1)


def _lay_filter(ground: Ground) -> None:
    """Compile the filter; where files of the grading user are in reach, it keeps their modes and times."""
    ground.code = seccomp.compile_filter(attributes=ground.parts is not None or ground.change_user)


def _try(ground: Ground, name: str, step: Callable[[], Any]) -> bool:
    """Take a step, or note why it could not be taken."""
    if name in ground.without:
        ground.missing[name] = "left out on request"
        return False
    try:
        step()
    except OSError as problem:
        ground.missing[name] = str(problem)
        return False
    return True


def _lay_namespaces(ground: Ground) -> None:
    problem = kernel.in_a_fork(lambda: kernel.unshare(kernel.CLONE_NEWPID | kernel.CLONE_NEWNS))
    if problem:
        problem = kernel.in_a_fork(_own_namespaces)
        if problem:
            raise OSError(f"neither root's own nor a user's are to be had ({problem})")
        _own_namespaces()
        _stay_behind()
        ground.user_namespace = True
    else:
        kernel.unshare(kernel.CLONE_NEWNS)
    _try(ground, "pidns", lambda: _lay_processes(ground))
    for name, flag in _NAMESPACES:
        if _try(ground, name, lambda flag=flag: _in_a_fork(lambda: kernel.unshare(flag))):  # type: ignore[misc]
            ground.flags |= flag
            ground.names += (name,)


def _in_a_fork(step: Callable[[], Any]) -> None:
    problem = kernel.in_a_fork(step)
    if problem:
        raise OSError(problem)


def _own_namespaces() -> None:
    """Become the owner of a user namespace, and of the other namespaces made from now on."""
    own_user_namespace()
    kernel.unshare(kernel.CLONE_NEWPID | kernel.CLONE_NEWNS)


def own_user_namespace() -> None:
    """Enter a user namespace in which this user is itself and nobody else is anybody."""
    user, group = os.geteuid(), os.getegid()
    kernel.unshare(kernel.CLONE_NEWUSER)
    texts = (("setgroups", "deny"), ("uid_map", f"{user} {user} 1"), ("gid_map", f"{group} {group} 1"))
    for name, text in texts:
        with open(f"/proc/self/{name}", "w") as file:
            file.write(text)


def _stay_behind() -> None:
    """Go on in a child, the first process of the new pid namespace; the parent waits for it and is nothing else.

    Only a process whose own pid namespace belongs to its user namespace may come back to it after a fork into another.
    """
    sys.stdout.flush()
    sys.stderr.flush()
    pid = os.fork()
    if pid == 0:
        kernel.works(kernel.prctl, kernel.PR_SET_PDEATHSIG, signal.SIGKILL)
        return
    _wait_for(pid)


def _wait_for(pid: int) -> NoReturn:
    try:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        # What it holds open would keep pipes and sockets of the warm process alive.
        os.closerange(0, 65536)
        status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        os._exit(status if status >= 0 else 128 - status)
    finally:
        os._exit(70)


def _lay_processes(ground: Ground) -> None:
    _in_a_fork(lambda: kernel.unshare(kernel.CLONE_NEWPID))
    ground.processes = os.open("/proc/self/ns/pid", os.O_RDONLY | os.O_CLOEXEC)


def _lay_root(ground: Ground, readable: Sequence[str]) -> None:
    if ground.processes < 0:
        raise OSError("without a pid namespace there is no /proc of its own")
    parts = root.prepare(readable, ground.hidden)

    def trial() -> None:
        kernel.unshare(kernel.CLONE_NEWPID)
        # The new /proc belongs to the namespace of the process that mounts it: one fork more.
        _in_a_fork(lambda: _try_root(parts, ground.flags))

    _in_a_fork(trial)
    ground.parts = parts


def _try_root(parts: root.Parts, flags: int) -> None:
    kernel.unshare(flags)
    root.enter(parts, (), 2**20, os.geteuid(), os.getegid())
    root.close()


def _try_user(ground: Ground, readable: Sequence[str]) -> None:
    """See that another user gets at Python; in a new root it does, since the way there is made anew."""

    paths = {} if ground.parts else {path: os.R_OK for path in readable if os.path.exists(path)}
    paths.update({path: os.R_OK | os.X_OK for path in paths if os.path.isdir(path)})

    def become_other() -> None:
        become(FIRST_USER)
        for path, wanted in paths.items():
            if not os.access(path, wanted):
                raise OSError(f"another user may not read {path}")

    _in_a_fork(become_other)
    ground.change_user = True


def _lay_landlock(ground: Ground, readable: Sequence[str]) -> None:
    if not landlock.version():
        raise OSError("the kernel does not offer it")
    ground.landlock = True
    if ground.parts is None:
        ground.rules = host_rules((*root.SYSTEM, *readable), ground.hidden)


def host_rules(readable: Iterable[str], hidden: Sequence[str]) -> list[tuple[int, int]]:
    """Return Landlock's rules for folders of the host; the descriptors in them are the caller's to close."""
    closed = [os.path.realpath(path) for path in (*hidden, *root.NEVER)]
    rules: dict[str, int] = {}
    for path in readable:
        for one, rights in landlock.go_round(os.path.realpath(path), landlock.READ, closed):
            rules[one] = rules.get(one, 0) | rights
    opened = (landlock.open_rule(path, rights) for path, rights in rules.items())
    return [rule for rule in opened if rule is not None]


def become(user: int) -> None:
    """Become another user in every respect, without its groups."""
    os.setgroups([])
    os.setresgid(user, user, user)
    os.setresuid(user, user, user)


def fork_first(ground: Ground) -> int:
    """Fork, like ``os.fork``; where it can be had, the child is process 1 of a pid namespace of its own.

    Raises
    ------
    OSError
        When the fork fails; the warm process is as it was.
    """
    if ground.processes < 0:
        return os.fork()
    kernel.unshare(kernel.CLONE_NEWPID)
    pid = -1
    try:
        pid = os.fork()
    finally:
        if pid:
            kernel.setns(ground.processes, kernel.CLONE_NEWPID)
    return pid
