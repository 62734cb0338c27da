"""What a child does to itself before it sees one byte of a submission, and what the host offers for it.

``docs/sandbox.md`` says what each step stops and what it leaves open. This package needs the standard library, and
libseccomp through ``pyseccomp`` where that is installed; a warm process loads it without the rest of ``autograder``.
"""

from .entry import enter, limit_resources
from .ground import Ground, adopt_orphans, fork_first, lay_ground
from .kernel import gather_memory
from .probe import Confinement, Primitive, look
from .watch import LIMIT_REASONS, be_first, end_strays, fork_worker, wait_for

__all__ = [
    "LIMIT_REASONS",
    "Confinement",
    "Ground",
    "Primitive",
    "adopt_orphans",
    "be_first",
    "end_strays",
    "enter",
    "fork_first",
    "fork_worker",
    "gather_memory",
    "lay_ground",
    "limit_resources",
    "look",
    "wait_for",
]
