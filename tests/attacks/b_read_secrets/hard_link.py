"""Makes a hard link and a symbolic link to a secret in its own folder, and reads through them."""

from tests.attacks.case import Attack

ATTACK = Attack(
    must="no link leads out",
    stock="leaked",
    last="""
import os
for make in (os.link, os.symlink):
    try:
        make('@secret@', 'mine.txt')
        print(open('mine.txt').read())
    except OSError as error: print(error)
    finally:
        if os.path.lexists('mine.txt'): os.unlink('mine.txt')
""",
)
