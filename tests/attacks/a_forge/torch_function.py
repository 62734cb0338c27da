"""Returns a tensor subclass whose `__torch_function__` says that all is equal."""

from tests.attacks.case import Attack

ATTACK = Attack(
    must="read as the numbers it holds, and a library where none is asked for",
    stock="lost marks",
    answers={
        "scale": """
import torch
class Sly(torch.Tensor):
    @classmethod
    def __torch_function__(cls, function, types, args=(), kwargs=None):
        return True
def scale(x, factor):
    return torch.zeros(x.shape).as_subclass(Sly)
"""
    },
    marks={"scale": 0},
    outcome={"scale": "the library did it"},
)
