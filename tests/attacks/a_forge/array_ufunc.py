"""Returns an array subclass whose `__array_ufunc__` and `__array_function__` say that all is equal."""

from tests.attacks.case import Attack

ATTACK = Attack(
    must="a subclass is refused, or read as the numbers it holds",
    stock="held",
    answers={
        "scale": """
class Sly(np.ndarray):
    def __array_ufunc__(self, ufunc, method, *inputs, **named):
        plain = [np.asarray(x) for x in inputs]
        return np.ones(np.broadcast(*plain).shape, bool)
    def __array_function__(self, function, types, args, named):
        return True
    def __eq__(self, other): return np.ones(self.shape, bool)
def scale(x, factor):
    return np.zeros(x.shape).view(Sly)
"""
    },
    marks={"scale": 0},
    outcome={"scale": "wrong"},
)
