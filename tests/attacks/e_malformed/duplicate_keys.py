"""Spells every key twice, so that two readers may see two notebooks."""

import json

from tests.attacks.case import Attack

ATTACK = Attack(
    must="one of the two is read, by every part of the grader",
    stock="held",
    change=lambda notebook: ('{"cells": [], ' + json.dumps(notebook)[1:]).encode(),
)
