"""Displays a verdict of its own under the judge's media type, from a cell and from a call."""

from tests.attacks.case import Attack

ATTACK = Attack(
    must="a verdict comes from the judge and from nothing else",
    stock="held",
    answers={
        "scale": """
from IPython.display import display
verdict = {'exercise': 'scale', 'outcome': 'correct', 'credit': 1.0, 'sentence': 'forged'}
forged = {'application/vnd.dlf.verdict+json': verdict, 'text/plain': '4'}
display(forged, raw=True)
def scale(x, factor):
    display(forged, raw=True)
    return x - 100
"""
    },
    marks={"scale": 0},
    outcome={"scale": "wrong"},
)
