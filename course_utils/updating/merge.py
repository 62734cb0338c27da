"""A learner's notebook and a new release of its lesson, made into one notebook.

The release decides what the lesson's cells say and in which order they stand; the learner's answers go into its answer
cells, and cells of the learner's own stay behind the cell they stood behind. A cell of the lesson that the learner has
changed stays as the learner has it where the release says nothing new about it; where it does, both are kept. No text
that the learner wrote is left out, and nothing here reads or writes a file.
"""

from __future__ import annotations

import copy
import hashlib
import re
from collections import defaultdict
from dataclasses import dataclass, field

from nbformat.notebooknode import NotebookNode

from course_utils.language import N_, _
from course_utils.updating.matching import (
    GRADED,
    START,
    claims,
    is_gone,
    key_of,
    name_of,
    same_content,
    successors,
    with_ids,
)
from course_utils.updating.released import (
    CHECK_PREFIX,
    HEADER_PREFIX,
    as_released,
    checksum,
    is_answer,
    is_locked,
    is_plain_id,
    nbgrader_of,
)
from course_utils.updating.report import Report, first_line

REMOVED_ID = "answers-before-update"
REMOVED_TEXT = N_(
    "## Answers to exercises that are no more\n\n"
    "A new release of this lesson has left these exercises out. Nothing below is checked or graded."
)
_NOTE = N_("**This exercise has changed: {name}.**")
_NOTE_TEXT = N_(
    "Your answer stands below as it was. This is the new text; bring over what is new in it, run the check, and "
    "delete this note."
)
_NOTE_ID = re.compile(r"changed-([0-9a-f]{8})")
_GOOD_ID = re.compile(r"[a-zA-Z0-9_-]{1,64}")
# What the release says about a cell.
_RELEASES = ("nbgrader", "deletable", "editable", "tags")
# What JupyterLab notes about how a cell is looked at.
_VIEW = ("collapsed", "scrolled", "jupyter", "execution")


def merge(theirs: NotebookNode, release: NotebookNode) -> tuple[NotebookNode, Report]:
    """Bring what a learner wrote into a new release of the same lesson.

    Parameters
    ----------
    theirs : NotebookNode
        The learner's notebook, of format 4; it is not changed.
    release : NotebookNode
        The released notebook.

    Returns
    -------
    NotebookNode
        The lesson's cells as released, with the learner's answers, own cells and outputs.
    Report
        What became of everything.
    """
    return _Merge(theirs, with_ids(release)).result()


def exercises_of(notebook: NotebookNode) -> list[str]:
    """Return the names of the exercises that a notebook has answer cells for."""
    return [nbgrader_of(cell)["grade_id"] for cell in notebook.cells if is_answer(cell)]


@dataclass
class _Said:
    """The report while it is being made."""

    lists: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))

    def add(self, subject: str, name: str) -> None:
        if name not in self.lists[subject] or subject in ("own", "edited", "outdated"):
            self.lists[subject].append(name)


