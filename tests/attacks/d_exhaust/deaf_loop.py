"""Never returns from a call, ignores interrupts and catches every exception."""

from tests.attacks.case import Attack

ATTACK = Attack(
    must="out of time, for this exercise only",
    stock="lost marks",
    answers={
        "scale": """
import signal, time
def scale(x, factor):
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGALRM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    while True:
        try:
            while True: time.sleep(0.01)
        except BaseException: pass
"""
    },
    marks={"scale": 0},
    outcome={"scale": "ran out of time"},
)
