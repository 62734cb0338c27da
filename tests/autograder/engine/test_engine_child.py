"""A child under attack: whatever a cell does, our side gets one clean answer and nothing stays behind."""

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import torch
from engine_helpers import processes_below, text_of

from autograder.engine import Child, ChildStartError, Limits, WireError, folder, process, spawn, warm
from course_utils.judging.calls import Given, LearnerError, Reply, Rng


@pytest.fixture
def watched(fresh):
    """A child of one's own; whatever the test did, no process and no folder of it may be left."""
    fresh().close()  # the warm process is there from now on
    before, folders = processes_below(), warm.warm_process().private / "children"
    child = fresh()
    assert len(processes_below() - before) == 2
    yield child
    child.close()
    assert processes_below() <= before
    assert list(folders.iterdir()) == []


ROOT = Path(__file__).resolve().parents[3]
ANSWERS = """
import numpy as np
def double(x): return 2 * x
def draw(rng): return rng.random()
def change(x): x[0] = 5; return None
def fail(x):
    y = x / 0
    return y
def a_set(): return {1}
def mean(x): return np.mean(np.asarray(x))
def is_tensor(x): return 'Tensor' in str(type(x))
def chatty(): print('secret' * 100); return 1
def numbers():
    yield 1
    yield 2
def big(): return np.zeros(10**6)
class Evil:
    __array__ = __reduce__ = lambda self, *a: __import__('os')._exit(0)
def evil(): return Evil()
def evil_list(): return [Evil()]
import os, time
def leave(): os._exit(0)
def hang(): time.sleep(100)
value = 3
"""


def test_calls_of_every_kind_give_plain_replies(child):
    assert child.run_cell(ANSWERS).ended == "ok"
    assert np.array_equal(child.call("double", "function", (np.arange(3),)).value, [0, 2, 4])
    assert child.call("draw", "function", (Rng(3),)).value == np.random.default_rng(3).random()
    assert child.call("change", "function", (np.zeros(2),)).changed_arguments == (0,)
    assert child.call("numbers", "generator", ()).value == [1, 2]
    assert child.call("is_tensor", "function", (torch.ones(1),)).value is True
    assert child.call("double", "function", (torch.ones(1),)).value.tolist() == [2.0]
    assert child.call("mean", "function", ([1.0, 3.0],)).value == 2.0
    assert child.call("chatty", "function", ()).value == 1
    assert text_of(child.run_cell("1")) == "1"
    failed = child.call("fail", "function", (1,))
    assert failed.ended == "raised"
    assert failed.error == LearnerError("ZeroDivisionError", "division by zero", "fail", failed.error.lines)
    assert failed.error.lines[-1].endswith("y = x / 0")
    assert child.call("missing", "function", ()).error.type == "NameError"
    assert child.call("value", "function", ()).ended == "refused"


def test_an_error_is_told_by_no_line_of_the_engine(child):
    child.run_cell("def copies(x):\n    import solutions\n    return solutions.copy(x)\n")
    error = child.call("copies", "function", (1,)).error
    assert (error.type, error.function) == ("ModuleNotFoundError", "copies")
    assert [line.partition(": ")[2] for line in error.lines] == ["import solutions"]


@pytest.mark.parametrize(
    ("name", "said"), [("a_set", "`set`"), ("big", "larger than"), ("evil", "`Evil`"), ("evil_list", "`Evil`")]
)
def test_a_value_that_cannot_cross_is_refused_and_the_child_lives(child, name, said):
    child.run_cell(ANSWERS)
    reply = child.call(name, "function", ())
    assert reply.ended == "refused"
    assert said in reply.refused
    assert child.alive


def test_arguments_that_cannot_cross_are_our_mistake_and_cost_nothing(child):
    with pytest.raises(WireError):
        child.call("double", "function", ({1},))
    assert child.run_cell("1").ended == "ok"


