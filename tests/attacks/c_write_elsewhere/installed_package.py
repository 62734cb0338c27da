"""Adds a line to an installed package that the grader imports."""

from tests.attacks.case import Attack

ATTACK = Attack(
    must="no installed file can be written",
    stock="wrote",
    last="""
try: open('@package@', 'a').write('# attacked-by-@name@!\\n')
except OSError as error: print(error)
""",
)
