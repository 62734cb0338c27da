"""One call of a learner's answer, on the side where the answer lives.

In the notebook that is the learner's kernel; in grading it is the confined child. Either way
:func:`run_call` turns a function, a class, a generator or a training function into one plain call
that takes data, gives data, and never raises for anything the answer does.
"""

from __future__ import annotations

import copy
import itertools
import linecache
import sys
import threading
import traceback
import warnings
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from types import CodeType, FrameType, TracebackType
from typing import Any

import numpy as np

from course_utils.judging.stand_ins import Elsewhere, Given, Rng, is_stand_in, realise
from course_utils.language import _

__all__ = ["Elsewhere", "Given", "LearnerError", "Reply", "Rng", "describe_error", "realise", "run_call"]

# A generator answer is drained up to this many items, so that an endless one ends.
GENERATOR_LIMIT = 1000

# What a module's call gives: how many numbers it learns, and its output in each mode.
COUNT = "number of parameters"
MODES = ("output in training mode", "output in evaluation mode")
# What it gives when it is called once more in training mode: the same, unless it draws random numbers.
AGAIN = "output in training mode, called again"
# And on request, as a fourth argument: the slopes of the summed output by the batch.
BATCH_SLOPES = "slopes by the batch"
# What an unfinished answer raises NotImplementedError with; nbgrader puts it where the solution was.
PLACEHOLDER = "your answer goes here"


@dataclass(frozen=True)
class LearnerError:
    """An exception of the learner's code, cut to the learner's own lines.

    Attributes
    ----------
    type, message : str
        The exception's class name and text.
    function : str
        The innermost function of the learner's that was running.
    lines : tuple of str
        For each of the learner's frames, "line 3, in softmax: y = x / 0".
    """

    type: str
    message: str
    function: str
    lines: tuple[str, ...] = ()


@dataclass(frozen=True)
class Reply:
    """What one call of the answer gave.

    Attributes
    ----------
    value : object
        The value returned.
    ended : {"returned", "raised", "timeout", "died", "refused"}
        How the call ended.
    error : LearnerError or None
        What was raised.
    changed_arguments : tuple of int
        Positions of the arguments that the call changed in place.
    libraries : tuple of str
        Packages from the watch list that were seen at work during the call.
    refused : str or None
        Why the value cannot be taken (for example its type), in one sentence.
    """

    value: Any = None
    ended: str = "returned"
    error: LearnerError | None = None
    changed_arguments: tuple[int, ...] = ()
    libraries: tuple[str, ...] = ()
    refused: str | None = None


class AnswerProblem(Exception):
    """The answer cannot be called as its kind of exercise needs; the text says why."""


def run_call(answer: Any, kind: str, args: tuple[Any, ...], watch: tuple[str, ...] = ()) -> Reply:
    """Call a learner's answer once.

    Parameters
    ----------
    answer : object
        What the learner's name stands for.
    kind : {"function", "trained", "generator", "module"}
        How to turn the answer into a call.
    args : tuple
        The arguments; the answer gets copies, see :func:`realise`.
    watch : tuple of str
        Packages to look out for while the call runs.

    Returns
    -------
    Reply
        Always; whatever the answer does is in it. Only what ends the process itself
        (``os._exit``, a kill) and a time limit set by the caller pass through.
    """
    given = [realise(value) for value in args]
    seen: set[str] = set()
    try:
        # A warning is no verdict, and nbgrader's Validate would take its text on stderr for an error.
        with warnings.catch_warnings(), _Watch(watch, seen):
            warnings.simplefilter("ignore")
            value = _KINDS[kind](answer, given)
    except AnswerProblem as problem:
        return Reply(ended="refused", refused=str(problem), libraries=tuple(sorted(seen)))
    except TimeLimit:
        raise
    except BaseException as error:
        return Reply(ended="raised", error=describe_error(error), libraries=tuple(sorted(seen)))
    changed = tuple(
        position for position, (before, after) in enumerate(zip(args, given, strict=True)) if not _same(before, after)
    )
    return Reply(value=value, changed_arguments=changed, libraries=tuple(sorted(seen)))


