"""Given functions by callback: the value comes, the name does not, and no argument harms the grader."""

import pickle

import numpy as np
import pytest

from autograder.engine import Child, WireError, wire
from autograder.engine.callbacks import MOST_CALLBACKS, Handle
from autograder.engine.claims import read_callback
from course_utils.judging import Given, Rng

RECALL = "classification_metrics.recall_without_a_guard"
FOLDS = "model_selection.frozen_folds"


@pytest.fixture(scope="module")
def answers(child):
    """A child that has defined answers which use what they are given."""
    source = """
import gc, inspect, sys, threading
import numpy as np

def value(g, *args):
    return g(*args)

def many(g, n):
    return [g(np.array([1, 0]), np.array([1, 1])) for _ in range(n)]

def error(g, *args):
    try:
        return g(*args)
    except Exception as problem:
        return [type(problem).__name__, str(problem)]

def pry(g):
    seen, texts = set(), []
    def look(thing, depth):
        if id(thing) in seen or depth > 6 or len(texts) > 20_000:
            return
        seen.add(id(thing))
        if isinstance(thing, (str, bytes)):
            texts.append(repr(thing))
        elif not isinstance(thing, (type(sys), type)):
            for part in gc.get_referents(thing):
                look(part, depth + 1)
    look(g, 0)
    frame = sys._getframe()
    while frame:
        for name, part in frame.f_locals.items():
            if name not in ("In", "seen", "texts", "look"):
                look(part, 2)
        frame = frame.f_back
    return [text for text in texts if len(text) < 200 and ("recall_" in text or "frozen_" "folds" in text)]

kept = []
def keep(g):
    kept.append(g)
def use_kept():
    return error(kept[0], np.array([1]), np.array([1]))

def in_a_thread(g):
    found = []
    thread = threading.Thread(target=lambda: found.append(g(np.array([1, 0]), np.array([1, 1]))))
    thread.start()
    thread.join()
    return found

def twice(f, g, rng):
    return [[part.tolist() for pair in one(7, 3, rng) for part in pair] for one in (f, g)], rng.random()

def interrupted(g):
    import signal
    def stop(*_):
        raise TimeoutError("my own")
    signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, 0.05)
    try:
        while True:
            g(np.array([1]), np.array([1]))
    except BaseException as problem:
        return error(g, np.array([1]), np.array([1]))
"""
    assert child.run_cell(source).ended == "ok"
    return child


def test_the_value_comes_and_the_name_does_not(answers):
    reply = answers.call("value", "function", (Given(RECALL), np.array([1, 0]), np.array([1, 1])))
    assert reply.value == Given(RECALL).function()(np.array([1, 0]), np.array([1, 1]))
    assert answers.call("pry", "function", (Given(RECALL),)).value == []
    assert answers.call("pry", "function", (Given(FOLDS),)).value == []


def test_an_exception_tells_its_kind_and_not_the_name(answers):
    none = answers.call("error", "function", (Given("model_selection.whole_number_folds"), 7, 0, Rng(1)))
    assert none.value == ["ZeroDivisionError", "integer division or modulo by zero"]
    wrong = answers.call("error", "function", (Given(RECALL), 1, 2, 3, 4))
    assert wrong.value[0] == "TypeError"
    assert "recall" not in wrong.value[1]


def test_generators_and_several_functions(answers):
    args = (Given("model_selection.reversed_folds"), Given("model_selection.interleaved_folds"))
    reply = answers.call("twice", "function", (*args, Rng(3)))
    rng = np.random.default_rng(3)
    wanted = [[part.tolist() for pair in one.function()(7, 3, rng) for part in pair] for one in args]
    assert reply.value == (wanted, rng.random())


def test_a_function_that_is_kept_answers_no_more(answers):
    assert answers.call("in_a_thread", "function", (Given(RECALL),)).value == [100.0]
    answers.call("keep", "function", (Given(RECALL),))
    assert answers.call("use_kept", "function", ()).value[0] in ("RuntimeError", "IndexError")
    assert answers.call("many", "function", (Given(RECALL), 3)).value == [100.0] * 3


def test_a_call_that_was_broken_off_leaves_the_child_in_order(answers):
    reply = answers.call("interrupted", "function", (Given(RECALL),))
    assert reply.ended in ("returned", "raised")
    assert answers.call("many", "function", (Given(RECALL), 1)).value == [100.0]


def test_a_local_one_runs_beside_the_answer(answers):
    local = Given("regression_metrics.worst_error", local=True)
    assert answers.call("value", "function", (local, np.array([1.0]), np.array([3.0]))).value == 2.0
    assert answers._given._child is None or answers._given._child.alive


def test_an_argument_that_takes_all_memory_is_an_exception_of_the_answer(answers):
    folds = Given("model_selection.everything_folds")
    reply = answers.call("error", "function", (folds, 10**10, 2, Rng(1)))
    assert reply.value[0] == "MemoryError"
    assert len(answers.call("value", "function", (folds, 7, 2, Rng(1))).value) == 2


def test_an_argument_that_takes_for_ever_is_the_time_of_the_answer(fresh):
    one = fresh(call_seconds=60)
    one.run_cell("import numpy as np\ndef slow(g):\n    g(np.ones(120_000), np.ones(120_000))\n    return slow(g)")
    reply = one.call("slow", "function", (Given("regression_metrics.by_a_loop"),), seconds=2)
    assert reply.ended == "timeout"


def test_storms_of_calls_end(answers, monkeypatch):
    monkeypatch.setattr("autograder.engine.callbacks.MOST_CALLBACKS", 5)
    reply = answers.call("error", "function", (Given(RECALL), 1))
    assert reply.ended == "returned"
    answers.run_cell("def storm(g):\n    return [error(g, np.array([1]), np.array([1])) for _ in range(7)]")
    value = answers.call("storm", "function", (Given(RECALL),)).value
    assert value[:5] == [100.0] * 5
    assert [problem[0] for problem in value[5:]] == ["RuntimeError"] * 2
    assert MOST_CALLBACKS > 1000


def test_the_word_is_new_for_every_call():
    child = Child(wire.Limits())
    child._given._child = type("Alive", (), {"alive": True, "close": lambda self: None})()
    one, other = (child._given.hand_out((Given(RECALL), [Given(RECALL)])) for _ in range(2))
    assert len({*one.names, *other.names}) == 4
    assert "recall" not in str(one.args)
    assert isinstance(one.args[1][0], Handle)


CALL = {"callback": "w", "args": (), "named": {}, "generators": [], "errors": {}}


@pytest.mark.parametrize(
    "change",
    [
        {"callback": "v"},
        {"callback": ["w"]},
        {"callback": None},
        {"args": [1]},
        {"args": None},
        {"named": {1: 2}},
        {"named": []},
        {"generators": {}},
        {"errors": 3},
    ],
)
def test_a_malformed_callback_is_a_wire_error(change):
    read_callback(CALL, {"w"})
    with pytest.raises(WireError):
        read_callback({**CALL, **change}, {"w"})


def test_nothing_of_a_callback_but_its_four_parts_is_handed_on():
    _, request = read_callback({**CALL, "name": RECALL, "number": 3}, {"w"})
    assert set(request) == {"args", "named", "generators", "errors"}
    assert pickle.loads(pickle.dumps(request)) == request
