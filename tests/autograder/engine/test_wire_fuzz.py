"""Bytes of any kind against the grader's end of the wire: a value, or one clean error, and nothing else.

``WIRE_FUZZ`` sets how many mutated messages are tried; a longer run than the ordinary one is
``WIRE_FUZZ=2000000 pytest -k mutated tests/autograder/engine/test_wire_fuzz.py``.
"""

import contextlib
import copy
import json
import os
import random
import socket
import struct
import threading
import time
import tracemalloc

import numpy as np
import pytest
import torch

from autograder.engine import Child, WireError, decode, encode, frames
from autograder.engine.claims import CellResult, cut_outputs, read_call, read_callback, read_cell
from autograder.engine.limits import Limits
from course_utils.judging import Given, Reply
from course_utils.judging.elsewhere import pack
from tests.autograder.engine.engine_helpers import listening

TRIES = int(os.environ.get("WIRE_FUZZ", "30000"))
LIMITS = Limits(value_bytes=2**18, value_items=5000, value_depth=10, output_bytes=2**16)
FRAME = LIMITS.of_a_frame()
WATCH = ("torch", "sklearn")

# What honest children say: cells, replies and callbacks, as `child.py` writes them.
SAID = [
    {"number": 0, "confinement": ("landlock", "seccomp")},
    {"number": 3, "ok": True, "outputs": [{"output_type": "stream", "name": "stdout", "text": "hello\n" * 300}]},
    {
        "number": 4,
        "ok": False,
        "outputs": [
            {"output_type": "error", "ename": "ValueError", "evalue": "no", "traceback": ["\x1b[31mline\x1b[0m"]},
            {"output_type": "display_data", "data": {"text/plain": "x", "image/png": "A" * 2000}, "metadata": {}},
            {
                "output_type": "execute_result",
                "data": {"application/json": {"a": [1, 2.5, None]}},
                "metadata": {"m": {"n": 1}},
                "execution_count": 3,
            },
        ],
    },
    *(
        {
            "number": 5,
            "ended": "returned",
            "value": v,
            "changed_arguments": (0,),
            "libraries": ("torch",),
            "refused": None,
        }
        for v in (
            np.arange(12.0).reshape(3, 4),
            {"weights": [np.ones((2, 3), np.float32), np.zeros(2)], "loss": np.float64(0.25), "steps": 7},
            [(True, 10**30, -0.0, float("nan")), "ö" * 1200, None, {1: "a"}],
            torch.ones(2, 2),
            np.array([[True], [False]]),
            3 + 4j,
        )
    ),
    {
        "number": 6,
        "ended": "raised",
        "value": None,
        "error": {"type": "ValueError", "message": "shapes", "function": "f", "lines": ("line 3, in f: x",)},
        "libraries": (),
    },
    {"number": 7, "ended": "refused", "refused": "The function returned a `set`.", "outputs": [], "ok": False},
    {"number": 8, "callback": "w", **pack((np.ones(3), np.random.default_rng(1)), {"training": True})},
]
SEEDS = [encode(said, FRAME) for said in SAID]
NUMBERS = [
    0,
    -1,
    1,
    255,
    2**31 - 1,
    2**32 - 1,
    2**63 - 1,
    2**64,
    10**999,
    1e308,
    5e-324,
    True,
    None,
    "",
    "f8",
    "a",
    [],
    ["l"],
]


def damage(message, draw):
    """Return a message with one thing about its bytes changed."""
    data = bytearray(message)
    way = draw.randrange(6)
    place, other = draw.randrange(len(data)), draw.randrange(len(data))
    if way == 0:
        data[place] ^= 1 << draw.randrange(8)
    elif way == 1:
        data[place] = draw.randrange(256)
    elif way == 2:
        del data[min(place, other) : max(place, other)]
    elif way == 3:
        data[place:place] = data[other : other + draw.randrange(40)]
    elif way == 4:
        strange = draw.choice(SEEDS)
        data[place:] = strange[draw.randrange(len(strange)) :]
    else:
        data[:4] = struct.pack("!I", draw.choice([0, 1, len(data), 2**31, 2**32 - 1, len(data) - 5]) % 2**32)
    return bytes(data)


def rewrite(message, draw):
    """Return a message whose head is still JSON of its length, with a part of the tree changed."""
    (length,) = struct.unpack_from("!I", message)
    head, body = json.loads(message[4 : 4 + length]), message[4 + length :]
    lists, stack = [], [head]
    while stack:
        part = stack.pop()
        if isinstance(part, list):
            lists.append(part)
            stack.extend(part)
    one, other = draw.choice(lists), draw.choice(lists)
    way = draw.randrange(5)
    place = draw.randrange(len(one)) if one else 0
    if not one or way == 0:
        one.append(copy.copy(draw.choice(NUMBERS)))
    elif way == 1:
        one[place] = copy.copy(draw.choice(NUMBERS))
    elif way == 2:
        del one[place]
    elif way == 3:
        one.insert(place, json.loads(json.dumps(other)))  # also a buffer that is pointed at twice
    elif isinstance(one[place], int):
        one[place] = int(one[place]) + draw.choice([-1, 1, 2**40])
    if draw.random() < 0.2:
        body += body[: draw.randrange(9)]
        head[1:] = [[len(body)]] if draw.random() < 0.5 else head[1:]
    text = json.dumps(head).encode()
    return struct.pack("!I", len(text)) + text + body


def read(message):
    """Read a message as the grader does, all the way to records of ours."""
    try:
        claim = decode(message, FRAME)
        again = encode(claim, FRAME)
    except WireError:
        return False
    assert encode(decode(again, FRAME), FRAME) == again
    if isinstance(claim, dict):
        assert isinstance(cut_outputs(read_cell(claim), 10_000)[0], CellResult)
        assert isinstance(read_call(claim, WATCH, 2), Reply)
        with contextlib.suppress(WireError):
            read_callback(claim, {"w"})
    return True


