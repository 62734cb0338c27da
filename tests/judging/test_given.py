"""The public list of given functions: none of them is an answer, or keeps one from being written by hand."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Callable, Iterator
from typing import Any

import pytest

import course_utils.given
from course_utils.judging import PUBLIC_SEED, Exercise, Given, Outcome, judge, load_exercises
from course_utils.judging.by_hand import libraries_in
from course_utils.judging.checking import local_call
from course_utils.judging.exercise import BY_HAND_WATCH
from course_utils.judging.judge import draw_cases
from tests.exercises.every import flat

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
    assert not verdict.groups[0].held
    assert verdict.credit < 0.25  # where two metrics agree, as on a single sample, one may be handed out with the other


def _handed_to_hand_written_answers(lesson: str) -> Iterator[str]:
    for exercise in load_exercises(lesson).values():
        if exercise.by_hand:
            for group in exercise.groups:
                for case in draw_cases(exercise, group, PUBLIC_SEED):
                    yield from (value.name for value in flat(case.args) if isinstance(value, Given))


@pytest.mark.parametrize("lesson", LESSONS)
def test_given_functions_say_what_they_do_and_leave_the_answer_to_be_written_by_hand(lesson: str) -> None:
    handed = set(_handed_to_hand_written_answers(lesson))
    for name, function in _functions(lesson).items():
        if not name.startswith("_"):
            assert function.__doc__, f"{name} says nothing of itself"
        if f"{lesson}.{name}" in handed:
            assert libraries_in(inspect.getsource(function), BY_HAND_WATCH) == ()
