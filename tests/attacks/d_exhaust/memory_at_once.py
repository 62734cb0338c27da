"""Asks for three GiB at once."""

from tests.attacks.case import Attack

ATTACK = Attack(
    must="MemoryError, for this exercise only",
    stock="lost marks",
    answers={
        "scale": """
def scale(x, factor):
    kept = bytearray(3 * 2**30)
    raise ValueError('took 3 GiB')
"""
    },
    marks={"scale": 0},
    outcome={"scale": "raised an error"},
    never=("took 3 GiB",),
)
