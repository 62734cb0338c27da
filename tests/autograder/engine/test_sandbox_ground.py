"""What is done once, what the host is found to offer, and that what notebooks need still works inside."""

import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sandbox_box import Box

from autograder.engine import sandbox
from autograder.engine.sandbox import calls_allowed, landlock, probe, root

linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the sandbox needs Linux")


# ------------------------------------------------------------------------------------ what is offered


def test_a_look_changes_nothing_here():
    names = [name for name in ("user", "net", "pid", "mnt") if os.path.exists(f"/proc/self/ns/{name}")]
    before = [os.readlink(f"/proc/self/ns/{name}") for name in names]
    found = sandbox.look()
    assert found.level in ("full", "container", "none")
    assert [os.readlink(f"/proc/self/ns/{name}") for name in names] == before


def test_every_step_has_a_line_and_what_is_missing_says_what_to_do():
    found = sandbox.look()
    assert set(found.steps) | set(found.missing) == {line.name for line in found.primitives}
    assert not set(found.steps) & set(found.missing)
    for line in found.primitives:
        assert line.ok == (line.name in found.steps)
        assert line.detail
        assert bool(line.fix) != line.ok


@linux
def test_levels_follow_from_the_steps():
    whole = sandbox.look()
    if whole.level != "full":
        pytest.skip("this host does not offer the full level")
    assert sandbox.look(["namespaces"]).level == "container"
    assert sandbox.look(["landlock"]).level == "full"
    assert sandbox.look(["root"]).level == "full"
    assert sandbox.look(["namespaces", "landlock"]).level == "none"
    assert sandbox.look(["seccomp"]).level == "none"


_STEPS = sorted(name for name, *_ in probe._PRIMITIVES)
_ORDER = ("none", "container", "full")


@given(st.sets(st.sampled_from(_STEPS)), st.sampled_from(_STEPS))
def test_one_step_more_never_lowers_the_level(steps, more):
    assert _ORDER.index(probe.level_of(steps | {more})) >= _ORDER.index(probe.level_of(steps))


def test_a_host_without_the_binding_says_so(monkeypatch):
    def absent(name):
        raise ImportError(name)

    monkeypatch.setattr(sandbox.ground.seccomp.importlib, "import_module", absent)
    with pytest.raises(OSError, match="libseccomp or its binding pyseccomp is missing"):
        sandbox.ground.seccomp.compile_filter()


@linux
def test_the_ground_is_not_laid_with_a_second_thread():
    stop = threading.Event()
    thread = threading.Thread(target=stop.wait)
    thread.start()
    try:
        with pytest.raises(OSError, match="one thread"):
            sandbox.lay_ground([], [], True)
    finally:
        stop.set()
        thread.join()


@linux
def test_unconfined_children_are_limited_and_watched():
    with Box(confined=False) as box:
        assert box.ask("").steps == ["rlimits"]
        assert "MemoryError" in box.ask("bytearray(2**34)").said
        assert box.ask("import os, time\nwhile True: pass", limits={"cpu_seconds": 0.5}).status == 82


