"""Raises an error whose text is markup."""

from tests.attacks.case import Attack

ATTACK = Attack(
    must="the text is escaped",
    stock="held",
    answers={
        "scale": "def scale(x, factor):\n    raise ValueError(\"</pre><script>alert('attacked-by-@name@!')</script>\")"
    },
    last="raise ValueError(\"<img src=x onerror=alert('attacked-by-@name@!')>\")",
    marks={"scale": 0},
    outcome={"scale": "raised an error"},
    page=("attacked-by-markup_in_an_error!",),
)
