"""What a child has done to itself: known to its first process and, by the fork, to the worker below it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass
class Entered:
    """How far a child is confined.

    Attributes
    ----------
    own_processes : bool
        Whether it has a pid namespace, so that its processes end with the first one.
    own_proc : bool
        Whether ``/proc`` shows its processes only.
    own_user : bool
        Whether its processes are counted apart from everybody else's.
    lone : bool
        Whether nobody else has its user's number.
    closed_proc : bool
        Whether its worker has still to be kept from other processes' folders in ``/proc``.
    scoped : bool
        Whether no signal can leave it, so that one signal to all reaches its own processes only.
    private : tuple of str
        The folders that it may write.
    own_disk : bool
        Whether these folders lie on a file system of their own, which has a total size.
    top : tuple of str
        The names in the root folder of the host, where that is still its root.
    """

    own_processes: bool = False
    own_proc: bool = False
    own_user: bool = False
    lone: bool = False
    closed_proc: bool = False
    scoped: bool = False
    private: tuple[str, ...] = ()
    own_disk: bool = False
    top: tuple[str, ...] = ()


entered = Entered()
