"""Returns an array of 300 MB, and one that claims to have no end."""

from tests.attacks.case import Attack

ATTACK = Attack(
    must="too large to be taken: wrong",
    stock="held",
    answers={"scale": "def scale(x, factor):\n    return np.broadcast_to(np.zeros(1), (40_000_000,))"},
    marks={"scale": 0},
    outcome={"scale": "wrong"},
)
