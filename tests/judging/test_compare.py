"""Plain data, the first difference, and recognising a slip."""

from __future__ import annotations

import sys
from collections import OrderedDict, namedtuple
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from course_utils.judging.compare import Unknown, as_array, as_plain, find_difference, holds_tensor, same_slip


class AlwaysEqual:
    def __eq__(self, other: object) -> bool:
        return True

    def __hash__(self) -> int:
        return 0


class LyingArray(np.ndarray):
    """Claims any shape and equality."""

    shape = property(lambda self: (3,), lambda self, value: None)

    def __eq__(self, other: object) -> Any:
        return True

    def __array__(self, *args: Any, **kwargs: Any) -> np.ndarray:
        raise AssertionError("must not be asked")

    def __array_ufunc__(self, *args: Any, **kwargs: Any) -> Any:
        raise AssertionError("must not be asked")


class LyingFloat(float):
    def __float__(self) -> float:
        return 42.0

    def __array__(self, *args: Any, **kwargs: Any) -> np.ndarray:
        raise AssertionError("must not be asked")


class LyingWord(str):
    def __eq__(self, other: object) -> bool:
        return True

    def __hash__(self) -> int:
        return 0


class Pretender:
    """Says that it is an array, and stops the process when it is touched."""

    __class__ = np.ndarray  # type: ignore[assignment]

    def __getattr__(self, name: str) -> Any:
        raise SystemExit(name)

    def __len__(self) -> int:
        raise SystemExit


class EndlessList(list):
    def __iter__(self) -> Any:
        while True:
            yield 1


class HostileDict(dict):
    def items(self) -> Any:
        raise KeyboardInterrupt

    def __iter__(self) -> Any:
        raise KeyboardInterrupt


def _same_type_tree(value: Any) -> bool:
    kinds = (np.ndarray, Unknown, int, float, complex, bool, str, type(None))
    if type(value) in (list, tuple):
        return all(map(_same_type_tree, value))
    if type(value) is dict:
        return all(map(_same_type_tree, value.values()))
    return type(value) in kinds


HOSTILE = [
    AlwaysEqual(),
    np.ones((2, 2)).view(LyingArray),
    LyingFloat(3.0),
    LyingWord("x"),
    Pretender(),
    EndlessList([1.0]),
    HostileDict(a=1),
    [Pretender(), {"a": Pretender()}],
    np.array([AlwaysEqual()], dtype=object),
    torch.ones(2, dtype=torch.bfloat16),
    torch.eye(2).to_sparse(),
    (n for n in ()),
    range(3),
    {1, 2},
    sys,
    AlwaysEqual,
    b"bytes",
]


@pytest.mark.parametrize("value", HOSTILE, ids=lambda value: type(value).__name__)
def test_plain_data_runs_no_code_of_the_learner(value: Any) -> None:
    assert _same_type_tree(as_plain(value))


def test_subclasses_lose_what_they_override() -> None:
    plain = as_plain(np.arange(4.0).reshape(2, 2).view(LyingArray))
    assert type(plain) is np.ndarray
    assert plain.shape == (2, 2)
    assert find_difference(as_plain(LyingWord("no")), "yes", "reduction") is not None
    assert as_plain(EndlessList([1.0])) == [1.0]
    assert as_plain(HostileDict(a=1)) == {"a": 1}
    pair = namedtuple("pair", "a b")
    assert as_plain(pair(1, [2.0])) == (1, [2.0])
    assert as_plain(OrderedDict(b=1, a=2)) == {"b": 1, "a": 2}
    assert as_plain(np.float32(2.5)).dtype == np.float32


def test_tensors_become_arrays() -> None:
    value = as_plain({"a": [torch.ones(2, requires_grad=True)]})["a"][0]
    assert isinstance(value, np.ndarray)
    assert value.tolist() == [1.0, 1.0]


def test_values_without_an_end_are_cut() -> None:
    itself: list[Any] = []
    itself.append(itself)
    doubling: list[Any] = [1.0]
    for _ in range(19):
        doubling = [doubling, doubling]
    deep: list[Any] = []
    for _ in range(100_000):
        deep = [deep]
    for value in (itself, doubling, [doubling] * 9, deep):
        assert find_difference(as_plain(value), np.ones(2), "reduction") is not None


def test_the_copy_is_independent() -> None:
    original = np.ones(3)
    plain = as_plain(original)
    original[:] = 0
    assert plain.tolist() == [1, 1, 1]


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (None, "it is None, not numbers"),
        ("1 2", "it is a str, not numbers"),
        (AlwaysEqual(), "it is a AlwaysEqual, not numbers"),
        ([1.0, "a"], "it is a list, not numbers"),
        ([[1.0], [1.0, 2.0]], "it is a list, not numbers"),
        ([1.0, 3.0], "1 of 2 numbers differ"),
        ([1.0, np.nan], "1 of 2 numbers is NaN"),
        ([1.0, np.inf], "1 of 2 numbers is infinite"),
        ([[1.0, 2.0]], "it has another shape than it should"),
        (np.array([1 + 0j, 2 + 0j]), "it is an array, not numbers"),
        (10**400, "not numbers"),
    ],
)
def test_what_differs_is_said_without_the_wanted_number(found: Any, said: str) -> None:
    difference = find_difference(as_plain(found), np.array([1.0, 2.0]), "reduction")
    assert difference is not None
    assert said in difference.reason


