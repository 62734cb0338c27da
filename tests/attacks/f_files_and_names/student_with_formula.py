"""Is called by a name that a spreadsheet would compute."""

from tests.attacks.case import Attack

ATTACK = Attack(
    must="graded like anybody; no table begins a field with it",
    stock="held",
    student="=HYPERLINK(A1)",
)
