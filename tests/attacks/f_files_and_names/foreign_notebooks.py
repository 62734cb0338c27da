"""Hands in more notebooks than asked for, each with an attack of its own."""

import json
from pathlib import Path

from tests.attacks.case import Attack, code


def place(path: Path, values: dict[str, str]) -> None:
    """Put two more notebooks beside the real one."""
    attack = code(f"open('/tmp/attacked-by-{values['name']}!', 'w').write('attacked-by-{values['name']}!')", "a")
    notebook = {"cells": [attack], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    for name in ("evil.ipynb", f"{path.stem}-copy.ipynb"):
        (path.parent / name).write_text(json.dumps(notebook))


ATTACK = Attack(
    must="only the assignment's notebooks are run; the answers count",
    stock="held",
    place=place,
)
