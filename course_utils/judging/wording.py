"""From what the judge found to one verdict in words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from course_utils.judging.compare import as_plain, is_decision, same_slip
from course_utils.judging.exercise import Case, Exercise, Mistake, realise
from course_utils.judging.verdict import GroupResult, Outcome, Verdict
from course_utils.language import _, listing, pairing


def word_verdict(
    exercise: Exercise,
    results: tuple[GroupResult, ...],
    findings: Sequence[Any],
    libraries: tuple[str, ...],
    decided: Sequence[tuple[Case, Any]] = (),
) -> Verdict:
    """Put results and findings into a :class:`Verdict`.

    Parameters
    ----------
    exercise : Exercise
        What was judged.
    results : tuple of GroupResult
        One a group.
    findings : sequence of Finding
        What did not hold, in the order it was found.
    libraries : tuple of str
        Packages that did work which is to be done by hand.
    decided : sequence of (Case, bool)
        The cases that ask for True or False and were answered right.
    """
    credit = sum(result.weight for result in results if result.held)
    if findings and findings[0].outcome is Outcome.NOT_ATTEMPTED:
        return Verdict(exercise.name, Outcome.NOT_ATTEMPTED, 0.0, _not_attempted(exercise), groups=results)
    if libraries:
        return _library_verdict(exercise, libraries, results)
    if not findings:
        return Verdict(exercise.name, Outcome.CORRECT, 1.0, _correct(exercise, results), groups=results)
    first = findings[0]
    mistake = find_mistake(exercise, findings, decided)
    outcome = Outcome.PARTLY if credit > 0 else first.outcome
    hint = mistake.hint if mistake else (first.law.hint if first.law else None)
    diagnosis = first.diagnosis
    if first.law is not None:
        diagnosis = _("This should always hold, and does not: {law}", law=first.law.sentence)
    difference = first.difference
    return Verdict(
        exercise.name,
        outcome,
        credit,
        _sentence(exercise, outcome, first, results),
        case=first.group,
        shapes=difference.shapes if difference else None,
        step=difference.where or None if difference else None,
        hint=hint,
        mistake=mistake.name if mistake else None,
        diagnosis=None if mistake and first.law is None else diagnosis,
        traceback="\n".join(first.reply.error.lines) or None if first.reply.error else None,
        groups=results,
    )


def find_mistake(
    exercise: Exercise, findings: Sequence[Any], decided: Sequence[tuple[Case, Any]] = ()
) -> Mistake | None:
    """Return the first declared mistake that explains every wrong value, or those of the first group.

    Two slips often give the same True or False, so there a mistake must also give every right answer.
    """
    wrong = [f for f in findings if f.reply.ended == "returned" and f.law is None and f.about_value]
    if not wrong or not findings[0].about_value:
        return None
    for cases in (wrong, [f for f in wrong if f.group == wrong[0].group]):
        for mistake in exercise.mistakes:
            if all(_explains(mistake, exercise, finding) for finding in cases) and _agrees(mistake, exercise, decided):
                return mistake
    return None


def _explains(mistake: Mistake, exercise: Exercise, finding: Any) -> bool:
    value = as_plain(finding.reply.value)
    own = Case(tuple(realise(finding.case.args)), finding.case.aside)
    try:
        if mistake.matches is not None:
            return bool(mistake.matches(bool(value) if is_decision(value) else value, own))
        if mistake.answer is None:
            return False
        slip = as_plain(mistake.answer(*own.args))
        return same_slip(value, slip, exercise.computation, finding.difference.where if finding.difference else "")
    except Exception:  # a slip that cannot be computed on this case does not explain it
        return False


def _agrees(mistake: Mistake, exercise: Exercise, decided: Sequence[tuple[Case, Any]]) -> bool:
    if mistake.answer is None:
        return True
    try:
        return all(
            same_slip(value, as_plain(mistake.answer(*realise(case.args))), exercise.computation)
            for case, value in decided
        )
    except Exception:  # a slip that cannot be computed on a case did not give its answer
        return False


def _not_attempted(exercise: Exercise) -> str:
    return _(
        "Nothing to judge yet: `{name}` still holds its placeholder. "
        "Write your answer in the cell above, run it, then run this check again.",
        name=exercise.name,
    )


def _library_verdict(exercise: Exercise, libraries: tuple[str, ...], results: tuple[GroupResult, ...]) -> Verdict:
    names = pairing([f"`{name}`" for name in libraries])
    if all(result.held for result in results):
        sentence = _(
            "The numbers are right, but {libraries} did the work in `{name}`; this exercise is for writing it yourself "
            "with NumPy. Take it step by step: the derivation above has every piece.",
            libraries=names,
            name=exercise.name,
        )
    else:
        sentence = _(
            "{libraries} did the work in `{name}`; this exercise is for writing it yourself with NumPy. "
            "Take it step by step: the derivation above has every piece.",
            libraries=names,
            name=exercise.name,
        )
    note = _(
        "{name}: {libraries} at work in an answer to be written by hand.",
        name=exercise.name,
        libraries=", ".join(libraries),
    )
    return Verdict(exercise.name, Outcome.LIBRARY, 0.0, sentence, groups=results, notes=(note,))


def _correct(exercise: Exercise, results: tuple[GroupResult, ...]) -> str:
    groups = listing([result.name for result in results])
    return _("Correct: `{name}` is right for {groups}.", name=exercise.name, groups=groups)


def _sentence(exercise: Exercise, outcome: Outcome, first: Any, results: tuple[GroupResult, ...]) -> str:
    name = f"`{exercise.name}`"
    held = [result.name for result in results if result.held]
    what = _what_happened(first, exercise)
    about = {"name": name, "group": first.group}
    if outcome is Outcome.PARTLY:
        said = _(
            "On the way: {name} is right for {groups}. For {group}, {what}.", **about, groups=listing(held), what=what
        )
    elif first.missing:
        said = _(
            "There is no {name} when it is judged: its cell did not run through. The error stands below that cell.",
            name=name,
        )
    elif outcome is Outcome.RAISED:
        said = _("{name} stopped with an error on {group}: {error}.", **about, error=first.reason)
    elif outcome is Outcome.TIMEOUT:
        said = _("{name} {what}.", name=name, what=what)
    elif outcome is Outcome.DIED:
        said = _("{name} ended the whole process on {group}: a call such as `exit()`, or memory used up?", **about)
    else:
        said = _("Not yet: for {group}, {what}.", group=first.group, what=what)
    return said


def _what_happened(first: Any, exercise: Exercise) -> str:
    if first.outcome is Outcome.RAISED:
        return _("it stops with an error: {error}", error=first.reason)
    if first.outcome is Outcome.TIMEOUT:
        return _(
            "had not finished after {seconds:g} seconds on {group}: is there a loop that never ends?",
            seconds=exercise.time_limit,
            group=first.group,
        )
    if first.outcome is Outcome.DIED:
        return _("it ends the whole process")
    if first.law is not None:
        return _("something fails that holds for every input")
    difference = first.difference
    if difference is not None and difference.where and difference.where not in difference.reason:
        return _("the first step that differs is {step}: {reason}", step=difference.where, reason=difference.reason)
    return str(first.reason)
