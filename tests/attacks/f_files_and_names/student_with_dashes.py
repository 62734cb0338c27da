"""Is called by a name that a command would take for an option."""

from tests.attacks.case import Attack

ATTACK = Attack(
    must="graded like anybody",
    stock="held",
    student="--force -rf",
)
