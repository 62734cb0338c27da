"""Returns a text that equals everything and encodes to something else."""

from tests.attacks.case import Attack

ATTACK = Attack(
    must="read as the text it is: wrong",
    stock="held",
    answers={
        "total": """
class Text(str):
    __eq__ = lambda *a: True
    __hash__ = str.__hash__
    def encode(self, *a): return b'35.0'
    def __str__(self): return '35.0'
    def __float__(self): return 3.0
def total(x):
    return Text('correct')
"""
    },
    marks={"total": 0},
    outcome={"total": "wrong"},
)