def test_lists_truth_values_and_integers_count_as_numbers() -> None:
    for found in ([1, 0], (True, False), np.array([True, False]), np.array([1, 0], dtype=np.uint8), [1.0, 0]):
        assert find_difference(as_plain(found), np.array([1.0, 0.0]), "elementwise") is None


def test_shapes_are_told_found_and_wanted() -> None:
    difference = find_difference(np.ones((3, 1)), np.ones(3), "reduction")
    assert difference is not None
    assert difference.shapes == "found (3, 1), wanted (3,)"


def test_the_first_step_that_differs_is_named_in_the_oracles_order() -> None:
    wanted = {"a": np.ones(2), "b": {"c": [1.0, 2.0]}}
    assert find_difference({"b": {"c": [1.0, 2.0]}, "a": [1, 1], "more": 3}, wanted, "reduction") is None
    found = find_difference({"b": {"c": [1.0, 9.0]}, "a": [1, 1]}, wanted, "reduction")
    assert found is not None
    assert found.where == "`b`, `c`, item 2"
    missing = find_difference({"a": [1, 1]}, wanted, "reduction")
    assert missing is not None
    assert missing.reason == "the entry `b` is missing"


def test_parts_are_counted() -> None:
    difference = find_difference([1.0], [1.0, 2.0], "reduction")
    assert difference is not None
    assert difference.shapes == "1 found, 2 wanted"
    assert find_difference(3.0, [1.0, 2.0], "reduction") is not None


def test_words_are_compared_as_words() -> None:
    assert find_difference("right", "right", "reduction") is None
    assert find_difference("left", "right", "reduction") is not None
    assert find_difference(3, "right", "reduction") is not None


@given(st.recursive(st.floats() | st.text() | st.none() | st.booleans(), lambda inner: st.lists(inner, max_size=3)))
def test_every_plain_value_is_its_own_slip(value: Any) -> None:
    plain = as_plain(value)
    assert same_slip(plain, plain, "reduction")


def test_a_slip_with_nan_is_recognised_by_its_numbers_too() -> None:
    slip = np.array([np.nan, 1.0, 2.0])
    assert same_slip(slip.copy(), slip, "reduction")
    assert same_slip(slip.astype(np.float32), slip, "reduction")
    assert not same_slip(np.array([np.nan, 1.0, 3.0]), slip, "reduction")
    assert not same_slip(np.array([0.0, 1.0, 2.0]), slip, "reduction")


def test_a_slip_of_many_steps_agrees_up_to_the_first_that_differs() -> None:
    slip = {"one": 1.0, "two": 5.0, "three": 7.0}
    assert same_slip({"one": 1.0, "two": 5.0, "three": 0.0}, slip, "reduction", "`two`")
    assert not same_slip({"one": 1.0, "two": 6.0, "three": 7.0}, slip, "reduction", "`two`")
    # a slip that goes wrong before is another slip, even when it gives the same at this step
    assert not same_slip({"one": 0.0, "two": 5.0}, slip, "reduction", "`two`")
    nested = {"one": [1.0, 2.0]}
    assert same_slip({"one": [1.0, 2.0]}, nested, "reduction", "`one`, item 2")
    assert same_slip({"one": 1.0}, {"one": 1.0}, "reduction", "`two`")


def test_only_numbers_make_an_array() -> None:
    assert as_array([1, 2.5]) is not None
    assert as_array("12") is None
    assert as_array([[1], [1, 2]]) is None
    assert as_array(Unknown("thing")) is None


class _WasTensor(np.ndarray):
    was_tensor = True


@pytest.mark.parametrize(
    ("value", "found"),
    [
        (torch.ones(2), True),
        (torch.nn.Parameter(torch.ones(2)), True),
        ([1, ({"a": torch.ones(1)},)], True),
        ({"a": [np.ones(2).view(_WasTensor)]}, True),
        (np.ones(2), False),
        ([1.0, "torch", None, {"a": np.float32(1)}], False),
    ],
)
def test_a_tensor_is_told_from_an_array_on_either_side_of_the_wire(value: Any, found: bool) -> None:
    assert holds_tensor(value) is found


def test_the_flag_of_a_tensor_does_not_reach_a_comparison() -> None:
    assert type(as_plain(np.ones(2).view(_WasTensor))) is np.ndarray


def test_a_list_without_an_end_holds_no_tensor() -> None:
    endless: list[Any] = []
    endless.append(endless)
    assert not holds_tensor(endless)


_ARRAYS = [
    np.array(2.0), np.array([1.0, np.nan]), np.zeros((2, 1)), np.array([True, False]), np.array([1 + 2j, 3]),
    np.array(["a", "b"]), np.array([b"a", b"b"]), np.empty((0, 3)), np.array("word"),
]  # fmt: skip
_ANSWERS = st.recursive(
    st.sampled_from(_ARRAYS)
    | st.floats()
    | st.integers()
    | st.complex_numbers()
    | st.text(max_size=3)
    | st.none()
    | st.booleans()
    | st.just(Unknown("set")),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.tuples(inner, inner)
        | st.dictionaries(st.text(max_size=1) | st.integers(0, 1), inner, max_size=2)
    ),
    max_leaves=4,
)


@given(_ANSWERS, _ANSWERS)
def test_any_two_answers_can_be_held_against_each_other(one: Any, other: Any) -> None:
    """The judge asks the same thing twice, and compares what comes, whatever that is."""
    one, other = as_plain(one), as_plain(other)
    find_difference(one, other, "elementwise", equal_nan=True)
    assert find_difference(one, one, "elementwise", equal_nan=True) is None
