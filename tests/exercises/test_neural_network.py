"""What is special about the inputs of lesson 06; the rest is held by the tests of every lesson."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from course_utils.exercises.neural_network import CATCHES_BAD_START, SLIGHT, SOUND, UNSOUND
from course_utils.judging import Given, load_exercises
from course_utils.judging.exercise import Case, Exercise
from course_utils.judging.exercise import realise as realised
from course_utils.judging.judge import draw_cases
from solutions.neural_network import forward_three_layers, mean_cross_entropy

EXERCISES = load_exercises("neural_network")
SEEDS = range(20)


def _cases(name: str, group: str) -> list[Case]:
    exercise = EXERCISES[name]
    return [
        case
        for one in exercise.groups
        if one.name == group
        for seed in SEEDS
        for case in draw_cases(exercise, one, seed)
    ]


def test_the_lesson_declares_its_exercises() -> None:
    assert len(EXERCISES) == 11
    assert {exercise.kind for exercise in EXERCISES.values()} == {"function", "generator", "trained", "module"}


@pytest.mark.parametrize("name", ["forward_three_layers", "backward_three_layers"])
def test_samples_and_all_widths_differ(name: str) -> None:
    for case in _cases(name, "typical batches"):
        x, params = case.args[0], case.args[1 if name.startswith("forward") else 2]
        lengths = [*x.shape, *(len(params[f"b{layer}"]) for layer in (1, 2, 3))]
        assert len(set(lengths)) == 5
        assert min(lengths) >= 3


def _first_loss(case: Case) -> tuple[float, float]:
    start, sizes, x, y, rng = realised(case.args)
    return mean_cross_entropy(forward_three_layers(x, start(sizes, rng))["z4"], y), np.log(sizes[-1])


@pytest.mark.parametrize("group", CATCHES_BAD_START.groups, ids=lambda group: group.name)
def test_no_start_lies_near_the_border(group: Any) -> None:
    for case in _cases("catches_bad_start", group.name):
        given = case.args[0]
        assert isinstance(given, Given)
        loss, guess = _first_loss(case)
        if given.name.split(".")[1] == SLIGHT:
            assert 0.34 < abs(loss - guess) < 0.46 or 0.64 < abs(loss - guess) < 0.76
        elif given.name.split(".")[1] in SOUND:
            assert abs(loss - guess) < 0.3
        else:
            assert given.name.split(".")[1] in UNSOUND
            assert abs(loss - guess) > 0.8
            assert (loss < guess) == (group.name == "a loss that is too good")


def test_sure_scores_round_a_probability_to_zero() -> None:
    for group in ("sure and right", "sure and wrong"):
        for case in _cases("mended_nll", group):
            z, _ = case.args
            shares = np.exp(z - z.max(axis=1, keepdims=True))
            assert (shares[1:] == 0).any(axis=1).all()


def test_batches_of_the_first_group_leave_some_over_and_labels_are_sorted() -> None:
    for case in _cases("mended_epochs", "a last batch that is smaller"):
        x, y, size, epochs, _ = case.args
        assert len(x) % size
        assert epochs > 1
        assert (np.diff(y) >= 0).all()


def test_training_samples_are_parted_by_no_straight_line() -> None:
    from sklearn.linear_model import LogisticRegression

    for group in ("mini-batches, judged on new samples", "samples sorted by class"):
        for case in _cases("train_classifier", group)[:5]:
            x, y = case.args[:2]
            assert LogisticRegression().fit(x, y).score(*case.aside) < 0.75


def test_no_class_is_every_images_answer() -> None:
    exercise: Exercise = EXERCISES["predict_digits"]
    for case in _cases("predict_digits", "images"):
        assert exercise.oracle is not None
        assert len(set(np.asarray(exercise.oracle(*realised(case.args))).tolist())) >= 3
