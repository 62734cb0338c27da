"""Replaces `check` and the judge that it calls by ones that always pass."""

from tests.attacks.case import WRONG, Attack

ATTACK = Attack(
    must="the judge runs on the grader's side",
    stock="held",
    answers={"scale": WRONG},
    first="""
import course_utils, course_utils.judging as judging
check = course_utils.check = judging.check = judging.judge = lambda *a, **k: 'correct'
import course_utils.judging.compare as compare
compare.find_difference = lambda *a, **k: None
""",
    marks={"scale": 0},
    outcome={"scale": "wrong"},
)
