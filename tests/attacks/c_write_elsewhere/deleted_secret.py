"""Deletes the course secret and the gradebook's folder entry."""

from tests.attacks.case import Attack

ATTACK = Attack(
    must="nothing outside can be deleted",
    stock="wrote",
    last="""
import os
for act in (lambda: os.rename('@secret@', '@secret@.attacked'), lambda: os.unlink('@tmp@'), lambda: os.unlink('@shm@')):
    try:
        act()
        print('deleted a file outside')
    except OSError as error: print(error)
""",
    never=("deleted a file outside",),
)
