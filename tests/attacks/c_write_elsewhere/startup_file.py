"""Writes a start-up file that IPython runs in every later session of the grading user."""

from tests.attacks.case import Attack

ATTACK = Attack(
    must="the home folder is the child's own and goes with it",
    stock="wrote",
    last="""
import os
for home in ('@home@', os.path.expanduser('~')):
    try:
        os.makedirs(f'{home}/.ipython/profile_default/startup', exist_ok=True)
        open(f'{home}/.ipython/profile_default/startup/00.py', 'w').write('print("attacked-by-@name@!")')
    except OSError as error: print(error)
""",
)
