"""Reads the command line and the environment of another process of the grading user."""

from tests.attacks.case import Attack

ATTACK = Attack(
    must="other processes are not there",
    stock="leaked",
    last="""
import os
for pid in ('@pid@', str(os.getppid()), '1'):
    for name in ('cmdline', 'environ'):
        try: print(open(f'/proc/{pid}/{name}', errors='replace').read()[:5000])
        except OSError as error: print(error)
""",
)
