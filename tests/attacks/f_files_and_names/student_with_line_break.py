"""Is called by a name with a line break and a terminal's control characters."""

from tests.attacks.case import Attack

ATTACK = Attack(
    must="graded like anybody else; nbgrader can write no page for such a name, and a person is told",
    no_page="Could not match",
    stock="stopped the class",
    student="eve\nroot \x1b[2J",
)
