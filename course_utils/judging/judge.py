"""The judge: draw cases from a seed, call the answer, compare, explain.

Pure: it prints nothing, touches no global state, and cannot tell whether the answer is here or
behind a wire.
"""

from __future__ import annotations

import copy
import warnings
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from course_utils.judging import wording
from course_utils.judging.by_hand import libraries_in
from course_utils.judging.calls import PLACEHOLDER, Reply
from course_utils.judging.compare import Difference, as_plain, find_difference, holds_tensor, is_decision
from course_utils.judging.diagnosis import diagnose, explain_error
from course_utils.judging.exercise import Case, Exercise, Group, Law, realise
from course_utils.judging.verdict import GroupResult, Outcome, Verdict
from course_utils.language import N_, _, pairing

Call = Callable[..., Reply]

# How a call ended -> the outcome, and the word that stands beside the group.
_ENDINGS = {
    "raised": (Outcome.RAISED, N_("raised")),
    "timeout": (Outcome.TIMEOUT, N_("timeout")),
    "died": (Outcome.DIED, N_("died")),
}


@dataclass(frozen=True)
class Finding:
    """Why one case, or one law on it, does not hold."""

    outcome: Outcome
    group: str
    reason: str
    case: Case
    reply: Reply
    difference: Difference | None = None
    law: Law | None = None
    diagnosis: str | None = None
    about_value: bool = True  # False when the value may be right and something else is wrong
    missing: bool = False  # whether there is nothing by the answer's name


@dataclass
class _Hearing:
    """What has been seen of one answer so far."""

    exercise: Exercise
    call: Call
    findings: list[Finding] = field(default_factory=list)
    decided: list[tuple[Case, Any]] = field(default_factory=list)  # right answers that are yes or no
    libraries: set[str] = field(default_factory=set)
    results: list[GroupResult] = field(default_factory=list)
    over: bool = False  # a call hung, died or was never written: no point in calling again

    def ask(self, case: Case) -> Reply:
        """Call the answer on a copy of the case's arguments."""
        reply = self.call(*copy.deepcopy(case.args))
        self.libraries.update(reply.libraries)
        if "torch" in self.exercise.watch and holds_tensor(reply.value):
            self.libraries.add("torch")  # whatever was seen at work: no array makes itself a tensor
        return reply


class _NoValue(Exception):
    """A law asked the answer something and got no value."""

    def __init__(self, reply: Reply) -> None:
        super().__init__(reply.ended)
        self.reply = reply


def judge(exercise: Exercise, call: Call, seed: int, source: str | None = None) -> Verdict:
    """Judge one answer.

    Parameters
    ----------
    exercise : Exercise
        The declaration.
    call : callable
        ``call(*args) -> Reply``: the learner's answer, here or over the wire.
    seed : int, non-negative
        Where the numbers of the cases come from.
    source : str, optional
        Source of the answer, searched for libraries when it is to be written by hand.

    Returns
    -------
    Verdict
        Never an exception for anything the answer does.
    """
    hearing = _Hearing(exercise, call)
    hearing.libraries.update(libraries_in(source or "", exercise.watch))
    total = sum(group.weight for group in exercise.groups)
    for number, group in enumerate(exercise.groups):
        found = [] if hearing.over else _try_group(hearing, group, seed, first=number == 0)
        hearing.findings.extend(found)
        reason = found[0].reason if found else (_("not tried") if hearing.over else None)
        held = not found and not hearing.over
        hearing.results.append(GroupResult(group.name, group.weight / total, held, reason))
    findings = hearing.findings
    if findings and findings[0].missing and PLACEHOLDER in (source or ""):
        findings = [replace(findings[0], outcome=Outcome.NOT_ATTEMPTED)]
    with _quiet():
        libraries = tuple(sorted(hearing.libraries))
        return wording.word_verdict(exercise, tuple(hearing.results), tuple(findings), libraries, hearing.decided)


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep the judge's own arithmetic silent, and working whatever `np.seterr` the learner has chosen."""
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def draw_cases(exercise: Exercise, group: Group, seed: int) -> list[Case]:
    """Draw the cases of one group; the same seed gives the same cases on every machine."""
    key = (zlib.crc32(exercise.name.encode()), zlib.crc32(group.name.encode()))
    rng = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=key))
    with _quiet():
        drawn = [group.draw(rng) for _ in range(group.count)]
    return [case if isinstance(case, Case) else Case(tuple(case)) for case in drawn]


def _try_group(hearing: _Hearing, group: Group, seed: int, first: bool) -> list[Finding]:
    found: list[Finding] = []
    for number, case in enumerate(draw_cases(hearing.exercise, group, seed)):
        finding = _try_case(hearing, group, case)
        if first and number == 0 and group.reach is None and _worth_asking(finding):
            finding = _try_again(hearing, group, case, finding)
        if finding is None:
            finding = _try_laws(hearing, group, case)
        if finding is not None:
            found.append(finding)
            hearing.over = _hopeless(finding)
        if hearing.over:
            break
    return found


def _worth_asking(finding: Finding | None) -> bool:
    return finding is None or finding.difference is not None


def _is_missing(exercise: Exercise, reply: Reply) -> bool:
    """Whether there is nothing by the answer's name (only the grader asks for an answer by name)."""
    error = reply.error
    missing = f"name '{exercise.name}' is not defined"
    return error is not None and error.type == "NameError" and error.message == missing and not error.lines


