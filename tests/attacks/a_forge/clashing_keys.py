"""Returns a dict whose keys clash, and a dict subclass that tells other items than it holds."""

from tests.attacks.case import Attack

ATTACK = Attack(
    must="a malformed dict is refused",
    stock="held",
    answers={
        "total": """
class Items(dict):
    def items(self): return [('a', 1.0), ('a', 2.0)]
    def __eq__(self, other): return True
class Key(str):
    __eq__ = lambda *a: False
    __hash__ = lambda *a: 1
def total(x):
    return Items({Key('a'): 1.0, Key('a'): 2.0})
"""
    },
    marks={"total": 0},
)
