"""A child as the grader sees it: start it, ask it, end it.

Everything that limits time is on this side. A child that does not answer in time, or answers with
anything but the reply to the question asked, is ended with all its processes, and is dead from then on.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import socket
import time
import weakref
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any

from autograder.engine import callbacks, frames, wire
from autograder.engine.claims import CellResult, read_call, read_callback, read_cell
from autograder.engine.limits import Limits
from autograder.engine.sandbox.watch import LIMIT_REASONS
from autograder.engine.spawn import ChildStartError
from autograder.engine.warm import WarmProcess, WarmProcessGone, warm_process
from course_utils.judging.calls import Given, Reply, Rng
from course_utils.language import _

wire.register("rng", Rng, lambda rng: rng.seed, Rng)
wire.register("given", Given, lambda given: given.name, Given)

# How much longer than a limit the child may take to say that it was reached.
_GRACE = 5.0


class Child:
    """A fork of the warm process for one submission.

    Parameters
    ----------
    limits : Limits
        What the submission may use.
    hidden : tuple of Path
        Folders that stay closed to it, beside the instructor's packages; wherever they lie.
    confined : bool
        Whether it confines itself, as far as the host offers that. False is for tests and for measuring: limits of
        time, memory and size hold either way.
    without : tuple of str
        Parts of the sandbox to do without, for tests of its lower levels.
    earlier : tuple of str
        Slugs of the lessons before the submission's own: the given versions of their answers are there.
    seed : int
        What the libraries' own generators of random numbers are seeded with.

    Attributes
    ----------
    alive : bool
        Whether it can still be asked.
    confinement : tuple of str
        The steps of the sandbox that the child has taken, known once it is started.
    spent : str
        Which limit of all its processes together was its end, in words; empty for none.
    """

    def __init__(
        self,
        limits: Limits,
        *,
        hidden: tuple[Path, ...] = (),
        confined: bool = True,
        without: tuple[str, ...] = (),
        earlier: tuple[str, ...] = (),
        seed: int = 0,
    ) -> None:
        self.limits = limits
        self.alive = False
        self.confinement: tuple[str, ...] = ()
        self.spent = ""
        self._kind = (hidden, confined, without)
        self._earlier = earlier
        self._seed = seed
        self._frame = limits.of_a_frame()
        self._given = callbacks.GivenFunctions(lambda: Child(limits, hidden=hidden, confined=confined, without=without))
        self._number = secrets.randbelow(2**40)
        self._check: socket.socket | None = None
        self._forked = True
        self._end: Callable[[], Any] = lambda: None

    def __enter__(self) -> Child:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def start(self) -> None:
        """Fork the child and wait until it is confined and ready.

        Raises
        ------
        ChildStartError
            When it does not get ready.
        """
        try:
            self._fork()
        except WarmProcessGone:
            self._fork()  # a warm process that somebody killed is found out here, and made anew
        try:
            first = self._receive(self._socket, 0, time.monotonic() + self.limits.start_seconds)
        except (OSError, wire.WireError) as error:
            log = self._warm.log()
            self.close()
            raise ChildStartError(f"The child did not get ready ({error}). It said: {log}") from error
        self.confinement = tuple(first["confinement"])
        self.alive = True

    def _fork(self) -> None:
        self._warm = warm_process(*self._kind, start_seconds=self.limits.start_seconds)
        ours, theirs = socket.socketpair()
        pull, leash = os.pipe()[::-1]
        try:
            child = self._warm.fork(self.limits, theirs.fileno(), leash, self._earlier, self._seed)
        except (OSError, ChildStartError):
            ours.close()
            os.close(pull)
            raise
        finally:
            theirs.close()
            os.close(leash)
        ours.setblocking(False)
        self._socket = ours
        # Also runs when this object is collected and when the interpreter ends.
        self._end = weakref.finalize(self, _end, self._warm, child, pull, ours)

    def close(self) -> None:
        """End the child and every process it started."""
        self.alive = False
        self._given.close()
        self._drop_check()
        self.spent = LIMIT_REASONS.get(self._end() or 0, "") or self.spent

    def run_cell(self, source: str, seconds: float | None = None, pictures: bool = True) -> CellResult:
        """Run one cell's source.

        Parameters
        ----------
        source : str
            What the cell holds.
        seconds : float, optional
            Less wall time than the limit of a cell.
        pictures : bool
            Whether its figures are drawn.
        """
        self.end_check()
        limit = self.limits.cell_seconds if seconds is None else min(seconds, self.limits.cell_seconds)
        text = source.encode("utf-8", "replace").decode()
        claim = self._ask({"do": "cell", "source": text, "pictures": pictures}, limit)
        if isinstance(claim, str):
            return CellResult([_stop_note(claim, limit, self.spent)], claim)
        return read_cell(claim)

    def call(
        self, name: str, kind: str, args: tuple[Any, ...], watch: tuple[str, ...] = (), seconds: float | None = None
    ) -> Reply:
        """Call what `name` stands for in the notebook, in a fork that is kept until :meth:`end_check`.

        Parameters
        ----------
        name, kind, args, watch
            As ``course_utils.judging.calls.run_call`` takes them.
        seconds : float, optional
            Less wall time than the limit of a call.

        Returns
        -------
        Reply
            Whatever the child does. After "timeout" and "died" the fork is gone, and with it what the
            calls have changed; the child itself is `alive` unless they ended that too.

        Raises
        ------
        WireError
            When the arguments themselves cannot cross, which is a mistake in the exercise.
        ChildStartError
            When the process that computes given functions does not start.
        """
        limit = self.limits.call_seconds if seconds is None else min(seconds, self.limits.call_seconds)
        handed = self._given.hand_out(tuple(args))
        request = {"do": "call", "name": name, "kind": kind, "args": handed.args, "watch": tuple(watch)}
        if handed.names and self._forked:
            self.end_check()  # a fresh fork for each of them, or an answer could count its calls instead of looking
        if self._check is None and not self._begin_check():
            return Reply(ended="died")
        claim = self._ask(request, limit, self._check, handed=handed)
        if isinstance(claim, str):
            return Reply(ended=claim)
        reply = read_call(claim, tuple(watch), len(args))
        if reply.ended == "died":  # what it says is no reply
            self._give_up(self._check)
        return reply

    def end_check(self) -> None:
        """End the fork that answers calls, if there is one; the child stands where its last cell left it."""
        if self._check is not None:
            self._drop_check()
            self._ask({"do": "end"}, _GRACE)

    def _begin_check(self) -> bool:
        ours, theirs = socket.socketpair()
        ours.setblocking(False)
        with theirs:
            claim = self._ask({"do": "check"}, _GRACE, descriptor=theirs.fileno())
        if isinstance(claim, str):
            ours.close()
            return False
        self._check, self._forked = ours, claim.get("forked") is True
        return True

    def _drop_check(self) -> None:
        if self._check is not None:
            self._check.close()
            self._check = None

    def _ask(
        self,
        request: dict[str, Any],
        seconds: float,
        check: socket.socket | None = None,
        descriptor: int | None = None,
        handed: callbacks.Handed | None = None,
    ) -> dict[str, Any] | str:
        """Return the reply, or "timeout" or "died" after ending the child, or the fork that was asked."""
        if not self.alive:
            return "died"
        self._number += 1
        message = wire.encode({"number": self._number, **request}, self._frame)
        deadline = time.monotonic() + seconds
        connection = check or self._socket
        try:
            frames.send(connection, message, deadline)
            if descriptor is not None:
                socket.send_fds(connection, [b"+"], [descriptor])
            claim = self._receive(connection, self._number, deadline)
            while handed is not None and "callback" in claim:
                self._answer(connection, claim, handed, deadline)
                claim = self._receive(connection, self._number, deadline)
            return claim
        except TimeoutError:
            self._give_up(check)
            return "timeout"
        except (OSError, wire.WireError):
            self._give_up(check)
            return "died"
        except BaseException:
            self.close()
            raise

    def _give_up(self, check: socket.socket | None) -> None:
        """End what does not answer: a check's fork, or all of the child."""
        if check is not None and self._forked:
            self.end_check()
        else:
            self.close()

    def _answer(
        self, connection: socket.socket, claim: dict[str, Any], handed: callbacks.Handed, deadline: float
    ) -> None:
        """Answer a child that calls a given function before it replies."""
        word, request = read_callback(claim, handed.names)
        answer = self._given.answer(word, request, handed, deadline)
        frames.send(connection, wire.encode({"answer": answer}, self._frame), deadline)

    def _receive(self, connection: socket.socket, number: int, deadline: float) -> dict[str, Any]:
        claim = wire.decode(frames.receive(connection, self._frame, deadline), self._frame)
        if not isinstance(claim, dict) or type(claim.get("number")) is not int or claim["number"] != number:
            raise wire.WireError("The reply is not to the question asked.")
        return claim


def _stop_note(ended: str, seconds: float, spent: str) -> dict[str, Any]:
    """Return the output that stands in a cell which did not come to its end."""
    if ended == "timeout":
        name, text = "TimeoutError", _("This cell was stopped after {seconds:.3g} seconds.", seconds=seconds)
    elif spent:
        name, text = "LimitReached", _("The notebook was stopped in this cell: {reason}.", reason=spent)
    else:
        name, text = "ProcessEnded", _("This cell ended the process that ran the notebook.")
    return {"output_type": "error", "ename": name, "evalue": text, "traceback": [f"{name}: {text}"]}


def _end(warm: WarmProcess, child: tuple[int, Path], pull: int, connection: socket.socket) -> int | None:
    """End a child; never raises. Its first process ends everything below when the leash closes."""
    with contextlib.suppress(OSError):
        connection.close()
    with contextlib.suppress(OSError):
        os.close(pull)
    return warm.bury(*child)
