"""Reads the source notebook, which holds the reference answers, by its path and from its own folder."""

from tests.attacks.case import Attack

ATTACK = Attack(
    must="the file cannot be opened",
    stock="leaked",
    last="""
near = '../../../../build/source/@assignment@/@assignment@.ipynb'
for path in ('@source@', near, '/proc/self/cwd/' + near):
    try: print(open(path).read())
    except OSError as error: print(error)
""",
)
