"""What runs in the child: get ready, confine, then run cells and calls until the wire closes.

The child loads this file and its neighbours as the package ``_engine`` (see ``process.py``), never as part
of ``autograder``, which it cannot import. Up to three processes stand behind one another:

- the *keeper*, outside every namespace: it ends everything below it when the grader says so or is gone;
- the *first process* of the pid namespace, where there is one: when it ends, the kernel ends the rest;
- the *worker*, which confines itself and runs the submission. Only the worker holds the wire.
"""

from __future__ import annotations

import importlib
import importlib.abc
import os
import select
import signal
import site
import socket
import sys
import time
import traceback
from pathlib import Path
from typing import Any, NoReturn

from . import confine
from .limits import Limits

HIDDEN = ("solutions", "autograder")


def main(config: dict[str, Any]) -> NoReturn:
    """Become a child.

    Parameters
    ----------
    config : dict
        ``wire`` and ``leash`` (descriptors), ``limits``, ``prefix``, ``path`` (folders to import from),
        ``private`` (the child's own folder), ``readable`` and ``hidden`` (folders), ``confined``.
    """
    sys.argv = [""]
    applied = confine.enter_namespaces(config["private"]) if config["confined"] else []
    confine.adopt_orphans()
    pid = os.fork()
    if pid:
        os.close(config["wire"])
        _keep(pid, config["leash"])
    os.close(config["leash"])
    try:
        if "pidns" in applied:
            confine.die_with_parent()
            _be_first(config["wire"])
        _work(config, applied)
    finally:  # nothing of this side is left to run, whatever the submission has changed
        os._exit(70)


def _keep(pid: int, leash: int) -> NoReturn:
    """Wait until the grader pulls the leash or the worker ends; then end all that is below."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    poller = select.poll()
    poller.register(leash, select.POLLIN | select.POLLHUP)
    while not poller.poll(20) and os.waitpid(pid, os.WNOHANG) == (0, 0):
        pass
    _end_children(pid, time.monotonic() + 5)
    os._exit(0)


def _end_children(first: int, deadline: float) -> None:
    """Kill until no child is left; orphans of a killed child become ours and are killed in turn."""
    while time.monotonic() < deadline:
        try:
            for pid in _children() or [first]:
                os.kill(pid, signal.SIGKILL)
            while os.waitpid(-1, os.WNOHANG) != (0, 0):
                pass
        except ProcessLookupError:
            continue
        except ChildProcessError:
            return
        time.sleep(0.002)


def _children() -> list[int]:
    try:
        return [int(pid) for pid in Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()]
    except OSError:
        return []


def _be_first(wire: int) -> None:
    """Fork the worker; stay behind as the first process of the namespace, which buries the dead."""
    pid = os.fork()
    if pid == 0:
        return
    os.close(wire)
    while True:
        try:
            ended, _ = os.wait()
        except ChildProcessError:
            os._exit(0)
        if ended == pid:
            os._exit(0)


def _work(config: dict[str, Any], applied: list[str]) -> None:
    log = os.dup(2)
    try:
        server = _get_ready(config)
        applied += _confine(config, applied)
    except BaseException:
        os.write(log, traceback.format_exc().encode())
        return
    os.close(log)
    server.serve(tuple(applied))


def _get_ready(config: dict[str, Any]) -> _Server:
    """Import what every notebook needs, while every file can be read."""
    sys.prefix = sys.exec_prefix = config["prefix"]
    sys.path[:] = list(dict.fromkeys([*sys.path, *config["path"]]))
    sys.meta_path.insert(0, _Hide())
    site.sethelper()
    os.chdir(Path(config["private"], "work"))
    limits = Limits(**config["limits"])
    from .shell import Notebook

    return _Server(config["wire"], limits, Notebook(limits.output_bytes))


def _confine(config: dict[str, Any], applied: list[str]) -> list[str]:
    done = confine.limit_resources(Limits(**config["limits"]))
    if not config["confined"]:
        return done
    writable = [str(Path(config["private"], name)) for name in ("work", "home", "tmp")]
    if "mountns" in applied:
        writable.append("/dev/shm")
    done += confine.go_private()
    return done + confine.landlock(config["readable"], writable, config["hidden"])


class _Hide(importlib.abc.MetaPathFinder):
    """Answers an import of the instructor's packages as if they were not installed.

    This is for a clear message only; what keeps their files closed is Landlock.
    """

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> None:
        if name.split(".")[0] in HIDDEN or name == "course_utils.exercises":
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)


class _Server:
    """Answers the grader's requests, one at a time, each reply under the number of its request."""

    def __init__(self, descriptor: int, limits: Limits, notebook: Any) -> None:
        from . import frames, wire

        calls = importlib.import_module("course_utils.judging.calls")
        wire.register("rng", calls.Rng, lambda rng: rng.seed, calls.Rng)
        wire.register("given", calls.Given, lambda given: given.name, calls.Given)
        self.wire, self.frames = wire, frames
        self.calls = calls
        self.limits = limits.of_a_frame()
        self.value_limits = limits
        self.notebook = notebook
        os.set_inheritable(descriptor, False)
        self.connection = socket.socket(fileno=descriptor)

    def serve(self, confinement: tuple[str, ...]) -> None:
        self.send({"number": 0, "confinement": confinement})
        while True:
            request = self.wire.decode(self.frames.receive(self.connection, self.limits), self.limits, arguments=True)
            reply = self.run_cell(request) if request["do"] == "cell" else self.run_call(request)
            self.send({"number": request["number"], **reply})

    def send(self, reply: dict[str, Any]) -> None:
        try:
            message = self.wire.encode(reply, self.limits)
        except self.wire.WireError as problem:
            message = self.wire.encode(self._refusal(reply["number"], str(problem)), self.limits)
        self.frames.send(self.connection, message)

    def run_cell(self, request: dict[str, Any]) -> dict[str, Any]:
        outputs, ok = self.notebook.run(request["source"])
        return {"outputs": outputs, "ok": ok}

    def run_call(self, request: dict[str, Any]) -> dict[str, Any]:
        namespace, name = self.notebook.namespace, request["name"]
        if name not in namespace:
            text = f"name '{name}' is not defined"
            return {"ended": "raised", "error": {"type": "NameError", "message": text}}
        try:
            reply = self.calls.run_call(namespace[name], request["kind"], request["args"], request["watch"])
        except BaseException as problem:
            return {"ended": "refused", "refused": f"The call could not be made ({type(problem).__name__})."}
        finally:
            self.notebook.forget_output()
        error = reply.error
        answer = {
            "ended": reply.ended,
            "value": reply.value,
            "changed_arguments": reply.changed_arguments,
            "libraries": reply.libraries,
            "refused": reply.refused,
        }
        if error is not None:
            answer["error"] = {
                "type": error.type,
                "message": error.message,
                "function": error.function,
                "lines": error.lines,
            }
        return answer

    def _refusal(self, number: int, problem: str) -> dict[str, Any]:
        return {"number": number, "ended": "refused", "refused": problem, "outputs": [], "ok": False}
