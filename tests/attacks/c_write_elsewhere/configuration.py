"""Adds to nbgrader's configuration, which is a program that runs with the instructor's rights."""

from tests.attacks.case import Attack

ATTACK = Attack(
    must="the file cannot be written",
    stock="wrote",
    last="""
try: open('@course@/nbgrader_config.py', 'a').write('# attacked-by-@name@!\\n')
except OSError as error: print(error)
""",
)
