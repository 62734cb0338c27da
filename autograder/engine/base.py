"""The process that a farm's judge and its warm process are both forked from.

What both import is most of what either imports, so it is imported once. Until the fork this process is as a warm
process has to be: started with exec, in a clean environment, with nothing of the grader's in its memory. Like
``nursery.py`` it is a module of the package ``_engine`` (see ``spawn.py``).
"""

from __future__ import annotations

import atexit
import gc
import importlib
import json
import os
import shutil
import site
import socket
import sys
import time
import traceback
from multiprocessing.connection import Connection
from typing import Any, NoReturn

_OF_BOTH = ("numpy", "torch", "torch.optim", "torch.nn.functional", "torch.utils.data")


def main(config: dict[str, Any]) -> None:
    """Import what both need, fork the warm process, and become what the grader asks for.

    Parameters
    ----------
    config : dict
        ``requests``, the descriptor of a connection to the grader; ``prefix``; ``packages``, the folders of installed
        packages; ``private``, the folder of the warm process, or null where there is to be none. Two messages are
        read: what ``nursery.main`` takes (or null, where its folder could not be laid out), and then what the grader's
        side is to become: ``path``, ``environment``, ``module`` with a function ``main``, and whatever that takes; the
        collection of garbage is switched off when it begins. The second is read after the fork, so the warm process
        never holds it.
    """
    _become(config)
    # To take apart all that was imported takes as long as half a submission, and the grader waits for this process.
    atexit._run_exitfuncs()
    os._exit(0)


def _become(config: dict[str, Any]) -> None:
    requests = Connection(config["requests"])
    os.set_inheritable(config["requests"], False)
    sys.prefix = sys.exec_prefix = config["prefix"]
    path = list(sys.path)
    gc.disable()  # what is imported stays: to look through it again and again takes long
    if config["private"]:
        sys.path += config["packages"]
        for name in _OF_BOTH:
            importlib.import_module(name)
    try:
        warm = json.loads(requests.recv_bytes())
    except EOFError:  # the grader is gone, and nobody else would clear up
        shutil.rmtree(config["private"] or "", ignore_errors=True)
        return
    forked = None if warm is None else _fork(warm, path, requests)
    for name in [name for name in sys.modules if name.partition(".")[0] == __package__]:
        del sys.modules[name]
    message = json.loads(requests.recv_bytes())
    os.environ.clear()
    os.environ.update(message["environment"])
    _be_the_graders(message["path"])
    importlib.import_module(message["module"]).main({**message, "warm": forked}, requests)


def _fork(warm: dict[str, Any], path: list[str], requests: Connection) -> dict[str, Any]:
    """Fork the warm process; return its process id, its folder, and the descriptor of our end of its connection."""
    ours, theirs = socket.socketpair()
    pid = os.fork()
    if pid == 0:
        requests.close()
        ours.close()
        _be_warm({**warm, "requests": theirs.detach()}, path)
    theirs.close()
    return {"pid": pid, "private": warm["private"], "socket": ours.detach()}


def _be_the_graders(path: list[str]) -> None:
    """Make up for what a Python that was started in isolation left out: an editable install may be a hook in a file."""
    time.tzset()
    sys.dont_write_bytecode = False
    sys.path[:] = path
    site.main()
    sys.path[:] = path


def _be_warm(config: dict[str, Any], path: list[str]) -> NoReturn:
    """Leave everything of the grader's behind, and be what ``spawn.start`` starts."""
    status = 1
    try:
        os.setsid()
        os.chdir(config["private"])
        nothing, log = os.open(os.devnull, os.O_RDWR), os.open("start.log", os.O_WRONLY | os.O_CREAT, 0o600)
        for place, opened in enumerate((nothing, nothing, log)):
            os.dup2(opened, place)
        os.closerange(3, config["requests"])
        os.closerange(config["requests"] + 1, 65536)
        # The course's own folder goes before the installed packages, which may hold another copy of it.
        sys.path[:] = path + [folder for folder in config["path"] if folder not in path]
        importlib.import_module(f"{__package__}.nursery").main(config)
        status = 0
    except BaseException:
        os.write(2, traceback.format_exc().encode())
    finally:
        os._exit(status)
