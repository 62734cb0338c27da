"""The verdict on one answer: plain, frozen data that can be stored and shown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from course_utils.language import N_, _


class Outcome(StrEnum):
    """The eight things a verdict can say. Records and gradebooks hold the value; people read :attr:`words`."""

    CORRECT = N_("correct")
    PARTLY = N_("partly correct")
    WRONG = N_("wrong")
    RAISED = N_("raised an error")
    NOT_ATTEMPTED = N_("not attempted")
    LIBRARY = N_("the library did it")
    TIMEOUT = N_("ran out of time")
    DIED = N_("died")

    @property
    def words(self) -> str:
        """The outcome in the reader's language."""
        return _(self.value)


@dataclass(frozen=True)
class GroupResult:
    """How one group of cases went.

    Attributes
    ----------
    name : str
        What the cases have in common, in words.
    weight : float
        Its share of the exercise's points; the weights of an exercise sum to 1.
    held : bool
        Whether every case and law of the group held.
    reason : str or None
        One sentence on the first case that did not hold.
    """

    name: str
    weight: float
    held: bool
    reason: str | None = None


@dataclass(frozen=True)
class Verdict:
    """What the judge found. It never holds an expected value or a traceback of ours.

    Attributes
    ----------
    exercise : str
        The exercise's name.
    outcome : Outcome
        One of the eight outcomes.
    credit : float
        Share of the points, between 0 and 1: the weights of the groups that hold.
    sentence : str
        The one sentence for the learner.
    case, shapes, step, hint : str or None
        The group that failed first, the shapes found and wanted, the first intermediate that
        differs, and what to think about.
    mistake : str or None
        Name of the declared mistake that explains the answer.
    diagnosis : str or None
        A general explanation when no declared mistake fits.
    traceback : str or None
        The learner's own lines, when the answer raised an error.
    groups : tuple of GroupResult
        Every group of cases, in order.
    notes : tuple of str
        For instructors only; never shown to the learner.
    """

    exercise: str
    outcome: Outcome
    credit: float
    sentence: str
    case: str | None = None
    shapes: str | None = None
    step: str | None = None
    hint: str | None = None
    mistake: str | None = None
    diagnosis: str | None = None
    traceback: str | None = None
    groups: tuple[GroupResult, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def passed(self) -> bool:
        """Whether the answer is right in every group."""
        return self.outcome is Outcome.CORRECT

    def to_dict(self) -> dict[str, Any]:
        """Return plain data for JSON."""
        return {**asdict(self), "outcome": self.outcome.value}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Verdict:
        """Rebuild a verdict from :meth:`to_dict`, also after a round trip through JSON.

        Raises
        ------
        KeyError, ValueError, TypeError
            When `data` is not a verdict.
        """
        fields = dict(data)
        fields["outcome"] = Outcome(fields["outcome"])
        fields["groups"] = tuple(GroupResult(**group) for group in fields.get("groups", ()))
        fields["notes"] = tuple(fields.get("notes", ()))
        return cls(**fields)
