"""Returns a float that equals everything."""

from tests.attacks.case import Attack

ATTACK = Attack(
    must="read as the number it holds: wrong",
    stock="held",
    answers={
        "total": """
class Number(float):
    __eq__ = __le__ = __ge__ = lambda *a: True
    __sub__ = __rsub__ = lambda *a: 0.0
    __hash__ = float.__hash__
def total(x):
    return Number(3.0)
"""
    },
    marks={"total": 0},
    outcome={"total": "wrong"},
)
