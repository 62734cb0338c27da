"""Hands in a notebook saved by an editor that puts a byte order mark in front."""

import json

from tests.attacks.case import Attack

ATTACK = Attack(
    must="read as it is meant; the answers count",
    stock="lost marks",
    change=lambda notebook: b"\xef\xbb\xbf" + json.dumps(notebook).encode(),
)
