"""Whole notebooks: order, replay, budget, and our own failures."""

import dataclasses
import time

import pytest
from engine_helpers import text_of

from autograder.engine import CellResult, ChildStartError, EngineCell, run_notebook
from autograder.engine.claims import cut_outputs


def cells(*sources):
    """Make cells; "check:name" is a check and "skip:..." is passed over."""
    made = []
    for number, source in enumerate(sources):
        role, _, rest = source.partition(":")
        if role == "check":
            made.append(EngineCell(f"c{number}", f"check({rest})", "check", rest))
        else:
            made.append(EngineCell(f"c{number}", source, "skip" if role == "skip" else "run"))
    return made


def call_it(cell, caller):
    reply = caller.call(cell.exercise, "function", ())
    return reply.value if reply.ended == "returned" else reply.ended


def test_cells_run_in_order_and_checks_are_judged_where_they_stand(limits):
    runs = run_notebook(
        cells("x = 1\ndef f(): return x", "check:f", "x = 2", "skip:1/0", "check:f", "x"), limits, call_it
    )
    assert [run.ended for run in runs] == ["ok", "judged", "ok", "skipped", "judged", "ok"]
    assert [run.verdict for run in runs] == [None, 1, None, None, 2, None]
    assert text_of(runs[-1]) == "2"
    assert all(run.seconds >= 0 and run.notes == () for run in runs)


def test_a_cell_that_dies_or_hangs_costs_itself_only(limits):
    limits = dataclasses.replace(limits, cell_seconds=1)
    sources = [
        "n = 1\ndef f(): return n",
        "n = 5\nimport os; os._exit(0)",
        "check:f",
        "while True: pass",
        "n += 1",
        "check:f",
        "def g(): import os; os._exit(0)",
        "check:g",
        "check:f",
    ]
    runs = run_notebook(cells(*sources), limits, call_it)
    assert [run.ended for run in runs] == [
        "ok", "died", "judged", "timeout", "ok", "judged", "ok", "judged", "judged",
    ]  # fmt: skip
    assert [run.verdict for run in runs if run.role == "check"] == [1, 2, "died", 2]
    assert runs[1].outputs[0]["ename"] == "ProcessEnded"
    assert "1 second" in runs[3].outputs[0]["evalue"]
    assert runs[2].notes == ("A fresh process replayed the cells before.",)


def test_an_exercise_is_settled_by_its_first_lost_call(limits):
    asked = []

    def judge(cell, caller):
        for _ in range(5):
            began = time.monotonic()
            asked.append((caller.call(cell.exercise, "function", (), (), 0.3).ended, time.monotonic() - began < 0.1))
        return "done"

    runs = run_notebook(cells("import time\ndef f(): time.sleep(9)", "check:f"), limits, judge)
    assert asked == [("timeout", False)] + [("timeout", True)] * 4
    assert runs[1].verdict == "done"


def test_a_cell_that_is_lost_in_the_replay_is_left_out(limits, tmp_path):
    sources = [
        "def f(): return 1",
        "import time\nt = time.sleep",
        "import os\nn = len(os.listdir('/proc/self/fd'))",
        "if 'again' in dir(__import__('builtins')): os._exit(0)",
        "check:f",
    ]
    # The third cell leaves the process the second time it runs: it counts on a clock that only grows.
    began = time.time()
    sources[3] = f"import time, os\nif time.time() > {began} + 3: os._exit(0)"
    sources.insert(4, f"time.sleep(max(0, {began} + 3.2 - time.time()))\nos._exit(0)")
    runs = run_notebook(cells(*sources), limits, call_it)
    assert [run.ended for run in runs] == ["ok", "ok", "ok", "ok", "died", "judged"]
    assert runs[-1].verdict == 1
    assert any("c3 was lost" in note for note in runs[-1].notes)


def test_the_time_of_a_notebook_has_an_end(limits):
    limits = dataclasses.replace(limits, notebook_seconds=1)
    began = time.monotonic()
    runs = run_notebook(
        cells("def f(): return 1", "import time; time.sleep(60)", "time.sleep(60)", "check:f"), limits, call_it
    )
    assert time.monotonic() - began < 4
    assert [run.ended for run in runs] == ["ok", "timeout", "timeout", "judged"]
    assert runs[3].verdict == "timeout"
    assert "used up" in runs[3].notes[0]


