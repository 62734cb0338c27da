"""Asks for sizes and names of files outside: whether a mark exists already, how long a solution is."""

from tests.attacks.case import Attack

ATTACK = Attack(
    must="what lies outside is not even there",
    stock="leaked",
    last="""
import os
for path in ('@gradebook@', '@source@', '@secret@'):
    try: print('its size is', os.stat(path).st_size)
    except OSError as error: print(type(error).__name__)
try: print('the students are', os.listdir('@submitted@'))
except OSError as error: print(type(error).__name__)
""",
    never=("its size is", "the students are"),
)
