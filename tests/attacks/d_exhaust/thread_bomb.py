"""Starts three hundred threads."""

from tests.attacks.case import Attack

ATTACK = Attack(
    must="refused after a few dozen",
    stock="no limit",
    last="""
import threading, time
made = 0
try:
    for _ in range(300):
        threading.Thread(target=time.sleep, args=(2,), daemon=True).start()
        made += 1
except RuntimeError as error: print(error)
print('made all of them' if made == 300 else f'made {made}')
""",
    never=("made all of them",),
)
