"""Returns an object that equals everything and passes itself off as an array."""

from tests.attacks.case import Attack

ATTACK = Attack(
    must="only plain values cross; the object is refused",
    stock="held",
    answers={
        "scale": """
class Yes:
    __eq__ = __le__ = __ge__ = lambda *a: True
    __ne__ = __lt__ = __gt__ = lambda *a: False
    __sub__ = __rsub__ = __abs__ = __getitem__ = __array_ufunc__ = __array_function__ = lambda self, *a, **k: self
    __bool__ = lambda self: True
    __len__ = lambda self: 1
    __hash__ = lambda self: 1
    shape = (); dtype = float; size = 1; ndim = 0
def scale(x, factor):
    return Yes() if x.size > 2 else 6 * np.ones(2)
"""
    },
    marks={"scale": 0},
    outcome={"scale": "wrong"},
)
