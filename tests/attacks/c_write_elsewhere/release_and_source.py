"""Changes the released notebook and the source notebook, from which the checks of every learner come."""

from tests.attacks.case import Attack

ATTACK = Attack(
    must="the files cannot be written",
    stock="wrote",
    last="""
for path in ('@release@', '@source@'):
    try: open(path, 'a').write(' ' * 3 + '\\n' * 2)
    except OSError as error: print(error)
    else: print('wrote to', path)
""",
    never=("wrote to",),
)
