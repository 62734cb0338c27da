"""Is called by a name that is a pattern: it matches the folders of others."""

from tests.attacks.case import Attack

ATTACK = Attack(
    must="graded like anybody else, and nobody in its place; nbgrader can write it no page, and a person is told",
    no_page="No notebooks were matched",
    stock="lost marks",
    student="eve[0-9]*?",
)
