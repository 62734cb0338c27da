"""Kills its parent and its whole process group from inside a call."""

from tests.attacks.case import Attack

ATTACK = Attack(
    must="the grader is out of reach; the exercise is lost, no more",
    stock="lost marks",
    answers={
        "scale": """
import os, signal
def scale(x, factor):
    if os.getppid() > 1: os.kill(os.getppid(), signal.SIGKILL)
    os.killpg(0, signal.SIGKILL)
"""
    },
    marks={"scale": 0},
)