@linux
def test_strays_are_ended_and_those_known_are_not():
    code = """
import os, time
from autograder.engine.sandbox.watch import end_strays
def child():
    pid = os.fork()
    if pid == 0: time.sleep(60); os._exit(0)
    return pid
known, strays = child(), [child(), child()]
end_strays({known})
print(os.waitpid(known, os.WNOHANG), [os.path.exists(f"/proc/{pid}") for pid in strays])
os.kill(known, 9)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout == "(0, 0) [False, False]\n"


@linux
def test_what_the_watch_says_has_a_reason():
    assert set(sandbox.LIMIT_REASONS) == {81, 82, 83, 84}


# ------------------------------------------------------------------------------------ paths


def test_no_call_is_both_allowed_and_refused():
    allowed = calls_allowed.ALLOWED + calls_allowed.ATTRIBUTES
    assert not set(allowed) & set(calls_allowed.REFUSED)
    assert len(set(allowed)) == len(allowed)


def test_links_on_the_way_are_followed(tmp_path):
    real = tmp_path / "real" / "python"
    real.mkdir(parents=True)
    (tmp_path / "first").symlink_to("real")
    (tmp_path / "second").symlink_to(tmp_path / "first" / "python")
    links, ends = root.trace([str(tmp_path / "second"), str(tmp_path / "missing")])
    assert ends == [str(real)]
    assert links == {str(tmp_path / "second"): str(tmp_path / "first" / "python"), str(tmp_path / "first"): "real"}


_PATHS = st.lists(st.lists(st.sampled_from("abc"), min_size=1, max_size=4).map(lambda names: "/" + "/".join(names)))


@given(_PATHS, _PATHS)
def test_what_is_left_out_is_seen_through_what_is_kept(paths, closed):
    kept = root.outermost(paths, closed)
    assert set(kept) <= set(paths)
    for path in set(paths) - set(kept):
        above = [one for one in kept if path.startswith(one + "/")]
        assert above
        nearest = max(above, key=len)
        assert not any(path.startswith(one + "/") and one.startswith(nearest + "/") for one in closed)


@given(st.sets(st.sampled_from(["a", "a/x", "a/y", "b", "b/x", "c"])))
def test_going_round_allows_everything_but_what_is_closed(tmp_path_factory, closed):
    base = os.path.realpath(tmp_path_factory.mktemp("round"))
    for name in ("a/x", "a/y", "b/x", "c"):
        os.makedirs(f"{base}/{name}")
    hidden = [f"{base}/{name}" for name in closed]
    readable = [path for path, rights in landlock.go_round(base, landlock.READ, hidden) if rights & 1 << 2]
    for name in ("a/x", "a/y", "b/x", "c"):
        path = f"{base}/{name}"
        shut = any((path + "/").startswith(one + "/") for one in hidden)
        assert any((path + "/").startswith(one + "/") for one in readable) != shut


# ------------------------------------------------------------------------------------ what notebooks need

WORK = {
    "processes of Python": """
import concurrent.futures, multiprocessing
for method in ("fork", "spawn", "forkserver"):
    with multiprocessing.get_context(method).Pool(2) as pool: print(pool.map(abs, [-1, -2]))
with concurrent.futures.ProcessPoolExecutor(2) as pool: print(list(pool.map(abs, [-3])))
queue = multiprocessing.get_context("fork").Queue(); queue.put(4); print(queue.get(timeout=5))
""",
    "commands": """
import os, subprocess, sys
print(subprocess.run("ls / | head -1; echo two | tr a-z A-Z", shell=True, capture_output=True, text=True).stdout)
print(subprocess.check_output([sys.executable, "-I", "-S", "-c", "print(3)"], text=True), os.popen("expr 2 + 2").read())
""",
    "files and threads": """
import asyncio, concurrent.futures, os, shutil, socket, sqlite3, tempfile, threading, uuid
with tempfile.NamedTemporaryFile() as file:
    file.write(b"x" * 100); file.flush(); shutil.copy2(file.name, "copy")
print(os.path.getsize("copy"), asyncio.run(asyncio.sleep(0.01, "slept")))
with concurrent.futures.ThreadPoolExecutor(3) as pool: print(list(pool.map(abs, [-1])))
one, other = socket.socketpair(); one.send(b"s"); print(other.recv(1))
with sqlite3.connect("base.db") as base: base.execute("create table t (a)")
os.mkfifo("pipe"); print(len(uuid.uuid4().hex), len(os.sched_getaffinity(0)) >= 1)
""",
}


@linux
@pytest.mark.parametrize("user", [False, True], ids=["root", "user"])
@pytest.mark.parametrize("work", WORK)
def test_what_python_does_for_a_notebook_works(work, user):
    if not user and os.geteuid() != 0:
        pytest.skip("only root can show what root gets")
    with Box(user=user) as box:
        if "root" in box.missing:
            pytest.skip("this host does not offer the full level")
        answer = box.ask(WORK[work])
    assert "Error" not in answer.said
    assert answer.status == 80


@linux
def test_what_the_libraries_do_works():
    source = """
