"""What you built in earlier lessons, ready to use again: your own answer, or a given version of it."""

from __future__ import annotations

import ast
import contextlib
import importlib
import importlib.util
import linecache
import pkgutil
import textwrap
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from course_utils import record_book
from course_utils.answer_source import names_in
from course_utils.language import _
from course_utils.lesson_index import read_index


class NotBuilt(LookupError):
    """There is nothing to build on under that name."""

    def _render_traceback_(self) -> list[str]:
        """Return what a notebook shows: the sentence, and no traceback of ours."""
        return [str(self)]


class _Unfit(Exception):
    """A learner's earlier answer cannot be used; the text says why, in a few words."""


def built(*names: str) -> Any:
    """Return answers of earlier lessons: yours where they pass, a given version where they do not.

    Parameters
    ----------
    *names : str
        Names of exercises, for example ``built("softmax", "one_hot")``.

    Returns
    -------
    callable or tuple of callable
        One function for one name, else a tuple in the order asked. A line is printed for each.

    Raises
    ------
    NotBuilt
        When there is no such answer; the text names the nearest one.
    """
    if not names:
        raise NotBuilt(_('Name at least one answer, as in `built("softmax")`.'))
    given = given_versions()
    for name in names:
        if name not in given:
            import difflib

            near = difflib.get_close_matches(str(name), given, n=1)
            words = [_("No earlier answer named `{name}` can be built on here.", name=name)]
            raise NotBuilt(" ".join([*words, *(_("Did you mean `{name}`?", name=one) for one in near)]))
    record, said = record_book.view()
    if said:
        print(said)
    answers = tuple(_one(name, given, record["exercises"]) for name in names)
    return answers[0] if len(answers) == 1 else answers


def given_versions() -> dict[str, str]:
    """Return which answers have a given version: name -> the slug of the lesson it comes from."""
    import course_utils.earlier

    found: dict[str, str] = {}
    for module in pkgutil.iter_modules(course_utils.earlier.__path__):
        whole = importlib.import_module(f"course_utils.earlier.{module.name}")
        for name, value in vars(whole).items():
            if not name.startswith("_") and getattr(value, "__module__", None) == whole.__name__:
                found[name] = module.name
    return found


def _given_version(name: str, slug: str) -> Callable[..., Any]:
    return getattr(importlib.import_module(f"course_utils.earlier.{slug}"), name)


def _one(name: str, given: Mapping[str, str], entries: Mapping[str, Any]) -> Any:
    slug = given[name]
    number = next((lesson.number for lesson in read_index() if lesson.slug == slug), None)
    place = _("lesson {number}", number=number) if number else slug
    if not _can_check():
        print(_("{name}: the given version", name=name))
        return _given_version(name, slug)
    passed = entries.get(name, {}).get("passed")
    if passed is None:
        print(_("{name}: the given version (yours has not passed its check yet)", name=name))
        return _given_version(name, slug)
    try:
        own = _own_version(name, given, entries)
    except _Unfit as reason:
        said = _(
            "{name}: the given version (yours from {place} no longer passes: {reason})",
            name=name,
            place=place,
            reason=reason,
        )
        print(said)
        return _given_version(name, slug)
    print(_("{name}: yours, from {place}", name=name, place=place))
    return own


def _can_check() -> bool:
    """Whether there are exercises; in the grader's sandbox there are none, and no record either."""
    try:
        return importlib.util.find_spec("course_utils.exercises") is not None
    except ImportError:
        return False


def _own_version(name: str, given: Mapping[str, str], entries: Mapping[str, Any]) -> Any:
    """Run the learner's text in a fresh namespace and judge what it gives.

    Raises
    ------
    _Unfit
        When it cannot be run or does not pass now.
    """
    from course_utils.judging.checking import PUBLIC_SEED, local_call
    from course_utils.judging.exercise import find_exercise
    from course_utils.judging.judge import judge

    try:
        exercise = find_exercise(name)
    except Exception:
        raise _Unfit(_("its exercise is gone")) from None
    source = entries[name]["passed"].get("source")
    if source is None:
        raise _Unfit(_("its text was not kept"))
    answer = _Workshop(given, entries, exercise.time_limit).make(name)
    try:
        verdict = judge(exercise, local_call(answer, exercise), PUBLIC_SEED, source)
    except Exception as error:
        raise _Unfit(_("it cannot be checked, {error}", error=type(error).__name__)) from None
    if not verdict.passed:
        raise _Unfit(verdict.outcome.words)
    return answer


@dataclass
class _Workshop:
    """A fresh namespace in which earlier answers are defined, each with what it uses."""

    given: Mapping[str, str]
    entries: Mapping[str, Any]
    seconds: float
    namespace: dict[str, Any] = field(default_factory=lambda: {"__name__": "__main__"})
    begun: set[str] = field(default_factory=set)

    def make(self, name: str) -> Any:
        """Define an answer, after the other answers that it uses, and return it."""
        from course_utils.judging.calls import TimeLimit
        from course_utils.judging.checking import time_limit

        passed = self.entries[name]["passed"]
        source, context = passed["source"], passed.get("context") or ""
        self.begun.add(name)
        used = names_in(context) | names_in(source)
        self._import(used)
        for other in sorted(used - self.begun):
            self._provide(other)
        try:
            with time_limit(self.seconds), contextlib.redirect_stdout(None):
                self._run(context, f"<what your {name} uses>")
                self._run(textwrap.dedent(source), f"<your {name}>")
        except TimeLimit:
            raise _Unfit(_("it ran out of time")) from None
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # the learner's text may raise anything, also SystemExit
            text = " ".join(str(error).split())[:80]
            raise _Unfit(f"{type(error).__name__}{': ' + text if text else ''}") from None
        for defined in (name, passed.get("defines")):
            if defined and callable(self.namespace.get(defined)):
                self.namespace[name] = self.namespace[defined]
                return self.namespace[name]
        raise _Unfit(_("its text does not define it"))

    def _provide(self, other: str) -> None:
        """Define another answer by its name: the learner's, or the given one."""
        passed = self.entries.get(other, {}).get("passed")
        if passed is not None and passed.get("source") is not None:
            self.make(other)
        elif other in self.given:
            self.begun.add(other)
            self.namespace[other] = _given_version(other, self.given[other])

    def _import(self, used: set[str]) -> None:
        """Import what a lesson's first cell imports, if it is used: torch only where it must be."""
        for name, module in (("np", "numpy"), ("torch", "torch"), ("nn", "torch.nn")):
            if name in used and name not in self.namespace:
                self.namespace[name] = importlib.import_module(module)
        import collections.abc
        import typing

        for name in used - set(self.namespace):
            for library in (typing, collections.abc):
                if name in library.__all__:
                    self.namespace[name] = getattr(library, name)

    def _run(self, text: str, filename: str) -> None:
        ast.parse(text)
        # The judge and a traceback show lines of this text by its file name.
        linecache.cache[filename] = (len(text), None, text.splitlines(keepends=True), filename)
        exec(compile(text, filename, "exec"), self.namespace)
