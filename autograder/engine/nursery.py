"""What runs in the warm process: import, warm up, then fork a child at each request.

It is loaded as a module of the package ``_engine`` (see ``spawn.py``), never as part of ``autograder``, which
it cannot import. A child is two processes: the *first*, which confines itself and then only watches, and
the *worker*, its fork, which holds the wire and runs the submission (``child.py``). A grader that is itself
several processes has the warm process fork another one like itself for each of them, since to import takes
seconds and a fork takes none.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import importlib.abc
import json
import os
import shutil
import signal
import site
import socket
import sys
import time
from collections.abc import Sequence
from typing import Any

from . import child, sandbox
from .deferred import defer_compiler
from .limits import Limits
from .shell import Notebook

# What lessons import, with what those import when first used.
_IMPORTED = (
    *("numpy", "torch", "torch.optim", "torch.nn.functional", "torch.utils.data"),
    *("matplotlib.pyplot", "matplotlib_inline.backend_inline", "PIL.PngImagePlugin", "ipywidgets", "anywidget"),
    *(
        "sklearn.datasets",
        "sklearn.linear_model",
        "sklearn.metrics",
        "sklearn.model_selection",
        "sklearn.preprocessing",
    ),
    *("course_utils", "course_utils.judging.calls", "course_utils.judging.checking", "course_utils.datasets"),
    *("course_utils.plots", "course_utils.widgets", "course_utils.torchvision_compat", "course_utils.progress"),
    *("concurrent.futures.process", "multiprocessing.popen_fork", "multiprocessing.synchronize", "subprocess"),
)
# What every notebook does, done once here, so that no child pays for the first time.
_WARM_UP = """
import numpy as np, torch, matplotlib.pyplot as plt
_net = torch.nn.Linear(3, 2)
_optimizer = torch.optim.SGD(_net.parameters(), lr=0.1, momentum=0.9)
torch.nn.functional.cross_entropy(_net(torch.ones(4, 3)), torch.tensor([0, 1, 0, 1])).backward()
_optimizer.step()
np.random.default_rng(0).normal(size=(5, 3)) @ np.ones(3)
_figure, _axes = plt.subplots()
_axes.plot([1, 2], [1, 10], label="$x^2$")
_axes.set_title("title"); _axes.set_xlabel("x"); _axes.legend(); _axes.set_yscale("log")
plt.show()
display(1)
1 / 0
"""


def main(config: dict[str, Any]) -> None:
    """Become the warm process, until the grader is gone.

    Parameters
    ----------
    config : dict
        ``requests`` (a socket's descriptor), ``private`` (a folder of its own), ``prefix``, ``readable`` and
        ``hidden`` (folders), ``absent`` (packages that are answered as not installed), ``unused`` (packages that
        need not be imported ahead), ``confined``, ``without``.
    """
    sys.argv = [""]
    os.environ.pop("GLIBC_TUNABLES", None)  # what a submission starts is to be as it would be elsewhere
    sys.prefix = sys.exec_prefix = config["prefix"]
    sys.meta_path.insert(0, _Hide(config["absent"]))
    site.sethelper()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the grader, which ends us in order
    requests = socket.socket(fileno=config["requests"])
    requests.set_inheritable(False)
    ground = sandbox.lay_ground(config["readable"], config["hidden"], config["confined"], tuple(config["without"]))
    notebook = _warm_up(config["unused"])
    threads = len(os.listdir("/proc/self/task")) if os.path.isdir("/proc/self/task") else 1
    if threads != 1:
        raise RuntimeError(f"the warm process has {threads} threads, and cannot be forked safely")
    with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # the grader was gone before we were ready
        _tell(requests, {"ready": True})
        _Nursery(ground, notebook, requests, config["private"]).serve()
    shutil.rmtree(config["private"], ignore_errors=True)  # a grader that was killed removes nothing


class _Hide(importlib.abc.MetaPathFinder):
    """Answers an import of the instructor's packages as if they were not installed.

    This is for a clear message only; what keeps their files closed is the sandbox.
    """

    def __init__(self, absent: Sequence[str]) -> None:
        self.absent = tuple(absent)

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> None:
        if any(f"{name}.".startswith(f"{package}.") for package in self.absent):
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)


def _warm_up(unused: Sequence[str]) -> Notebook:
    # What is imported stays: to look through it again and again for garbage is a tenth of the time that it takes.
    gc.disable()
    # Made first: matplotlib's inline backend ties itself to the shell that is there when it is imported.
    notebook = Notebook()
    for name in _IMPORTED:
        if not {name, name.partition(".")[0]} & set(unused):
            importlib.import_module(name)
    defer_compiler()
    notebook.run(_WARM_UP)
    gc.freeze()  # to forget a shell's cells ends with a collection
    notebook.forget()
    importlib.invalidate_caches()
    # Objects made so far are never looked through again, or every collection in a child would copy their pages.
    gc.freeze()
    gc.enable()
    sandbox.gather_memory()
    return notebook


class _Nursery:
    """Answers the grader's requests: to fork a child, to bury one, and to fork a second warm process."""

    def __init__(self, ground: Any, notebook: Notebook, requests: socket.socket, private: str) -> None:
        self.ground, self.notebook, self.requests, self.private = ground, notebook, requests, private
        self.children: set[int] = set()
        # The warm processes forked from this one. They end by themselves when their own graders do.
        self.forked: set[int] = set()

    def serve(self) -> None:
        pending = b""
        descriptors: list[int] = []
        while True:
            while b"\n" not in pending:
                data, received, _, _ = socket.recv_fds(self.requests, 2**16, 2)
                descriptors += received
                if not data:
                    self.end_all()
                    return
                pending += data
            line, _, pending = pending.partition(b"\n")
            request = json.loads(line)
            try:
                answer = self.answer(request, descriptors)
            except Exception as error:
                answer = {"error": f"{type(error).__name__}: {error}"}
            finally:
                for descriptor in descriptors:
                    os.close(descriptor)
                descriptors = []
            _tell(self.requests, answer)

    def answer(self, request: dict[str, Any], descriptors: list[int]) -> dict[str, Any]:
        if request["do"] == "split":
            return self.split(descriptors)
        return self.fork(request, descriptors) if request["do"] == "fork" else self.bury(request)

    def split(self, descriptors: list[int]) -> dict[str, Any]:
        """Fork a warm process that serves another connection; it does not return here."""
        pid = os.fork()
        if pid == 0:
            try:
                self.requests.close()
                self.requests = socket.socket(fileno=descriptors[0])
                self.children, self.forked = set(), set()
                sandbox.adopt_orphans()
                self.serve()
            finally:
                os._exit(0)
        self.forked.add(pid)
        return {"pid": pid}

    def fork(self, request: dict[str, Any], descriptors: list[int]) -> dict[str, Any]:
        wire, leash = descriptors
        limits = Limits(**request["limits"])
        # It names the child's user and its folder on the host. Two children at a time are few for 2**20 numbers.
        slot = int.from_bytes(os.urandom(3), "big") % 2**20
        request["work"] = os.path.join(self.private, "children", str(slot))
        pid = sandbox.fork_first(self.ground)
        if pid == 0:
            self.requests.close()
            child.be_first(self.ground, self.notebook, request, (wire, leash), slot, limits)
        self.children.add(pid)
        return {"pid": pid, "work": request["work"]}

    def bury(self, request: dict[str, Any]) -> dict[str, Any]:
        pid = request["pid"]
        if pid not in self.children:
            return {"error": f"{pid} is no child of the warm process"}
        status = sandbox.wait_for(pid, time.monotonic() + request["seconds"])
        if status is None:
            os.kill(pid, signal.SIGKILL)
            status = os.waitpid(pid, 0)[1]
        self.children.discard(pid)
        self.end_strays()
        return {"status": os.waitstatus_to_exitcode(status)}

    def end_all(self) -> None:
        """Wait for the children, whose leashes the grader's end has closed, and end those that stay."""
        for pid in list(self.children):
            if sandbox.wait_for(pid, time.monotonic() + 5) is not None:
                self.children.discard(pid)
        self.children.clear()
        self.end_strays()

    def end_strays(self) -> None:
        """End what children have left behind, but not the children, nor the warm processes forked from this one."""
        self.forked = {pid for pid in self.forked if os.waitpid(pid, os.WNOHANG)[0] == 0}
        sandbox.end_strays(self.children | self.forked)


def _tell(requests: socket.socket, answer: dict[str, Any]) -> None:
    requests.sendall(json.dumps(answer).encode() + b"\n")
