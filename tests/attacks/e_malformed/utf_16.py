"""Hands in a notebook saved in UTF-16."""

import json

from tests.attacks.case import Attack

ATTACK = Attack(
    must="read as it is meant; the answers count",
    stock="lost marks",
    change=lambda notebook: json.dumps(notebook).encode("utf-16"),
)
