"""A call of a function that runs in another process, told in plain data.

The caller :func:`pack` s its arguments into a request, the other process :func:`compute` s an answer, and the
caller :func:`take` s it. What can be seen of an ordinary call is seen here too: the value, an exception,
warnings, arguments changed in place, numbers drawn from a generator, and how `numpy.errstate` is set. What an
array is a view of is lost.
"""

from __future__ import annotations

import builtins
import copy
import re
import warnings
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

_BIT_GENERATORS = ("PCG64", "PCG64DXSM", "MT19937", "Philox", "SFC64")
_ERROR_MODES = ("ignore", "warn", "raise")
_MOST_WARNINGS = 20

Key = int | str
State = dict[str, Any]


def pack(args: tuple[Any, ...], named: dict[str, Any]) -> dict[str, Any]:
    """Return a request: the arguments as they are, but for the state of a generator in its place."""
    generators = [[key, _state(value)] for key, value in _slots(args, named) if type(value) is np.random.Generator]
    modes = {kind: mode if mode in _ERROR_MODES else "warn" for kind, mode in np.geterr().items()}
    return {
        "args": tuple(map(_without_generator, args)),
        "named": {key: _without_generator(value) for key, value in named.items()},
        "generators": generators,
        "errors": modes,
    }


def compute(function: Callable[..., Any], request: dict[str, Any], secret: Iterable[str] = ()) -> dict[str, Any]:
    """Call `function` as a request says.

    Parameters
    ----------
    function : callable
        What to call.
    request : dict
        As :func:`pack` makes it; what it holds may be anything, since a stranger has written it.
    secret : iterable of str
        Names that an exception's text may not give away.

    Returns
    -------
    dict
        The answer for :func:`take`.
    """
    said: list[warnings.WarningMessage] = []
    before: dict[Key, Any] = {}
    after: dict[Key, Any] = {}
    try:
        before = dict(_slots(request["args"], request["named"]))
        before.update({key: _generator(state) for key, state in request["generators"]})
        after = copy.deepcopy(before)
        with warnings.catch_warnings(record=True) as said, np.errstate(**request["errors"]):
            warnings.simplefilter("always")
            value = function(
                *[after[key] for key in range(len(request["args"]))], **{name: after[name] for name in request["named"]}
            )
        answer = {"ended": "returned", "value": value, "same": _same_object(value, after)}
    except Exception as error:
        answer = failed(type(error).__name__, _without(secret, str(error))[:500])
    return {
        **answer,
        "changed": [[key, new] for key, new in after.items() if _changed(before[key], new)],
        "generators": [[key, _state(new)] for key, new in after.items() if type(new) is np.random.Generator],
        "warnings": [[one.category.__name__, str(one.message)[:500]] for one in said[:_MOST_WARNINGS]],
    }


def failed(kind: str, message: str) -> dict[str, Any]:
    """Return the answer to a call that raises an exception of that kind."""
    return {"ended": "raised", "type": kind, "message": message}


def take(answer: dict[str, Any], args: tuple[Any, ...], named: dict[str, Any]) -> Any:
    """Do to the caller what an ordinary call would have done: change arguments, warn, raise or return."""
    slots = dict(_slots(args, named))
    for key, state in answer.get("generators", ()):
        _set_forward(slots[key], state)
    for key, new in answer.get("changed", ()):
        _write_into(slots[key], new)
    for kind, message in answer.get("warnings", ()):
        category = getattr(builtins, kind, None) or getattr(np.exceptions, kind, UserWarning)
        warnings.warn(message, category, stacklevel=3)  # the line that called
    if answer["ended"] == "raised":
        raise _exception(answer["type"], answer["message"])
    return answer["value"] if answer["same"] is None else slots[answer["same"]]


def _slots(args: tuple[Any, ...], named: dict[str, Any]) -> list[tuple[Key, Any]]:
    return [*enumerate(args), *named.items()]


def _without_generator(value: Any) -> Any:
    return None if type(value) is np.random.Generator else value


def _same_object(value: Any, arguments: dict[Key, Any]) -> Key | None:
    if not isinstance(value, np.ndarray | list | dict):
        return None
    return next((key for key, argument in arguments.items() if argument is value), None)


def _changed(before: Any, after: Any) -> bool:
    if isinstance(before, np.ndarray):
        return before.tobytes() != after.tobytes() or before.shape != after.shape
    return isinstance(before, list | dict) and repr(before) != repr(after)


def _write_into(target: Any, new: Any) -> None:
    if isinstance(target, np.ndarray):
        target[...] = new
    elif isinstance(target, list):
        target[:] = new
    elif isinstance(target, dict):
        target.clear()
        target.update(new)


def _state(generator: np.random.Generator) -> State:
    bits = generator.bit_generator
    seeds = bits.seed_seq
    state: State = {"kind": type(bits).__name__, "state": bits.state, "seeds": None}
    if isinstance(seeds, np.random.SeedSequence):
        state["seeds"] = {**seeds.state, "n_children_spawned": seeds.n_children_spawned}
    return state


def _generator(state: State) -> np.random.Generator:
    if state["kind"] not in _BIT_GENERATORS:
        raise TypeError("a generator of an unknown kind")
    bits = getattr(np.random, state["kind"])(np.random.SeedSequence(**state["seeds"]) if state["seeds"] else 0)
    bits.state = state["state"]
    return np.random.Generator(bits)


def _set_forward(generator: np.random.Generator, state: State) -> None:
    bits = generator.bit_generator
    bits.state = state["state"]
    if state["seeds"] and isinstance(bits.seed_seq, np.random.SeedSequence):
        bits.seed_seq.spawn(state["seeds"]["n_children_spawned"] - bits.seed_seq.n_children_spawned)


def _without(secret: Iterable[str], message: str) -> str:
    """Return an exception's text with every name that is not to be told replaced."""
    words = sorted(map(re.escape, secret), key=len, reverse=True)
    return re.sub(rf"\b(?:{'|'.join(words)})\b", "implementation", message) if words else message


def _exception(kind: str, message: str) -> Exception:
    for home in (builtins, np.exceptions, np.linalg):
        found = getattr(home, kind, None)
        if isinstance(found, type) and issubclass(found, Exception):
            try:
                return found(message)
            except TypeError:  # it takes more than a text
                break
    return RuntimeError(f"{kind}: {message}")