class TimeLimit(BaseException):
    """Raised into a running call when its time is up (the notebook's own checks only)."""


def _call_function(answer: Any, args: list[Any]) -> Any:
    if not callable(answer):
        raise AnswerProblem(_("The name stands for a {type}, not for a function.", type=_kind_of(answer)))
    return answer(*args)


def _drain_generator(answer: Any, args: list[Any]) -> list[Any]:
    produced = _call_function(answer, args)
    if not isinstance(produced, Iterator):
        if not isinstance(produced, list):
            raise AnswerProblem(
                _(
                    "It returns one {type} and is done; it should give its items one after the other, "
                    "with `yield` in place of `return`.",
                    type=_kind_of(produced),
                )
            )
        produced = iter(produced)
    # An item may be a view into a buffer that the generator fills again, so each is copied at once.
    items = [copy.deepcopy(item) for item in itertools.islice(produced, GENERATOR_LIMIT + 1)]
    if len(items) > GENERATOR_LIMIT:
        raise AnswerProblem(_("It was still giving items after {limit}; it should stop.", limit=GENERATOR_LIMIT))
    return items


def _use_module(answer: Any, args: list[Any]) -> dict[str, Any]:
    """Build the module, load the given parameters in order, and run it in train, eval and again in train mode.

    With a fourth argument that is true, autograd also goes back to the batch.
    """
    import torch

    sizes, parameters, inputs, *more = args
    with torch.random.fork_rng(devices=[]):  # drawing first weights must not shift the notebook's own numbers
        batch = torch.as_tensor(np.asarray(inputs), dtype=torch.float32)
        return _run_module(answer, sizes, parameters, batch, slopes=any(more))


def _run_module(answer: Any, sizes: tuple[Any, ...], parameters: list[Any], batch: Any, slopes: bool) -> dict[str, Any]:
    import torch

    module = answer(*sizes) if callable(answer) else answer
    if not isinstance(module, torch.nn.Module):
        raise AnswerProblem(_("Calling it gave a {type}, not an `nn.Module`.", type=_kind_of(module)))
    own = module.state_dict()
    shapes = [tuple(value.shape) for value in own.values()]
    wanted = [np.shape(value) for value in parameters]
    result: dict[str, Any] = {COUNT: sum(p.numel() for p in module.parameters() if p.requires_grad)}
    if shapes != wanted and shapes != [shape[::-1] for shape in wanted]:
        raise AnswerProblem(_other_parameters(shapes, wanted))
    # A weight written as (n_features, n_classes) is as good as PyTorch's own layout, its transpose.
    pairs = zip(map(np.asarray, parameters), shapes, strict=True)
    given = [value if value.shape == shape else value.T for value, shape in pairs]
    filled = {name: torch.as_tensor(v) for name, v in zip(own, given, strict=True)}
    module.load_state_dict(filled)
    for call in (*MODES, AGAIN):
        module.train(call != MODES[1])
        output = module(batch)
        result[call] = output.detach().cpu().numpy() if isinstance(output, torch.Tensor) else output
    if slopes:
        leaf = batch.clone().requires_grad_()
        total = module(leaf.clone()).sum()
        result[BATCH_SLOPES] = torch.autograd.grad(total, leaf)[0].numpy() if total.requires_grad else None
    return result


def _other_parameters(found: list[tuple[int, ...]], wanted: list[tuple[int, ...]]) -> str:
    told = ", ".join(map(str, found))
    if not told:
        return _("It has no parameters: layers are stored as `self.…` in `__init__`.")
    if not wanted:
        return _("It keeps tensors of the shapes {shapes} as its state; nothing here is to be learned.", shapes=told)
    due = ", ".join(map(str, wanted))
    return _("Its parameters have the shapes {shapes}; they should be {wanted}.", shapes=told, wanted=due)