def test_forged_fields_of_a_reply_are_dropped():
    claim = {
        "ended": "raised",
        "error": {"type": 3, "message": "m" * 10_000, "function": None, "lines": ["a" * 900] * 99 + [4]},
        "libraries": ["torch", "other", 3],
    }
    reply = process.read_call(claim, ("torch",), 1)
    assert reply.error.type == "Exception"
    assert len(reply.error.message) == 500
    assert (len(reply.error.lines), len(reply.error.lines[0])) == (20, 300)
    assert reply.libraries == ("torch",)
    odd = {"ended": "returned", "changed_arguments": [0, -1, 7, True, "x"], "value": 1}
    assert process.read_call(odd, (), 2) == Reply(value=1, changed_arguments=(0,))
    assert process.read_call({"ended": ["x"]}, (), 0) == Reply(ended="died")
    outputs = [3, {"output_type": "x"}, {"output_type": "stream", "name": "stdin", "text": "a"},
               {"output_type": "display_data", "data": {"text/html": {"a": 1}, "a": "b"}, "metadata": 4}]  # fmt: skip
    assert process.read_cell({"outputs": outputs, "ok": "yes"}) == process.CellResult(
        [{"output_type": "display_data", "data": {}, "metadata": {}}], "error"
    )


@pytest.mark.parametrize(
    "source",
    [
        "import os; os._exit(0)",
        "import os, signal; os.kill(os.getpid(), signal.SIGKILL)",
        "import ctypes; ctypes.string_at(1)",
    ],
)
def test_a_cell_that_ends_the_process_is_died(watched, source):
    result = watched.run_cell(source)
    assert result.ended == "died"
    assert not watched.alive
    assert watched.call("f", "function", ()) == Reply(ended="died")
    assert watched.run_cell("1").ended == "died"


def test_a_loop_that_ignores_every_signal_is_stopped_in_time(watched):
    began = time.monotonic()
    source = """
import signal
for number in range(1, 65):
    try: signal.signal(number, signal.SIG_IGN)
    except (OSError, ValueError): pass
while True:
    try:
        while True: pass
    except BaseException: pass
"""
    assert watched.run_cell(source, seconds=1).ended == "timeout"
    assert time.monotonic() - began < 3


def test_a_call_that_hangs_or_leaves_costs_nothing_but_itself(watched):
    watched.run_cell(ANSWERS)
    for name, ended in (("hang", "timeout"), ("leave", "died")):
        assert watched.call(name, "function", (), (), 0.5) == Reply(ended=ended)
        assert watched.alive
        assert watched.call("double", "function", (4,)) == Reply(value=8)
    assert text_of(watched.run_cell("value")) == "3"


def test_calls_of_one_check_share_a_state_that_the_cells_never_see(fresh):
    child = fresh()
    child.run_cell("seen = []\ndef count():\n    seen.append(1)\n    return len(seen)")
    assert [child.call("count", "function", ()).value for _ in range(3)] == [1, 2, 3]
    child.end_check()
    assert child.call("count", "function", ()).value == 1
    assert text_of(child.run_cell("len(seen)")) == "0"


def test_an_answer_cannot_count_the_functions_that_it_is_handed(fresh):
    child = fresh()
    child.run_cell("seen = []\ndef count(given):\n    seen.append(given)\n    return len(seen)")
    given = (Given("softmax_regression.row_by_row"),)
    assert [child.call("count", "function", given).value for _ in range(3)] == [1, 1, 1]


def test_what_a_call_starts_ends_with_its_check_and_what_a_cell_started_goes_on(watched):
    helpers = "import subprocess, sys\ndef start(): return subprocess.Popen(['sleep', '60']).pid"
    watched.run_cell(helpers)
    before = processes_below()
    watched.run_cell("kept = start()")
    watched.call("start", "function", ())
    watched.call("start", "function", ())
    assert len(processes_below() - before) == 4  # the fork that answers calls is one of them
    watched.end_check()
    assert len(processes_below() - before) == 1
    assert text_of(watched.run_cell("import os; os.kill(kept, 0)")) == ""


