"""Judge right and wrong answers of every lesson, and keep the kill rate."""

from __future__ import annotations

import functools
import importlib
import inspect
import linecache
import pkgutil
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import numpy as np
import torch

import course_utils.exercises
from course_utils.judging import PUBLIC_SEED, Exercise, Mistake, Outcome, Verdict, judge, load_exercises
from course_utils.judging.calls import PLACEHOLDER
from course_utils.judging.checking import local_call
from course_utils.judging.show import verdict_text

SEEDS = (PUBLIC_SEED, 1, 2**63 + 5)
# Tried by tests that are marked slow: the same draws over again.
MORE_SEEDS = (2, 3, 2**40 + 4)
NOT_YET = (Outcome.WRONG, Outcome.PARTLY)

# (exercise, mutant) -> killed under every seed of SEEDS; read by the summary in conftest.py
kills: dict[tuple[str, str], bool] = {}


@dataclass(frozen=True)
class Wrong:
    """A wrong answer and what the judge must say to it.

    Attributes
    ----------
    name : str
        What is wrong, in words.
    answer : object
        The answer itself.
    outcome : Outcome or tuple of Outcome
        What the verdict must be; several where it depends on the drawn numbers.
    mistake : str or None
        Name of the declared mistake that must be found; None when there must be none.
    tells : str
        Text that must stand in the verdict as the learner sees it.
    """

    name: str
    answer: Any
    outcome: Outcome | tuple[Outcome, ...] = NOT_YET
    mistake: str | None = None
    tells: str = ""


def lessons() -> list[str]:
    """Return the slugs of all lessons that declare exercises."""
    return [module.name for module in pkgutil.iter_modules(course_utils.exercises.__path__)]


def declared(lesson: str) -> Mapping[str, Exercise]:
    return load_exercises(lesson)


def mutants_of(lesson: str) -> ModuleType:
    return importlib.import_module(f"tests.mutants.{lesson}")


def reference(lesson: str, name: str) -> Any:
    return getattr(importlib.import_module(f"solutions.{lesson}"), name)


def all_right(lesson: str, name: str) -> dict[str, Any]:
    """Return the reference and the answers that are written differently."""
    return {"the reference": reference(lesson, name), **mutants_of(lesson).RIGHT.get(name, {})}


def all_wrong(lesson: str, exercise: Exercise) -> list[Wrong]:
    """Return the declared mistakes, what is added to every exercise, and the hand-written mutants."""
    hand_written = mutants_of(lesson).WRONG.get(exercise.name, ())
    return [*from_mistakes(exercise), *always(lesson, exercise), *hand_written]


def from_mistakes(exercise: Exercise) -> Iterator[Wrong]:
    """Make a mutant of every mistake that says what it gives."""
    for mistake in exercise.mistakes:
        if mistake.answer is not None and exercise.kind != "module":
            answer = _yielding(mistake.answer) if exercise.kind == "generator" else mistake.answer
            yield Wrong(mistake.name, answer, NOT_YET, mistake.name, mistake.hint)


def missing(exercise: Exercise, right: Mapping[str, Any], wrong: list[Wrong]) -> list[str]:
    """Say in words what a lesson's mutants still lack for one exercise."""
    lacks = []
    if len(right) < 2:
        lacks.append("two right answers that are written differently")
    written = {mutant.mistake for mutant in wrong}
    lacks += [
        f"a mutant for the mistake “{mistake.name}”"
        for mistake in exercise.mistakes
        if _needs_a_mutant(exercise, mistake) and mistake.name not in written
    ]
    known = {mistake.name for mistake in exercise.mistakes}
    lacks += [f"the mistake “{name}”, which is not declared" for name in written - known - {None}]
    lacks += [f"what must be said to “{one.name}”" for one in wrong if one.mistake is None and not one.tells]
    total = len(list(from_mistakes(exercise))) + len(wrong)
    if total < 5:
        lacks.append(f"five wrong answers (there are {total})")
    return lacks


def _needs_a_mutant(exercise: Exercise, mistake: Mistake) -> bool:
    return mistake.matches is not None or exercise.kind == "module"


def _yielding(answer: Callable[..., Any]) -> Callable[..., Iterator[Any]]:
    def give(*args: Any) -> Iterator[Any]:
        yield from answer(*args)

    return give