def _hopeless(finding: Finding) -> bool:
    lost = (Outcome.TIMEOUT, Outcome.DIED, Outcome.NOT_ATTEMPTED)
    return finding.outcome in lost or finding.missing


def _try_case(hearing: _Hearing, group: Group, case: Case) -> Finding | None:
    exercise = hearing.exercise
    reply = hearing.ask(case)
    if reply.ended != "returned":
        return _no_value(exercise, group, case, reply)
    if reply.changed_arguments:
        sentence = _(
            "Whatever it returns, it also changes argument {which} in place: whoever calls it finds the data "
            "altered. Work on a copy.",
            which=pairing([str(position + 1) for position in reply.changed_arguments]),
        )
        reason = _("it changes its arguments in place")
        return Finding(Outcome.WRONG, group.name, reason, case, reply, diagnosis=sentence, about_value=False)
    value = as_plain(reply.value)
    if group.reach is not None or exercise.oracle is None:
        return _try_reach(group, case, reply, value)
    with _quiet():
        wanted = as_plain(exercise.oracle(*realise(case.args)))
        difference = find_difference(value, wanted, exercise.computation, parts=exercise.parts)
        said = diagnose(difference, case.args, exercise.computation) if difference else None
    if difference is None:
        if is_decision(wanted):
            hearing.decided.append((case, value))
        return None
    return Finding(Outcome.WRONG, group.name, difference.reason, case, reply, difference, diagnosis=said)


def _no_value(exercise: Exercise, group: Group, case: Case, reply: Reply) -> Finding:
    outcome, word = _ENDINGS.get(reply.ended, (Outcome.WRONG, reply.ended))
    reason, diagnosis, missing = _(word), None, _is_missing(exercise, reply)
    if reply.ended == "refused":
        reason = _("it gives something that cannot be judged")
        diagnosis = reply.refused
    elif reply.error is not None:
        error = reply.error
        diagnosis = explain_error(error.type, error.message)
        reason = f"{error.type}: {error.message}" if error.message else error.type
        if missing:
            reason = _("there is nothing by that name")
        if error.type == "NotImplementedError" and error.message in ("", PLACEHOLDER):
            # one line of the learner's: the answer itself, whatever name it was given
            if len(error.lines) <= 1 or error.function == exercise.name:
                outcome = Outcome.NOT_ATTEMPTED
            else:
                reason = _("it calls `{name}`, which still holds its placeholder", name=error.function)
    return Finding(outcome, group.name, reason, case, reply, diagnosis=diagnosis, missing=missing)


def _try_reach(group: Group, case: Case, reply: Reply, value: Any) -> Finding | None:
    reach = group.reach
    if reach is None:
        return None
    own = Case(tuple(realise(case.args)), case.aside)
    try:
        with _quiet():
            reached = float(reach.measure(value, own))
    except Exception as error:  # the value is the learner's: its form is part of what is judged
        why = str(error)
        sentence = _("What it returns cannot be used: {why}", why=why) if why else _("What it returns cannot be used.")
        form = _("it returns something of another form")
        return Finding(Outcome.WRONG, group.name, form, case, reply, diagnosis=sentence)
    with _quiet():
        bar = reach.bar(own)
    if np.isfinite(reached) and reached >= bar - reach.margin:
        return None
    said = _(
        "It reaches {reached:.3f} for the {quantity}; about {bar:.3f} is within reach, and {least:.3f} would pass.",
        reached=reached,
        quantity=reach.quantity,
        bar=bar,
        least=bar - reach.margin,
    )
    reason = _("the {quantity} is too low", quantity=reach.quantity)
    return Finding(Outcome.WRONG, group.name, reason, case, reply, diagnosis=said)


def _try_again(hearing: _Hearing, group: Group, case: Case, before: Finding | None) -> Finding | None:
    """Call twice more with the same arguments: a right answer does not depend on what came before.

    With one call less, an answer that is right for three calls would keep the credit for the first group.
    """
    first = hearing.ask(case)
    second = hearing.ask(case)
    if first.ended != "returned" or second.ended != "returned":
        return before
    one, other = as_plain(first.value), as_plain(second.value)
    with _quiet():
        agree = find_difference(one, other, hearing.exercise.computation, equal_nan=True) is None
    if agree:
        return before
    sentence = _(
        "Called twice with the same input, it gives two answers: it depends on the global random "
        "state or on something an earlier call left behind."
    )
    reason = _("two calls with one input differ")
    return Finding(Outcome.WRONG, group.name, reason, case, Reply(), diagnosis=sentence, about_value=False)


def _try_laws(hearing: _Hearing, group: Group, case: Case) -> Finding | None:
    for law in hearing.exercise.laws:
        if law.groups and group.name not in law.groups:
            continue

        def ask(*args: Any) -> Any:
            reply = hearing.ask(Case(args))
            if reply.ended != "returned":
                raise _NoValue(reply)
            return as_plain(reply.value)

        try:
            with _quiet():
                holds = bool(law.holds(ask, *realise(case.args)))
        except _NoValue as none:
            return _no_value(hearing.exercise, group, case, none.reply)
        except Exception:  # the law computes with the learner's value: what breaks it fails it
            holds = False
        if not holds:
            return Finding(
                Outcome.WRONG, group.name, _("this law fails: {law}", law=law.sentence), case, Reply(), law=law
            )
    return None
