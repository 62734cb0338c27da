"""Which file of a submission is the notebook, and what is said when there is none or more than one.

A learner hands in a folder. The notebook should lie at its top under the lesson's name; browsers,
file managers and archives give it other names and put it into folders. When exactly one file can be
meant, it is graded. When several can, a person decides: the work is there, so a zero would be wrong,
and so could a guess be. When none can, the marks are zero, as for any answer that is not there.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import nbformat
from nbformat.notebooknode import NotebookNode

from autograder.grading.clean import plain
from autograder.grading.reading import Unreadable, linked, read_notebook, small_file
from autograder.grading.sanitise import recognised, sanitise
from autograder.grading.terms import LEFT_OUT, OURS
from course_utils.language import N_, _, listing, ngettext

# A submission is a handful of files. Beyond these numbers nobody looks for a notebook.
_DEPTH = 4
_ENTRIES = 2000
_CANDIDATES = 20
_SHOWN = 5
_OTHER_ENDINGS = ("", ".txt", ".json")
_LINKED = N_(
    "The folder of this submission is a link to another folder, and links are not followed: it could be a classmate's "
    "work. Your instructor has to look at it and put the folder itself in the link's place."
)


@dataclass(frozen=True)
class HandedIn:
    """What a submission's folder holds in the place of one notebook.

    Attributes
    ----------
    notebook : NotebookNode
        Each cell's type, id, source and grade id; empty when nothing can be read.
    problem : str or None
        Why no answer can be read and what to do, for the learner.
    undecided : bool
        Whether a person has to look before there is a mark.
    notes : tuple of str
        For instructors.
    """

    notebook: NotebookNode
    problem: str | None = None
    undecided: bool = False
    notes: tuple[str, ...] = ()

    def entry(self, notes: Sequence[str]) -> NotebookNode:
        """Return this project's entry for the metadata of the sanitised notebook."""
        if self.problem is None:
            return NotebookNode({"notes": [*self.notes, *notes]})
        # That every cell is missing goes without saying then.
        made = NotebookNode({"notes": list(self.notes), "unreadable": self.problem})
        if self.undecided:
            made["undecided"] = True
        return made


def prepare(folder: Path, name: str, trusted: NotebookNode, others: Collection[str] = ()) -> NotebookNode:
    """Return the notebook to grade, whatever the folder holds; never raises.

    Parameters
    ----------
    folder : Path
        The submission of one student.
    name : str
        The notebook's name without extension.
    trusted : NotebookNode
        The release notebook.
    others : collection of str
        Names of the assignment's other notebooks.

    Returns
    -------
    NotebookNode
        As :func:`autograder.grading.sanitise.sanitise` makes it; ``metadata.dlf`` holds ``notes`` and, where
        there is something to tell the learner, ``unreadable``, and ``undecided`` when a person has to look.
    """
    found = look(folder, name, trusted, others)
    made, notes = sanitise(found.notebook, trusted)
    made.metadata[OURS] = found.entry(notes)
    return made


def look(folder: Path, name: str, trusted: NotebookNode, others: Collection[str] = ()) -> HandedIn:
    """Find and read the notebook of a submission; the parameters are those of :func:`prepare`."""
    folder = Path(folder)
    if linked(folder):
        return _nothing(_(_LINKED), True)
    try:
        found = _look(folder, name, trusted, {f"{other}.ipynb".lower() for other in others if other != name})
        return replace(found, notes=(*found.notes, *_left_out(folder)))
    except (OSError, ValueError) as error:
        said = getattr(error, "strerror", None) or error
        why = _("What was handed in could not be read here ({reason}). A person will look at it.", reason=said)
        return _nothing(why, True)


def _look(folder: Path, name: str, trusted: NotebookNode, others: Collection[str]) -> HandedIn:
    expected = folder / f"{name}.ipynb"
    candidates = [path for path in _candidates(folder, name, others) if path != expected]
    # A folder of that name may hold the notebook; whatever else has the name is what was handed in.
    if os.path.lexists(expected) and not (expected.is_dir() and not expected.is_symlink()):
        return _expected(expected, trusted, [_shown(path, folder) for path in candidates])
    readable = _readable(candidates)
    fitting = [(path, notebook) for path, notebook in readable if recognised(notebook, trusted)]
    names = [_shown(path, folder) for path in candidates]
    place = {"file": f"`{name}.ipynb`", "folder": f"`{_plain(folder.name)}`"}
    advice = _("Hand in your notebook as {file}, at the top of the folder {folder}.", **place)
    if len(fitting) == 1:
        path, notebook = fitting[0]
        note = _(
            "The notebook was handed in as {found}, not as {file}; it was graded all the same.",
            found=_shown(path, folder),
            file=place["file"],
        )
        return HandedIn(notebook, notes=(note, *_beside(names, _shown(path, folder))))
    if fitting:
        which = [_shown(path, folder) for path, *_rest in fitting]
        return _nothing(
            ngettext(
                "There is no {file}, but there is {count} notebook that could be meant: {files}. "
                "A person will look at it. If you can still hand in: hand in your notebook as {file}, at the top of "
                "the folder {folder}.",
                "There is no {file}, but there are {count} notebooks that could be meant: {files}. "
                "A person will look at them. If you can still hand in: hand in your notebook as {file}, at the top of "
                "the folder {folder}.",
                len(fitting),
                **place,
                files=_listed(which),
            ),
            True,
        )
    if len(candidates) == 1:
        return _stray(candidates[0], readable, names[0], advice)
    if candidates:
        none = _("There is no {file}, and none of {files} is a notebook of this lesson.", **place, files=_listed(names))
        return _nothing(f"{none} {advice}")
    files = [_shown(path, folder) for path in _files(folder)]
    if files:
        held = _("There is no notebook: what was handed in holds only {files}.", files=_listed(files))
    else:
        held = _("There is no notebook: what was handed in holds nothing.")
    return _nothing(f"{held} {advice}")


