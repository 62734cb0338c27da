"""One call of an answer: data in, data out, and never an exception."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
import types
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import torch

from course_utils.judging import Given, Rng
from course_utils.judging.calls import AGAIN, BATCH_SLOPES, COUNT, GENERATOR_LIMIT, MODES, TimeLimit, run_call


def test_the_answer_gets_copies_and_its_changes_are_seen() -> None:
    first, second = np.ones(3), [np.zeros(2), {"a": np.zeros(1)}]

    def change(x: np.ndarray, y: list[Any], z: int) -> None:
        y[1]["a"] += 1

    reply = run_call(change, "function", (first, second, 3))
    assert reply.changed_arguments == (1,)
    assert second[1]["a"] == 0


@pytest.mark.parametrize(
    "change",
    [
        lambda x: x.__setitem__(0, 5.0),
        lambda x: x.sort(),
        lambda x: x.resize(2, refcheck=False),
        lambda x: x.__setitem__(1, -0.0),
    ],
)
def test_any_change_of_an_array_counts(change: Any) -> None:
    assert run_call(change, "function", (np.array([2.0, 0.0, 1.0]),)).changed_arguments == (0,)


@pytest.mark.parametrize(
    "value",
    [np.array([np.nan]), torch.tensor([1.0, float("nan")]).nan_to_num(), object(), len, [1, None], {"a": 1}, 3.5],
)
def test_arguments_left_alone_are_unchanged(value: Any) -> None:
    assert run_call(lambda x: None, "function", (value,)).changed_arguments == ()


def test_changed_tensors_and_lists_are_seen() -> None:
    assert run_call(lambda t: t.add_(1), "function", (torch.ones(3),)).changed_arguments == (0,)
    assert run_call(lambda x: x.append(1), "function", ([1],)).changed_arguments == (0,)
    assert run_call(lambda x: x.__setitem__(0, "a"), "function", ([1],)).changed_arguments == (0,)


def test_a_generator_argument_is_fresh_for_every_call() -> None:
    args = (Rng(7),)
    replies = [run_call(lambda rng: rng.normal(), "function", args) for _ in range(2)]
    assert replies[0].value == replies[1].value == np.random.default_rng(7).normal()
    assert replies[0].changed_arguments == ()


@pytest.fixture
def toys(monkeypatch: pytest.MonkeyPatch) -> None:
    module = types.ModuleType("course_utils.given.toys")
    module.wrong_square = lambda x: x * x + 1  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, module.__name__, module)


@pytest.mark.usefixtures("toys")
def test_a_given_function_arrives_as_a_function_that_does_not_tell_its_name() -> None:
    def answer(one: Any, many: list[Any]) -> Any:
        return one(3), [f(2) for f in many[1]], one.__name__

    reply = run_call(answer, "function", (Given("toys.wrong_square"), [1, (Given("toys.wrong_square"),)]))
    assert reply.value == (10, [5], "implementation")
    assert reply.changed_arguments == ()


def test_an_unknown_given_function_is_named() -> None:
    for name in ("toys.cube", "nowhere.cube", "cube"):
        with pytest.raises(LookupError, match=f"No function is named `{name}`"):
            Given(name).function()


class StubbornError(Exception):
    def __str__(self) -> str:
        raise SystemExit

    @property
    def text(self) -> Any:
        raise KeyboardInterrupt


class OddSyntaxError(SyntaxError):
    text = 3  # type: ignore[assignment]


@pytest.mark.parametrize(
    "error",
    [
        ValueError("x"),
        KeyboardInterrupt(),
        SystemExit(1),
        GeneratorExit(),
        BaseException(),
        StubbornError(),
        OddSyntaxError(),
    ],
    ids=lambda error: type(error).__name__,
)
def test_every_exception_becomes_a_reply(error: BaseException) -> None:
    def stop() -> None:
        raise error

    reply = run_call(stop, "function", ())
    assert reply.ended == "raised"
    assert reply.error is not None
    assert reply.error.type == type(error).__name__
    assert reply.error.function == "stop"


def test_only_the_time_limit_passes_through() -> None:
    def stop() -> None:
        raise TimeLimit

    with pytest.raises(TimeLimit):
        run_call(stop, "function", ())


def test_the_error_is_told_by_the_learners_lines_only() -> None:
    def inner(x: np.ndarray) -> np.ndarray:
        return np.concatenate([x, np.ones((2, 2))])

    def outer(x: np.ndarray) -> np.ndarray:
        return inner(x)

    error = run_call(outer, "function", (np.ones(3),)).error
    assert error is not None
    assert error.function == "inner"
    assert [line.split(": ", 1)[1] for line in error.lines] == [
        "return inner(x)",
        "return np.concatenate([x, np.ones((2, 2))])",
    ]
    for ours in ("calls.py", "course_utils", os.sep + "site-packages", "run_call"):
        assert ours not in "\n".join((*error.lines, error.message))


def test_long_messages_are_cut() -> None:
    def stop() -> None:
        raise ValueError("x" * 10_000)

    error = run_call(stop, "function", ()).error
    assert error is not None
    assert len(error.message) == 500


def test_endless_recursion_is_an_error_like_another() -> None:
    def again(x: int) -> int:
        return again(x)

    error = run_call(again, "function", (1,)).error
    assert error is not None
    assert error.type == "RecursionError"
    assert len(error.lines) <= 6


@pytest.mark.parametrize("answer", [3, None, "softmax", np.ones(2)])
def test_what_is_no_function_is_refused(answer: Any) -> None:
    reply = run_call(answer, "function", ())
    assert reply.ended == "refused"
    assert "not for a function" in str(reply.refused)


def test_items_of_a_generator_are_copied_at_once() -> None:
    def fill() -> Iterator[np.ndarray]:
        buffer = np.zeros(2)
        for _ in range(3):
            buffer += 1
            yield buffer

    assert [item[0] for item in run_call(fill, "generator", ()).value] == [1, 2, 3]


def test_endless_generators_end() -> None:
    def count() -> Iterator[int]:
        while True:
            yield 1

    reply = run_call(count, "generator", ())
    assert reply.ended == "refused"
    assert str(GENERATOR_LIMIT) in str(reply.refused)


@pytest.mark.parametrize(
    ("value", "ended"), [([1, 2], "returned"), (None, "refused"), (3, "refused"), ((1, 2), "refused")]
)
def test_what_can_be_gone_through_counts_as_a_generator(value: Any, ended: str) -> None:
    assert run_call(lambda: value, "generator", ()).ended == ended


PARAMETERS = [np.ones((2, 3), dtype=np.float32), np.zeros(2, dtype=np.float32)]


def test_a_module_is_built_filled_and_run_in_both_modes() -> None:
    reply = run_call(torch.nn.Linear, "module", ((3, 2), PARAMETERS, np.ones((4, 3))))
    assert reply.ended == "returned"
    assert reply.value[COUNT] == 8
    assert reply.value[MODES[0]].tolist() == reply.value[MODES[1]].tolist() == [[3.0, 3.0]] * 4


def test_the_slopes_of_a_module_come_on_request() -> None:
    def slopes(answer: Any) -> Any:
        return run_call(answer, "module", ((), [], np.array([[-2.0, 3.0]]), True)).value[BATCH_SLOPES]

    class Cut(torch.nn.Module):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return x.detach()

    assert slopes(torch.nn.ReLU).tolist() == [[0.0, 1.0]]
    assert slopes(Cut) is None
    assert BATCH_SLOPES not in run_call(torch.nn.ReLU, "module", ((), [], np.ones((4, 3)))).value


def test_a_module_that_draws_is_called_again_in_training_mode() -> None:
    value = run_call(torch.nn.Dropout, "module", ((0.5,), [], np.ones((9, 9)))).value
    assert value[MODES[1]].all()
    assert set(np.unique(value[AGAIN])) == {0.0, 2.0}
    assert (value[AGAIN] != value[MODES[0]]).any()


def test_a_module_that_has_something_to_learn_where_nothing_is_due() -> None:
    reply = run_call(lambda: torch.nn.PReLU(), "module", ((), [], np.ones((4, 3))))
    assert reply.ended == "refused"
    assert reply.refused == "It keeps tensors of the shapes (1,) as its state; nothing here is to be learned."


def test_a_module_leaves_the_random_numbers_of_torch_alone() -> None:
    before = torch.random.get_rng_state()
    run_call(torch.nn.Linear, "module", ((3, 2), PARAMETERS, np.ones((4, 3))))
    assert torch.equal(before, torch.random.get_rng_state())


@pytest.mark.parametrize("answer", [lambda n, c: 3, torch.nn.ReLU, lambda n, c: torch.nn.Linear(c, n)])
def test_an_odd_module_is_a_reply(answer: Any) -> None:
    assert run_call(answer, "module", ((3, 2), PARAMETERS, np.ones((4, 3)))).ended in ("refused", "raised")


def test_the_watch_is_gone_after_the_call() -> None:
    before = sys.getprofile()
    assert run_call(lambda: torch.ones(1), "function", (), ("torch",)).libraries == ("torch",)
    assert run_call(lambda: 1 / 0, "function", (), ("torch",)).libraries == ()
    assert sys.getprofile() is before


def test_a_garbage_collection_at_the_recursion_limit_does_not_reach_a_watch_that_is_gone() -> None:
    """In a process of its own: without the reference that the watch keeps, CPython 3.11 calls freed memory."""
    source = """
        import gc
        from course_utils.judging.calls import run_call

        def again(a, b):
            return again(a, b)

        gc.callbacks.append(lambda phase, info: len(phase))
        for threshold in range(1, 60):
            gc.set_threshold(threshold)
            for _ in range(6):
                error = run_call(again, "function", (1, 2), ("torch",)).error
                assert error.type == "RecursionError", error
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(source)], capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
