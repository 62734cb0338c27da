"""Which cell of a learner's notebook stands for which cell of a lesson's new release."""

from __future__ import annotations

import copy
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from difflib import SequenceMatcher

from nbformat.notebooknode import NotebookNode

from course_utils.updating.released import as_released, is_answer, is_plain_id, nbgrader_of, plain_id

GRADED = "nbgrader:"
START = ""
# Cells of which less than half is the same are two cells, not one that was changed.
_SIMILAR = 0.5
_COMPARED = 3000


def key_of(cell: NotebookNode) -> str:
    """Return what a cell is found by: nbgrader's name for it, or its id."""
    entry = nbgrader_of(cell)
    return f"{GRADED}{entry['grade_id']}" if entry else f"id:{cell.get('id', '')}"


def name_of(key: str) -> str:
    """Return nbgrader's name in a key."""
    return key.removeprefix(GRADED)


def related(theirs: NotebookNode, release: NotebookNode) -> bool:
    """Whether two notebooks are of the same lesson: they share an exercise, or half of one's cells."""
    claimed = claims(theirs.cells, {key_of(cell): cell for cell in with_ids(release).cells})
    if any(key.startswith(GRADED) for key in claimed.values()):
        return True
    return len(claimed) >= max(1, min(len(theirs.cells), len(release.cells)) / 2)


def with_ids(release: NotebookNode) -> NotebookNode:
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


def claims(theirs: Sequence[NotebookNode], release: dict[str, NotebookNode]) -> dict[int, str]:
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

    take(key_of)
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


def is_gone(cell: NotebookNode, released: Mapping[str, NotebookNode]) -> bool:
    """Whether a cell of text or code was the lesson's, and the release has it no more."""
    return is_plain_id(str(cell.get("id", ""))) and not nbgrader_of(cell) and key_of(cell) not in released


def successors(
    theirs: Sequence[NotebookNode], claimed: Mapping[int, str], released: Mapping[str, NotebookNode]
) -> dict[int, str]:
    """Say which cells of the lesson that are gone have a new text: the one between the same neighbours."""
    gaps: dict[str, tuple[list[int], list[str]]] = defaultdict(lambda: ([], []))
    anchor = START
    for index, cell in enumerate(theirs):
        if index in claimed:
            anchor = claimed[index]
        elif is_gone(cell, released):
            gaps[anchor][0].append(index)
    anchor, standing = START, set(claimed.values())
    for key, cell in released.items():
        if key in standing:
            anchor = key
        elif is_plain_id(str(cell.get("id", ""))):
            gaps[anchor][1].append(key)
    pairs: dict[int, str] = {}
    for old, new in gaps.values():
        found = _pair([theirs[index] for index in old], [released[key] for key in new])
        pairs.update((old[one], new[other]) for one, other in found)
    return pairs


def _pair(gone: Sequence[NotebookNode], ours: Sequence[NotebookNode]) -> Iterator[tuple[int, int]]:
    if [cell.cell_type for cell in gone] == [cell.cell_type for cell in ours]:
        yield from enumerate(range(len(ours)))
        return
    at = 0
    for index, cell in enumerate(gone):
        likely = [place for place in range(at, len(ours)) if _alike(cell, ours[place])]
        if likely:
            yield index, likely[0]
            at = likely[0] + 1


def same_content(cell: NotebookNode, other: NotebookNode) -> bool:
    """Whether two cells say the same."""
    parts = ("cell_type", "source")
    attached = (one.get("attachments") or {} for one in (cell, other))
    return all(cell[part] == other[part] for part in parts) and next(attached) == next(attached)


def _alike(cell: NotebookNode, other: NotebookNode) -> bool:
    if cell.cell_type != other.cell_type:
        return False
    match = SequenceMatcher(None, cell.source[:_COMPARED], other.source[:_COMPARED], autojunk=False)
    return all(ratio() >= _SIMILAR for ratio in (match.real_quick_ratio, match.quick_ratio, match.ratio))
