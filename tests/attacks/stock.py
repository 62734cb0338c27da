"""Every attack on stock nbgrader, one at a time, because one may stop the class; what became of it is measured."""

from __future__ import annotations

import contextlib
import json
import multiprocessing
import os
import re
import signal
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.attacks import markup
from tests.attacks.case import FULL, Attack
from tests.attacks.lesson import POINTS
from tests.attacks.ours import left_behind, marks_of
from tests.attacks.world import VICTIM, World, new_world

AFTER = "zoe"
_SECONDS = 200.0


@dataclass(frozen=True)
class Fate:
    """What became of one attack on stock nbgrader.

    Attributes
    ----------
    fates : tuple of str
        From ``case.FATES``.
    saw : str
        The same in words, with figures.
    """

    fates: tuple[str, ...]
    saw: str


def besiege(attacks: Sequence[Attack], tell: Any = None) -> dict[str, Fate]:
    """Let stock nbgrader grade each attack between two honest learners.

    Parameters
    ----------
    attacks : sequence of Attack
        One class each.
    tell : callable, optional
        Called with each attack and its fate as soon as it is known.
    """
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["nbgrader.converters", "nbgrader.api", "tests.attacks.session"])
    fates: dict[str, Fate] = {}
    with new_world(stock=True) as model:
        _run(context, model)  # the learner before is graded
        for attack in attacks:
            fates[attack.name] = _fate(attack, context, model)
            if tell is not None:
                tell(attack, fates[attack.name])
    return fates


def _fate(attack: Attack, context: Any, model: World) -> Fate:
    with new_world(stock=True, like=model) as world:
        student = attack.student or "mallory"
        if attack.earlier:
            world.honest(student)
            _stamp(world, student, "2024-01-01 12:00:00 UTC")
            _run(context, world)
        world.attack(student, attack)
        if attack.earlier:
            _stamp(world, student, "2024-01-02 12:00:00 UTC")
        guarded = world.guarded([student])
        with left_behind() as left:
            said = _run(context, world, student)
        if "Autograde" in said:
            # Something went wrong with this learner: does the class go on after them?
            world.honest(AFTER)
            _run(context, world, AFTER)
        return _measure(_Seen(world, attack, student, guarded, left, said))


def _stamp(world: World, student: str, time_of: str) -> None:
    (world.path(student).parent / "timestamp.txt").write_text(time_of)


def _run(context: Any, world: World, page_of: str = "*") -> dict[str, Any]:
    """Grade the class in a forked process and write one learner's page; return what went wrong."""
    said = world.root / "said.json"
    said.unlink(missing_ok=True)
    process = context.Process(target=_grade, args=(str(world.course), page_of, world.environment(), str(said)))
    process.start()
    process.join(_SECONDS)
    ended = process.exitcode is not None
    if not ended:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.join()
    try:
        found: dict[str, Any] = json.loads(said.read_text())
    except (OSError, ValueError):
        found = {"Autograde": "the process was killed"}
    return found if ended else {"did not end": f"after {_SECONDS:.0f} s"}


def _grade(course: str, page_of: str, environment: dict[str, str], said: str) -> None:
    """What the forked process does: it becomes an instructor with an environment of the world's."""
    from tests.attacks.session import run_stock

    os.setsid()
    os.environ.clear()
    os.environ.update(environment)
    sys.path.insert(0, str(Path(course).parent / "site"))
    with open(Path(course).parent / "stock.log", "ab") as log:
        os.dup2(log.fileno(), 1)
        os.dup2(log.fileno(), 2)
    Path(said).write_text(json.dumps(run_stock(Path(course), page_of)))


@dataclass(frozen=True)
class _Seen:
    """What there is to look at after one attack."""

    world: World
    attack: Attack
    student: str
    guarded: dict[str, str]
    left: list[str]
    said: dict[str, Any]


def _measure(seen: _Seen) -> Fate:
    found: list[tuple[str, str]] = []
    for look in (_end, _marks, _secrets, _changes, _processes, _pages):
        found += look(seen)
    fates = tuple(dict.fromkeys(fate for fate, _ in found)) or ("held",)
    return Fate(fates, "; ".join(dict.fromkeys(words for _, words in found)) or "held")


