"""What runs in a child: confine, then run cells, and answer the judge in a fork, until the wire closes.

It is forked by the warm process (``nursery.py``), with everything imported that a notebook imports.
"""

from __future__ import annotations

import os
import random
import socket
import sys
import traceback
from pathlib import Path
from typing import Any, NoReturn

from . import callbacks, frames, sandbox, wire
from .limits import Limits
from .sandbox import kernel


def be_first(
    ground: Any, notebook: Any, request: dict[str, Any], descriptors: tuple[int, int], slot: int, limits: Limits
) -> NoReturn:
    """Confine this process, fork the worker, and watch over it until it ends or the grader lets go.

    Parameters
    ----------
    ground : sandbox.Ground
        What the warm process has prepared.
    notebook : Notebook
        The warm shell.
    request : dict
        ``lessons`` (a folder to import given versions from), ``seed``, and ``work``: a folder of the host that is
        this child's own where it gets no new root.
    descriptors : (int, int)
        The wire, and the leash: a pipe that the grader holds the other end of.
    slot : int
        Tells this child's user from those of others.
    limits : Limits
        What the submission may use.
    """
    connection, leash = descriptors
    try:
        notebook.prepare()
        applied = sandbox.enter(ground, slot, [request["lessons"]], request["work"], limits)
        pid = sandbox.fork_worker()
        if pid:
            os.close(connection)
            sandbox.be_first(pid, leash, limits)
        os.close(leash)
        _work(notebook, request, connection, limits, applied)
    except BaseException:
        os.write(2, traceback.format_exc().encode())
    finally:  # nothing of this side is left to run, whatever the submission has changed
        os._exit(70)


def _work(notebook: Any, request: dict[str, Any], connection: int, limits: Limits, applied: tuple[str, ...]) -> None:
    """In the worker: take over the notebook, tell the grader that all is ready, and serve it."""
    _settle_in()
    _draw_anew(request["seed"])
    # The given versions of earlier answers differ by lesson, so they are a folder of their own.
    sys.modules["course_utils"].__path__.append(request["lessons"])
    log = os.dup(2)
    os.set_inheritable(log, False)
    try:
        notebook.begin(limits.output_bytes)
        # What a call's fork leaves behind becomes a child of this process, which ends it with the check.
        kernel.works(kernel.prctl, kernel.PR_SET_CHILD_SUBREAPER, 1)
        sandbox.limit_resources(limits)
        server = Server(connection, limits, notebook)
        server.send({"number": 0, "confinement": applied})
    except BaseException:
        os.write(log, traceback.format_exc().encode())
        return
    os.close(log)
    server.serve()


def _settle_in() -> None:
    """Have what the warm process remembers of its own folders point at the child's."""
    home = os.environ["HOME"]
    os.environ.update(IPYTHONDIR=f"{home}/ipython", MPLCONFIGDIR=f"{home}/matplotlib")


def _draw_anew(seed: int) -> None:
    """Seed what draws numbers: the warm process has drawn some. The seed is the submission's, the same each time."""
    random.seed(seed)
    for name, sow in (("numpy", lambda m: m.random.seed(seed % 2**32)), ("torch", lambda m: m.manual_seed(seed))):
        if name in sys.modules:
            sow(sys.modules[name])


class Server:
    """Answers the grader's requests, one at a time, each reply under the number of its request."""

    def __init__(self, descriptor: int, limits: Limits, notebook: Any) -> None:
        self.calls = sys.modules["course_utils.judging.calls"]
        wire.register("rng", self.calls.Rng, lambda rng: rng.seed, self.calls.Rng)
        # A given function that may run here (`local`) arrives by its name; see `callbacks.py` for the others.
        wire.register("given", self.calls.Given, lambda given: given.name, self.calls.Given)
        self.limits = limits.of_a_frame()
        self.asker = callbacks.Asker(self.limits, self.calls.Elsewhere)
        self.notebook = notebook
        os.set_inheritable(descriptor, False)
        self.connection = socket.socket(fileno=descriptor)

    def serve(self) -> None:
        """Answer until the grader is gone."""
        while True:
            request = wire.decode(frames.receive(self.connection, self.limits), self.limits, arguments=True)
            if request["do"] == "cell":
                outputs, ok = self.notebook.run(request["source"], request["pictures"])
                self.send({"number": request["number"], "outputs": outputs, "ok": ok})
            elif request["do"] == "check":
                self.answer_check(request["number"])

    def answer_check(self, number: int) -> None:
        """Let a fork answer the judge, so that no call changes or ends what the cells have made.

        A process with several threads cannot be forked safely. When the cells have started some, the calls
        run in this process, and one that hangs or ends it costs the state, which the grader makes again by a
        replay.
        """
        _, descriptors, _, _ = socket.recv_fds(self.connection, 1, 1)
        before = set(_children())
        pid = os.fork() if _threads() == 1 else None
        if pid == 0:
            self.connection.close()
            self.connection = socket.socket(fileno=descriptors[0])
            self.serve_calls()
            os._exit(0)
        self.send({"number": number, "forked": pid is not None})
        main = self.connection
        self.connection = socket.socket(fileno=descriptors[0])
        if pid is None:
            self.serve_calls()
        self.connection.close()
        self.connection = main
        end = wire.decode(frames.receive(main, self.limits), self.limits)
        sandbox.end_strays(before)
        self.notebook.forget_output()
        self.send({"number": end["number"], "ended": True})

    def serve_calls(self) -> None:
        """Answer calls until the judge has no more."""
        try:
            while True:
                data = frames.receive(self.connection, self.limits)
                request = wire.decode(data, self.limits, arguments=True)
                self.send({"number": request["number"], **self.run_call(request)})
        except OSError:
            return

    def send(self, reply: dict[str, Any]) -> None:
        """Send a reply; one that cannot cross is replaced by the reason why."""
        try:
            message = wire.encode(reply, self.limits)
        except wire.WireError as problem:
            message = wire.encode(self._refusal(reply["number"], str(problem)), self.limits)
        frames.send(self.connection, message)

    def run_call(self, request: dict[str, Any]) -> dict[str, Any]:
        """Call what a name stands for, and tell how it went in plain values."""
        namespace, name = self.notebook.namespace, request["name"]
        if name not in namespace:
            text = f"name '{name}' is not defined"
            return {"ended": "raised", "error": {"type": "NameError", "message": text}}
        args = self.asker.made(request["args"], request["number"])
        self.asker.begin(self.connection, request["number"])
        try:
            reply = self.calls.run_call(namespace[name], request["kind"], args, request["watch"])
        except BaseException as problem:
            return {"ended": "refused", "refused": f"The call could not be made ({type(problem).__name__})."}
        finally:
            self.asker.end()
            self.notebook.forget_output()
        answer = {
            "ended": reply.ended,
            "value": reply.value,
            "changed_arguments": reply.changed_arguments,
            "libraries": reply.libraries,
            "refused": reply.refused,
        }
        if reply.error is not None:
            answer["error"] = {
                "type": reply.error.type,
                "message": reply.error.message,
                "function": reply.error.function,
                "lines": reply.error.lines,
            }
        return answer

    def _refusal(self, number: int, problem: str) -> dict[str, Any]:
        return {"number": number, "ended": "refused", "refused": problem, "outputs": [], "ok": False}


def _threads() -> int:
    try:
        return len(os.listdir("/proc/self/task"))
    except OSError:  # not Linux: nobody can tell, and a fork is the better guess
        return 1


def _children() -> list[int]:
    try:
        return [int(pid) for pid in Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()]
    except (OSError, ValueError):
        return []
