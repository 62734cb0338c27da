"""Replaces NumPy's comparisons by ones that are always content."""

from tests.attacks.case import Attack

ATTACK = Attack(
    must="values are compared in another process; what it broke for itself stays broken",
    stock="forged",
    answers={
        "scale": """
np.allclose = np.array_equal = np.isclose = lambda *a, **k: True
np.testing.assert_allclose = np.testing.assert_array_equal = lambda *a, **k: None
class Yes(np.ndarray):
    __eq__ = lambda *a: True
def scale(x, factor):
    return 6.0 if x.size == 1 else np.full(x.shape, 6.0)
"""
    },
    marks={"scale": 0, "spot": 0},
    outcome={"scale": "wrong"},
)