def test_a_judge_that_fails_leaves_its_check_ungraded_and_goes_on(limits):
    def judge(cell, caller):
        if cell.exercise == "f":
            raise ValueError("ours")
        if cell.exercise == "g":
            caller.call("g", "function", ({1},))
        return call_it(cell, caller)

    runs = run_notebook(cells("f = g = h = lambda: 1", "check:f", "check:g", "check:h"), limits, judge)
    assert [run.ended for run in runs] == ["ok", "ungraded", "ungraded", "judged"]
    assert "ValueError: ours" in runs[1].notes[0]
    assert runs[3].verdict == 1


def test_a_host_without_children_is_told_and_not_marked(limits):
    class Broken:
        alive = False

        def __init__(self, _):
            pass

        def start(self):
            raise ChildStartError("no room")

        def end_check(self):
            pass

        def close(self):
            pass

    with pytest.raises(ChildStartError):
        run_notebook(cells("1"), limits, call_it, Broken)


def test_the_outputs_of_a_notebook_have_an_end(limits):
    limits = dataclasses.replace(limits, notebook_output_bytes=250_000)
    shout = "print('a' * 100_000)"
    runs = run_notebook(cells(shout, shout, shout, shout, "1 / 0", "x = 1", "x"), limits, call_it)
    texts = [text_of(run) for run in runs]
    assert sum(len(text) for text in texts) < 250_000
    assert [text.count("[output cut]") for text in texts] == [0, 0, 1, 1, 1, 0, 1]
    assert [run.ended for run in runs] == ["ok"] * 4 + ["error", "ok", "ok"]
    assert runs[4].outputs[-1]["ename"] == "ZeroDivisionError"


def test_the_cut_counts_every_kind_of_output_once():
    shown = {"output_type": "display_data", "data": {"text/plain": "b" * 500}, "metadata": {}}
    cut = {"output_type": "stream", "name": "stderr", "text": "[output cut]\n"}
    error = {"output_type": "error", "ename": "E", "evalue": "v" * 900, "traceback": ["t" * 900]}
    result, room = cut_outputs(CellResult([shown] * 9 + [error, cut], "error"), 3000)
    assert room == 0
    assert [output["output_type"] for output in result.outputs[-2:]] == ["stream", "error"]
    assert result.outputs.count(cut) == 1
    assert len(str(result.outputs)) < 3000
    small = CellResult([shown])
    same, room = cut_outputs(small, 3000)
    assert same == small
    assert 0 < room < 2500


def test_the_start_of_a_process_that_a_cell_made_needed_is_paid_by_the_notebook(limits):
    started = []

    class Slow:
        alive = False

        def __init__(self, _):
            pass

        def start(self):
            time.sleep(0.2)
            started.append(1)
            self.alive = True

        def run_cell(self, *_):
            self.alive = False
            return CellResult(ended="died")

        def end_check(self):
            pass

        def close(self):
            pass

    limits = dataclasses.replace(limits, notebook_seconds=0.7)
    runs = run_notebook(cells(*["import os; os._exit(0)"] * 30), limits, call_it, Slow)
    assert len(started) <= 5
    assert [run.ended for run in runs[-20:]] == ["timeout"] * 20
    assert "used up" in runs[-1].notes[0]


def test_a_replay_stops_when_the_time_is_used_up(limits):
    ran = []

    class Sleepy:
        alive = False

        def __init__(self, _):
            pass

        def start(self):
            self.alive = True

        def run_cell(self, source, *_):
            ran.append(source)
            time.sleep(0.1)
            self.alive = source != "die"
            return CellResult(ended="ok" if self.alive else "died")

        def end_check(self):
            pass

        def close(self):
            pass

    limits = dataclasses.replace(limits, notebook_seconds=1)
    run_notebook(cells(*["x"] * 5, *["die"] * 20), limits, call_it, Sleepy)
    assert len(ran) <= 11
