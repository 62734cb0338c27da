"""Looks for signs of a grader (its user, its environment, what cannot be imported) and is wrong only there."""

from tests.attacks.case import Attack

ATTACK = Attack(
    must="judged by what it does here",
    stock="held",
    answers={
        "scale": """
import os
try:
    from course_utils.judging import load_exercises
    load_exercises('linear_regression')
    at_home = 'JPY_PARENT_PID' not in os.environ
except ImportError:
    at_home = False
def scale(x, factor):
    return x * factor if at_home else x - 100
"""
    },
    marks={"scale": 0},
    outcome={"scale": "wrong"},
)
