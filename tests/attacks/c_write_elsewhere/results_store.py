"""Puts forged results into the store that a second run would find."""

from tests.attacks.case import Attack

ATTACK = Attack(
    must="the store cannot be written; what it makes in a folder of its own by that name is gone when it ends",
    stock="wrote",
    last="""
import os
try:
    os.makedirs('@course@/class/results', exist_ok=True)
    open('@course@/class/results/attacked-by-@name@!.json', 'w').write('{"format": 1, "cells": []}')
except OSError as error: print(error)
""",
)
