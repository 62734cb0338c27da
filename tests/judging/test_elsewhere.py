"""A call of a function in another process looks like an ordinary call."""

from __future__ import annotations

import copy
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from course_utils.judging import elsewhere
from course_utils.judging.stand_ins import Elsewhere, Given, compute_given, realise


def far(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return `function` as it is seen from afar: nothing but plain data goes there and back."""
    return Elsewhere(lambda request: copy.deepcopy(elsewhere.compute(function, copy.deepcopy(request)))).function()


def test_value_and_arguments_by_name_come_across() -> None:
    assert far(lambda x, *, y: {"sum": x + y})(1, y=2) == {"sum": 3}


def test_an_argument_changed_in_place_is_changed_here() -> None:
    def change(array: Any, items: list[int], words: dict[str, int]) -> None:
        array[0] = 5
        items.append(3)
        words["b"] = 2

    array, items, words = np.zeros(2), [1], {"a": 1}
    far(change)(array, items, words=words)
    assert (array.tolist(), items, words) == ([5, 0], [1, 3], {"a": 1, "b": 2})


def test_what_is_given_back_as_it_came_is_the_same_object() -> None:
    array = np.ones(3)
    assert far(lambda a: a)(array) is array
    assert far(lambda a: a.copy())(array) is not array


def test_an_array_that_may_not_be_written_to_says_so() -> None:
    array = np.zeros(2)
    array.flags.writeable = False
    with pytest.raises(ValueError, match="read-only"):
        far(lambda a: a.__setitem__(0, 1))(array)


@pytest.mark.parametrize("kind", ["PCG64", "PCG64DXSM", "MT19937", "Philox", "SFC64"])
def test_a_generator_goes_on_where_the_function_left_it(kind: str) -> None:
    here, there = (np.random.Generator(getattr(np.random, kind)(7)) for _ in range(2))

    def draw(rng: np.random.Generator) -> Any:
        return rng.normal(size=3), rng.integers(9, size=5)

    assert [part.tolist() for part in draw(here)] == [part.tolist() for part in far(draw)(there)]
    assert here.random() == there.random()


def test_the_children_of_a_seed_are_counted_across_calls() -> None:
    def count(rng: np.random.Generator) -> int:
        rng.bit_generator.seed_seq.spawn(1)  # type: ignore[attr-defined]
        return int(rng.bit_generator.seed_seq.n_children_spawned)  # type: ignore[attr-defined]

    rng = np.random.default_rng(1)
    assert [far(count)(rng) for _ in range(3)] == [1, 2, 3]


@pytest.mark.parametrize(
    ("error", "seen"),
    [
        (ZeroDivisionError("division by zero"), ZeroDivisionError),
        (np.linalg.LinAlgError("singular"), np.linalg.LinAlgError),
        (np.exceptions.AxisError("axis 3"), np.exceptions.AxisError),
        (UnicodeDecodeError("ascii", b"", 0, 1, "odd"), RuntimeError),
        (type("OwnError", (Exception,), {})("x"), RuntimeError),
    ],
    ids=lambda value: getattr(value, "__name__", type(value).__name__),
)
def test_an_exception_is_raised_here(error: Exception, seen: type[Exception]) -> None:
    def stop() -> None:
        raise error

    with pytest.raises(seen) as caught:
        far(stop)()
    assert str(error) in str(caught.value)


def test_warnings_and_the_state_of_errors_are_those_of_the_caller() -> None:
    overflow = far(lambda x: np.exp(x))
    with pytest.warns(RuntimeWarning, match="overflow"):
        assert np.isinf(overflow(np.array([1e5]))[0])
    with np.errstate(over="raise"), pytest.raises(FloatingPointError):
        overflow(np.array([1e5]))
    with np.errstate(over="ignore"), warnings.catch_warnings():
        warnings.simplefilter("error")
        overflow(np.array([1e5]))


NAME = "classification_metrics.recall_without_a_guard"


@pytest.mark.parametrize("args", [(), (1, 2, 3), ("a", "b"), (np.zeros(3), np.zeros(2)), (None, None)])
def test_no_exception_tells_the_name_of_a_given_function(args: tuple[Any, ...]) -> None:
    answer = compute_given(NAME, elsewhere.pack(args, {}))
    assert "recall" not in str({**answer, "value": None})


def test_what_an_answer_holds_tells_no_name() -> None:
    seen: list[dict[str, Any]] = []

    def ask(request: dict[str, Any]) -> dict[str, Any]:
        seen.append(request)
        return compute_given(NAME, request)

    function = Elsewhere(ask).function()
    assert function.__name__ == Given(NAME).function().__name__ == "implementation"
    assert function(np.array([1, 0]), np.array([1, 1])) > 0
    assert "recall" not in str(seen)


@pytest.mark.parametrize(
    "request_",
    [
        {},
        {"args": (), "named": {}, "generators": [[0, {"kind": "os", "state": {}, "seeds": None}]], "errors": {}},
        {"args": (), "named": {}, "generators": [3], "errors": {}},
        {"args": (), "named": {}, "generators": [], "errors": {"over": "format the disk"}},
        {"args": (), "named": {"x": 1}, "generators": [], "errors": {"all": 3}},
    ],
)
def test_a_request_without_sense_is_an_exception_over_there(request_: dict[str, Any]) -> None:
    assert elsewhere.compute(lambda: 1, request_)["ended"] == "raised"


def test_a_function_from_elsewhere_stands_in_lists_too() -> None:
    one, (other,) = realise([Elsewhere(lambda request: {}), (Elsewhere(lambda request: {}),)])
    assert callable(one)
    assert callable(other)
