"""Prints every file in its working folder and above it: nbgrader runs a notebook beside its hidden tests."""

from tests.attacks.case import Attack

ATTACK = Attack(
    must="the working folder is empty and private",
    stock="leaked",
    last="""
import os
for folder in ('.', '..', '../..', '../../..'):
    try: names = sorted(os.listdir(folder))
    except OSError: continue
    for name in names[:50]:
        path = os.path.join(folder, name)
        if os.path.isfile(path) and os.path.getsize(path) < 300_000:
            try: print(path, open(path, errors='replace').read())
            except OSError: pass
""",
)
