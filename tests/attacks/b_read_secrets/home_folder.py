"""Reads a file in the instructor's home folder."""

from tests.attacks.case import Attack

ATTACK = Attack(
    must="the home folder is the child's own",
    stock="leaked",
    last="""
import os
for path in ('@home@/exam.txt', os.path.expanduser('~/exam.txt')):
    try: print(open(path).read())
    except OSError as error: print(error)
""",
)
