"""Updating a lesson on disk: read, merge, set aside, write."""

from __future__ import annotations

import contextlib
import json
import os
import re
import stat
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import nbformat
from nbformat.notebooknode import NotebookNode

from course_utils import record_book
from course_utils.language import N_, _, ngettext
from course_utils.lesson_index import find_lesson
from course_utils.updating.matching import related
from course_utils.updating.merge import exercises_of, merge
from course_utils.updating.report import Report
from course_utils.updating.sources import Found, find_release, notebooks_in
from course_utils.updating.terms import BACKUP, UpdateError
from course_utils.whole_file import write_whole

_RELOAD = N_(
    "If the notebook is open in JupyterLab, reload it there now (File > Reload Notebook from Disk): saving the old one "
    "would undo the update."
)
_READABLE = 0o644


def update(
    path: Path, release: Path | None = None, *, dry_run: bool = False, say: Callable[[str], None] = print
) -> bool:
    """Bring a learner's lesson to its new release, and say what has changed.

    Parameters
    ----------
    path : Path
        The learner's notebook, or the folder it is in.
    release : Path, optional
        The new release: a notebook, a lesson's folder, or a folder of lessons. It is looked for without this, see
        :func:`course_utils.updating.sources.find_release`.
    dry_run : bool
        Whether to say only what would be done.
    say : callable
        Takes each line of the report.

    Returns
    -------
    bool
        Whether there is anything new.

    Raises
    ------
    UpdateError
        When the lesson cannot be updated. Nothing is changed then, but for copies that may lie beside the notebook.
    """
    target = _notebook_of(path)
    content = _content(target)
    theirs = _parse(content, f"{target}", _("Open it in JupyterLab and save it, or take a backup in its place."))
    found = find_release(_names(target, theirs), target, release)
    ask = _("Ask your instructor for a release that is whole.")
    released = _parse(found.notebook, _("The released notebook ({place})", place=found.where), ask)
    if not related(theirs, released):
        raise UpdateError(_unrelated(target, theirs, found))
    merged, report = merge(theirs, released)
    text = _text(merged, target) if merged != theirs else None
    files = _changed_files(target.parent, found, target.name)
    if text is None and not files:
        say(_("{file} is already up to date with {release}.", file=target.name, release=found.where))
        return False
    plan = _Plan(target, content, text, files)
    if not dry_run:
        _carry_out(plan)
    _tell(plan, report, found, dry_run, say)
    return True


@dataclass
class _Plan:
    """What is to be written; and, once it has been, under which names the old files lie."""

    target: Path
    before: bytes
    after: bytes | None
    files: dict[Path, bytes]
    set_aside: list[Path] | None = None


# --- reading ---


def _notebook_of(path: Path) -> Path:
    if BACKUP in path.name:
        raise UpdateError(
            _("{file} is a copy that an update has set aside. Name the lesson's own notebook.", file=path)
        )
    if path.is_dir():
        named = path / f"{path.resolve().name}.ipynb"
        found = [named] if named.is_file() else notebooks_in(path)
        if len(found) != 1:
            if not found:
                raise UpdateError(_("{place} holds no notebook. Name the notebook that is to be updated.", place=path))
            raise UpdateError(
                ngettext(
                    "{place} holds {count} notebook. Name the notebook that is to be updated.",
                    "{place} holds {count} notebooks. Name the notebook that is to be updated.",
                    len(found),
                    place=path,
                )
            )
        path = found[0]
    elif not path.exists():
        raise UpdateError(_("There is no {file}. Name a lesson's notebook, or the folder it is in.", file=path))
    return path.resolve()


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        said = _("{file} cannot be read ({reason}). Mend that, and update again.", file=path, reason=error.strerror)
        raise UpdateError(said) from error


def _parse(content: bytes, what: str, advice: str) -> NotebookNode:
    try:
        data = json.loads(content)
    except (ValueError, RecursionError) as error:
        if isinstance(error, json.JSONDecodeError):
            said = _("{file} is no notebook: it is not valid JSON from line {line} on.", file=what, line=error.lineno)
        else:
            said = _("{file} is no notebook: it is not valid JSON.", file=what)
        raise UpdateError(f"{said} {advice}") from None
    if not isinstance(data, dict) or not isinstance(data.get("cells"), list) or data.get("nbformat") != 4:
        said = _("{file} is no notebook of format 4.", file=what)
        raise UpdateError(f"{said} {advice}")
    for number, cell in enumerate(data["cells"], start=1):
        if not _is_cell(cell):
            said = _("{file} is damaged: cell {number} has no type, text or metadata.", file=what, number=number)
            raise UpdateError(f"{said} {advice}")
    return nbformat.v4.reads(json.dumps(data))


def _is_cell(cell: object) -> bool:
    if not isinstance(cell, dict) or not isinstance(cell.get("metadata"), dict):
        return False
    source = cell.get("source")
    text = isinstance(source, str) or (isinstance(source, list) and all(isinstance(line, str) for line in source))
    return text and cell.get("cell_type") in ("code", "markdown", "raw") and isinstance(cell.get("id", ""), str)


