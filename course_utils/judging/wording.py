"""From what the judge found to one verdict in words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from course_utils.judging.compare import as_plain, is_decision, same_slip
from course_utils.judging.exercise import Case, Exercise, Mistake, realise
from course_utils.judging.verdict import GroupResult, Outcome, Verdict

MISSING = "there is nothing by that name"


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
        diagnosis = f"This should always hold, and does not: {first.law.sentence}"
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
    return (
        f"Nothing to judge yet: `{exercise.name}` still holds its placeholder. "
        "Write your answer in the cell above, run it, then run this check again."
    )


def _library_verdict(exercise: Exercise, libraries: tuple[str, ...], results: tuple[GroupResult, ...]) -> Verdict:
    names = " and ".join(f"`{name}`" for name in libraries)
    right = all(result.held for result in results)
    start = "The numbers are right, but " if right else ""
    sentence = (
        f"{start}{names} did the work in `{exercise.name}`; this exercise is for writing it yourself with "
        "NumPy. Take it step by step: the derivation above has every piece."
    )
    note = f"{exercise.name}: {', '.join(libraries)} at work in an answer to be written by hand."
    return Verdict(exercise.name, Outcome.LIBRARY, 0.0, sentence, groups=results, notes=(note,))


def _correct(exercise: Exercise, results: tuple[GroupResult, ...]) -> str:
    if len(results) == 1:
        return f"Correct: `{exercise.name}` is right for {results[0].name}."
    return f"Correct: `{exercise.name}` is right for {_listing([r.name for r in results])}."


def _sentence(exercise: Exercise, outcome: Outcome, first: Any, results: tuple[GroupResult, ...]) -> str:
    name = f"`{exercise.name}`"
    held = [result.name for result in results if result.held]
    what = _what_happened(first, exercise)
    if outcome is Outcome.PARTLY:
        return f"On the way: {name} is right for {_listing(held)}. For {first.group}, {what}."
    if first.reason == MISSING:
        return f"There is no {name} when it is judged: its cell did not run through. The error stands below that cell."
    if outcome is Outcome.RAISED:
        return f"{name} stopped with an error on {first.group}: {first.reason}."
    if outcome is Outcome.TIMEOUT:
        return f"{name} {what}."
    if outcome is Outcome.DIED:
        return f"{name} ended the whole process on {first.group}: a call such as `exit()`, or memory used up?"
    return f"Not yet: for {first.group}, {what}."


def _what_happened(first: Any, exercise: Exercise) -> str:
    if first.outcome is Outcome.RAISED:
        return f"it stops with an error: {first.reason}"
    if first.outcome is Outcome.TIMEOUT:
        return (
            f"had not finished after {exercise.time_limit:g} seconds on {first.group}: is there a loop that never ends?"
        )
    if first.outcome is Outcome.DIED:
        return "it ends the whole process"
    if first.law is not None:
        return "something fails that holds for every input"
    difference = first.difference
    if difference is not None and difference.where and difference.where not in difference.reason:
        return f"the first step that differs is {difference.where}: {difference.reason}"
    return str(first.reason)


def _listing(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