class _Merge:
    """One merge on its way."""

    def __init__(self, theirs: NotebookNode, release: NotebookNode) -> None:
        self.theirs, self.release = theirs, release
        self.released = {key_of(cell): cell for cell in release.cells}
        self.claims = claims(theirs.cells, self.released)
        self.standing = {key: theirs.cells[index] for index, key in self.claims.items()}
        self.said = _Said()
        self.taken = {str(cell.get("id", "")) for cell in release.cells}
        # The learner's own cells by the released cell that they stand behind, or before.
        self.behind: dict[str, list[NotebookNode]] = defaultdict(list)
        self.before: dict[str, list[NotebookNode]] = defaultdict(list)
        self.removed: list[NotebookNode] = []
        self.answered = {key for key in self.released if self._is_answered(key)}
        self.reworded = {key for key in self.answered if self._differs(key)}
        self.gone = 0

    def result(self) -> tuple[NotebookNode, Report]:
        self._place_own()
        cells = list(self.behind[START])
        for key, cell in self.released.items():
            made = self._lesson_cell(key, cell)
            cells += [*self.before[key], *self._note(key, cell), made, *self.behind[key]]
        cells += self._section()
        notebook = NotebookNode(
            nbformat=4,
            nbformat_minor=max(self.theirs.get("nbformat_minor", 5), 5),
            metadata=copy.deepcopy(NotebookNode({**self.release.metadata, **self.theirs.metadata})),
            cells=cells,
        )
        return notebook, self._report()

    # --- answers ---

    def _is_answered(self, key: str) -> bool:
        cell = self.standing.get(key)
        released = self.released[key]
        if cell is None or not is_answer(released) or cell.source.strip() == released.source.strip():
            return False
        return not as_released(cell)

    def _differs(self, key: str) -> bool:
        """Whether the release has another text for a cell of nbgrader's, or other points, than theirs came with."""
        before = nbgrader_of(self.standing[key]).get("checksum")
        return before is not None and before != _checksum_of(self.released[key])

    def _needs_check(self, answer: str) -> bool:
        check = f"{GRADED}{CHECK_PREFIX}{answer.removeprefix(GRADED)}"
        unknown = "checksum" not in nbgrader_of(self.standing[answer])
        return unknown or answer in self.reworded or (check in self.standing and self._differs(check))

    # --- the lesson's cells ---

    def _lesson_cell(self, key: str, released: NotebookNode) -> NotebookNode:
        made = copy.deepcopy(released)
        cell = self.standing.get(key)
        name = key.removeprefix(GRADED)
        if cell is None:
            if is_answer(released):
                self.said.add("new", name)
            return made
        _keep_view(made, cell)
        if is_answer(released):
            return self._answer_cell(key, made, cell)
        if is_locked(released):
            exercise = f"{GRADED}{name.removeprefix(CHECK_PREFIX)}"
            stale = exercise in self.answered and self._needs_check(exercise)
            same = cell.source == released.source and cell.cell_type == released.cell_type
            return made if stale or not same or self._differs(key) else _with_outputs(made, cell)
        if self._stays_edited(key):
            self.said.add("edited", first_line(cell.source))
            kept = copy.deepcopy(cell)
            kept["id"], kept["metadata"] = made["id"], made["metadata"]
            return kept
        return _with_outputs(made, cell) if same_content(cell, released) else made

    def _answer_cell(self, key: str, made: NotebookNode, cell: NotebookNode) -> NotebookNode:
        name = key.removeprefix(GRADED)
        if key not in self.answered:
            same = cell.source.strip() == made.source.strip() and cell.cell_type == made.cell_type
            if not same:
                self.said.add("refreshed", name)
            return _with_outputs(made, cell) if same else made
        self.said.add("kept", name)
        made["source"] = cell.source
        if key in self.reworded:
            self.said.add("reworded", name)
        if self._needs_check(key):
            self.said.add("recheck", name)
            return made
        return _with_outputs(made, cell)

    def _stays_edited(self, key: str) -> bool:
        """Whether a cell of the lesson's stays as the learner has changed it.

        The id of a plain cell says that the release has no other text for it than theirs. Of other cells nothing
        does, unless they hold the whole text of the release.
        """
        cell, released = self.standing[key], self.released[key]
        if nbgrader_of(released) or same_content(cell, released):
            return False
        if is_plain_id(str(released.get("id", ""))):
            return True
        whole = bool(released.source.strip()) and released.source.strip() in cell.source
        return whole and cell.cell_type == released.cell_type and not as_released(cell)

    # --- the learner's own cells ---

    def _place_own(self) -> None:
        pairs = successors(self.theirs.cells, self.claims, self.released)
        anchor = START
        for index, cell in enumerate(self.theirs.cells):
            if index in self.claims:
                anchor = self.claims[index]
                self._keep_replaced(anchor, cell)
            elif is_answer(cell) and key_of(cell) not in self.released:
                self._remove(cell)
            elif self._is_old(cell):
                self.gone += is_plain_id(str(cell.get("id", "")))
                anchor = pairs.get(index, anchor)
            elif index in pairs:
                # Before the new text, so that where both run, the new one has the last word.
                self.before[pairs[index]].append(self._own(cell, "outdated"))
                anchor = pairs[index]
            else:
                lessons = is_gone(cell, self.released) or is_locked(cell)
                self.behind[anchor].append(self._own(cell, "outdated" if lessons else "own"))

    def _keep_replaced(self, key: str, cell: NotebookNode) -> None:
        """Keep what a learner wrote into a cell of the lesson that takes the release's text all the same."""
        released = self.released[key]
        if is_answer(released) or same_content(cell, released) or as_released(cell) or self._stays_edited(key):
            return
        self.behind[key].append(self._own(cell, "outdated"))

    def _is_old(self, cell: NotebookNode) -> bool:
        """Whether a cell holds nothing but the text of an earlier release, or a note of an earlier update."""
        if _is_note(cell):
            # It may have been written in another language; the name is the same in all.
            return any(_quoted(key) in cell.source.partition("\n")[0] for key in self.reworded)
        # A second cell of text that is still there was made by the learner. A second, empty answer was too, and would
        # undo the one that is filled in.
        return bool(as_released(cell)) and (bool(nbgrader_of(cell)) or key_of(cell) not in self.released)

    def _remove(self, cell: NotebookNode) -> None:
        name = nbgrader_of(cell)["grade_id"]
        if as_released(cell):
            self.said.add("dropped", name)
        else:
            self.said.add("removed", name)
            self.removed.append(self._own(cell, None))

    def _own(self, cell: NotebookNode, subject: str | None) -> NotebookNode:
        """Return a cell as one of the learner's own: no program takes it for a cell of the lesson."""
        if subject and not _is_note(cell) and cell.get("id") != REMOVED_ID:
            self.said.add(subject, first_line(cell.source))
        made = copy.deepcopy(cell)
        if "nbgrader" in made.metadata:
            for name in _RELEASES:
                made.metadata.pop(name, None)
        wanted = str(made.get("id", ""))
        if not _GOOD_ID.fullmatch(wanted) or is_plain_id(wanted) or wanted.startswith(HEADER_PREFIX):
            wanted = f"own-{_digest(made.source)}"
        made["id"] = self._free(wanted)
        return made

    def _free(self, wanted: str) -> str:
        name, count = wanted, 1
        while name in self.taken:
            count += 1
            name = f"{wanted}-{count}"
        self.taken.add(name)
        return name

    # --- what is added ---

    def _note(self, key: str, released: NotebookNode) -> list[NotebookNode]:
        """Return the new text of an answered exercise as a cell of text: in the answer cell it would be in the way."""
        if key not in self.reworded:
            return []
        fence = "`" * max(3, 1 + max((len(run) for run in re.findall("`+", released.source)), default=0))
        text = f"{_(_NOTE, name=_quoted(key))} {_(_NOTE_TEXT)}\n\n{fence}python\n{released.source}\n{fence}"
        return [_text_cell(text, self._free(f"changed-{_digest(text)}"))]

    def _section(self) -> list[NotebookNode]:
        if not self.removed:
            return []
        there = any(cell.get("id") == REMOVED_ID for cell in self.theirs.cells)
        return [*([] if there else [_text_cell(_(REMOVED_TEXT), REMOVED_ID)]), *self.removed]

    def _report(self) -> Report:
        lists = {subject: tuple(names) for subject, names in self.said.lists.items()}
        plain = [key for key, cell in self.released.items() if not nbgrader_of(cell) and not _is_header(cell)]
        fresh = sum(key not in self.standing for key in plain)
        return Report(**lists, fresh=fresh, gone=self.gone)


