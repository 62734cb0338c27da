"""A warm process with the sandbox and nothing else of the engine: it runs sources that are sent to it, each in a child.

Started as a script by ``sandbox_box.Box``. It reads one JSON object a line and answers with one.
"""

import contextlib
import io
import json
import os
import resource
import sys
import tempfile
import time
import traceback
import types


def load(engine):
    package = types.ModuleType("_engine")
    package.__path__ = [engine]
    sys.modules["_engine"] = package


def work(source, said):
    """Run one source, as the worker; all it prints goes into `said`."""
    os.dup2(said, 1)
    os.dup2(said, 2)
    sys.stdout = io.TextIOWrapper(io.FileIO(1, "w", closefd=False), write_through=True)
    try:
        exec(compile(source, "<source>", "exec"), {"__name__": "__main__"})
    except BaseException:
        sys.stdout.write(traceback.format_exc(limit=-3))


def child(ground, order, said, leash):
    """Be the first process of a child: never returns."""
    from _engine import sandbox
    from _engine.limits import Limits

    limits = Limits(**order["limits"])
    folder = order["folder"]
    begun = time.process_time()
    steps = sandbox.enter(ground, order["slot"], order["readable"], folder, limits)
    spent = time.process_time() - begun
    os.write(said, json.dumps({"steps": steps, "enter_cpu": spent}).encode() + b"\n")
    worker = os.fork()
    if worker == 0:
        try:
            os.close(leash)
            sandbox.limit_resources(limits)
            work(order["source"], said)
        except BaseException:
            os.write(said, traceback.format_exc().encode())
        finally:
            os._exit(0)
    os.close(said)
    sandbox.be_first(worker, leash, limits)


def run(ground, order):
    """Run one order and return what came of it."""
    from _engine import sandbox

    reading, writing = os.pipe()
    leash, pull = os.pipe()
    begun, before = time.monotonic(), time.process_time()
    pid = sandbox.fork_first(ground)
    if pid == 0:
        try:
            os.close(pull)
            os.close(reading)
            child(ground, order, writing, leash)
        except BaseException:
            os.write(writing, traceback.format_exc().encode())
        finally:
            os._exit(70)
    spent_here = time.process_time() - before
    os.close(writing)
    os.close(leash)
    if order.get("orphan"):  # the grader dies: nobody pulls, nobody waits
        print(json.dumps({"first": pid}), flush=True)
        time.sleep(600)
    if order.get("pull_after"):
        time.sleep(order["pull_after"])
        os.close(pull)
    with open(reading, "rb") as file:
        said = file.read()
    _, status, used = os.wait4(pid, 0)
    if not order.get("pull_after"):
        os.close(pull)
    head, _, rest = said.partition(b"\n")
    result = {
        "said": rest.decode(errors="replace"),
        "status": os.waitstatus_to_exitcode(status),
        "seconds": time.monotonic() - begun,
        "fork_cpu": spent_here,
        "all_cpu": used.ru_utime + used.ru_stime,
    }
    try:
        return {**result, **json.loads(head)}
    except ValueError:
        return {**result, "said": said.decode(errors="replace"), "steps": []}


def main():
    config = json.loads(sys.argv[1])
    sys.path += config["path"]
    load(config["engine"])
    for name in config["imports"]:
        __import__(name)
    from _engine import sandbox

    ground = sandbox.lay_ground(config["readable"], config["hidden"], config["confined"], config["without"])
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    print(json.dumps({"missing": ground.missing}), flush=True)
    for number, line in enumerate(sys.stdin):
        order = json.loads(line)
        with tempfile.TemporaryDirectory(dir=config["folders"]) as folder:
            order = {"slot": number % 50, "readable": [], "folder": folder, **order}
            answer = run(ground, order)
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        main()
