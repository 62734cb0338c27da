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
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from typing import Any

from nbformat.notebooknode import NotebookNode

from course_utils.updating.released import (
    CHECK_PREFIX,
    HEADER_PREFIX,
    as_released,
    checksum,
    is_answer,
    is_locked,
    is_plain_id,
    nbgrader_of,
    plain_id,
)
from course_utils.updating.report import Report, first_line

REMOVED_ID = "answers-before-update"
REMOVED_TEXT = (
    "## Answers to exercises that are no more\n\n"
    "A new release of this lesson has left these exercises out. Nothing below is checked or graded."
)
_NOTE = "**This exercise has changed: `{name}`.**"
_NOTE_TEXT = (
    " Your answer stands below as it was. This is the new text; bring over what is new in it, run the check, and "
    "delete this note.\n\n{fence}python\n{text}\n{fence}"
)
_NOTE_ID = re.compile(r"changed-([0-9a-f]{8})")
_GOOD_ID = re.compile(r"[a-zA-Z0-9_-]{1,64}")
# What the release says about a cell.
_RELEASES = ("nbgrader", "deletable", "editable", "tags")
# What JupyterLab notes about how a cell is looked at.
_VIEW = ("collapsed", "scrolled", "jupyter", "execution")
# Cells of which less than half is the same are two cells, not one that was changed.
_SIMILAR = 0.5
_COMPARED = 3000
_START = ""


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
    return _Merge(theirs, _with_ids(release)).result()


def related(theirs: NotebookNode, release: NotebookNode) -> bool:
    """Whether two notebooks are of the same lesson: they share an exercise, or half of one's cells."""
    claimed = _claims(theirs.cells, {_key(cell): cell for cell in _with_ids(release).cells})
    if any(key.startswith(_GRADED) for key in claimed.values()):
        return True
    return len(claimed) >= max(1, min(len(theirs.cells), len(release.cells)) / 2)


def exercises_of(notebook: NotebookNode) -> list[str]:
    """Return the names of the exercises that a notebook has answer cells for."""
    return [nbgrader_of(cell)["grade_id"] for cell in notebook.cells if is_answer(cell)]


_GRADED = "nbgrader:"


def _key(cell: NotebookNode) -> str:
    entry = nbgrader_of(cell)
    return f"{_GRADED}{entry['grade_id']}" if entry else f"id:{cell.get('id', '')}"


def _with_ids(release: NotebookNode) -> NotebookNode:
    """Return a release whose cells all have an id of their own, as those of `course build` have anyway."""
    ids = [cell.get("id") for cell in release.cells]
    if all(ids) and len(set(ids)) == len(ids):
        return release
    made, taken = copy.deepcopy(release), set()
    for cell in made.cells:
        base = wanted = cell.get("id") or plain_id(cell.cell_type, cell.source)
        count = 1
        while wanted in taken:
            count += 1
            wanted = f"{base}-{count}"
        cell["id"] = wanted
        taken.add(wanted)
    return made


def _claims(theirs: Sequence[NotebookNode], release: dict[str, NotebookNode]) -> dict[int, str]:
    """Say which of their cells stands for which cell of the release: by nbgrader's name, by id, then by text."""
    claimed: dict[int, str] = {}
    left = dict.fromkeys(release)

    def take(key_of: Callable[[NotebookNode], str]) -> None:
        found: dict[str, list[int]] = defaultdict(list)
        for index, cell in enumerate(theirs):
            if index not in claimed:
                found[key_of(cell)].append(index)
        for key in list(left):
            if key in found:
                claimed[_best(found[key], theirs, is_answer(release[key]))] = key
                del left[key]

    take(_key)
    graded = {str(cell.get("id", "")): key for key, cell in release.items() if nbgrader_of(cell)}
    take(lambda cell: "" if nbgrader_of(cell) else graded.get(str(cell.get("id", "")), ""))
    # Some programs give every cell a new id. The same text twice is taken in order.
    waiting: dict[tuple[str, str], list[str]] = defaultdict(list)
    for key in left:
        waiting[release[key].cell_type, release[key].source].append(key)
    for index, cell in enumerate(theirs):
        if index not in claimed and not nbgrader_of(cell):
            keys = waiting.get((cell.cell_type, cell.source))
            if keys:
                claimed[index] = keys.pop(0)
    return claimed


