"""The wire: what crosses comes back the same, and no bytes at all do harm."""

import json
import math
import socket
import tracemalloc
from collections import OrderedDict, namedtuple

import hypothesis.extra.numpy as hnp
import hypothesis.strategies as st
import numpy as np
import pytest
import torch
from hypothesis import given, settings

from autograder.engine import frames, wire
from autograder.engine.limits import Limits
from autograder.engine.wire import WireError, decode, encode
from course_utils.judging.calls import Given, Rng

LIMITS = Limits(value_bytes=2**20, value_depth=8, value_items=2000)
wire.register("rng", Rng, lambda rng: rng.seed, Rng)
wire.register("given", Given, lambda given: given.name, Given)

BOUND = 10**1000 - 1
integers = st.integers() | st.sampled_from([BOUND, -BOUND, 2**63, -(2**63), 2**64])
numbers = (
    st.none() | st.booleans() | integers | st.floats() | st.complex_numbers()
    | st.text(st.characters(exclude_categories=["Cs"]))
)  # fmt: skip
whole = hnp.boolean_dtypes() | hnp.integer_dtypes() | hnp.unsigned_integer_dtypes()
dtypes = whole | hnp.floating_dtypes(sizes=(16, 32, 64)) | hnp.complex_number_dtypes(sizes=(64, 128))
arrays = hnp.arrays(dtypes, hnp.array_shapes(min_dims=0, min_side=0, max_side=4))
scalars = dtypes.flatmap(hnp.from_dtype).filter(lambda value: isinstance(value, np.generic))
values = st.recursive(
    numbers | arrays | scalars,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.lists(inner, max_size=4).map(tuple)
        | st.dictionaries(st.text("abc", max_size=3) | st.integers(-(2**60) + 1, 2**60 - 1), inner, max_size=4)
    ),
    max_leaves=10,
)


def same(one, other):
    if isinstance(one, np.ndarray | np.generic):
        return (
            type(one) is type(other)
            and one.dtype.newbyteorder("=") == other.dtype.newbyteorder("=")
            and one.shape == other.shape
            and np.array_equal(one, other, equal_nan=one.dtype.kind in "fc")
        )
    if type(one) is not type(other):
        return False
    if isinstance(one, list | tuple):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, dict):
        return list(one) == list(other) and all(same(one[key], other[key]) for key in one)
    if isinstance(one, float | complex):
        return repr(one) == repr(other)
    return one == other


@given(values)
@settings(max_examples=200)
def test_what_is_encoded_comes_back_the_same_and_is_the_same_bytes_again(value):
    message = encode(value, LIMITS)
    back = decode(message, LIMITS)
    assert same(value, back)
    assert encode(back, LIMITS) == message


@pytest.mark.parametrize("code", [code for code in wire._DTYPES])
@pytest.mark.parametrize("shape", [(), (0,), (0, 3), (2, 0), (1,) * 32])
def test_an_array_of_every_dtype_and_odd_shape_comes_back(code, shape):
    array = np.ones(shape, wire._DTYPES[code])
    assert same(array, decode(encode(array, LIMITS), LIMITS))


@pytest.mark.parametrize(("levels", "crosses"), [(8, True), (9, False)])
def test_a_value_is_nested_up_to_the_limit(levels, crosses):
    message = encode(deep(levels), Limits())
    if crosses:
        assert decode(message, LIMITS) == decode(encode(deep(levels), LIMITS), LIMITS) == deep(levels)
    else:
        with pytest.raises(WireError):
            decode(message, LIMITS)


def test_tensors_arrive_as_arrays_at_the_grader_and_as_tensors_at_the_child():
    tensor = torch.tensor([[1.5, 2.0]], requires_grad=True)
    message = encode({"a": tensor, "b": tensor.detach().to(torch.bfloat16)}, LIMITS)
    there = decode(message, LIMITS)
    assert {type(value) for value in there.values()} == {wire.TensorArray}
    assert there["b"].dtype == np.float32
    assert encode(there, LIMITS) == message
    assert torch.equal(decode(message, LIMITS, arguments=True)["a"], tensor.detach())


