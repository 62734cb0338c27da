"""The declarations of all lessons: inputs are never degenerate, oracles agree with the reference answers."""

from __future__ import annotations

import importlib
import pkgutil
from typing import Any

import numpy as np
import pytest

import course_utils.exercises
from course_utils.judging import Exercise, load_exercises
from course_utils.judging.compare import as_plain, find_difference
from course_utils.judging.exercise import Group, realise
from course_utils.judging.judge import draw_cases
from tests.exercises.every import arrays_in, cases_of, flat

LESSONS = [module.name for module in pkgutil.iter_modules(course_utils.exercises.__path__)]
EXERCISES = [exercise for lesson in LESSONS for exercise in load_exercises(lesson).values()]
GROUPS = [(exercise, group) for exercise in EXERCISES for group in exercise.groups]
SOLUTIONS = {
    name: getattr(importlib.import_module(f"solutions.{lesson}"), name)
    for lesson in LESSONS
    for name in load_exercises(lesson)
}


def _id(value: Any) -> str:
    return value.name.replace(" ", "_")


def _compared(exercise: Exercise, group: Group) -> bool:
    return exercise.oracle is not None and group.reach is None


def test_no_two_exercises_have_one_name() -> None:
    names = [exercise.name for exercise in EXERCISES]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize(("exercise", "group"), GROUPS, ids=_id)
def test_inputs_are_never_degenerate(exercise: Exercise, group: Group) -> None:
    for case in cases_of(exercise, group):
        for array in arrays_in(case):
            assert np.isfinite(array).all()
            if not group.edge:
                assert len(set(array.shape)) == array.ndim, f"two axes of one length: {array.shape}"
                assert array.size >= 2, array.shape
                assert np.any(array), "all zeros"


@pytest.mark.parametrize(("exercise", "group"), GROUPS, ids=_id)
def test_the_answer_is_not_trivial(exercise: Exercise, group: Group) -> None:
    """No expected result is all zeros, or equal to an argument."""
    if not _compared(exercise, group):
        return
    for case in cases_of(exercise, group):
        wanted = as_plain(exercise.oracle(*realise(case.args)))
        first = as_plain(realise(case.args)[0])
        assert group.edge or find_difference(first, wanted, exercise.computation) is not None
        for part in flat(wanted.values() if isinstance(wanted, dict) else [wanted]):
            if isinstance(part, str | bool):
                continue
            assert np.isfinite(part).all()
            assert group.edge or np.any(part)


@pytest.mark.parametrize("exercise", EXERCISES, ids=_id)
def test_every_group_has_weight(exercise: Exercise) -> None:
    weights = [group.weight for group in exercise.groups]
    assert min(weights) / sum(weights) >= 0.05


@pytest.mark.parametrize("exercise", EXERCISES, ids=_id)
def test_every_mistake_has_a_hint_in_one_or_two_sentences(exercise: Exercise) -> None:
    assert len(exercise.mistakes) >= 3
    for mistake in exercise.mistakes:
        assert mistake.hint.endswith((".", "?")), mistake.name
        assert len(mistake.hint) <= 200, mistake.name
        for code in ("axis=", "keepdims", "np.", "torch.", "return "):
            assert code not in mistake.hint.replace("`return`", ""), mistake.name


@pytest.mark.parametrize(("exercise", "group"), GROUPS, ids=_id)
def test_oracle_and_solution_agree(exercise: Exercise, group: Group) -> None:
    if not _compared(exercise, group) or exercise.kind == "module":
        return
    for case in cases_of(exercise, group):
        found = SOLUTIONS[exercise.name](*realise(case.args))
        found = list(found) if exercise.kind == "generator" else found
        wanted = as_plain(exercise.oracle(*realise(case.args)))
        assert find_difference(as_plain(found), wanted, exercise.computation) is None


@pytest.mark.parametrize("exercise", EXERCISES, ids=_id)
def test_mistakes_that_say_what_they_give_can_be_computed(exercise: Exercise) -> None:
    for group in exercise.groups:
        case = draw_cases(exercise, group, 1)[0]
        for mistake in exercise.mistakes:
            if mistake.answer is not None:
                with np.errstate(all="ignore"):
                    assert mistake.answer(*realise(case.args)) is not None
