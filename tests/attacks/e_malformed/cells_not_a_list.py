"""Hands in a notebook whose cells are a dict."""

from tests.attacks.case import NOTHING, Attack

ATTACK = Attack(
    must="nothing is read; the record says why",
    stock="held",
    change=lambda notebook: {**notebook, "cells": {"0": notebook["cells"][0]}},
    marks=NOTHING,
    outcome={"scale": "not attempted"},
    record=("no cells",),
)