_KINDS: Mapping[str, Callable[[Any, list[Any]], Any]] = {
    "function": _call_function,
    "trained": _call_function,
    "generator": _drain_generator,
    "module": _use_module,
}


def describe_error(error: BaseException) -> LearnerError:
    """Tell an exception by the learner's own frames.

    A frame is the learner's when its code comes from a notebook cell or any file that is neither
    an installed package nor part of this one.
    """
    lines: list[str] = []
    function = ""
    for frame in _learner_frames(error.__traceback__):
        place = _("line {number}, in {name}", number=frame.lineno, name=frame.name)
        lines.append(f"{place}: {(frame.line or '').strip()}".rstrip(": "))
        function = frame.name
    if isinstance(error, SyntaxError) and isinstance(error.text, str):
        place = _("line {number}", number=error.lineno)
        lines.append(f"{place}: {error.text.strip()}")
    try:
        message = "".join(str(error))
    except BaseException:  # the exception is the learner's: its own __str__ may raise
        message = _("(its text could not be read)")
    return LearnerError(type(error).__name__, message[:500], function, tuple(lines[-6:]))


def _learner_frames(trace: TracebackType | None) -> list[traceback.FrameSummary]:
    linecache.checkcache()
    return [frame for frame in traceback.extract_tb(trace) if not _is_installed(frame.filename)]


def _is_installed(filename: str) -> bool:
    if filename.startswith(("<frozen", "<__array_function__")):
        return True
    here = __file__.rsplit("judging", 1)[0]
    engine = getattr(sys.modules.get("_engine"), "__path__", ())  # what the grader's child runs on
    return filename.startswith((here, sys.base_prefix, sys.prefix, *engine)) and "ipykernel_" not in filename


class _Watch:
    """Notice packages at work through the profiler, which sees C functions as well as Python ones."""

    def __init__(self, packages: tuple[str, ...], seen: set[str]) -> None:
        self.packages = packages
        self.seen = seen
        self.known: dict[Any, str | None] = {}

    def __enter__(self) -> None:
        self.before = sys.getprofile()
        if self.packages:
            # Kept here: when the profiler raises (it is called at the recursion limit as well), CPython lets go of it
            # while a garbage collection's callbacks may be on their way back to a call that borrowed it.
            self.kept = self._notice
            threading.setprofile(self.kept)
            sys.setprofile(self.kept)

    def __exit__(self, *_: object) -> None:
        if self.packages:
            sys.setprofile(self.before)
            threading.setprofile(None)
            del self.kept

    def _notice(self, frame: FrameType, event: str, argument: Any) -> None:
        if event == "call":
            code: CodeType = frame.f_code
            if code not in self.known:
                self.known[code] = self._package(frame.f_globals.get("__name__"))
            package = self.known[code]
        elif event == "c_call":
            owner = getattr(argument, "__self__", None)
            package = self._package(getattr(argument, "__module__", None) or type(owner).__module__)
        else:
            return
        if package is not None:
            self.seen.add(package)

    def _package(self, module: object) -> str | None:
        name = module.split(".")[0] if isinstance(module, str) else ""
        return name if name in self.packages else None


def _same(before: Any, after: Any) -> bool:
    if is_stand_in(before):
        return True
    if isinstance(before, np.ndarray):
        return (
            type(after) is type(before)
            and before.shape == after.shape
            and before.dtype == after.dtype
            and before.tobytes() == after.tobytes()
        )
    if type(before) is not type(after):
        return False
    if isinstance(before, list | tuple):
        return len(before) == len(after) and all(map(_same, before, after))
    if isinstance(before, dict):
        return before.keys() == after.keys() and all(_same(before[key], after[key]) for key in before)
    if hasattr(before, "detach"):
        return _same(before.detach().numpy(), after.detach().numpy())
    # Of an object without an equality of its own there is no telling; it counts as unchanged.
    return type(before).__eq__ is object.__eq__ or bool(before == after)


def _kind_of(value: Any) -> str:
    return type(value).__name__
