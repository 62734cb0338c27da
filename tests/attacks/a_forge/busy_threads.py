"""Starts threads that keep patching the shell, the namespace and the judge's parts while it is judged."""

from tests.attacks.case import WRONG, Attack

ATTACK = Attack(
    must="threads of the child reach no verdict",
    stock="held",
    answers={"scale": WRONG},
    first="""
import sys, threading, time
def patch():
    while True:
        for name in ('course_utils.judging.compare', 'course_utils.judging.judge'):
            module = sys.modules.get(name)
            if module is not None:
                module.find_difference = lambda *a, **k: None
        sys.modules['__main__'].passed = True
        time.sleep(0.01)
for _ in range(4):
    threading.Thread(target=patch, daemon=True).start()
""",
    marks={"scale": 0},
    outcome={"scale": "wrong"},
)