def test_a_notebook_with_threads_of_its_own_is_called_where_it_stands(watched):
    source = "import threading, time, os\nthreading.Thread(target=time.sleep, args=(60,), daemon=True).start()\n"
    watched.run_cell(source + ANSWERS)
    assert watched.call("double", "function", (4,)) == Reply(value=8)
    watched.end_check()
    assert text_of(watched.run_cell("value")) == "3"
    assert watched.call("leave", "function", ()) == Reply(ended="died")
    assert not watched.alive


def test_a_worker_that_refuses_to_end_a_check_is_ended(watched):
    source = "import signal, os\nsignal.signal(signal.SIGCHLD, lambda *_: os._exit(1))"
    watched.run_cell(ANSWERS + source)
    assert watched.call("double", "function", (4,)) == Reply(value=8)
    watched.end_check()
    assert not watched.alive


def test_a_limit_of_all_processes_together_is_named_in_the_cell(fresh):
    result = fresh(cpu_seconds=1).run_cell("while True: pass")
    assert result.ended == "died"
    assert "CPU time" in text_of(result)


def test_memory_and_files_have_an_end(child):
    assert "MemoryError" in str(child.run_cell("x = bytearray(3 * 2**30)").outputs)
    source = "with open('big', 'wb') as f:\n    for _ in range(100): f.write(bytes(2**16))"
    assert "File too large" in str(child.run_cell(source).outputs)
    assert child.run_cell("1").ended == "ok"


@pytest.mark.parametrize("confined", [True, False])
def test_no_process_outlives_its_child(fresh, confined):
    source = """
import os, time
for n in range(20):
    if os.fork() == 0:
        if n % 2: os.setsid()
        if n % 4 == 3 and os.fork(): os._exit(0)
        time.sleep(60); os._exit(0)
"""
    fresh(confined=confined).close()
    before = processes_below()
    child = fresh(confined=confined)
    assert child.run_cell(source).ended == "ok"
    assert len(processes_below() - before) > 20
    child.close()
    assert processes_below() <= before


def test_processes_that_hold_the_wire_open_do_not_hide_a_death(watched):
    source = "import os, time\nfor _ in range(5):\n    if os.fork() == 0: time.sleep(60); os._exit(0)\nos._exit(1)"
    assert watched.run_cell(source).ended == "died"


WIRE = """
import gc, json, os, socket, struct
wire = next(s for s in gc.get_objects() if isinstance(s, socket.socket))
def frame(head):
    head = json.dumps([head, []]).encode()
    return struct.pack('!QI', len(head) + 4, len(head)) + head
"""


@pytest.mark.parametrize(
    "source",
    [
        "wire.sendall(b'garbage' * 1000)",
        "wire.sendall(b'\\xff' * 100)",
        "wire.sendall(frame(['d', [['number', 1], ['ok', True]]]))",
        "wire.sendall(frame({'number': 1}))",
        "wire.sendall(struct.pack('!Q', 2**60))",
        "wire.sendall(struct.pack('!Q', 0))",
        "wire.shutdown(socket.SHUT_RDWR)",
        "os.close(wire.fileno())",
    ],
)
def test_rubbish_on_the_wire_is_a_death(fresh, source):
    child = fresh()
    assert child.run_cell(WIRE).ended == "ok"
    assert child.run_cell(source).ended == "died"
    assert not child.alive


def test_a_frame_that_never_ends_runs_out_of_time(fresh):
    child = fresh()
    child.run_cell(WIRE)
    source = "import time\nwire.sendall(struct.pack('!Q', 1000) + b'a')\ntime.sleep(60)"
    assert child.run_cell(source, seconds=0.5).ended == "timeout"


def test_a_child_that_stops_reading_runs_out_of_time(fresh):
    child = fresh(value_bytes=8 * 2**20)
    child.run_cell("import time\ndef f(x): time.sleep(60)")
    began = time.monotonic()
    assert child.call("f", "function", (np.zeros(10**6),), (), 0.5).ended == "timeout"
    assert time.monotonic() - began < 2


def test_the_environment_holds_nothing_of_ours(fresh, monkeypatch):
    monkeypatch.setenv("PLANTED_SECRET", "planted-word")
    child = fresh()
    seen = text_of(child.run_cell("import os\nprint(dict(os.environ), open('/proc/self/cmdline').read())\n!env"))
    assert "HOME" in seen
    assert "planted" not in seen.lower()


