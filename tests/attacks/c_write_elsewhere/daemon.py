"""Leaves a process behind that has a session of its own and no parent."""

from tests.attacks.case import Attack

ATTACK = Attack(
    must="no process outlives the child",
    stock="left a process",
    last="""
import os, sys
if os.fork() == 0:
    try:
        os.setsid()
        if os.fork() == 0:
            program = 'import time; time.sleep(150)'
            os.execv(sys.executable, [sys.executable, '-I', '-S', '-c', program, 'attacked-by-@name@!'])
    finally:
        os._exit(0)
os.wait()
""",
)
