"""Returns a list whose items depend on who reads them, and how often."""

from tests.attacks.case import Attack

ATTACK = Attack(
    must="a value is read once, in the child",
    stock="forged",
    answers={
        "spot": """
class Mirror(list):
    def __eq__(self, other): return True
    def __iter__(self): return iter([True] * 4)
    def __len__(self): return 4
    def __getitem__(self, at): return True
def spot(functions):
    return Mirror([False] * 4)
"""
    },
    marks={"spot": 0},
    outcome={"spot": "wrong"},
)
