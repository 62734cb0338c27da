"""Kills another process of the grading user."""

from tests.attacks.case import Attack

ATTACK = Attack(
    must="the process is not there",
    stock="wrote",
    last="""
import os, signal
try:
    os.kill(@pid@, signal.SIGKILL)
    print('killed the other process')
except OSError as error: print(error)
""",
    never=("killed the other process",),
)