def _expected(path: Path, trusted: NotebookNode, beside: Sequence[str]) -> HandedIn:
    notes = tuple(_beside(beside))
    try:
        notebook = read_notebook(path)
    except Unreadable as problem:
        return HandedIn(nbformat.v4.new_notebook(), str(problem), problem.ours, notes)
    return HandedIn(notebook, None if recognised(notebook, trusted) else _foreign(f"`{path.name}`"), False, notes)


def _stray(path: Path, readable: Sequence[tuple[Path, NotebookNode]], name: str, advice: str) -> HandedIn:
    """The only file that could be meant holds no answer."""
    if readable:
        return HandedIn(readable[0][1], f"{_foreign(name)} {advice}")
    try:
        read_notebook(path)
    except Unreadable as problem:
        return HandedIn(
            nbformat.v4.new_notebook(), _("Looked at {name}. {problem}", name=name, problem=problem), problem.ours
        )
    return _nothing(_("{name} changed while it was read. {advice}", name=name, advice=advice), True)


def _foreign(name: str) -> str:
    return _(
        "{name} is a notebook, but it holds no exercise of this lesson. Perhaps it is another lesson's, or its code "
        "cells were deleted: look at the file, and hand in the notebook of this lesson.",
        name=name,
    )


def _nothing(problem: str, undecided: bool = False) -> HandedIn:
    return HandedIn(nbformat.v4.new_notebook(), problem, undecided)


def _beside(names: Sequence[str], graded: str = "") -> list[str]:
    others = [name for name in names if name != graded]
    if not others:
        return []
    return [_("Beside the notebook that was graded, there is {files}.", files=_listed(others))]


def _candidates(folder: Path, name: str, others: Collection[str]) -> list[Path]:
    """Return the files that their names say are notebooks, those at the top first."""
    kept = []
    for path in _files(folder):
        written = path.name.lower()
        stem, ending = os.path.splitext(written)
        says_so = ".ipynb" in written or (stem.startswith(name.lower()) and ending in _OTHER_ENDINGS)
        if says_so and written not in others:
            kept.append(path)
    return kept[:_CANDIDATES]


def _files(folder: Path) -> list[Path]:
    """Return the ordinary files below a folder, without following links, by depth and then by name."""
    found: list[Path] = []
    left = _ENTRIES
    level = [folder]
    for _depth in range(_DEPTH):
        below: list[Path] = []
        for place in level:
            for entry in _entries(place, left):
                left -= 1
                # Hidden folders hold copies: Jupyter's checkpoints, what macOS adds to archives.
                if entry.name.startswith((".", "__MACOSX")) or entry.name in _NBGRADERS:
                    continue
                kind = entry.lstat().st_mode
                if stat.S_ISDIR(kind):
                    below.append(entry)
                elif stat.S_ISREG(kind):
                    found.append(entry)
        level = below
    return found


# What nbgrader's exchange and ours add to a submission.
_NBGRADERS = ("timestamp.txt", "submission_secret.txt", LEFT_OUT)


def _left_out(folder: Path) -> list[str]:
    """Return what collecting left out of this submission, as far as it is worth a note."""
    lines = (small_file(folder / LEFT_OUT) or b"").decode("utf-8", "replace").splitlines()
    more = [_("There is more in `{file}`.", file=LEFT_OUT)] if len(lines) > _SHOWN else []
    return ["".join(sign if sign.isprintable() else "?" for sign in line[:400]) for line in lines[:_SHOWN]] + more


def _entries(place: Path, most: int) -> list[Path]:
    try:
        with os.scandir(place) as entries:
            return sorted(Path(entry.path) for entry, *_rest in zip(entries, range(most), strict=False))
    except OSError:
        return []


def _readable(paths: Sequence[Path]) -> list[tuple[Path, NotebookNode]]:
    """Return the notebooks among the files; of copies that hold the same, the first one."""
    kept: list[tuple[Path, NotebookNode]] = []
    for path in paths:
        try:
            notebook = read_notebook(path)
        except Unreadable:
            continue
        if all(_cells(notebook) != _cells(other) for *_rest, other in kept):
            kept.append((path, notebook))
    return kept


def _cells(notebook: NotebookNode) -> list[tuple[Any, ...]]:
    return [(cell.cell_type, cell.source, cell.metadata) for cell in notebook.cells]


def _plain(name: str) -> str:
    text = "".join(sign if sign.isprintable() and sign != "`" else "?" for sign in plain(name))
    return text if len(text) <= 80 else f"{text[:77]}..."


def _shown(path: Path, folder: Path) -> str:
    return f"`{_plain(str(path.relative_to(folder)))}`"


def _listed(names: Sequence[str]) -> str:
    more = len(names) - _SHOWN
    return listing([*names[:_SHOWN], ngettext("{count} more", "{count} more", more)] if more > 0 else names)