def always(lesson: str, exercise: Exercise) -> Iterator[Wrong]:
    """Give the wrong answers that every exercise must refuse."""
    answer = reference(lesson, exercise.name)
    yield Wrong("zeros in the right shape", _zeros_like(answer, exercise), NOT_YET, ANY_MISTAKE)
    yield Wrong("the unfinished stub", stub_of(answer), Outcome.NOT_ATTEMPTED, tells="placeholder")
    yield Wrong("returns None", _returning_none(exercise), Outcome.WRONG, tells="None")
    yield Wrong("raises ValueError", _raising(exercise), Outcome.RAISED, tells="ValueError: no way")


# zeros may be what a declared slip gives, or break a law; then its hint is as good as the general diagnosis
ANY_MISTAKE = "any mistake, or the diagnosis that every number is 0"


def stub_of(answer: Any) -> Any:
    """Return the answer as a learner finds it: each solution region replaced by the placeholder."""
    region = re.compile(r"^( *)### BEGIN SOLUTION\n.*?### END SOLUTION", flags=re.MULTILINE | re.DOTALL)
    text, count = region.subn(rf'\1raise NotImplementedError("{PLACEHOLDER}")', inspect.getsource(answer))
    assert count, f"{answer.__name__} has no solution region"
    filename = f"<stub {answer.__name__}>"
    linecache.cache[filename] = (len(text), None, text.splitlines(keepends=True), filename)
    code = compile("from __future__ import annotations\n" + text, filename, "exec")
    namespace = dict(vars(inspect.getmodule(answer)))
    exec(code, namespace)
    return namespace[answer.__name__]


def _zeros_like(answer: Any, exercise: Exercise) -> Any:
    if exercise.kind == "module":
        return _with_forward(answer, lambda module, batch: torch.zeros_like(type(module).forward(module, batch)))
    return lambda *args: _zeroed(answer(*args))


def _zeroed(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _zeroed(item) for key, item in value.items()}
    if isinstance(value, tuple):
        return tuple(map(_zeroed, value))
    if isinstance(value, list | Iterator):
        return [_zeroed(item) for item in value]
    return np.zeros_like(value)


def _returning_none(exercise: Exercise) -> Any:
    return _module_doing(exercise, lambda: None) if exercise.kind == "module" else lambda *args: None


def _raising(exercise: Exercise) -> Any:
    def stop(*_: Any) -> Any:
        raise ValueError("no way")

    return _module_doing(exercise, stop) if exercise.kind == "module" else stop


def _module_doing(exercise: Exercise, forward: Callable[[], Any]) -> Any:
    return _with_forward(reference(lesson_of(exercise), exercise.name), lambda module, batch: forward())


def _with_forward(build: Callable[..., torch.nn.Module], forward: Callable[[Any, torch.Tensor], Any]) -> Any:
    """Return what builds the same module, a class or a function, with another forward."""

    def changed(*sizes: Any) -> torch.nn.Module:
        module = build(*sizes)
        module.forward = functools.partial(forward, module)
        return module

    return changed


def lesson_of(exercise: Exercise) -> str:
    return next(lesson for lesson in lessons() if exercise.name in declared(lesson))


def verdict_on(exercise: Exercise, answer: Any, seed: int) -> Verdict:
    """Judge an answer as `check` does, without showing anything."""
    return judge(exercise, local_call(answer, exercise), seed)


def survival(exercise: Exercise, mutant: Wrong, seeds: Sequence[int] = SEEDS) -> str | None:
    """Return how a wrong answer escapes what must be said to it, or None when it is killed under every seed."""
    for seed in seeds:
        verdict = verdict_on(exercise, mutant.answer, seed)
        wanted = mutant.outcome if isinstance(mutant.outcome, tuple) else (mutant.outcome,)
        text = verdict_text(verdict)
        if verdict.outcome not in wanted or verdict.credit >= 1:
            return f"seed {seed}: {verdict.outcome.value}, not {' or '.join(wanted)}\n{text}"
        if mutant.mistake == ANY_MISTAKE:
            if not (verdict.mistake or verdict.hint or "is 0" in text):
                return f"seed {seed}: neither a hint nor that every number is 0\n{text}"
        elif verdict.mistake != mutant.mistake:
            return f"seed {seed}: taken for “{verdict.mistake}” instead of “{mutant.mistake}”\n{text}"
        if mutant.tells not in text:
            return f"seed {seed}: “{mutant.tells}” is not said\n{text}"
    return None


def kill_rates() -> list[str]:
    """Return one line an exercise, such as ``kill rate softmax 14/14``."""
    names = dict.fromkeys(name for name, _ in kills)
    return [
        f"kill rate {name} {sum(done)}/{len(done)}"
        for name in names
        for done in [[killed for (owner, _), killed in kills.items() if owner == name]]
    ]
