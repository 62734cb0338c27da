"""Returns an object whose `__array__` gives other numbers at every reading."""

from tests.attacks.case import Attack

ATTACK = Attack(
    must="a value is read once, in the child, and only plain kinds are read",
    stock="held",
    answers={
        "total": """
class Changing:
    n = 0
    def __array__(self, dtype=None, copy=None):
        Changing.n += 1
        return np.array(float(Changing.n))
    def __eq__(self, other): return True
def total(x):
    return Changing()
"""
    },
    marks={"total": 0},
    outcome={"total": "wrong"},
)
