"""Given functions by callback: an answer gets a function of which its process knows nothing but a random word.

An exercise hands a :class:`Given` to an answer by name. "Write the test that catches it" hands out right
and wrong versions of a function, so there the name is the solution, and it stays on the grader's side. What
crosses is a :class:`Handle`. In the child it becomes a function that sends its arguments back, in place of
the reply that the grader waits for; the grader has the value computed, sends it, and goes on waiting. The
deadline of the call runs all the while.

The arguments are a stranger's, and may be made to take memory or time without end. So the value is
computed neither in the grader nor in the child, but in a second child that has never seen a submission.

:class:`GivenFunctions` is the grader's end. :class:`Asker` is the child's, loaded there as ``wire.py`` is.
"""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from . import frames, wire
from .limits import Limits

# How often one call of an answer may call what it was given; an honest answer stays below a few hundred.
MOST_CALLBACKS = 10_000
# What the second child runs before it is asked, and the name that this defines.
_COMPUTES = "compute_given"
_PREPARE = f"from course_utils.judging.stand_ins import {_COMPUTES}"


@dataclass(frozen=True)
class Handle:
    """Crosses in the place of a given function.

    Attributes
    ----------
    word : str
        Drawn anew for every call, so that it tells nothing.
    """

    word: str


@dataclass
class Handed:
    """What one call of an answer hands out.

    Attributes
    ----------
    args : tuple
        Its arguments, with handles in them.
    names : dict
        Which given function each word stands for.
    count : int
        How often they have been called.
    broken : bool
        Whether an argument was too much for the process that computes; there is no second attempt.
    """

    args: tuple[Any, ...]
    names: dict[str, str] = field(default_factory=dict)
    count: int = 0
    broken: bool = False


class GivenFunctions:
    """Computes given functions for one submission, in a process of its own that is started when first needed.

    Parameters
    ----------
    make_child : callable
        Makes a :class:`~autograder.engine.process.Child`, which is started here.
    """

    def __init__(self, make_child: Callable[[], Any]) -> None:
        self._make_child = make_child
        self._child: Any = None

    def close(self) -> None:
        """End the process, if there is one."""
        child, self._child = self._child, None
        if child is not None:
            child.close()

    def hand_out(self, args: tuple[Any, ...]) -> Handed:
        """Return the arguments as they cross, and get ready to be called; before the clock of the call runs.

        Raises
        ------
        ChildStartError
            When the second child does not start.
        """
        from course_utils.judging.stand_ins import Given

        names: dict[str, str] = {}

        def replaced(value: Any) -> Any:
            if isinstance(value, Given) and not value.local:
                word = os.urandom(16).hex()
                names[word] = value.name
                return Handle(word)
            if type(value) in (list, tuple):
                return type(value)(map(replaced, value))
            return value

        handed = Handed(tuple(map(replaced, args)), names)
        if names and (self._child is None or not self._child.alive):
            self._start()
        return handed

    def _start(self) -> None:
        self.close()
        self._child = self._make_child()
        self._child.start()
        self._child.run_cell(_PREPARE)

    def answer(self, word: str, request: dict[str, Any], handed: Handed, deadline: float) -> dict[str, Any]:
        """Return what the child is to take for a call of what `word` stands for.

        Parameters
        ----------
        word, request
            A claim of the child's, as ``claims.read_callback`` gives it.
        handed : Handed
            What the call under way has handed out.
        deadline : float
            When that call's time is up, on the clock of ``time.monotonic``.

        Raises
        ------
        TimeoutError
            When the value is not there in time.
        """
        handed.count += 1
        if handed.count > MOST_CALLBACKS:
            return _failed("RuntimeError", f"a given function was called more than {MOST_CALLBACKS} times")
        if handed.broken or self._child is None or not self._child.alive:
            return _failed("MemoryError", "an earlier call of a given function took more than there is")
        left = deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError("time is up")
        try:
            reply = self._child.call(_COMPUTES, "function", (handed.names[word], request), seconds=left)
        except wire.WireError:  # an argument at the limit, which the frame around it makes too large
            return _failed("TypeError", "the arguments of a given function are too large")
        if reply.ended == "timeout":
            raise TimeoutError("time is up")
        if reply.ended == "died":
            handed.broken = True
            return _failed("MemoryError", "a given function took more than there is for these arguments")
        if reply.ended != "returned" or not isinstance(reply.value, dict):
            return _failed("MemoryError", "what a given function gives for these arguments is too large")
        return reply.value


def _failed(kind: str, message: str) -> dict[str, Any]:
    return {"ended": "raised", "type": kind, "message": message}


wire.register("handle", Handle, lambda handle: handle.word, Handle)


class Asker:
    """The child's end: makes functions out of handles, and asks the grader for their values.

    Parameters
    ----------
    limits : Limits
        Of a frame.
    elsewhere : type
        ``course_utils.judging.stand_ins.Elsewhere``, what a handle becomes in the child.
    """

    def __init__(self, limits: Limits, elsewhere: Any) -> None:
        self._limits = limits
        self._elsewhere = elsewhere
        self._lock = threading.Lock()
        self._connection: Any = None
        self._place = (0, 0)

    def begin(self, connection: Any, number: int) -> None:
        """Let the functions of the call of that number answer, over that connection."""
        self._connection, self._place = connection, (os.getpid(), number)

    def end(self) -> None:
        """Let no function answer any more: the call is over, and the next message is its reply."""
        with self._lock:
            self._connection = None

    def made(self, value: Any, number: int) -> Any:
        """Return an argument with a function in the place of each handle."""
        if isinstance(value, Handle):
            return self._elsewhere(_Ask(self, value.word, number))
        if type(value) in (list, tuple):
            return type(value)(self.made(part, number) for part in value)
        return value

    def ask(self, word: str, number: int, request: dict[str, Any]) -> dict[str, Any]:
        """Return the grader's answer to a call of the function that `word` stands for."""
        with self._lock:
            if self._connection is None or self._place != (os.getpid(), number):
                return _failed("RuntimeError", "a given function answers only while the call that it came with runs")
            message = {"number": number, "callback": word, **request}
            try:
                data = wire.encode(message, self._limits)
            except wire.WireError:
                return _failed("TypeError", "a given function takes numbers, arrays, lists and generators only")
            # An alarm of the answer's own waits until the exchange is whole, or the next message would be taken for it.
            before = signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
            try:
                frames.send(self._connection, data)
                return self._answer()
            except BaseException:
                self._connection = None
                raise
            finally:
                signal.pthread_sigmask(signal.SIG_SETMASK, before)

    def _answer(self) -> dict[str, Any]:
        data = frames.receive(self._connection, self._limits)
        answer: dict[str, Any] = wire.decode(data, self._limits, arguments=True)["answer"]
        return answer


@dataclass(frozen=True)
class _Ask:
    asker: Asker
    word: str
    number: int

    def __call__(self, request: dict[str, Any]) -> dict[str, Any]:
        return self.asker.ask(self.word, self.number, request)
