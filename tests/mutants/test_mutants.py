"""Proof that judges judge: right answers pass, wrong ones get the verdict and the hint they must."""

from __future__ import annotations

import numpy as np
import pytest

from course_utils.judging import Exercise, Group, Mistake, Outcome
from tests.mutants import harness
from tests.mutants.harness import MORE_SEEDS, SEEDS, Wrong

EXERCISES = [(lesson, name) for lesson in harness.lessons() for name in harness.declared(lesson)]
RIGHT = [(lesson, name, which) for lesson, name in EXERCISES for which in harness.all_right(lesson, name)]
WRONG = [
    pytest.param(lesson, name, mutant, id=f"{name}-{mutant.name}")
    for lesson, name in EXERCISES
    for mutant in harness.all_wrong(lesson, harness.declared(lesson)[name])
]
BATCHES = [pytest.param(SEEDS, id="some seeds"), pytest.param(MORE_SEEDS, id="more seeds", marks=pytest.mark.slow)]


@pytest.mark.parametrize(("lesson", "name"), EXERCISES)
def test_every_exercise_has_its_mutants(lesson: str, name: str) -> None:
    mutants = harness.mutants_of(lesson)
    exercise = harness.declared(lesson)[name]
    assert harness.missing(exercise, mutants.RIGHT.get(name, {}), list(mutants.WRONG.get(name, ()))) == []
    assert set(mutants.RIGHT) | set(mutants.WRONG) <= set(harness.declared(lesson))


@pytest.mark.parametrize(("lesson", "name"), EXERCISES)
def test_names_of_mutants_and_mistakes_differ(lesson: str, name: str) -> None:
    exercise = harness.declared(lesson)[name]
    for names in ([m.name for m in exercise.mistakes], [m.name for m in harness.all_wrong(lesson, exercise)]):
        assert len(set(names)) == len(names)


@pytest.mark.parametrize(("lesson", "name", "which"), RIGHT)
@pytest.mark.parametrize("seeds", BATCHES)
def test_right_answers_pass(lesson: str, name: str, which: str, seeds: tuple[int, ...]) -> None:
    exercise = harness.declared(lesson)[name]
    for seed in seeds:
        verdict = harness.verdict_on(exercise, harness.all_right(lesson, name)[which], seed)
        assert verdict.outcome is Outcome.CORRECT, f"seed {seed}\n{verdict}"
        assert verdict.credit == 1


@pytest.mark.parametrize(("lesson", "name", "mutant"), WRONG)
def test_wrong_answers_are_killed(lesson: str, name: str, mutant: Wrong) -> None:
    exercise = harness.declared(lesson)[name]
    harness.kills[name, mutant.name] = False
    survived = harness.survival(exercise, mutant)
    harness.kills[name, mutant.name] = survived is None
    assert survived is None, survived


@pytest.mark.slow
@pytest.mark.parametrize(("lesson", "name", "mutant"), WRONG)
def test_wrong_answers_are_killed_under_more_seeds(lesson: str, name: str, mutant: Wrong) -> None:
    assert harness.survival(harness.declared(lesson)[name], mutant, MORE_SEEDS) is None


# --- the harness itself --------------------------------------------------------------------------


def _toy(*mistakes: Mistake) -> Exercise:
    group = Group("typical numbers", lambda rng: (rng.normal(size=5),))
    return Exercise("double", (group,), oracle=lambda x: 2 * x, mistakes=mistakes)


def test_the_harness_demands_a_mutant_for_a_mistake_without_an_answer() -> None:
    exercise = _toy(Mistake("half", "Which way?", matches=lambda value, case: np.allclose(value, case.args[0] / 2)))
    right = {"sum": lambda x: x + x, "shift": lambda x: x * 2}
    lacks = harness.missing(exercise, right, [])
    assert "a mutant for the mistake “half”" in lacks
    assert "five wrong answers (there are 0)" in lacks
    assert harness.missing(exercise, {}, [])[0] == "two right answers that are written differently"


def test_the_harness_demands_that_an_expected_mistake_is_declared() -> None:
    assert "the mistake “typo”, which is not declared" in harness.missing(
        _toy(), {}, [Wrong("a", None, mistake="typo")]
    )


def test_the_harness_demands_what_must_be_said() -> None:
    assert "what must be said to “odd”" in harness.missing(_toy(), {}, [Wrong("odd", lambda x: x**5)])


@pytest.mark.parametrize(
    ("mutant", "said"),
    [
        (Wrong("right after all", lambda x: 2 * x), "correct, not"),
        (Wrong("other outcome", lambda x: x, Outcome.RAISED), "wrong, not raised an error"),
        (Wrong("other mistake", lambda x: x), "taken for “forgot”"),
        (Wrong("other words", lambda x: x, mistake="forgot", tells="abracadabra"), "“abracadabra” is not said"),
    ],
    ids=lambda value: value.name if isinstance(value, Wrong) else "",
)
def test_the_harness_sees_a_survivor(mutant: Wrong, said: str) -> None:
    exercise = _toy(Mistake("forgot", "Twice what?", lambda x: x))
    survived = harness.survival(exercise, mutant)
    assert survived is not None
    assert said in survived


def test_the_stub_is_what_nbgrader_would_leave() -> None:
    stub = harness.stub_of(harness.reference("softmax_regression", "softmax"))
    with pytest.raises(NotImplementedError, match="your answer goes here"):
        stub(np.ones((2, 3)))
