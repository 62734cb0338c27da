"""Every exercise of the course against replies that no honest answer gives: always a verdict, never an exception.

A reply over the wire is one of plain data, of any kind and form. Half of those here are strange as a whole; the
others have the form of the right answer, so that they get past the first look and deep into laws, mistakes
and diagnoses.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import hypothesis.extra.numpy as hnp
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import course_utils.exercises
from course_utils.judging import PUBLIC_SEED, Exercise, LearnerError, Outcome, Reply, judge, load_exercises
from course_utils.judging.calls import AGAIN, COUNT, MODES
from course_utils.judging.checking import local_call
from course_utils.judging.compare import as_plain
from course_utils.judging.exercise import Case
from course_utils.judging.judge import draw_cases
from course_utils.judging.show import verdict_html, verdict_text

LESSONS = [module.name for module in pkgutil.iter_modules(course_utils.exercises.__path__)]
EXERCISES = [(lesson, name) for lesson in LESSONS for name in load_exercises(lesson)]
Change = Callable[[Any], Any]


def _nested(depth: int) -> Any:
    value: Any = (np.ones(2),)
    for level in range(depth):
        value = {"a": value, 0: level} if level % 2 else [value, level]
    return value


STRANGE: list[Any] = [
    None,
    10**999,
    "x" * 5000,
    "\x00<script>",
    _nested(18),
    np.zeros((1,) * 32),
    np.zeros((0,) * 32),
    np.zeros(2**20 + 1),
    {0: 1, -5: [2]},
    {COUNT: 10**400, MODES[0]: None, MODES[1]: "a", AGAIN: {}},
    [[1, 2], [3]],
    np.array([[np.nan, 1 + 1j]]),
]


def _leaf(change: Change) -> Change:
    """Return a change of the leaves of a value, its form left as it is."""

    def go(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: go(part) for key, part in value.items()}
        if isinstance(value, list | tuple):
            return type(value)(map(go, value))
        return change(value)

    return go


def _array(value: Any) -> np.ndarray:
    return np.asarray(value) if isinstance(value, np.ndarray | np.generic | int | float) else np.zeros(3)


def _filled(number: Any, dtype: str = "f8") -> Change:
    return _leaf(lambda value: np.full(_array(value).shape, number, dtype))


def _first_is_nan(value: Any) -> Any:
    array = np.array(_array(value), dtype=float)
    array.flat[:1] = np.nan
    return array


LIKE_THE_RIGHT_ONE: dict[str, Change] = {
    "NaN": _filled(np.nan),
    "1e308": _filled(1e308),
    "-inf": _filled(-np.inf),
    "the largest whole number": _filled(2**63 - 1, "i8"),
    "the smallest whole number": _filled(-(2**63), "i8"),
    "the largest unsigned number": _filled(2**64 - 1, "u8"),
    "True": _filled(True, "?"),
    "one NaN": _leaf(_first_is_nan),
    "huge whole numbers": _leaf(lambda value: 10**999),
    "words": _leaf(lambda value: "word"),
    "empty": _leaf(lambda value: np.zeros((0, 3))),
    "one axis more": _leaf(lambda value: _array(value)[None]),
    "cut": lambda value: (
        value[1:] if isinstance(value, list | tuple) else _leaf(lambda v: np.atleast_1d(_array(v))[..., :-1])(value)
    ),
    "three times": lambda value: [value] * 3,
}


def _honest(lesson: str, name: str) -> tuple[Exercise, tuple[Any, ...]]:
    """Return an exercise and what its reference answers to a case of each group."""
    exercise = load_exercises(lesson)[name]
    call = local_call(getattr(importlib.import_module(f"solutions.{lesson}"), name), exercise)
    cases = [draw_cases(exercise, group, PUBLIC_SEED)[0] for group in exercise.groups[:2]]
    return exercise, tuple(as_plain(call(*case.args).value) for case in cases)


def _judged(exercise: Exercise, replies: Iterator[Reply]) -> Outcome:
    verdict = judge(exercise, lambda *_: next(replies), PUBLIC_SEED)
    assert verdict_text(verdict)
    assert verdict_html(verdict)
    assert 0 <= verdict.credit <= 1
    return verdict.outcome


def _for_ever(values: list[Any]) -> Iterator[Reply]:
    while True:
        yield from (Reply(value=value) for value in values)


@pytest.mark.parametrize(("lesson", "name"), EXERCISES, ids=[name for _, name in EXERCISES])
def test_strange_replies_get_a_verdict_from_every_exercise(lesson: str, name: str) -> None:
    exercise, honest = _honest(lesson, name)
    quick = _few(exercise)
    for value in STRANGE:
        assert _judged(quick, _for_ever([value])) is not Outcome.CORRECT
    for change in LIKE_THE_RIGHT_ONE.values():
        _judged(quick, _for_ever([change(value) for value in honest]))


def _few(exercise: Exercise) -> Exercise:
    """Return an exercise with two groups of one case each, drawn once, and its right answers found once."""
    groups = []
    for group in exercise.groups[:2]:
        case = draw_cases(exercise, group, PUBLIC_SEED)[0]
        reach = group.reach
        if reach is not None:
            reach = replace(reach, bar=_found_once(reach.bar))
        groups.append(replace(group, draw=_always(case), count=1, reach=reach))
    names = {group.name for group in groups}
    laws = tuple(
        replace(law, groups=tuple(names & set(law.groups)))
        for law in exercise.laws
        if not law.groups or names & set(law.groups)
    )
    oracle = exercise.oracle and _found_once(exercise.oracle)
    return replace(exercise, groups=tuple(groups), laws=laws, oracle=oracle)


def _always(case: Case) -> Callable[[np.random.Generator], Case]:
    return lambda rng: case


def _found_once(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function that is slow once only for the same arguments."""
    found: dict[str, Any] = {}

    def key(value: Any) -> Any:
        if isinstance(value, np.ndarray):
            return value.tobytes(), value.shape
        if isinstance(value, list | tuple):
            return [key(part) for part in value]
        if isinstance(value, Case):
            return key(value.args)
        return value if isinstance(value, int | float | str | dict) else type(value).__name__

    def once(*args: Any) -> Any:
        name = repr(key(args))
        if name not in found:
            found[name] = function(*args)
        return found[name]

    return once


