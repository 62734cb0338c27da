"""Opens the course secret to everybody, and changes times and attributes of files outside."""

from tests.attacks.case import Attack

ATTACK = Attack(
    must="nothing about a file outside can be changed",
    stock="wrote",
    last="""
import os
changes = (
    lambda: os.chmod('@secret@', 0o644),
    lambda: os.utime('@release@', (1, 1)),
    lambda: os.chmod('@home@', 0o777),
)
for change in changes:
    try:
        change()
        print('changed a file outside')
    except OSError as error: print(error)
""",
    never=("changed a file outside",),
)