def test_seeds_are_read():
    assert all(map(read, SEEDS))


@pytest.mark.timeout(300 + TRIES // 100)
def test_mutated_messages_are_read_or_turned_away():
    draw = random.Random(7)
    outcomes = set()
    for number in range(TRIES):
        message = draw.choice(SEEDS)
        for _ in range(draw.choice((1, 1, 1, 2, 4))):
            with contextlib.suppress(ValueError, struct.error):  # a head that was damaged before is no JSON now
                message = (damage, rewrite)[draw.randrange(2)](message, draw) or b"\0"
        try:
            outcomes.add(read(message))
        except Exception as error:
            raise AssertionError(f"try {number}: {message!r}") from error
    assert outcomes == {True, False}


def test_a_message_at_the_limit_takes_memory_in_proportion():
    for head in (
        b"[[" + b"1," * 2**17 + b"1],[]]",
        b'["' + b"\\u0000" * 2**15 + b'",[]]',
        b"[1,[" + b"0," * 2**17 + b"0]]",
    ):
        tracemalloc.start()
        with contextlib.suppress(WireError):
            decode(struct.pack("!I", len(head)) + head, FRAME)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert peak < 30 * len(head)


# --- the whole receiving path ----------------------------------------------------------------------


def frame(message):
    return struct.pack("!Q", len(message)) + message


def reply(number, **claim):
    return frame(encode({"number": number, "ended": "returned", "value": 1, **claim}, FRAME))


def storm(number):
    one = frame(
        encode({"number": number, "callback": "w", "args": (), "named": {}, "generators": [], "errors": {}}, FRAME)
    )
    while True:
        yield one


def dribble(number):
    yield struct.pack("!Q", 1000)
    while True:
        time.sleep(0.01)
        yield b"x"


def late(number):
    time.sleep(0.6)
    yield reply(number)


def flood(number):
    yield struct.pack("!Q", FRAME.value_bytes)
    while True:
        yield b"[" * 65536


HOSTILE = {
    "nothing": (lambda number: [], "died"),
    "garbage": (lambda number: [os.urandom(4000)], "died"),
    "zeros": (lambda number: [bytes(4000)], "died"),
    "an endless frame": (lambda number: [b"\xff" * 8], "died"),
    "a frame one byte too long": (lambda number: [struct.pack("!Q", frames.frame_limit(FRAME) + 1)], "died"),
    "an empty frame": (lambda number: [frame(b"")], "died"),
    "half a reply": (lambda number: [reply(number)[:-1]], "died"),
    "another number": (lambda number: [reply(number + 1)], "died"),
    "the number as a float": (lambda number: [reply(float(number))], "died"),
    "the number as true": (lambda number: [reply(True)], "died"),
    "the number as an array": (lambda number: [reply(np.array([number]))], "died"),
    "no dict": (lambda number: [frame(encode([number], FRAME))], "died"),
    "no ending": (lambda number: [reply(number, ended=3)], "died"),
    "an ending of ours": (lambda number: [reply(number, ended="timeout")], "died"),
    "a callback that nobody gave": (lambda number: [next(storm(number))], "died"),
    "a storm of callbacks": (storm, "died"),
    "a dribble": (dribble, "timeout"),
    "a late reply": (late, "timeout"),
    "a flood": (flood, "died"),
    "a mute": (lambda number: iter(lambda: time.sleep(0.05) or b"", None), "timeout"),
    "two replies": (lambda number: [reply(number), reply(number)], "returned"),
    "fields of all kinds": (
        lambda number: [reply(number, libraries=[[]], changed_arguments={"a": 1}, error=3, refused=[None])],
        "returned",
    ),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_whatever_a_child_sends_there_is_one_clean_outcome(name):
    stream, ended = HOSTILE[name]
    ours, theirs = socket.socketpair()
    child = listening(Child(LIMITS), ours)

    def misbehave():
        with contextlib.suppress(OSError), theirs:
            number = decode(frames.receive(theirs, FRAME), FRAME, arguments=True)["number"]
            for part in stream(number):
                theirs.sendall(part)

    thread = threading.Thread(target=misbehave, daemon=True)
    thread.start()
    tracemalloc.start()
    got = child.call("answer", "function", (1,), (), 0.4)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    alive = child.alive
    child.close()
    ours.close()
    thread.join(5)
    assert not thread.is_alive()
    assert got.ended == ended
    assert alive is (ended == "returned")
    assert child.call("answer", "function", ()).ended == "died"
    assert peak < 12 * 2**20


def test_a_child_that_calls_what_it_was_given_for_ever_runs_out_of_time():
    ours, theirs = socket.socketpair()
    child = listening(Child(LIMITS), ours)
    child._given = given = _Answers()

    def misbehave():
        with contextlib.suppress(OSError), theirs:
            number = decode(frames.receive(theirs, FRAME), FRAME, arguments=True)["number"]
            for part in storm(number):
                theirs.sendall(part)

    thread = threading.Thread(target=misbehave, daemon=True)
    thread.start()
    assert child.call("answer", "function", (Given("a.b"),), (), 0.4).ended == "timeout"
    child.close()
    ours.close()
    thread.join(5)
    assert not thread.is_alive()
    assert given.asked > 1


class _Answers:
    """Stands for the process that computes given functions."""

    asked = 0

    def hand_out(self, args):
        from autograder.engine.callbacks import Handed

        return Handed((), {"w": "a.b"})

    def answer(self, word, request, handed, deadline):
        self.asked += 1
        return {"ended": "raised", "type": "RuntimeError", "message": "no"}

    def close(self):
        pass
