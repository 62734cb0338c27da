"""Puts forged results into the store that a second run would find."""

from tests.attacks.case import Attack

ATTACK = Attack(
    must="the store cannot be written",
    stock="wrote",
    last="""
import os
try:
    os.makedirs('@course@/class/results', exist_ok=True)
    open('@course@/class/results/attacked-by-@name@!.json', 'w').write('{"format": 1, "cells": []}')
    print('wrote into the store')
except OSError as error: print(error)
""",
    never=("wrote into the store",),
)