def _best(indices: Sequence[int], theirs: Sequence[NotebookNode], answer: bool) -> int:
    """Of several cells with one name, return the one that counts: an answer that is filled in, else the first."""
    if not answer:
        return next((index for index in indices if as_released(theirs[index])), indices[0])
    return next((index for index in indices if not as_released(theirs[index])), indices[0])


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
        self.released = {_key(cell): cell for cell in release.cells}
        self.claims = _claims(theirs.cells, self.released)
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
        cells = list(self.behind[_START])
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
        check = f"{_GRADED}{CHECK_PREFIX}{answer.removeprefix(_GRADED)}"
        unknown = "checksum" not in nbgrader_of(self.standing[answer])
        return unknown or answer in self.reworded or (check in self.standing and self._differs(check))

    # --- the lesson's cells ---

    def _lesson_cell(self, key: str, released: NotebookNode) -> NotebookNode:
        made = copy.deepcopy(released)
        cell = self.standing.get(key)
        name = key.removeprefix(_GRADED)
        if cell is None:
            if is_answer(released):
                self.said.add("new", name)
            return made
        _keep_view(made, cell)
        if is_answer(released):
            return self._answer_cell(key, made, cell)
        if is_locked(released):
            exercise = f"{_GRADED}{name.removeprefix(CHECK_PREFIX)}"
            stale = exercise in self.answered and self._needs_check(exercise)
            same = cell.source == released.source and cell.cell_type == released.cell_type
            return made if stale or not same or self._differs(key) else _with_outputs(made, cell)
        if self._stays_edited(key):
            self.said.add("edited", first_line(cell.source))
            kept = copy.deepcopy(cell)
            kept["id"], kept["metadata"] = made["id"], made["metadata"]
            return kept
        return _with_outputs(made, cell) if _same(cell, released) else made

    def _answer_cell(self, key: str, made: NotebookNode, cell: NotebookNode) -> NotebookNode:
        name = key.removeprefix(_GRADED)
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
        if nbgrader_of(released) or _same(cell, released):
            return False
        if is_plain_id(str(released.get("id", ""))):
            return True
        whole = bool(released.source.strip()) and released.source.strip() in cell.source
        return whole and cell.cell_type == released.cell_type and not as_released(cell)

    # --- the learner's own cells ---

    def _place_own(self) -> None:
        pairs = self._successors()
        anchor = _START
        for index, cell in enumerate(self.theirs.cells):
            if index in self.claims:
                anchor = self.claims[index]
                self._keep_replaced(anchor, cell)
            elif is_answer(cell) and _key(cell) not in self.released:
                self._remove(cell)
            elif self._is_old(cell):
                self.gone += is_plain_id(str(cell.get("id", "")))
                anchor = pairs.get(index, anchor)
            elif index in pairs:
                # Before the new text, so that where both run, the new one has the last word.
                self.before[pairs[index]].append(self._own(cell, "outdated"))
                anchor = pairs[index]
            else:
                lessons = self._is_gone(cell) or is_locked(cell)
                self.behind[anchor].append(self._own(cell, "outdated" if lessons else "own"))

    def _is_gone(self, cell: NotebookNode) -> bool:
        """Whether a cell of text or code was the lesson's, and the release has it no more."""
        return is_plain_id(str(cell.get("id", ""))) and not nbgrader_of(cell) and _key(cell) not in self.released

    def _keep_replaced(self, key: str, cell: NotebookNode) -> None:
        """Keep what a learner wrote into a cell of the lesson that takes the release's text all the same."""
        released = self.released[key]
        if is_answer(released) or _same(cell, released) or as_released(cell) or self._stays_edited(key):
            return
        self.behind[key].append(self._own(cell, "outdated"))

    def _is_old(self, cell: NotebookNode) -> bool:
        """Whether a cell holds nothing but the text of an earlier release, or a note of an earlier update."""
        if _is_note(cell):
            return any(cell.source.startswith(_NOTE.format(name=_name(key))) for key in self.reworded)
        # A second cell of text that is still there was made by the learner. A second, empty answer was too, and would
        # undo the one that is filled in.
        return bool(as_released(cell)) and (bool(nbgrader_of(cell)) or _key(cell) not in self.released)

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

    def _successors(self) -> dict[int, str]:
        """Say which cells of the lesson that are gone have a new text: the one between the same neighbours."""
        gaps: dict[str, tuple[list[int], list[str]]] = defaultdict(lambda: ([], []))
        anchor = _START
        for index, cell in enumerate(self.theirs.cells):
            if index in self.claims:
                anchor = self.claims[index]
            elif self._is_gone(cell):
                gaps[anchor][0].append(index)
        anchor = _START
        for key, cell in self.released.items():
            if key in self.standing:
                anchor = key
            elif is_plain_id(str(cell.get("id", ""))):
                gaps[anchor][1].append(key)
        pairs: dict[int, str] = {}
        for old, new in gaps.values():
            pairs.update(self._pair(old, new))
        return pairs

    def _pair(self, old: Sequence[int], new: Sequence[str]) -> Iterator[tuple[int, str]]:
        ours = [self.released[key] for key in new]
        gone = [self.theirs.cells[index] for index in old]
        if [cell.cell_type for cell in gone] == [cell.cell_type for cell in ours]:
            yield from zip(old, new, strict=True)
            return
        at = 0
        for index, cell in zip(old, gone, strict=True):
            likely = [place for place in range(at, len(new)) if _alike(cell, ours[place])]
            if likely:
                yield index, new[likely[0]]
                at = likely[0] + 1

    # --- what is added ---

    def _note(self, key: str, released: NotebookNode) -> list[NotebookNode]:
        """Return the new text of an answered exercise as a cell of text: in the answer cell it would be in the way."""
        if key not in self.reworded:
            return []
        fence = "`" * max(3, 1 + max((len(run) for run in re.findall("`+", released.source)), default=0))
        text = _NOTE.format(name=_name(key)) + _NOTE_TEXT.format(fence=fence, text=released.source)
        return [_text_cell(text, self._free(f"changed-{_digest(text)}"))]

    def _section(self) -> list[NotebookNode]:
        if not self.removed:
            return []
        there = any(cell.get("id") == REMOVED_ID for cell in self.theirs.cells)
        return [*([] if there else [_text_cell(REMOVED_TEXT, REMOVED_ID)]), *self.removed]

    def _report(self) -> Report:
        lists = {subject: tuple(names) for subject, names in self.said.lists.items()}
        plain = [key for key, cell in self.released.items() if not nbgrader_of(cell) and not _is_header(cell)]
        fresh = sum(key not in self.standing for key in plain)
        return Report(**lists, fresh=fresh, gone=self.gone)


def _name(key: str) -> str:
    return key.removeprefix(_GRADED)


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


def _same(cell: NotebookNode, other: NotebookNode) -> bool:
    """Whether two cells say the same."""
    parts = ("cell_type", "source")
    attached = (one.get("attachments") or {} for one in (cell, other))
    return all(cell[part] == other[part] for part in parts) and next(attached) == next(attached)


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


def _alike(cell: Any, other: Any) -> bool:
    if cell.cell_type != other.cell_type:
        return False
    match = SequenceMatcher(None, cell.source[:_COMPARED], other.source[:_COMPARED], autojunk=False)
    return all(ratio() >= _SIMILAR for ratio in (match.real_quick_ratio, match.quick_ratio, match.ratio))