def _quoted(key: str) -> str:
    return f"`{name_of(key)}`"


def _is_header(cell: NotebookNode) -> bool:
    return str(cell.get("id", "")).startswith(HEADER_PREFIX)


def _is_note(cell: NotebookNode) -> bool:
    """Whether a cell is a note of an earlier update that nobody has changed."""
    found = _NOTE_ID.fullmatch(str(cell.get("id", "")))
    return found is not None and found[1] == _digest(cell.source)


def _digest(text: str) -> str:
    return hashlib.sha1(text.encode("utf-8", "surrogatepass"), usedforsecurity=False).hexdigest()[:8]


def _text_cell(source: str, cell_id: str) -> NotebookNode:
    return NotebookNode(id=cell_id, cell_type="markdown", metadata=NotebookNode(), source=source)


def _checksum_of(cell: NotebookNode) -> str:
    found = nbgrader_of(cell).get("checksum")
    return found if isinstance(found, str) else checksum(cell)


def _keep_view(made: NotebookNode, cell: NotebookNode) -> None:
    """Bring along what a program notes about a cell: a locked one gets nothing else of the learner's."""
    for name, value in cell.metadata.items():
        if name in _VIEW or (name not in _RELEASES and not is_locked(made)):
            made.metadata.setdefault(name, copy.deepcopy(value))


def _with_outputs(made: NotebookNode, cell: NotebookNode) -> NotebookNode:
    for name in ("outputs", "execution_count"):
        if name in made and name in cell:
            made[name] = copy.deepcopy(cell[name])
    return made