@pytest.mark.parametrize("stand_in", [Rng(7), Given("toys.square")])
def test_a_stand_in_crosses_towards_the_child_only(stand_in):
    message = encode(([stand_in],), LIMITS)
    assert decode(message, LIMITS, arguments=True) == ([stand_in],)
    with pytest.raises(WireError):
        decode(message, LIMITS)


def test_arrays_of_any_layout_arrive_writable_and_equal():
    base = np.arange(24.0).reshape(4, 6)
    for array in (base.T, base[::2, ::-1], base.astype(">f4"), np.full((), 3.0), base[:0]):
        back = decode(encode(array, LIMITS), LIMITS)
        assert same(np.asarray(array), back)
        assert back.flags.writeable


def test_kinds_of_tuples_and_dicts_arrive_plain():
    point = namedtuple("point", "x y")(1, 2)
    assert decode(encode([point, OrderedDict(a=1)], LIMITS), LIMITS) == [(1, 2), {"a": 1}]


class Liar:
    __class__ = list

    def __reduce__(self):
        raise AssertionError("read by pickle")

    def __array__(self, *_, **__):
        raise AssertionError("read as an array")


class Array(np.ndarray):
    pass


def deep(levels):
    value = []
    for _ in range(levels):
        value = [value]
    return value


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ({1, 2}, "The function returned a `set`; return a number, an array"),
        (int, "The function returned the class `int`"),
        (np.array([object()]), "array of dtype `object`"),
        (np.array(["a"]), "array of dtype `<U1`"),
        (np.array([1], dtype="M8[s]"), "array of dtype `datetime64[s]`"),
        (np.zeros(2).view(Array), "`Array`; return a plain array"),
        (np.ma.masked_array([1.0]), "`MaskedArray`"),
        (b"raw", "`bytes`"),
        ({1.5: 1}, "`float` as a key"),
        ({True: 1}, "`bool` as a key"),
        ({2**60: 1}, "more than 60 bits as a key"),
        (10**1000, "more than 1000 digits"),
        ("\ud800", "not valid Unicode"),
        (Liar(), "cannot be read"),
        (deep(9), "more than 8 levels deep"),
        (deep(3000), "more than 8 levels deep"),
        ([0] * 3000, "more than 2000 parts"),
        (np.zeros(2**18), "larger than 1 MiB"),
        (np.broadcast_to(0.0, (2**40,)), "larger than 1 MiB"),
        (torch.zeros(2).to_sparse().to(torch.float8_e5m2), "cannot be read"),
    ],
)
def test_what_cannot_cross_is_refused_in_a_sentence(value, said):
    with pytest.raises(WireError) as caught:
        encode(value, LIMITS)
    assert said in str(caught.value)
    assert str(caught.value).endswith((".", "))."))


def quietly(data):
    for arguments in (False, True):
        try:
            decode(data, LIMITS, arguments=arguments)
        except WireError:
            continue


@given(st.binary(max_size=300))
@settings(max_examples=300)
def test_random_bytes_raise_nothing_but_wire_errors(data):
    quietly(data)


words = st.sampled_from(["a", "s", "T", "x", "rng", "f8", "b1", "nan", "u", "d", "l"])
heads = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 2**70) | st.floats() | words,
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(max_size=2), inner, max_size=2),
    max_leaves=20,
)


@given(heads)
@settings(max_examples=500)
def test_any_head_raises_nothing_but_wire_errors(tree):
    for buffers in ([], [8], [0, 16]):
        head = json.dumps([tree, buffers]).encode()
        quietly(len(head).to_bytes(4, "big") + head + bytes(sum(buffers)))


@given(values, st.data())
@settings(max_examples=300)
def test_a_damaged_message_raises_nothing_but_wire_errors(value, data):
    message = bytearray(encode([value, np.arange(3.0), "word"], LIMITS))
    for _ in range(data.draw(st.integers(1, 4))):
        message[data.draw(st.integers(0, len(message) - 1))] = data.draw(st.integers(0, 255))
    quietly(bytes(message))
    quietly(bytes(message[: data.draw(st.integers(0, len(message)))]))


def message_of(head, body=b""):
    return len(head).to_bytes(4, "big") + head + body