texts = st.text(max_size=50)
errors = st.builds(
    LearnerError, texts | st.sampled_from(["NameError", "NotImplementedError"]), texts, texts, st.tuples(texts)
)
arrays = hnp.arrays(
    hnp.boolean_dtypes()
    | hnp.integer_dtypes()
    | hnp.floating_dtypes(sizes=(16, 32, 64))
    | hnp.complex_number_dtypes(sizes=(64,)),
    hnp.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=5),
)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.complex_numbers() | texts | arrays,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.lists(inner, max_size=4).map(tuple)
        | st.dictionaries(texts | st.integers(), inner, max_size=3)
    ),
    max_leaves=8,
)
replies = st.builds(
    Reply,
    value=values,
    ended=st.sampled_from(["returned", "returned", "returned", "raised", "refused", "died", "timeout"]),
    error=st.none() | errors,
    changed_arguments=st.sampled_from([(), (), (0,), (0, 7)]),
    libraries=st.sampled_from([(), (), ("torch",)]),
    refused=st.none() | texts,
)
KINDS = [
    ("softmax_regression", "softmax"), ("classification_metrics", "confusion_matrix"), ("dropout", "MyDropout"),
    ("model_selection", "stratified_folds"), ("logistic_regression", "train_logistic"),
]  # fmt: skip


@pytest.mark.parametrize(("lesson", "name"), [pair for pair in KINDS if pair in EXERCISES])
@given(drawn=st.lists(replies, min_size=1, max_size=4))
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_replies_of_any_kind_get_a_verdict(lesson: str, name: str, drawn: list[Reply]) -> None:
    quick = _few(load_exercises(lesson)[name])
    _judged(quick, iter(drawn * 500))


def test_a_fold_number_that_numpy_counts_with_writes_nowhere() -> None:
    """`numpy.bincount` believes 2**63 - 1, and writes before the start of its array."""
    exercise = load_exercises("model_selection")["stratified_folds"]
    law = exercise.laws[0]
    labels = draw_cases(exercise, exercise.groups[0], PUBLIC_SEED)[0].args[0]
    with pytest.raises(ValueError, match="no numbers of folds"):
        law.holds(lambda *_: np.full(len(labels), 2**63 - 1), labels, 3, None)
