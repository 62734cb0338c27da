"""Writes a module into the working folder and reloads the judge's parts from there."""

from tests.attacks.case import WRONG, Attack

ATTACK = Attack(
    must="what the child imports decides nothing",
    stock="held",
    answers={"scale": WRONG},
    first="""
import os, sys
os.makedirs('course_utils/judging', exist_ok=True)
open('course_utils/__init__.py', 'w').write('check = lambda *a: 5')
open('course_utils/judging/__init__.py', 'w').write('judge = lambda *a: 5')
open('course_utils/judging/calls.py', 'w').write('run_call = lambda *a: 5')
sys.path.insert(0, os.getcwd())
for name in [n for n in sys.modules if n.startswith('course_utils')]:
    del sys.modules[name]
from course_utils import check
""",
    marks={"scale": 0},
    outcome={"scale": "wrong"},
)
