"""Raises an error whose class, function and file are named by markup."""

from tests.attacks.case import Attack

ATTACK = Attack(
    must="names are escaped",
    stock="held",
    answers={
        "scale": """
markup = "<img src=x onerror=alert('attacked-by-@name@!')>"
Evil = type(markup, (Exception,), {'__module__': markup, '__qualname__': markup})
def scale(x, factor):
    code = compile('raise Evil(markup)', markup, 'exec').replace(co_name=markup)
    exec(code, globals())
"""
    },
    last="raise Evil(markup)",
    marks={"scale": 0},
    outcome={"scale": "raised an error"},
)
