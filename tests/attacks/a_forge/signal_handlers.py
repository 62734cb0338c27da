"""Catches every signal and raises one in itself while it is being called."""

from tests.attacks.case import Attack

ATTACK = Attack(
    must="signals in the child are its own affair",
    stock="held",
    answers={
        "scale": """
import os, signal
for number in set(signal.valid_signals()) - {signal.SIGKILL, signal.SIGSTOP, signal.SIGCHLD}:
    try: signal.signal(number, lambda *a: None)
    except (OSError, ValueError): pass
def scale(x, factor):
    for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGALRM, signal.SIGINT):
        os.kill(os.getpid(), number)
    return x - 100
"""
    },
    marks={"scale": 0},
    outcome={"scale": "wrong"},
)