import io
import matplotlib; matplotlib.use("agg")
import matplotlib.pyplot as plt
import numpy, torch
from sklearn.datasets import load_digits
from sklearn.ensemble import RandomForestClassifier
from torch.utils.data import DataLoader, TensorDataset
loader = DataLoader(TensorDataset(torch.arange(100.0).reshape(50, 2)), batch_size=5, num_workers=2)
print(sum(float(batch[0].sum()) for batch in loader))
weights = torch.zeros(3, requires_grad=True); step = torch.optim.Adam([weights])
(weights - 1).pow(2).sum().backward(); step.step(); print(bool((weights > 0).all()))
torch.save(weights, "w.pt"); print(torch.load("w.pt").shape)
torch.set_num_threads(2); print((torch.ones(300, 300) @ torch.ones(300, 300)).sum().item())
X, y = load_digits(return_X_y=True); print(RandomForestClassifier(5, n_jobs=2).fit(X, y).score(X, y) > 0.5)
plt.plot([1, 2]); plt.title("$x^2$"); file = io.BytesIO(); plt.savefig(file); print(len(file.getvalue()) > 1000)
numpy.save("a", numpy.ones(4)); print(numpy.load("a.npy", mmap_mode="r").sum())
"""
    limits = {"memory_bytes": 2**32, "file_bytes": 2**26, "disk_bytes": 2**28, "open_files": 256, "processes": 64}
    with Box(imports=["numpy", "torch", "torch.utils.data", "sklearn"]) as box:
        if "root" in box.missing:
            pytest.skip("this host does not offer the full level")
        answer = box.ask(source, limits=limits)
    lines = ["4950.0", "True", "torch.Size([3])", "27000000.0", "True", "True", "4.0"]
    assert [line for line in answer.said.splitlines() if line in lines] == lines, answer.said


@linux
@pytest.mark.parametrize("without", [[], ["root"], ["namespaces"]], ids=["full", "no mounts", "container"])
def test_python_starts_where_it_is_readable_by_everybody(without):
    """Debian's own Python lies where another user may go: there the change of user needs no new root."""
    python = "/usr/bin/python3"
    if os.geteuid() != 0 or subprocess.run([python, "-c", ""], check=False).returncode:
        pytest.skip("needs root and the system's Python")
    code = f"import sys; sys.path.insert(0, {os.getcwd()!r}); from autograder.engine.sandbox import ground as g\n"
    code += f"print(g.lay_ground(['/usr/lib/python3'], [], True, {without!r}).missing.get('uid'))"
    boot = code.replace("from autograder.engine.sandbox import ground as g", probe_boot())
    done = subprocess.run([python, "-I", "-c", boot], capture_output=True, text=True, check=True)
    assert done.stdout == "None\n"


def probe_boot():
    engine = os.path.dirname(os.path.dirname(sandbox.__file__))
    return (
        f"import types; p = types.ModuleType('_engine'); p.__path__ = [{engine!r}]; sys.modules['_engine'] = p; "
        "from _engine.sandbox import ground as g"
    )


GATHER = """
import sys
sys.path.insert(0, {engine!r})
from sandbox import kernel
kept = bytearray(range(256)) * 2**18
made = kernel.gather_memory()
with open("/proc/self/smaps_rollup") as file:
    large = next(int(line.split()[1]) for line in file if line.startswith("AnonHugePages:"))
print(made > 0, large >= 2048 * min(made, 1), kept == bytearray(range(256)) * 2**18)
"""


@linux
def test_memory_in_large_pages_holds_what_it_held():
    source = GATHER.format(engine=os.path.dirname(os.path.dirname(sandbox.__file__)))
    said = subprocess.run([sys.executable, "-c", source], capture_output=True, text=True, check=True).stdout
    new = tuple(int(part) for part in os.uname().release.split(".")[:2]) >= (6, 1)
    assert said.split()[0] == str(new)
    assert said.split()[1:] == ["True", "True"]


def test_a_look_clears_up_when_whoever_asked_is_killed(tmp_path: Path) -> None:
    source = "from autograder.engine.sandbox import probe; probe.look()"
    asking = subprocess.Popen([sys.executable, "-c", source], env={**os.environ, "TMPDIR": str(tmp_path)})
    deadline = time.monotonic() + 60
    while not list(tmp_path.glob("course-look-*")):
        assert asking.poll() is None
        assert time.monotonic() < deadline
    asking.kill()
    asking.wait()
    while list(tmp_path.iterdir()):
        assert time.monotonic() < deadline
        time.sleep(0.05)
