"""Knows the public cases by heart, draws them where it can, and is right for those numbers only."""

from tests.attacks.case import Attack

ATTACK = Attack(
    must="the numbers here are others",
    stock="held",
    answers={
        "scale": """
from course_utils.judging import PUBLIC_SEED
known = [np.array([1.0, 2.0])]
try:
    from course_utils.judging import load_exercises
    from course_utils.judging.judge import draw_cases
    exercise = load_exercises('siege')['scale']
    known += [case.args[0] for group in exercise.groups for case in draw_cases(exercise, group, PUBLIC_SEED)]
except ImportError:
    pass
def scale(x, factor):
    return x * factor if any(np.array_equal(x, one) for one in known) else x - 100
"""
    },
    marks={"scale": 0},
    outcome={"scale": "wrong"},
)
