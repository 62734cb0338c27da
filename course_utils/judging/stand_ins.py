"""Arguments that stand for something which is made right before a call, and never crosses the wire itself."""

from __future__ import annotations

import copy
import importlib
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from course_utils.judging import elsewhere


@dataclass(frozen=True)
class Rng:
    """An argument that becomes ``numpy.random.default_rng(seed)`` right before the call."""

    seed: int


@dataclass(frozen=True)
class Given:
    """An argument that becomes a function of the public list right before the call.

    In a notebook that is the function itself, wrapped. In grading it is one that hands each of its calls
    to another process, so that a submission holds nothing that tells which function it is.

    Attributes
    ----------
    name : str
        ``"lesson.function"``: where it stands in :mod:`course_utils.given`.
    local : bool
        Whether it runs beside the answer in grading as well, where the answer can find out its name. For
        functions that give or take more than data, and where nothing hangs on the name.
    """

    name: str
    local: bool = False

    def function(self) -> Callable[..., Any]:
        """Return the function, wrapped so that its name and its text do not tell what is wrong with it.

        Raises
        ------
        LookupError
            When the list has no function of that name.
        """
        target = find_given(self.name)

        def implementation(*args: Any, **named: Any) -> Any:
            return target(*args, **named)

        return implementation


@dataclass(frozen=True)
class Elsewhere:
    """An argument that becomes a function of which this process knows nothing: each call is handed on.

    Attributes
    ----------
    ask : callable
        ``ask(request) -> answer``, both as :mod:`course_utils.judging.elsewhere` writes them. It never raises
        for what the function does.
    """

    ask: Callable[[dict[str, Any]], dict[str, Any]]

    def function(self) -> Callable[..., Any]:
        """Return the function."""
        ask = self.ask

        def implementation(*args: Any, **named: Any) -> Any:
            watch = sys.getprofile()
            sys.setprofile(None)  # a judged call is watched for libraries, which makes our own part of it slow
            try:
                answer = ask(elsewhere.pack(args, named))
            finally:
                sys.setprofile(watch)
            return elsewhere.take(answer, args, named)

        return implementation


def find_given(name: str) -> Callable[..., Any]:
    """Return the function of that name from the public list.

    Raises
    ------
    LookupError
        When the list has no function of that name.
    """
    lesson, _, function = name.partition(".")
    try:
        found: Callable[..., Any] = getattr(importlib.import_module(f"course_utils.given.{lesson}"), function)
    except (ModuleNotFoundError, AttributeError):
        raise LookupError(f"No function is named `{name}` in course_utils.given.") from None
    return found


def compute_given(name: str, request: dict[str, Any]) -> dict[str, Any]:
    """Call a given function for somebody elsewhere; see :func:`course_utils.judging.elsewhere.compute`."""
    target = find_given(name)
    known = [word for word, value in vars(importlib.import_module(target.__module__)).items() if callable(value)]
    return elsewhere.compute(target, request, secret=(name.partition(".")[2], *known))


def realise(value: Any) -> Any:
    """Return a fresh copy of an argument, with what stands for something else made into it.

    Parameters
    ----------
    value : object
        An :class:`Rng` becomes a generator and a :class:`Given` a function, also inside lists and tuples.
    """
    if isinstance(value, Rng):
        return np.random.default_rng(value.seed)
    if isinstance(value, Given | Elsewhere):
        return value.function()
    if type(value) in (list, tuple):
        return type(value)(map(realise, value))
    return copy.deepcopy(value)


def is_stand_in(value: Any) -> bool:
    """Say whether a value stands for something with a state of its own."""
    return isinstance(value, Rng | Given | Elsewhere)
