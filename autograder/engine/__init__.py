"""Runs a stranger's notebook in a separate, confined process, and calls what it defines.

``process.Child`` is one such process; ``run.run_notebook`` takes a whole notebook through it.
"""

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
