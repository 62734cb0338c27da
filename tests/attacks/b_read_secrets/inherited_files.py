"""Reads every file descriptor it was born with."""

from tests.attacks.case import Attack

ATTACK = Attack(
    must="nothing secret is open",
    stock="held",
    last="""
import os
for descriptor in range(3, 64):
    try:
        os.fstat(descriptor)
        print(descriptor, os.readlink(f'/proc/self/fd/{descriptor}'), os.pread(descriptor, 3000, 0))
    except OSError: pass
""",
)
