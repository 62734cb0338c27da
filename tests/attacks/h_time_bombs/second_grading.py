"""Was right when it was graded first; the file that is graded again is not."""

from tests.attacks.case import WRONG, Attack

ATTACK = Attack(
    must="the marks are those of the new submission",
    stock="held",
    answers={"scale": WRONG},
    earlier=True,
    marks={"scale": 0},
    outcome={"scale": "wrong"},
)