@pytest.mark.parametrize("name", ["solutions", "autograder", "autograder.engine", "solutions.softmax_regression"])
def test_the_instructors_packages_cannot_be_imported(child, name):
    assert child.run_cell(f"import {name}").outputs[0]["ename"] == "ModuleNotFoundError"
    past = f"""
import sys, importlib
kept = sys.meta_path[:]
sys.meta_path[:] = [finder for finder in kept if type(finder).__name__ != '_Hide']
try: importlib.import_module({name!r})
finally: sys.meta_path[:] = kept
"""
    assert child.run_cell(past).outputs[0]["ename"] in ("ModuleNotFoundError", "PermissionError")


def test_what_a_notebook_needs_can_be_imported(child):
    source = "import numpy, torch, matplotlib.pyplot, sklearn.linear_model\nfrom course_utils import check"
    assert child.run_cell(source).outputs == []


@pytest.mark.parametrize("draw", ["numpy.random.rand()", "torch.rand(1)", "random.random()"])
def test_the_seed_of_a_child_decides_what_it_draws(fresh, draw):
    source = f"import numpy, torch, random\nfloat({draw})"
    drawn = [text_of(fresh(seed=seed).run_cell(source)) for seed in (2**60 + 1, 2**60 + 1, 2**60 + 2)]
    assert drawn[0] == drawn[1] != drawn[2]


def test_a_child_ends_with_its_owner(fresh):
    fresh().close()
    before = processes_below()
    child = Child(Limits())
    child.start()
    assert processes_below() > before
    del child
    assert processes_below() <= before


def test_a_child_ends_when_our_side_raises(fresh):
    fresh().close()
    before = processes_below()

    def fail():
        with Child(Limits()):
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    assert processes_below() <= before


def test_a_folder_that_was_closed_is_removed_all_the_same(watched):
    assert watched.run_cell("import os\nos.makedirs('a/b/c')\nos.chmod('a/b', 0)\nos.chmod('.', 0o500)").ended == "ok"


def test_a_folder_nested_beyond_any_depth_is_removed(watched):
    source = "import os\nfor _ in range(1500):\n    os.mkdir('deep')\n    os.chdir('deep')"
    assert watched.run_cell(source).ended == "ok"


def test_removing_a_folder_touches_nothing_above_or_beside_it(tmp_path):
    above, beside = tmp_path / "above", tmp_path / "beside"
    beside.mkdir(mode=0o500)
    (above / "private" / "closed").mkdir(parents=True)
    (above / "private" / "link").symlink_to(beside)
    (above / "private" / "closed").chmod(0)
    (above / "private").chmod(0)
    above.chmod(0o555)
    folder.remove(above / "private")
    modes = [path.stat().st_mode & 0o777 for path in (above, beside)]
    above.chmod(0o700)
    assert modes == [0o555, 0o500]
    (above / "other").symlink_to(beside)
    folder.remove(above / "other")
    assert beside.exists()
    assert not (above / "other").is_symlink()


def test_a_host_that_cannot_start_a_child_says_so(monkeypatch):
    monkeypatch.setattr(spawn, "_BOOT", "raise SystemExit('no such thing')")
    with pytest.raises(ChildStartError, match="no such thing"):
        warm.start_warm_process(confined=False)
    monkeypatch.setattr(spawn.sys, "executable", os.devnull)
    with pytest.raises(ChildStartError):
        warm.start_warm_process(confined=False)


def test_a_warm_process_that_was_killed_is_made_anew(fresh):
    fresh(confined=False)
    os.kill(warm.warm_process((), False).pid, signal.SIGKILL)
    assert fresh(confined=False).run_cell("1").ended == "ok"


@pytest.mark.parametrize("name", ["lib", "lessons"])
def test_a_warm_process_whose_folder_was_cleaned_away_is_made_anew(fresh, name):
    """A notebook server lives for weeks, longer than a host may keep its temporary files."""
    fresh().close()
    shutil.rmtree(warm.warm_process().private / name)
    assert fresh().run_cell("import course_utils").ended == "ok"


