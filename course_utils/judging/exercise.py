"""What an exercise is: cases, an oracle, laws and known mistakes, declared in about 15 lines."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any, Literal

import numpy as np

from course_utils.judging import calls
from course_utils.judging.tolerance import Computation
from course_utils.language import _

Kind = Literal["function", "module", "generator", "trained"]

# What an exercise written "by hand" may not lean on.
BY_HAND_WATCH = ("torch", "torchvision", "sklearn", "scipy", "tensorflow", "jax")


@dataclass(frozen=True)
class Case:
    """One drawn case: the arguments for the answer, and what the judge keeps aside.

    Attributes
    ----------
    args : tuple
        What the answer is called with.
    aside : object
        What the answer never sees, such as held-out data.
    """

    args: tuple[Any, ...]
    aside: Any = None


@dataclass(frozen=True)
class Reach:
    """How a trained model is judged: by what it reaches on data it has not seen.

    Attributes
    ----------
    quantity : str
        What is measured, in words ("accuracy on images it has not seen").
    measure : callable
        ``measure(value, case) -> float`` on what the answer returned; larger is better.
    bar : callable
        ``bar(case) -> float``: what a good reference reaches.
    margin : float
        How far below the bar still counts.
    """

    quantity: str
    measure: Callable[[Any, Case], float]
    bar: Callable[[Case], float]
    margin: float


@dataclass(frozen=True)
class Group:
    """Cases that have something in common; the unit of credit.

    Attributes
    ----------
    name : str
        What the cases have in common; it completes "right for ...".
    draw : callable
        ``draw(rng) -> tuple`` of arguments, or a :class:`Case`.
    weight : float
        Its share of the points relative to the other groups.
    count : int
        How many cases are drawn.
    reach : Reach or None
        The bar for trained models of this group, in place of the exercise's oracle.
    edge : bool
        Whether its inputs are degenerate on purpose: one sample, square, all zeros.
    """

    name: str
    draw: Callable[[np.random.Generator], tuple[Any, ...] | Case]
    weight: float = 1.0
    count: int = 2
    reach: Reach | None = None
    edge: bool = False


@dataclass(frozen=True)
class Law:
    """Something that holds for every input.

    Attributes
    ----------
    sentence : str
        The law in words, as the learner reads it.
    holds : callable
        ``holds(ask, *args) -> bool``; ``ask(*other_args)`` calls the answer.
    groups : tuple of str
        The groups it is tried on and that it can cost; all of them when empty.
    hint : str or None
        What to think about when it fails.
    """

    sentence: str
    holds: Callable[..., bool]
    groups: tuple[str, ...] = ()
    hint: str | None = None


@dataclass(frozen=True)
class Mistake:
    """A known slip and what to say to it.

    Attributes
    ----------
    name : str
        Short name, as it stands in the class report.
    hint : str
        One sentence that points at the idea and gives no line of code.
    answer : callable or None
        ``answer(*args)``: what the slip gives.
    matches : callable or None
        ``matches(value, case) -> bool`` where no single value tells the slip. A yes or no comes as a plain bool.
    """

    name: str
    hint: str
    answer: Callable[..., Any] | None = None
    matches: Callable[[Any, Case], bool] | None = None

    def __post_init__(self) -> None:
        if (self.answer is None) == (self.matches is None):
            raise ValueError(f"The mistake “{self.name}” needs an `answer` or a `matches`, and not both.")


@dataclass(frozen=True)
class Exercise:
    """One exercise, as the learner can read it and the grader judges it.

    Attributes
    ----------
    name : str
        The name the answer has in the notebook; unique in the course.
    groups : sequence of Group
        Where the inputs come from, and what each kind of input is worth.
    oracle : callable or None
        ``oracle(*args)``: the right answer by PyTorch or scikit-learn in float64, independent of
        the NumPy solution. A dict names the intermediates of a multi-step answer, in order.
    laws, mistakes : sequence
        What always holds, and the slips that are known by name.
    kind : {"function", "module", "generator", "trained"}
        How the answer is called.
    by_hand : bool
        Whether it is to be written with NumPy alone.
    computation : {"elementwise", "reduction", "iterated"}
        Row of the tolerance table.
    time_limit : float
        Seconds for one call.
    parts : tuple of str
        What the parts of a tuple answer are called, in order.
    """

    name: str
    groups: tuple[Group, ...]
    oracle: Callable[..., Any] | None = None
    laws: tuple[Law, ...] = ()
    mistakes: tuple[Mistake, ...] = ()
    kind: Kind = "function"
    by_hand: bool = True
    computation: Computation = "reduction"
    time_limit: float = 10.0
    parts: tuple[str, ...] = ()
    watch: tuple[str, ...] = field(init=False)

    def __post_init__(self) -> None:
        for many in ("groups", "laws", "mistakes"):
            object.__setattr__(self, many, tuple(getattr(self, many)))
        object.__setattr__(self, "watch", BY_HAND_WATCH if self.by_hand else ())
        problem = self._problem()
        if problem:
            raise ValueError(f"Exercise “{self.name}”: {problem}")

    def _problem(self) -> str | None:
        names = [group.name for group in self.groups]
        if not self.name.isidentifier():
            return "its name is not a Python name."
        if not names or len(set(names)) < len(names):
            return "it needs groups of cases with different names."
        if any(group.weight <= 0 or group.count < 1 for group in self.groups):
            return "every group needs a positive weight and at least one case."
        if self.oracle is None and any(group.reach is None for group in self.groups):
            return "it needs an oracle, or a bar to reach in every group."
        unknown = {name for law in self.laws for name in law.groups} - set(names)
        if unknown:
            return f"a law names the unknown group “{min(unknown)}”."
        return None


def realise(args: tuple[Any, ...]) -> list[Any]:
    """Return fresh copies of the arguments, as the answer gets them."""
    return [calls.realise(value) for value in args]


class UnknownExercise(LookupError):
    """No lesson declares an exercise of that name."""

    def _render_traceback_(self) -> list[str]:
        """Return what a notebook shows: the sentence, and no traceback of ours."""
        return [str(self)]


def _exercises_in(module: ModuleType) -> dict[str, Exercise]:
    found: dict[str, Exercise] = {}
    for value in vars(module).values():
        if isinstance(value, Exercise) and found.setdefault(value.name, value) is not value:
            raise ValueError(f"{module.__name__} declares two exercises named “{value.name}”.")
    return found


def load_exercises(lesson: str) -> Mapping[str, Exercise]:
    """Return the exercises of a lesson by name, in the order they are declared.

    Parameters
    ----------
    lesson : str
        The lesson's slug, for example ``"softmax_regression"``.

    Raises
    ------
    ModuleNotFoundError
        When the lesson has no declarations.
    ValueError
        When two exercises have one name.
    """
    return _exercises_in(importlib.import_module(f"course_utils.exercises.{lesson}"))


def find_exercise(name: str) -> Exercise:
    """Return the exercise of that name, from whichever lesson declares it.

    Raises
    ------
    UnknownExercise
        When there is none; the text names the nearest one.
    """
    import difflib

    import course_utils.exercises

    known: dict[str, Exercise] = {}
    for module in pkgutil.iter_modules(course_utils.exercises.__path__):
        known.update(load_exercises(module.name))
    if name in known:
        return known[name]
    near = difflib.get_close_matches(name, known, n=1)
    said = [_("No exercise is named `{name}`.", name=name), *(_("Did you mean `{name}`?", name=one) for one in near)]
    raise UnknownExercise(" ".join(said))
