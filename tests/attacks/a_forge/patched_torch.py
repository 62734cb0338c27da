"""Replaces PyTorch's comparisons."""

from tests.attacks.case import WRONG, Attack

ATTACK = Attack(
    must="values are compared in another process",
    stock="lost marks",
    answers={"scale": WRONG},
    first="""
import torch
torch.allclose = torch.equal = torch.isclose = lambda *a, **k: True
torch.testing.assert_close = lambda *a, **k: None
""",
    marks={"scale": 0},
    outcome={"scale": "wrong"},
)
