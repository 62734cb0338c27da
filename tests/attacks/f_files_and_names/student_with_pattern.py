"""Is called by a name that is a pattern: it matches the folders of others."""

from tests.attacks.case import NO_MARK, Attack

ATTACK = Attack(
    must="nbgrader cannot hold such a name: no mark, and a person is told; nobody else is graded in its place",
    stock="lost marks",
    marks=NO_MARK,
    record=("No notebooks were matched",),
    student="eve[0-9]*?",
)
