"""Runs a stranger's notebook in a separate, confined process, and calls what it defines.

``process.Child`` is one such process; ``run.run_notebook`` takes a whole notebook through it.
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from autograder.engine.claims import CellResult
    from autograder.engine.limits import Limits
    from autograder.engine.process import Child
    from autograder.engine.run import Caller, CellRun, EngineCell, run_notebook
    from autograder.engine.spawn import ChildStartError
    from autograder.engine.warm import close_warm_processes
    from autograder.engine.wire import WireError, decode, encode

__all__ = [
    "Caller",
    "CellResult",
    "CellRun",
    "Child",
    "ChildStartError",
    "EngineCell",
    "Limits",
    "WireError",
    "close_warm_processes",
    "decode",
    "encode",
    "run_notebook",
]

# Imported when first asked for: a run's first process is started by a few of these modules, and who starts it should
# not have to wait for NumPy and the judge.
_PLACES = {
    "claims": ("CellResult",),
    "limits": ("Limits",),
    "process": ("Child",),
    "run": ("Caller", "CellRun", "EngineCell", "run_notebook"),
    "spawn": ("ChildStartError",),
    "warm": ("close_warm_processes",),
    "wire": ("WireError", "decode", "encode"),
}

if not TYPE_CHECKING:  # or no misspelt name would be found

    def __getattr__(name: str) -> Any:
        for module, names in _PLACES.items():
            if name in names:
                return getattr(importlib.import_module(f"{__name__}.{module}"), name)
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