@pytest.mark.parametrize(
    "message",
    [
        b"\xff\xff\xff\xff",
        message_of(b"[" * 100_000),
        message_of(b"[1" + b"0" * 5000 + b",[]]"),
        message_of(b"[1" + b"0" * 2000 + b",[]]"),
        message_of(b"[NaN,[]]"),
        message_of(b'[["a","f8",[1152921504606846976],0],[8]]', bytes(8)),
        message_of(b'[["a","f8",[0,1152921504606846976],0],[0]]'),
        message_of(b'[["a","f8",[-1,-1],0],[8]]', bytes(8)),
        message_of(b'[["a","f8",[true],0],[8]]', bytes(8)),
        message_of(b'[["a","O8",[1],0],[8]]', bytes(8)),
        message_of(b'[["a",["f8"],[1],0],[8]]', bytes(8)),
        message_of(b'[["a","f8",[1],-1],[8]]', bytes(8)),
        message_of(b'[["l",[["a","f8",[1],0],["a","f8",[1],0]]],[8]]', bytes(8)),
        message_of(b'[["s","f8",[1],0],[8]]', bytes(8)),
        message_of(b'[["a","f8",[' + b"1," * 40 + b"1],0],[8]]", bytes(8)),
        message_of(b"[null,[8]]", bytes(8)),
        message_of(b"[null,[9999999999999999]]"),
        message_of(b"[null,[]]", b"rest"),
        message_of(b'[["d",[["a",1],["a",2]]],[]]'),
        message_of(b'[["d",[[["l",[]],1]]],[]]'),
        message_of(b'[["u",0],[2]]', b"\xff\xff"),
        message_of(b'["\\ud800",[]]'),
        message_of(b'[{"a":1},[]]'),
        message_of(b'[["x","rng",1],[]]'),
        message_of(b'[["c",1,2.0],[]]'),
        message_of(b'[["c",1.0],[]]'),
        message_of(b'[["d",[[1152921504606846976,1]]],[]]'),
        message_of(b"[[" + b"[]," * 300_000 + b"[]],[]]"),
        message_of(b"[[" + b'{"":0},' * 100_000 + b"0],[]]"),
        message_of(b'["' + b'\\"' * 300_000 + b"["),
    ],
)
def test_a_lying_message_is_a_wire_error_and_takes_no_memory(message):
    tracemalloc.start()
    with pytest.raises(WireError):
        decode(message, LIMITS)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 4 * 2**20


def test_a_boolean_array_of_odd_bytes_becomes_an_ordinary_one():
    array = decode(message_of(b'[["a","b1",[3],0],[3]]', b"\x00\x02\xff"), LIMITS)
    assert array.tobytes() == b"\x00\x01\x01"


def test_a_frame_that_says_it_is_endless_is_not_waited_for():
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.sendall(b"\x7f" + b"\xff" * 7)
        with pytest.raises(WireError):
            frames.receive(ours, LIMITS)


def test_brackets_and_braces_inside_words_are_no_parts():
    value = ["[{" * 400] * 100
    assert decode(encode(value, LIMITS), LIMITS) == value


def test_whole_numbers_that_fall_into_one_place_of_a_dict_are_turned_away():
    """Each of them is slower than the one before: a hundred thousand would keep the grader busy for minutes."""
    pairs = [[number * (2**61 - 1), 0] for number in range(1000)]
    with pytest.raises(WireError, match="malformed key"):
        decode(message_of(json.dumps([["d", pairs], []]).encode()), LIMITS)


def test_special_floats_keep_their_sign():
    back = decode(encode([math.inf, -math.inf, -0.0], LIMITS), LIMITS)
    assert [repr(number) for number in back] == ["inf", "-inf", "-0.0"]


def test_a_head_with_too_many_buffers_is_turned_away_before_they_are_made():
    head = json.dumps([None, [0] * 1_000_000]).encode()
    message = len(head).to_bytes(4, "big") + head
    limits = Limits()
    tracemalloc.start()
    try:
        with pytest.raises(WireError, match="too many buffers"):
            decode(message, limits)
        assert tracemalloc.get_traced_memory()[1] < 40 * 2**20
    finally:
        tracemalloc.stop()
