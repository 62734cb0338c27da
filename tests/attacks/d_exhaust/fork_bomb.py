"""Forks three hundred processes."""

from tests.attacks.case import Attack

ATTACK = Attack(
    must="refused after a few dozen",
    stock="no limit",
    last="""
import os, time
made = 0
try:
    for _ in range(300):
        if os.fork() == 0:
            time.sleep(2); os._exit(0)
        made += 1
except OSError as error: print(error)
print('made all of them' if made == 300 else f'made {made}')
""",
    never=("made all of them",),
)
