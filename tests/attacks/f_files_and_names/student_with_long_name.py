"""Is called by a name as long as a file name can be."""

from tests.attacks.case import Attack

ATTACK = Attack(
    must="graded like anybody",
    stock="held",
    student="e" * 255,
)
