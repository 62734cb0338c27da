"""What an update did to a notebook, as data and as the lines that a learner reads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from course_utils.language import _, ngettext

_SHOWN = 6


@dataclass(frozen=True)
class Report:
    """What became of everything in a learner's notebook.

    Attributes
    ----------
    kept : tuple of str
        Exercises that were answered: the answer is in the new answer cell.
    reworded : tuple of str
        Those of them whose released text (name, arguments, docstring) is another one now.
    recheck : tuple of str
        Those whose check has to be run again: the text or the check is another one, or nothing tells that it is not.
    refreshed : tuple of str
        Exercises without an answer yet that have a new text.
    new : tuple of str
        Exercises that the notebook did not have.
    removed : tuple of str
        Exercises that are no more, and were answered: the answer is at the end.
    dropped : tuple of str
        Exercises that are no more, and were not answered.
    own : tuple of str
        First lines of the cells that are the learner's own.
    edited : tuple of str
        First lines of the lesson's cells that the learner has changed, kept as they are: the release has no new text.
    outdated : tuple of str
        First lines of the lesson's cells that the learner has changed and that are new, or gone, in the release: the
        learner's text is kept as a cell of their own.
    fresh, gone : int
        How many of the lesson's other cells came, and how many went; a changed one counts as both.
    """

    kept: tuple[str, ...] = ()
    reworded: tuple[str, ...] = ()
    recheck: tuple[str, ...] = ()
    refreshed: tuple[str, ...] = ()
    new: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    dropped: tuple[str, ...] = ()
    own: tuple[str, ...] = ()
    edited: tuple[str, ...] = ()
    outdated: tuple[str, ...] = ()
    fresh: int = 0
    gone: int = 0

    def lines(self) -> list[str]:
        """Return what there is to say, one line a subject."""
        said = [
            (_("answers kept"), _names(self.kept)),
            (
                _("exercise changed"),
                _with(self.reworded, _("your answer is kept, and the new text stands in a note above it")),
            ),
            (_("check again"), _names(self.recheck)),
            (_("new text"), _with(self.refreshed, _("not answered yet"))),
            (_("new exercises"), _names(self.new)),
            (
                _("exercise removed"),
                _with(self.removed, _("your answer is at the end of the notebook, under a heading of its own")),
            ),
            (_("exercise removed"), _with(self.dropped, _("you had no answer there"))),
            (_("your own cells"), self._own()),
            (_("your changes"), _("kept in {cells}", cells=_quoted(self.edited)) if self.edited else ""),
            (_("look at"), self._beside()),
            (_("the lesson's cells"), self._counts()),
        ]
        width = max(len(head) for head, *_rest in said)
        return [f"{head:<{width}}  {text}" for head, text in said if text]

    def _own(self) -> str:
        if not self.own:
            return ""
        return ngettext("{count} kept: {cells}", "{count} kept: {cells}", len(self.own), cells=_quoted(self.own))

    def _beside(self) -> str:
        if not self.outdated:
            return ""
        return _(
            "{cells}: you had changed what the release changes too. The new text is there, and "
            "yours stands beside it as a cell of your own; delete it if you do not need it",
            cells=_quoted(self.outdated),
        )

    def _counts(self) -> str:
        if not (self.fresh or self.gone):
            return ""
        return _("{fresh} new or changed, {gone} gone", fresh=self.fresh, gone=self.gone)


def first_line(source: str) -> str:
    """Return the first line of a cell that says something, cut to be shown in a list."""
    line = next((line.strip() for line in source.splitlines() if line.strip()), _("(empty)"))
    line = "".join(sign if sign.isprintable() else "?" for sign in line)
    return line if len(line) <= 50 else f"{line[:47]}..."


def _names(names: Sequence[str]) -> str:
    return ", ".join(names)


def _with(names: Sequence[str], what: str) -> str:
    return f"{_names(names)} ({what})" if names else ""


def _quoted(lines: Sequence[str]) -> str:
    more = len(lines) - _SHOWN
    shown = [f"“{line}”" for line in lines[:_SHOWN]]
    return ", ".join([*shown, ngettext("and {count} more", "and {count} more", more)] if more > 0 else shown)