def _names(target: Path, theirs: NotebookNode) -> list[str]:
    """Return what the lesson may be called: as its file is, as its folder is, as its exercises say."""
    # Browsers and file managers number and mark copies.
    cleaned = re.sub(r"( \(\d+\)|-Copy\d+|_copy)+$", "", target.stem)
    by_exercise = [found[0].assignment for name in exercises_of(theirs) if (found := find_lesson(name))]
    return list(dict.fromkeys([cleaned, target.parent.name, *by_exercise[:1]]))


def _unrelated(target: Path, theirs: NotebookNode, found: Found) -> str:
    lessons = {lesson[0].assignment for name in exercises_of(theirs) if (lesson := find_lesson(name))}
    if lessons:
        other = _("it is of {lesson}", lesson=sorted(lessons)[0])
    else:
        other = _("it shares neither exercises nor text with it")
    return _(
        "{file} is no notebook of {lesson} as it is in {release}: {other}. Name the notebook of that "
        "lesson, or the right release with --release.",
        file=target,
        lesson=found.name,
        release=found.where,
        other=other,
    )


def _text(merged: NotebookNode, target: Path) -> bytes:
    try:
        nbformat.validate(merged)
    except nbformat.ValidationError as error:
        why = str(error).splitlines()[0]
        raise UpdateError(
            _(
                "{file} holds a cell that no notebook may hold ({why}). Open it in JupyterLab, save it, and update "
                "again.",
                file=target,
                why=why,
            )
        ) from None
    return (nbformat.writes(merged, version=4).rstrip("\n") + "\n").encode("utf-8", "surrogatepass")


def _changed_files(folder: Path, found: Found, notebook: str) -> dict[Path, bytes]:
    """Return what lies beside the released notebook, and not or otherwise beside the learner's."""
    changed = {}
    for name, content in found.files.items():
        path = folder / name
        # Another notebook of the folder may hold answers, which nobody has merged.
        mine = path.name == notebook or (path.suffix == ".ipynb" and path.exists())
        if not mine and not (path.is_file() and path.read_bytes() == content):
            changed[path] = content
    return changed


# --- writing ---


def _carry_out(plan: _Plan) -> None:
    plan.set_aside = []
    stamp = time.strftime("%Y-%m-%dT%H%M")
    try:
        for path, content in plan.files.items():
            if os.path.lexists(path):
                plan.set_aside.append(_moved_aside(path, stamp))
            path.parent.mkdir(parents=True, exist_ok=True)
            write_whole(path, content, _READABLE)
        if plan.after is not None:
            if plan.target.read_bytes() != plan.before:
                raise UpdateError(_("{file} was saved while it was being updated. Update it again.", file=plan.target))
            mode = stat.S_IMODE(plan.target.stat().st_mode)
            plan.set_aside.append(_copied_aside(plan.target, plan.before, stamp, mode))
            # Last of all: an update that was cut off begins again with the notebook as it was.
            write_whole(plan.target, plan.after, mode)
    except OSError as error:
        what = error.filename or plan.target
        raise UpdateError(
            _(
                "{file} cannot be written ({reason}). The notebook is as it was; mend that, and update again.",
                file=what,
                reason=error.strerror,
            )
        ) from error


def _asides(path: Path, stamp: str) -> Iterator[Path]:
    """Return names for a copy beside a file, as long as they are asked for."""
    yield path.with_name(f"{path.stem}{BACKUP}{stamp}{path.suffix}")
    for number in range(2, 1000):
        yield path.with_name(f"{path.stem}{BACKUP}{stamp}-{number}{path.suffix}")


def _moved_aside(path: Path, stamp: str) -> Path:
    aside = next(name for name in _asides(path, stamp) if not os.path.lexists(name))
    os.rename(path, aside)
    return aside


def _copied_aside(path: Path, content: bytes, stamp: str, mode: int) -> Path:
    aside = next(name for name in _asides(path, stamp) if not os.path.lexists(name))
    write_whole(aside, content, mode)
    return aside


# --- telling ---


def _tell(plan: _Plan, report: Report, found: Found, dry_run: bool, say: Callable[[str], None]) -> None:
    about = {"file": plan.target.name, "release": found.where}
    say(_("Would update {file} to {release}.", **about) if dry_run else _("Updated {file} to {release}.", **about))
    for line in report.lines() if plan.after is not None else []:
        say(f"  {line}")
    passed = _passed(report.recheck)
    if passed:
        counted = _(
            "progress() still counts {names} as done: those checks passed with the text before.",
            names=", ".join(passed),
        )
        say(f"  {counted}")
    if plan.files:
        names = [str(path.relative_to(plan.target.parent)) for path in plan.files]
        say("  " + _("files beside it") + f"   {', '.join(names)}")
    if dry_run:
        say(_("Nothing was written."))
        return
    for aside in plan.set_aside or ():
        say(_("As it was: {file}", file=aside))
    if plan.after is not None:
        say(_(_RELOAD))


def _passed(names: Sequence[str]) -> list[str]:
    """Return the exercises that the learner's record counts as done."""
    with contextlib.suppress(Exception):
        entries = record_book.view()[0]["exercises"]
        return [name for name in names if "passed" in entries.get(name, {})]
    return []