def _end(seen: _Seen) -> Iterator[tuple[str, str]]:
    if "did not end" in seen.said:
        yield "did not end", "did not come to an end"
    elif "Autograde" in seen.said and marks_of(seen.world, [AFTER]).get(AFTER) != FULL:
        why = re.sub(r"'?/tmp/\S*", "(a path)", " ".join(seen.said["Autograde"].split()))[:80]
        yield "stopped the class", f"the class stops here: the next learner gets no mark ({why})".replace(" ()", "")


def _marks(seen: _Seen) -> Iterator[tuple[str, str]]:
    marks = marks_of(seen.world, [seen.student, VICTIM])
    if marks.get(VICTIM) != FULL:
        yield "wrote", "a neighbour's marks changed"
    deserves = seen.attack.deserves
    got = marks.get(seen.student, {name: None for name in POINTS})
    graded = seen.world.path(seen.student, "autograded").exists()
    more = sum(
        (got.get(name) or 0) - (mark or 0) for name, mark in deserves.items() if (got.get(name) or 0) > (mark or 0)
    )
    less = sum(
        (mark or 0) - (got.get(name) or 0) for name, mark in deserves.items() if (got.get(name) or 0) < (mark or 0)
    )
    if more and seen.attack.earlier and not graded:
        yield "kept the old mark", f"{more:g} points of the earlier submission stay"
    elif more:
        yield "forged", f"{more:g} points that are not deserved"
    if less:
        yield "lost marks", f"{less:g} points that are deserved are not given"


def _secrets(seen: _Seen) -> Iterator[tuple[str, str]]:
    shown = _outputs(seen.world.path(seen.student, "autograded"))
    beside = seen.world.path(seen.student, "feedback").parent.rglob("*")
    shown += "".join(_text(path) for path in beside if path.suffix != ".html")
    leaked = sorted(name for name, word in seen.world.words.items() if word in shown)
    if leaked:
        yield "leaked", f"reads: {', '.join(leaked)}"
    fate = {"b": "leaked", "c": "wrote", "h": "wrote", "d": "no limit"}.get(seen.attack.threat)
    for told in seen.attack.never:
        if told in shown and fate is not None:
            yield fate, f"says “{told}”"
    for door, guest in seen.world.contacts:
        if b"attacked-by" in guest:
            yield "leaked", f"reaches the {door}"


def _outputs(path: Path) -> str:
    """Return what the learner's cells put out, and the texts of errors in the checks.

    The tracebacks of failed checks are left out: they show hidden tests to everybody, attack or none.
    """
    try:
        cells = json.loads(path.read_text(errors="replace"))["cells"]
    except (OSError, ValueError, KeyError, TypeError):
        return ""
    told = []
    for cell in cells:
        check = str(cell["metadata"].get("nbgrader", {}).get("grade_id", "")).startswith("check-")
        outputs = cell.get("outputs", [])
        told.append(json.dumps([output.get("evalue") for output in outputs] if check else outputs, ensure_ascii=False))
    return "\n".join(told)


def _text(path: Path) -> str:
    try:
        return path.read_text(errors="replace") if path.is_file() else ""
    except OSError:
        return ""


def _changes(seen: _Seen) -> Iterator[tuple[str, str]]:
    after = seen.world.guarded([seen.student, AFTER])
    changed = sorted(
        {Path(path).name for path in seen.guarded.keys() | after.keys() if seen.guarded.get(path) != after.get(path)}
    )
    if seen.world.process.poll() is not None:
        changed.append("another process (killed)")
    places = [Path("/tmp"), Path("/var/tmp"), Path("/dev/shm"), seen.world.root / "home", seen.world.course]
    places += [seen.world.course / "class", seen.world.course / "class" / "results"]
    traces = [path for place in places for path in place.glob("attacked-by-*")]
    changed += sorted({f"{path.parent.name}/" for path in traces})
    for path in traces:
        path.unlink()
    if changed:
        yield "wrote", f"changes: {', '.join(changed)}"


def _processes(seen: _Seen) -> Iterator[tuple[str, str]]:
    if any("attacked-by-" in process for process in seen.left):
        yield "left a process", "a process outlives the grading"


def _pages(seen: _Seen) -> Iterator[tuple[str, str]]:
    page = seen.world.path(seen.student, "feedback").with_suffix(".html")
    pages = list(page.parent.rglob("*.html")) + list(page.parent.rglob("*.svg"))
    runs = {
        where
        for path in pages
        if path.is_file()
        for where in markup.would_run(path.read_text(errors="replace"), "attacked-by-")
    }
    if runs:
        yield "ran in the page", f"its page holds {', '.join(sorted(runs)[:4])}"
