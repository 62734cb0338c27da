"""The public list of given functions: none of them is an answer, and all use NumPy alone."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Callable, Iterator
from typing import Any

import pytest

import course_utils.given
from course_utils.judging import PUBLIC_SEED, Exercise, Outcome, judge, load_exercises
from course_utils.judging.by_hand import libraries_in
from course_utils.judging.checking import local_call
from course_utils.judging.exercise import BY_HAND_WATCH

LESSONS = [module.name for module in pkgutil.iter_modules(course_utils.given.__path__)]


def _functions(lesson: str) -> dict[str, Callable[..., Any]]:
    module = importlib.import_module(f"course_utils.given.{lesson}")
    return {name: value for name, value in vars(module).items() if inspect.isfunction(value)}


def _pairs() -> Iterator[tuple[Exercise, Callable[..., Any]]]:
    for lesson in LESSONS:
        for exercise in load_exercises(lesson).values():
            for function in _functions(lesson).values():
                if exercise.kind != "module":
                    yield exercise, function


@pytest.mark.parametrize(
    ("exercise", "function"), [pytest.param(e, f, id=f"{e.name}-{f.__name__}") for e, f in _pairs()]
)
def test_no_given_function_is_an_answer_of_its_own_lesson(exercise: Exercise, function: Callable[..., Any]) -> None:
    verdict = judge(exercise, local_call(function, exercise), PUBLIC_SEED)
    assert verdict.outcome is not Outcome.CORRECT
    assert verdict.credit == 0


@pytest.mark.parametrize("lesson", LESSONS)
def test_given_functions_are_written_with_numpy(lesson: str) -> None:
    module = importlib.import_module(f"course_utils.given.{lesson}")
    assert libraries_in(inspect.getsource(module), BY_HAND_WATCH) == ()
    for name, function in _functions(lesson).items():
        assert function.__doc__, f"{name} says nothing of itself"
