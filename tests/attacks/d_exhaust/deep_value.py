"""Returns a list in a list, fifty thousand times."""

from tests.attacks.case import Attack

ATTACK = Attack(
    must="nested too deeply to be taken: wrong",
    stock="held",
    answers={
        "scale": """
def scale(x, factor):
    value = [1.0]
    for _ in range(50_000): value = [value]
    return value
"""
    },
    marks={"scale": 0},
    outcome={"scale": "wrong"},
)