STEPS = """
import sys, torch
net = torch.nn.Linear(2, 1)
for make in (torch.optim.SGD, torch.optim.Adam, torch.optim.AdamW, torch.optim.RMSprop):
    optimizer = make(net.parameters(), lr=0.1)
    scheduler = torch.optim.lr_scheduler.StepLR(optimizer, 2)
    optimizer.zero_grad()
    net(torch.ones(3, 2)).sum().backward()
    optimizer.step()
    scheduler.step()
print("torch._dynamo.config" in sys.modules, "sympy" in sys.modules)
print(torch.compile(lambda x: 2 * x, backend="eager")(torch.ones(1)).item(), torch._dynamo.config.recompile_limit > 0)
"""


def test_torchs_compiler_is_there_for_those_who_use_it_and_nobody_else(child):
    """Were it imported ahead, or by an optimizer, each child would pay for it."""
    assert text_of(child.run_cell(STEPS)) == "False False\n2.0 True\n"


def test_what_hardly_a_submission_imports_is_not_imported_ahead_and_can_be(monkeypatch):
    unused = ("sklearn", "ipywidgets", "course_utils.widgets")
    source = f"import sys; print([name in sys.modules for name in {unused}])"
    lean = warm.start_warm_process(unused=(*unused, "anywidget"))
    monkeypatch.setattr(process, "warm_process", lambda *_, **__: lean)
    with Child(Limits()) as one:
        assert text_of(one.run_cell(source)) == "[False, False, False]\n"
        assert text_of(one.run_cell(f"import {', '.join(unused)}\n{source}")) == "[True, True, True]\n"
    lean.close()


SPLIT = """
import os, sys
from autograder.engine import Child, Limits
from autograder.engine.warm import keep_warm_process, start_warm_process

first = start_warm_process()
half = first.split()
for _ in range(2):
    reading, writing = os.pipe()
    if os.fork() == 0:
        first.leave()
        keep_warm_process(half)
        with Child(Limits()) as child, Child(Limits()) as other:
            child.run_cell("x = 5")
            told = [child.run_cell("print(x)"), other.run_cell("print('x' in globals())")]
        os.write(writing, "".join(cell.outputs[0]["text"] for cell in told).encode())
        os._exit(0)
    os.close(writing)
    print(os.read(reading, 100), os.wait()[1], flush=True)
    half.close()
    half = first.split()
half.close()
os.kill(first.pid, 0)
first.close()
print(first.private.exists())
"""


def test_a_warm_process_that_was_forked_serves_a_fork_of_the_grader():
    """And neither it nor what it has left keeps the first one from its end."""
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", SPLIT]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120)
    assert done.stdout.split("\n")[:3] == ["b'5\\nFalse\\n' 0"] * 2 + ["False"], done.stderr


FORKS = """
import os, time
for _ in range(3):
    if os.fork() == 0: os.setsid(); time.sleep(60)
"""


def _began(pid):
    """Return when a living process was started, None for one that is not there."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return None if fields[0] == "Z" else int(fields[19])


@pytest.mark.parametrize("confined", [True, False])
def test_nothing_outlives_a_grader_that_is_killed(confined):
    source = f"""
import sys, time
from autograder.engine import Child, Limits
child = Child(Limits(), confined={confined})
child.start()
child.run_cell({FORKS!r})
print(child._warm.private, flush=True)
time.sleep(60)
"""
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    grader = subprocess.Popen([sys.executable, "-c", source], stdout=subprocess.PIPE, env=environment)
    private = Path(grader.stdout.readline().decode().strip())
    assert private.is_dir()
    # By number and start: numbers are given out again.
    below = {pid: _began(pid) for pid in processes_below(grader.pid)}
    assert len(below) >= 5
    grader.kill()
    grader.wait()
    deadline = time.monotonic() + 20
    while (left := [pid for pid, began in below.items() if _began(pid) == began]) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert [Path(f"/proc/{pid}/stat").read_text() for pid in left] == []
    assert not private.exists()
