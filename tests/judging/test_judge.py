"""The judge: its eight outcomes, credit, laws, steps, bars to reach, and its good manners."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from course_utils.judging import Exercise, Group, Law, Mistake, Outcome, Reply, Rng, judge
from course_utils.judging.calls import PLACEHOLDER
from course_utils.judging.checking import local_call
from course_utils.judging.exercise import Case, Reach
from course_utils.judging.judge import draw_cases
from tests.judging.toys import ADDS, draw, draw_negative, exercise, steps, verdict_on

# --- the eight outcomes --------------------------------------------------------------------------


def test_correct() -> None:
    verdict = verdict_on(lambda x: x + x)
    assert verdict.outcome is Outcome.CORRECT
    assert verdict.passed
    assert verdict.credit == 1
    assert verdict.sentence == "Correct: `double` is right for typical numbers and negative numbers."
    assert all(group.held and group.reason is None for group in verdict.groups)


def test_partly_correct() -> None:
    verdict = verdict_on(lambda x: 2 * np.abs(x))
    assert verdict.outcome is Outcome.WRONG
    verdict = verdict_on(lambda x: np.where(x.max() < 0, 3 * x, 2 * x))
    assert verdict.outcome is Outcome.PARTLY
    assert verdict.credit == pytest.approx(0.75)
    assert verdict.case == "negative numbers"
    assert verdict.sentence.startswith("On the way: `double` is right for typical numbers. For negative numbers, ")


def test_wrong() -> None:
    verdict = verdict_on(lambda x: x * x)
    assert verdict.outcome is Outcome.WRONG
    assert (verdict.mistake, verdict.hint) == ("square", "Twice a number is not its square.")
    assert verdict.credit == 0


def test_raised() -> None:
    def double(x: np.ndarray) -> np.ndarray:
        return x / missing  # type: ignore[name-defined]  # noqa: F821

    verdict = verdict_on(double)
    assert verdict.outcome is Outcome.RAISED
    assert "NameError: name 'missing' is not defined" in verdict.sentence
    assert verdict.traceback is not None
    assert verdict.traceback.count("\n") == 0
    assert "return x / missing" in verdict.traceback


def _unfinished(x: Any) -> Any:
    raise NotImplementedError(PLACEHOLDER)


def test_not_attempted() -> None:
    verdict = verdict_on(_unfinished)
    assert verdict.outcome is Outcome.NOT_ATTEMPTED
    assert "still holds its placeholder" in verdict.sentence
    assert verdict.traceback is None


def test_calling_an_unfinished_function_is_not_the_same() -> None:
    def double(x: Any) -> Any:
        return _unfinished(x)

    verdict = verdict_on(double)
    assert verdict.outcome is Outcome.RAISED
    assert "it calls `_unfinished`, which still holds its placeholder" in verdict.sentence


def test_a_not_implemented_error_of_another_kind_is_an_error() -> None:
    def double(x: Any) -> Any:
        raise NotImplementedError("this dtype is not supported")

    assert verdict_on(double).outcome is Outcome.RAISED
    verdict = verdict_on(lambda x: torch.nn.Module()(x), by_hand=False)
    assert verdict.outcome is Outcome.RAISED


def test_the_library_did_it() -> None:
    assert verdict_on(lambda x: (2 * torch.tensor(x)).numpy()).outcome is Outcome.LIBRARY


def test_ran_out_of_time() -> None:
    def double(x: np.ndarray) -> np.ndarray:
        while True:
            pass

    start = time.monotonic()
    verdict = verdict_on(double, time_limit=0.1)
    assert verdict.outcome is Outcome.TIMEOUT
    assert time.monotonic() - start < 2
    assert "had not finished after 0.1 seconds on typical numbers" in verdict.sentence
    assert [group.reason for group in verdict.groups][1] == "not tried"


def test_died() -> None:
    verdict = judge(exercise(), lambda *_: Reply(ended="died"), 1)
    assert verdict.outcome is Outcome.DIED
    assert "ended the whole process" in verdict.sentence


def test_no_call_comes_after_a_hopeless_one() -> None:
    for ended in ("died", "timeout"):
        calls = []

        def call(*args: Any, calls: list[Any] = calls, ended: str = ended) -> Reply:
            calls.append(args)
            return Reply(ended=ended)

        judge(exercise(), call, 1)
        assert len(calls) == 1


def test_a_value_that_cannot_cross_is_told() -> None:
    verdict = judge(exercise(), lambda *_: Reply(ended="refused", refused="A module cannot be judged."), 1)
    assert verdict.outcome is Outcome.WRONG
    assert verdict.diagnosis == "A module cannot be judged."


# --- credit --------------------------------------------------------------------------------------


@given(
    st.lists(st.tuples(st.floats(0.1, 10), st.booleans()), min_size=1, max_size=5),
    st.integers(0, 2**64),
)
@settings(max_examples=30)
def test_credit_is_the_weight_of_the_groups_that_hold(plan: list[tuple[float, bool]], seed: int) -> None:
    def drawing(number: int) -> Callable[[np.random.Generator], tuple[Any, ...]]:
        return lambda rng: (rng.normal(size=3), number)

    groups = tuple(Group(f"group {n}", drawing(n), weight=weight) for n, (weight, _) in enumerate(plan))
    declared = Exercise("shift", groups, oracle=lambda x, n: x + n)
    verdict = judge(declared, local_call(lambda x, n: x + n if plan[n][1] else x + n + 1, declared), seed)
    total = sum(weight for weight, _ in plan)
    assert [group.held for group in verdict.groups] == [right for _, right in plan]
    assert sum(group.weight for group in verdict.groups) == pytest.approx(1)
    assert verdict.credit == pytest.approx(sum(weight for weight, right in plan if right) / total)
    assert verdict.passed == all(right for _, right in plan)
    assert 0 <= verdict.credit <= 1 + 1e-12


def test_a_slip_in_a_yes_or_no_answer_must_explain_the_right_answers_too() -> None:
    """Two slips often agree on the cases that are wrong; only one of them agrees on all."""
    declared = Exercise(
        "is_positive",
        groups=(Group("numbers of both signs", lambda rng: (float(rng.normal()),), count=12),),
        oracle=lambda x: x > 0,
        mistakes=(
            Mistake("the wrong way round", "Which sign is asked for?", lambda x: x <= 0),
            Mistake("always yes", "Not every number is positive.", lambda x: True),
        ),
    )

    def verdict(answer: Callable[[float], bool]) -> Any:
        return judge(declared, local_call(answer, declared), 1)

    assert verdict(lambda x: x <= 0).mistake == "the wrong way round"
    assert verdict(lambda x: True).mistake == "always yes"
    neither = verdict(lambda x: x > -1)
    assert neither.mistake is None
    assert "it says True where False is due" in neither.sentence


def test_a_law_that_fails_costs_its_groups_only() -> None:
    # right on the drawn cases (they have three columns) and lawless elsewhere
    seen: set[bytes] = set()
    for case in (c for g in exercise().groups for c in draw_cases(exercise(), g, 1)):
        seen.add(case.args[0].tobytes())
    answer = lambda x: 2 * x if x.tobytes() in seen else 3 * x  # noqa: E731
    only = Law(ADDS.sentence, ADDS.holds, groups=("negative numbers",), hint="What is twice a sum?")
    verdict = verdict_on(answer, laws=(only,))
    assert verdict.credit == pytest.approx(0.75)
    assert verdict.hint == "What is twice a sum?"
    assert "something fails that holds for every input" in verdict.sentence
    assert verdict.diagnosis == f"This should always hold, and does not: {ADDS.sentence}"
    assert verdict_on(answer, laws=(ADDS,)).outcome is Outcome.WRONG
    assert verdict_on(lambda x: 2 * x, laws=(ADDS,)).passed


def test_a_law_that_breaks_on_the_value_fails() -> None:
    breaks = Law("it can be divided", lambda ask, x: ask(x) < 1 / 0)
    assert verdict_on(lambda x: 2 * x, laws=(breaks,)).outcome is Outcome.WRONG


def test_an_error_inside_a_law_is_the_answers_error() -> None:
    def double(x: np.ndarray) -> np.ndarray:
        if x.shape == (1,):
            raise ValueError("too short")
        return 2 * x

    short = Law("it works on one number", lambda ask, x: ask(x[0, :1]) is not None)
    verdict = verdict_on(double, laws=(short,))
    assert verdict.outcome is Outcome.RAISED
    assert "too short" in verdict.sentence


# --- steps, bars to reach, general diagnoses -----------------------------------------------------


def test_the_first_step_that_differs_is_named() -> None:
    def answer(x: np.ndarray) -> dict[str, Any]:
        right = steps(x)
        return {"rest": x, "mean": right["mean"] + 1, "sum": right["sum"]}

    verdict = verdict_on(answer, oracle=steps, mistakes=())
    assert verdict.step == "`mean`"
    assert "the first step that differs is `mean`: the number differs" in verdict.sentence


def test_a_mistake_of_a_later_step_is_not_taken_for_an_earlier_one() -> None:
    def slip(name: str) -> Callable[[np.ndarray], dict[str, Any]]:
        return lambda x: {**steps(x), name: steps(x)[name] + 1, "rest": x}

    mistakes = (Mistake("in the sum", "Sum?", slip("sum")), Mistake("in the mean", "Mean?", slip("mean")))
    for mistake in mistakes:
        assert mistake.answer is not None
        assert verdict_on(mistake.answer, oracle=steps, mistakes=mistakes).mistake == mistake.name


def _reaching(bar: float) -> Exercise:
    reach = Reach("share", lambda value, case: value + case.aside, lambda case: bar, margin=0.1)
    group = Group("new data", lambda rng: Case((rng.normal(size=3),), aside=0.0), reach=reach)
    return Exercise("learn", (group,), kind="trained")


@pytest.mark.parametrize(
    ("reached", "passed"), [(0.9, True), (0.801, True), (0.79, False), (np.nan, False), (1.0, True)]
)
def test_a_trained_model_is_judged_by_what_it_reaches(reached: float, passed: bool) -> None:
    declared = _reaching(0.9)
    verdict = judge(declared, local_call(lambda x: reached, declared), 1)
    assert verdict.passed is passed
    if not passed:
        assert "about 0.900 is within reach, and 0.800 would pass" in str(verdict.diagnosis)


@pytest.mark.parametrize("value", [None, "much", [1, 2, 3], {}])
def test_a_trained_model_of_another_form_is_told(value: Any) -> None:
    declared = _reaching(0.9)
    verdict = judge(declared, local_call(lambda x: value, declared), 1)
    assert verdict.outcome is Outcome.WRONG
    assert "another form" in verdict.sentence


def test_changing_an_argument_is_wrong_even_when_the_value_is_right() -> None:
    def double(x: np.ndarray) -> np.ndarray:
        x *= 2
        return x

    verdict = verdict_on(double)
    assert verdict.outcome is Outcome.WRONG
    assert "changes argument 1 in place" in str(verdict.diagnosis)


def test_no_mistake_is_seen_in_a_value_that_is_right() -> None:
    greedy = Mistake("anything", "A hint that fits all.", matches=lambda value, case: True)

    def double(x: np.ndarray) -> np.ndarray:
        x *= 2
        return x

    assert verdict_on(double, mistakes=(greedy,)).mistake is None
    assert verdict_on(lambda x: 2 * x + np.random.random(), mistakes=(greedy,)).mistake is None  # noqa: NPY002
    assert verdict_on(lambda x: x, mistakes=(greedy,)).mistake == "anything"


@pytest.mark.parametrize("yes", [True, np.True_, np.array(True), np.array([True])])
def test_a_yes_is_a_yes_whatever_its_type(yes: Any) -> None:
    always = Mistake("always yes", "Is it so for every input?", matches=lambda value, case: value is True)
    large = Exercise(
        "is_large",
        (Group("small numbers", lambda rng: (rng.uniform(0, 1),)),),
        oracle=lambda x: x > 1,
        mistakes=(always,),
    )
    assert judge(large, local_call(lambda x: yes, large), 1).mistake == "always yes"


@pytest.mark.parametrize("start", [0.0, 1.0])
def test_a_state_left_behind_is_seen(start: float) -> None:
    calls: list[int] = []

    def double(x: np.ndarray) -> np.ndarray:
        calls.append(1)
        return 2 * x + (start if len(calls) == 1 else len(calls))

    verdict = verdict_on(double)
    assert verdict.outcome is Outcome.WRONG
    assert "Called twice with the same input" in str(verdict.diagnosis)


def test_global_random_numbers_are_seen() -> None:
    assert "global random" in str(verdict_on(lambda x: 2 * x + np.random.normal()).diagnosis)  # noqa: NPY002


@pytest.mark.parametrize("value", [None, "a word", {"a": np.nan}, [np.nan, None], np.float32("nan")], ids=repr)
def test_the_same_odd_value_twice_is_no_state(value: Any) -> None:
    assert "Called twice" not in str(verdict_on(lambda x: value).diagnosis)


def test_none_is_named() -> None:
    assert verdict_on(lambda x: None).diagnosis == "It returns None: is a `return` missing?"


# --- manners -------------------------------------------------------------------------------------

ANSWERS: dict[str, Callable[[np.ndarray], Any]] = {
    "right": lambda x: 2 * x,
    "partly": lambda x: 2 * x if x.max() > 0 else x,
    "square": lambda x: x * x,
    "overflow": lambda x: np.full(x.shape, np.inf) * x,
    "in place": lambda x: x.__imul__(2),
    "none": lambda x: None,
    "error": lambda x: x @ x,
}


@pytest.mark.parametrize("answer", ANSWERS.values(), ids=ANSWERS)
@pytest.mark.filterwarnings("error")
def test_the_judge_is_pure(answer: Any, capfd: pytest.CaptureFixture[str]) -> None:
    case = Case((np.arange(12.0).reshape(4, 3),))
    kept = case.args[0].copy()
    declared = exercise(
        groups=(Group("one case", lambda rng: case), Group("negative numbers", draw_negative)),
        mistakes=(Mistake("overflows", "Hint.", lambda x: np.exp(1000 * np.abs(x) + 1e4) / 0),),
        laws=(ADDS,),
    )
    numpy_state, torch_state, errors = np.random.get_state()[1].copy(), torch.random.get_rng_state(), np.geterr()  # noqa: NPY002
    first = judge(declared, local_call(answer, declared), 3)
    second = judge(declared, local_call(answer, declared), 3)
    assert first == second
    assert capfd.readouterr() == ("", "")
    assert (np.random.get_state()[1] == numpy_state).all()  # noqa: NPY002
    assert torch.equal(torch.random.get_rng_state(), torch_state)
    assert np.geterr() == errors
    assert (case.args[0] == kept).all()


def test_the_judge_works_whatever_numpy_is_told_to_raise() -> None:
    overflows = Mistake("overflows", "Hint.", lambda x: np.exp(1000 * np.abs(x) + 1e4))
    with np.errstate(all="raise"):
        assert verdict_on(lambda x: 2 * x, mistakes=(overflows,)).passed
        assert verdict_on(lambda x: np.full(x.shape, np.inf), mistakes=(overflows,)).mistake == "overflows"


@given(st.integers(0, 2**70))
@settings(max_examples=25)
def test_one_seed_gives_one_set_of_cases(seed: int) -> None:
    declared = exercise()
    for group in declared.groups:
        once, again = (draw_cases(declared, group, seed) for _ in range(2))
        other = draw_cases(declared, group, seed + 1)
        assert len(once) == group.count
        for one, two, three in zip(once, again, other, strict=True):
            assert (one.args[0] == two.args[0]).all()
            assert (one.args[0] != three.args[0]).any()


def test_groups_and_exercises_draw_their_own_numbers() -> None:
    two = exercise(groups=(Group("a", draw), Group("b", draw)))
    a, b = (draw_cases(two, group, 1)[0].args[0] for group in two.groups)
    assert (a != b).any()
    renamed = exercise(name="other", groups=two.groups)
    assert (draw_cases(renamed, two.groups[0], 1)[0].args[0] != a).any()


def test_random_generators_reach_the_answer_fresh() -> None:
    declared = exercise(
        groups=(Group("numbers", lambda rng: (Rng(int(rng.integers(99))),)),),
        oracle=lambda r: r.normal(size=3),
        mistakes=(),
    )
    assert judge(declared, local_call(lambda r: r.normal(size=3), declared), 5).passed


@pytest.mark.parametrize(
    "changes",
    [
        {"groups": ()},
        {"name": "not a name"},
        {"groups": (Group("a", draw), Group("a", draw))},
        {"groups": (Group("a", draw, weight=0),)},
        {"groups": (Group("a", draw, count=0),)},
        {"oracle": None},
        {"laws": (Law("never", lambda ask: True, groups=("unknown",)),)},
    ],
)
def test_a_faulty_declaration_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="Exercise “"):
        exercise(**changes)


def test_a_mistake_says_what_it_gives_or_how_to_tell_it() -> None:
    for both in ({}, {"answer": abs, "matches": lambda value, case: True}):
        with pytest.raises(ValueError, match="and not both"):
            Mistake("a", "b", **both)


class _WasTensor(np.ndarray):
    was_tensor = True


def test_a_tensor_where_the_answer_is_to_be_written_by_hand_is_a_librarys() -> None:
    declared = exercise(by_hand=True)
    verdicts = [
        judge(declared, lambda x, kind=kind: Reply(value=(2 * x).view(kind)), 1) for kind in (np.ndarray, _WasTensor)
    ]
    assert [verdict.outcome for verdict in verdicts] == [Outcome.CORRECT, Outcome.LIBRARY]
    assert judge(exercise(by_hand=False), lambda x: Reply(value=(2 * x).view(_WasTensor)), 1).passed
