"""Makes a folder in a folder in a folder, a thousand times, and takes the rights to them away."""

from tests.attacks.case import Attack

ATTACK = Attack(
    must="the folder goes away with the child",
    stock="held",
    last="""
import os
for _ in range(1000):
    try:
        os.mkdir('d'); os.chdir('d')
    except OSError: break
os.chmod('.', 0)
""",
)
