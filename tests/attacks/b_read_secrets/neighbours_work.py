"""Reads what another learner handed in."""

from tests.attacks.case import Attack

ATTACK = Attack(
    must="the file cannot be opened",
    stock="leaked",
    last="""
import glob
for path in ['@victim@', *glob.glob('@submitted@/*/*/*.ipynb')[:3]]:
    try: print(open(path).read())
    except OSError as error: print(error)
""",
)
