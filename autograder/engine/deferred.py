"""PyTorch's compiler, which every optimizer imports and hardly anybody uses, imported only when somebody does.

The first step of an optimizer asks ``torch._dynamo`` for two functions that do nothing unless a program is compiled.
To import it takes two seconds and 70 MB, which each fork would carry along.
"""

from __future__ import annotations

import importlib
import sys
import types
from typing import Any

NAME = "torch._dynamo"


class _Deferred(types.ModuleType):
    """Stands for the module until anything else of it is asked for, and then makes room for the real one."""

    @staticmethod
    def graph_break(*_: Any, **__: Any) -> None:
        """Do nothing, as outside of a compiled program."""

    @staticmethod
    def disable(fn: Any = None, *_: Any, **__: Any) -> Any:
        """Return the function as it is, as outside of a compiled program."""
        return fn

    def __getattr__(self, name: str) -> Any:
        # Whoever looks through all modules asks for such names; only an import below this one needs its path.
        if name.startswith("__") and name != "__path__":
            raise AttributeError(name)
        if sys.modules.get(NAME) is self:
            del sys.modules[NAME]
        return getattr(importlib.import_module(NAME), name)


def defer_compiler() -> None:
    """Put the stand-in where torch looks for its compiler, unless that is there already."""
    import torch

    if NAME not in sys.modules:
        sys.modules[NAME] = vars(torch)["_dynamo"] = _Deferred(NAME)
