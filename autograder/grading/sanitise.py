"""Any notebook a learner can hand in, made into one the grader can work with.

:func:`sanitise` is pure and total: it never raises, whatever the submission holds, and its result
has every cell that counts exactly once, with the course's own metadata. The trusted cells come
from the release notebook: it is what learners were given, and it holds no reference answer, so
none can land beside a submission. When a course has no release folder (a fresh clone before
``course build``), they are made from nbgrader's source notebook by nbgrader's own preprocessors.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from nbformat.notebooknode import NotebookNode
from nbgrader.preprocessors import NbGraderPreprocessor

from autograder.grading.clean import cut_markdown, defuse_markdown, plain
from autograder.grading.definitions import defined
from autograder.grading.terms import CHECK_PREFIX, OURS
from autograder.grading.trusted import trusted_notebook
from course_utils.language import _, ngettext

CELL_LIMIT = 2000
CODE_LIMIT = 500_000
TEXT_LIMIT = 100_000
# The whole notebook: all sources, the learner's own Markdown, and the work of rendering that (`cut_markdown`).
SOURCE_LIMIT = 2_000_000
MARKDOWN_LIMIT = 200_000
MARKDOWN_WORK = 8_000_000
# Of a notebook, so much code is parsed; the rest is searched for definitions by line.
PARSE_TOTAL = 300_000
NOTE_LIMIT = 50
GOOD_ID = re.compile(r"[a-zA-Z0-9_-]{1,64}")


@dataclass(frozen=True)
class _Theirs:
    """A cell as it was handed in, reduced to what may be used of it."""

    code: bool
    source: str
    grade_id: str | None
    cell_id: str | None


@dataclass(frozen=True)
class _Trusted:
    """A cell of the release notebook that nbgrader knows."""

    name: str
    cell: NotebookNode
    answer: bool

    @property
    def exercise(self) -> str:
        return self.name.removeprefix(CHECK_PREFIX)


# A place in the notebook being made: a plain cell of the learner's, or a trusted cell with the
# learner's source (answers only).
_Slot = tuple[_Trusted | None, _Theirs | None]


def sanitise(submitted: Any, trusted: NotebookNode) -> tuple[NotebookNode, list[str]]:
    """Return the submission with every trusted cell in place, and notes for the instructor.

    Parameters
    ----------
    submitted : NotebookNode
        What was handed in; anything at all is survived.
    trusted : NotebookNode
        The release notebook.

    Returns
    -------
    NotebookNode
        The learner's cells without outputs or metadata; answer cells with the learner's source and
        the trusted metadata; check cells as released, each after its answer.
    list of str
        What had to be mended, one sentence each.
    """
    notes: list[str] = []
    verbatim = {cell.source for cell in trusted.cells if cell.cell_type == "markdown"}
    theirs = _their_cells(submitted, verbatim, notes)
    ours = [_Trusted(name, cell, answer) for name, cell, answer in _graded_cells(trusted)]
    definitions = _Definitions(theirs, ours)
    claimed = _claim(theirs, ours, definitions)
    moved = _moved(theirs, ours, claimed, definitions)
    _note_missing(ours, claimed, moved, notes)
    for index, cell in enumerate(theirs):
        _note_changes(cell, claimed.get(index), {item.name for item in ours}, notes)
    slots = _place(theirs, claimed, ours, moved, notes)
    reserved = {str(item.cell.get("id", item.name)): 0 for item in ours}
    released = {cell.source for cell in trusted.cells if cell.cell_type == "code"}
    cells: list[NotebookNode] = []
    for item, their in slots:
        if item is not None:
            cells.append(_trusted_cell(item, their))
        elif their is not None:
            cells.append(_plain_cell(their, verbatim, reserved))
            if their.code and their.source not in released:
                cells[-1].metadata[OURS] = NotebookNode({"own": True})
    kept = {key: trusted.metadata[key] for key in ("kernelspec", "language_info") if key in trusted.metadata}
    notebook = NotebookNode(nbformat=4, nbformat_minor=5, metadata=NotebookNode(kept), cells=cells)
    if len(notes) > NOTE_LIMIT:
        more = len(notes) - NOTE_LIMIT
        left_out = ngettext(
            "{count} more notes of this kind were left out.", "{count} more notes of this kind were left out.", more
        )
        notes[NOTE_LIMIT:] = [left_out]
    return notebook, notes


def _graded_cells(trusted: NotebookNode) -> Iterable[tuple[str, NotebookNode, bool]]:
    for cell in trusted.cells:
        meta = cell.metadata.get("nbgrader") or {}
        if meta.get("grade") or meta.get("solution") or meta.get("locked") or meta.get("task"):
            yield meta["grade_id"], cell, bool(meta.get("solution"))


class _Budget:
    """What is left of the limits for a whole notebook."""

    def __init__(self, verbatim: set[str]) -> None:
        # Each text of the lesson is free once: a second copy is the learner's.
        self.free = set(verbatim)
        self.source, self.markdown, self.work = SOURCE_LIMIT, MARKDOWN_LIMIT, MARKDOWN_WORK

    def cut(self, source: str, code: bool) -> str:
        if source in self.free:
            self.free.remove(source)
            return source
        source = source[: min(self.source, CODE_LIMIT if code else TEXT_LIMIT)]
        if not code:
            source, work = cut_markdown(source[: self.markdown], self.work)
            self.markdown -= len(source)
            self.work -= work
        self.source -= len(source)
        return source


def _their_cells(submitted: Any, verbatim: set[str], notes: list[str]) -> list[_Theirs]:
    cells = _raw_cells(submitted)
    if len(cells) > CELL_LIMIT:
        notes.append(
            _("The notebook has more than {most} cells; those after the first {most} were left out.", most=CELL_LIMIT)
        )
    theirs = []
    budget = _Budget(verbatim)
    for cell in cells[:CELL_LIMIT]:
        if not isinstance(cell, Mapping):
            notes.append(_("Something among the cells is no cell; it was left out."))
            continue
        code = cell.get("cell_type") == "code"
        # Notebook format 3 calls a code cell's source `input`.
        source = plain(cell.get("source", cell.get("input")))
        kept = budget.cut(source, code)
        if len(kept) < len(source):
            notes.append(
                _(
                    "A cell of {found} characters was cut to {kept}: it, or the notebook, is too long.",
                    found=len(source),
                    kept=len(kept),
                )
            )
        theirs.append(_Theirs(code, kept, _grade_id(cell), _text_or_none(cell.get("id"))))
    return theirs


def _raw_cells(submitted: Any) -> Sequence[Any]:
    if not isinstance(submitted, Mapping):
        return []
    cells = submitted.get("cells")
    if isinstance(cells, list):
        return cells
    sheets = submitted.get("worksheets")
    found: list[Any] = []
    for sheet in sheets if isinstance(sheets, list) else ():
        inner = sheet.get("cells") if isinstance(sheet, Mapping) else None
        found.extend(inner if isinstance(inner, list) else ())
    return found


def _grade_id(cell: Mapping[str, Any]) -> str | None:
    metadata = cell.get("metadata")
    nbgrader = metadata.get("nbgrader") if isinstance(metadata, Mapping) else None
    return _text_or_none(nbgrader.get("grade_id")) if isinstance(nbgrader, Mapping) else None


def _text_or_none(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None


class _Definitions:
    """What each cell defines of the answers: looked for once, however many exercises there are."""

    def __init__(self, theirs: Sequence[_Theirs], ours: Sequence[_Trusted]) -> None:
        self._theirs = theirs
        self._answers = {item.name for item in ours if item.answer}
        self._seen = 0
        self._found: dict[int, dict[str, str]] = {}

    def of(self, index: int) -> dict[str, str]:
        if index not in self._found:
            their = self._theirs[index]
            self._seen += len(their.source)
            parse = self._seen <= PARSE_TOTAL
            self._found[index] = defined(their.source, self._answers, parse) if their.code else {}
        return self._found[index]


def _claim(theirs: Sequence[_Theirs], ours: Sequence[_Trusted], definitions: _Definitions) -> dict[int, _Trusted]:
    """Say which of their cells stands for which trusted cell: by grade id, cell id, then by name."""
    claimed: dict[int, _Trusted] = {}
    left = list(ours)
    known = {item.name for item in ours}

    def take(matches: Any) -> None:
        for item in list(left):
            for index, their in enumerate(theirs):
                if index not in claimed and matches(item, their, index):
                    claimed[index] = item
                    left.remove(item)
                    break

    take(lambda item, their, at: their.grade_id == item.name)
    take(lambda item, their, at: their.cell_id == item.cell.get("id", "") and their.grade_id not in known)
    take(lambda item, their, at: item.answer and their.grade_id not in known and item.name in definitions.of(at))
    return claimed


def _moved(
    theirs: Sequence[_Theirs], ours: Sequence[_Trusted], claimed: Mapping[int, _Trusted], definitions: _Definitions
) -> dict[str, _Theirs]:
    """Find missing answers that stand in the cell of another one, as after Jupyter's "merge cells".

    Put back as released, the unfinished answer would come after the learner's and replace it.
    """
    there = {item.name for item in claimed.values()}
    found: dict[str, _Theirs] = {}
    for item in ours:
        if item.answer and item.name not in there:
            texts = [definitions.of(index).get(item.name) for index in sorted(claimed)]
            text = next((text for text in texts if text), None)
            if text:
                found[item.name] = _Theirs(True, text, item.name, None)
    return found


def _note_missing(
    ours: Sequence[_Trusted], claimed: Mapping[int, _Trusted], moved: Mapping[str, _Theirs], notes: list[str]
) -> None:
    there = {item.name for item in claimed.values()}
    for item in ours:
        if item.name in moved:
            notes.append(
                _("The answer `{name}` stood in the cell of another one; it was given its own cell.", name=item.name)
            )
        elif item.name not in there:
            if item.answer:
                note = _("The answer cell `{name}` was missing; it was put back as released.", name=item.name)
            else:
                note = _("The check cell `{name}` was missing; it was put back as released.", name=item.name)
            notes.append(note)


def recognised(submitted: Any, trusted: NotebookNode) -> bool:
    """Whether a notebook holds any cell of the lesson that counts."""
    ours = [_Trusted(name, cell, answer) for name, cell, answer in _graded_cells(trusted)]
    theirs = _their_cells(submitted, set(), [])
    return not ours or bool(_claim(theirs, ours, _Definitions(theirs, ours)))


def _note_changes(their: _Theirs, item: _Trusted | None, known: set[str], notes: list[str]) -> None:
    if item is None:
        if their.grade_id in known:
            twice = _("The cell `{name}` was there more than once; the first one counts.", name=their.grade_id)
            notes.append(twice)
        return
    if their.code != (item.cell.cell_type == "code"):
        notes.append(_("The type of the cell `{name}` was changed; it was set back.", name=item.name))
    if not item.answer and their.source != item.cell.source:
        notes.append(_("The locked cell `{name}` was changed; it was put back as released.", name=item.name))
    if their.grade_id != item.name:
        lost = _("The cell `{name}` had lost its nbgrader metadata and was recognised all the same.", name=item.name)
        notes.append(lost)


def _place(
    theirs: Sequence[_Theirs],
    claimed: Mapping[int, _Trusted],
    ours: Sequence[_Trusted],
    moved: Mapping[str, _Theirs],
    notes: list[str],
) -> list[_Slot]:
    slots: list[_Slot] = []
    for index, their in enumerate(theirs):
        item = claimed.get(index)
        slots.append((item, their if item is None or item.answer else None))
    for item in ours:
        if _index(slots, item) is None:
            slots.insert(_home(slots, item, ours), (item, moved.get(item.name)))
    answers = {item.name: item for item in ours if item.answer}
    for check in ours:
        answer = None if check.answer else answers.get(check.exercise)
        if answer is None:
            continue
        at, after = _index(slots, check), _index(slots, answer)
        assert at is not None  # put in above when it was missing
        assert after is not None
        if at < after:
            # Taking the check out moves its answer up by one, so `after` is the place behind it.
            slots.insert(after, slots.pop(at))
            notes.append(_("The check cell `{name}` stood before its answer; it was moved behind it.", name=check.name))
    return slots


def _index(slots: Sequence[_Slot], item: _Trusted) -> int | None:
    return next((index for index, (found, _their) in enumerate(slots) if found is item), None)


def _home(slots: Sequence[_Slot], item: _Trusted, ours: Sequence[_Trusted]) -> int:
    """Where a missing trusted cell goes: behind its answer or its predecessor, else before its successor."""
    position = next(index for index, other in enumerate(ours) if other is item)
    before = [other for other in ours if other.answer and not item.answer and other.name == item.exercise]
    for other in [*before, *reversed(ours[:position])]:
        found = _index(slots, other)
        if found is not None:
            return found + 1
    for other in ours[position + 1 :]:
        found = _index(slots, other)
        if found is not None:
            return found
    return len(slots)


def _trusted_cell(item: _Trusted, their: _Theirs | None) -> NotebookNode:
    source = item.cell.source if their is None else their.source
    made = new_cell(item.cell.cell_type, source, item.cell.get("id", item.name))
    made.metadata = NotebookNode({**item.cell.metadata})
    made.metadata.nbgrader = NotebookNode({**item.cell.metadata.nbgrader})
    return made


def _plain_cell(their: _Theirs, verbatim: set[str], taken: dict[str, int]) -> NotebookNode:
    source = their.source
    if not their.code and source not in verbatim:
        # Raw cells become text: formgrader would put a raw cell's HTML into its page as it is.
        source = defuse_markdown(source)[:TEXT_LIMIT]
    stem = their.cell_id or ""
    if stem in taken or not GOOD_ID.fullmatch(stem):
        stem = "cell-" + hashlib.sha1(source.encode(), usedforsecurity=False).hexdigest()[:8]
    name, count = stem, taken.get(stem, 0)
    while name in taken:
        count += 1
        name = f"{stem}-{count + 1}"
    taken[stem] = count
    taken.setdefault(name, 0)
    return new_cell("code" if their.code else "markdown", source, name)


def new_cell(cell_type: str, source: str, cell_id: str) -> NotebookNode:
    """Return a cell of format 4; nbformat's own makers validate each one, at some milliseconds a cell."""
    cell = NotebookNode(id=cell_id, cell_type=cell_type, metadata=NotebookNode(), source=source)
    if cell_type == "code":
        cell.update({"execution_count": None, "outputs": []})
    return cell


class Sanitise(NbGraderPreprocessor):
    """nbgrader's sanitising step: one entry of ``c.Autograde.sanitize_preprocessors``."""

    def preprocess(self, nb: NotebookNode, resources: dict[str, Any]) -> tuple[NotebookNode, dict[str, Any]]:
        """Sanitise a submitted notebook and leave the notes in its metadata."""
        about = resources["nbgrader"]
        coursedir = self.parent.parent.coursedir
        trusted = trusted_notebook(coursedir, about["assignment"], about["notebook"])
        made, notes = sanitise(nb, trusted)
        found = about.get("handed_in")
        made.metadata[OURS] = NotebookNode({"notes": notes}) if found is None else found.entry(notes)
        for note in made.metadata[OURS].notes:
            self.log.warning("%s: %s", about["student"], note)
        return made, resources
