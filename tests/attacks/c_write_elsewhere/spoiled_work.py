"""Spoils what another learner handed in."""

from tests.attacks.case import Attack

ATTACK = Attack(
    must="the file cannot be written",
    stock="wrote",
    last="""
import os
try: open(os.path.dirname('@victim@') + '/attacked.txt', 'w').write('attacked-by-@name@!')
except OSError as error: print(error)
""",
)
