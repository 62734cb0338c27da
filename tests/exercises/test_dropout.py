"""What is special about the inputs of lesson 10; the rest is held by the tests of every lesson."""

from __future__ import annotations

import numpy as np
import pytest

import course_utils.given.dropout as implementations
from course_utils.exercises.dropout import CATCHES_WRONG_DROPOUT, WRONG_ONES
from course_utils.judging import Given, load_exercises
from course_utils.judging.exercise import realise
from solutions.dropout import catches_wrong_dropout
from tests.exercises.every import cases_of

EXERCISES = load_exercises("dropout")


def test_the_lesson_declares_its_exercises() -> None:
    assert len(EXERCISES) == 10
    assert {exercise.kind for exercise in EXERCISES.values()} == {"function", "module"}


@pytest.mark.parametrize("name", ["dropout_mask", "dropout", "dropout_backward"])
def test_rates_tell_keeping_from_dropping(name: str) -> None:
    """No rate of a typical case is one half, and both ends of the range are tried."""
    exercise = EXERCISES[name]
    where = 2 if name == "dropout_backward" else 1
    rates = {case.args[where] for group in exercise.groups for case in cases_of(exercise, group)}
    assert {0.0, 1.0} < rates
    assert 0.5 not in rates
    assert min(rates - {0.0}) < 0.5 < max(rates - {1.0})


def test_given_masks_have_both_values() -> None:
    exercise = EXERCISES["dropout_two_layer_step"]
    for group in ("typical batches", "one sample"):
        for case in cases_of(exercise, group):
            assert set(np.unique(case.args[3])) == {0.0, 1.0}


def test_every_given_implementation_is_handed_out() -> None:
    named = {
        case.args[0].name.split(".")[1]
        for group in CATCHES_WRONG_DROPOUT.groups
        for case in cases_of(CATCHES_WRONG_DROPOUT, group)
        if isinstance(case.args[0], Given)
    }
    written = {name for name in vars(implementations) if name[0].islower() and name not in ("annotations", "np")}
    assert named == written


@pytest.mark.parametrize("group", CATCHES_WRONG_DROPOUT.groups, ids=lambda group: group.name)
def test_the_oracle_knows_who_is_wrong(group: object) -> None:
    for case in cases_of(CATCHES_WRONG_DROPOUT, group.name):  # type: ignore[attr-defined]
        wrong = group.name in WRONG_ONES  # type: ignore[attr-defined]
        assert CATCHES_WRONG_DROPOUT.oracle is not None
        assert CATCHES_WRONG_DROPOUT.oracle(*realise(case.args)) is wrong
        assert catches_wrong_dropout(*realise(case.args)) is wrong
