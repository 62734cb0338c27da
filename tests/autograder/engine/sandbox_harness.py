"""A warm process with the sandbox and nothing else of the engine: it runs sources that are sent to it, each in a child.

Started as a script by ``sandbox_box.Box``. It reads one JSON object a line and answers with one.
"""

import contextlib
import io
import json
import os
import select
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
    # A process that Python starts anew would look for the file of this script, which is not there for it.
    for name in ("__file__", "__spec__"):
        vars(sys.modules["__main__"])[name] = None
    del sys.modules["__main__"].__file__
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
    worker = sandbox.fork_worker()
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


def read(descriptor, until):
    """Read to the end, or until it is time."""
    said = b""
    while select.select([descriptor], [], [], max(until - time.monotonic(), 0))[0]:
        part = os.read(descriptor, 65536)
        if not part:
            break
        said += part
    return said


def start(ground, order):
    """Fork a child for one order and return what is known of it."""
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
    spent = time.process_time() - before
    os.close(writing)
    os.close(leash)
    return types.SimpleNamespace(pid=pid, reading=reading, pull=pull, begun=begun, spent=spent)


def finish(one, seconds):
    """Wait for a child, pull its leash when it is time, and return what came of it."""
    until = one.begun + seconds
    said = read(one.reading, until)
    while os.waitid(os.P_PID, one.pid, os.WEXITED | os.WNOWAIT | os.WNOHANG) is None and time.monotonic() < until:
        time.sleep(0.002)
    os.close(one.pull)
    _, status, used = os.wait4(one.pid, 0)
    said += read(one.reading, time.monotonic() + 1)
    os.close(one.reading)
    head, _, rest = said.partition(b"\n")
    result = {
        "said": rest.decode(errors="replace"),
        "status": os.waitstatus_to_exitcode(status),
        "seconds": time.monotonic() - one.begun,
        "fork_cpu": one.spent,
        "all_cpu": used.ru_utime + used.ru_stime,
    }
    try:
        return {**result, **json.loads(head)}
    except ValueError:
        return {**result, "said": said.decode(errors="replace"), "steps": []}


def run(ground, order):
    """Run one order, with another child beside it where it says so, and return what came of it."""
    if order.get("orphan"):  # the grader dies: nobody pulls, nobody waits
        one = start(ground, order)
        print(json.dumps({"first": one.pid}), flush=True)
        time.sleep(600)
    if "beside" not in order:
        return finish(start(ground, order), order["seconds"])
    with tempfile.TemporaryDirectory(dir=os.path.dirname(order["folder"])) as folder:
        other = start(ground, {**order, "source": order["beside"], "slot": order["slot"] + 1, "folder": folder})
        time.sleep(1)
        answer = finish(start(ground, order), order["seconds"])
        return {**answer, "beside": finish(other, order.get("beside_seconds", order["seconds"]))}


def main():
    config = json.loads(sys.argv[1])
    sys.path += config["path"]
    load(config["engine"])
    for name in config["imports"]:
        __import__(name)
    from _engine import sandbox

    ground = sandbox.lay_ground(config["readable"], config["hidden"], config["confined"], config["without"])
    print(json.dumps({"missing": ground.missing}), flush=True)
    for line in sys.stdin:
        order = json.loads(line)
        # By chance, as the nursery does it: the kernel counts the processes of a user, and other tests run beside this.
        slot = int.from_bytes(os.urandom(3), "big") % 2**20
        with tempfile.TemporaryDirectory(dir=config["folders"]) as folder:
            order = {"slot": slot, "readable": [], "seconds": 60, "folder": folder, **order}
            answer = run(ground, order)
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        main()
