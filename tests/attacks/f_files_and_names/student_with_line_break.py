"""Is called by a name with a line break and a terminal's control characters."""

from tests.attacks.case import NO_MARK, Attack

ATTACK = Attack(
    must="nbgrader cannot hold such a name: no mark, and a person is told; the class goes on",
    stock="stopped the class",
    marks=NO_MARK,
    record=("Could not match",),
    student="eve\nroot \x1b[2J",
)
