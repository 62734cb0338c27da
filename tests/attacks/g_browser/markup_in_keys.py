"""Returns a dict whose keys are markup, and an object whose class is named by markup."""

from tests.attacks.case import Attack

ATTACK = Attack(
    must="what the verdict quotes is escaped",
    stock="held",
    answers={
        "scale": "def scale(x, factor):\n    return {\"<img src=x onerror=alert('attacked-by-@name@!')>\": 1.0}",
        "total": "def total(x):\n    return type(\"<img src=x onerror=alert('attacked-by-@name@!')>\", (), {})()",
    },
    marks={"scale": 0, "total": 0},
    outcome={"scale": "wrong", "total": "wrong"},
)
