"""The whole corpus as one class, graded by `course grade`, and everything that must hold afterwards."""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import signal
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.attacks import markup
from tests.attacks.case import FULL, Attack
from tests.attacks.lesson import ASSIGNMENT, POINTS
from tests.attacks.world import VICTIM, World, new_world

# An honest learner sits between so many attackers.
_EVERY = 8
_PR_SET_CHILD_SUBREAPER = 36


@dataclass
class Result:
    """What became of one attack.

    Attributes
    ----------
    attack : Attack
        Which.
    broken : list of str
        What did not hold; empty when our grader held.
    saw : str
        The marks and verdicts, in short.
    record : str
        Everything that was put out and written down.
    """

    attack: Attack
    broken: list[str] = field(default_factory=list)
    saw: str = ""
    record: str = ""


@dataclass
class Siege:
    """What became of the class.

    Attributes
    ----------
    results : list of Result
        One an attack.
    class_broken : list of str
        What did not hold and cannot be laid at one attack's door.
    """

    results: list[Result]
    class_broken: list[str]

    @property
    def broken(self) -> bool:
        """Whether anything did not hold."""
        return bool(self.class_broken or any(result.broken for result in self.results))


def students_of(attacks: Sequence[Attack]) -> tuple[dict[str, Attack], list[str]]:
    """Return the attackers and the honest learners, whose names sort between them."""
    attackers: dict[str, Attack] = {}
    honest = [VICTIM]
    for number, attack in enumerate(attacks):
        if number % _EVERY == 0:
            honest.append(f"{number + 1:03d}-a-honest")
        attackers[attack.student or f"{number + 1:03d}-{attack.name.replace('_', '-')}"] = attack
    return attackers, [*honest, "zzz-honest"]


def besiege(attacks: Sequence[Attack], jobs: int = 2) -> Siege:
    """Grade the attacks as one class and look at everything they may not have done.

    Parameters
    ----------
    attacks : sequence of Attack
        The class, beside honest learners.
    jobs : int
        Submissions graded at once.
    """
    with new_world(stock=False) as world:
        attackers, honest = students_of(attacks)
        for student in honest[1:]:
            world.honest(student)
        before = [student for student, attack in attackers.items() if attack.earlier]
        for student in before:
            world.honest(student)
        if before:
            world.tell("grade", str(jobs), *before)
        for student, attack in attackers.items():
            world.attack(student, attack)
        return _Aftermath(world, attackers, honest, jobs).siege()


class _Aftermath:
    """Grades the class, then collects what is wrong by student."""

    def __init__(self, world: World, attackers: dict[str, Attack], honest: list[str], jobs: int) -> None:
        self.world, self.attackers, self.honest = world, attackers, honest
        self.results = {student: Result(attack) for student, attack in attackers.items()}
        self.class_broken: list[str] = []
        guarded = world.guarded(attackers)
        with left_behind() as left:
            self.said = self._tell("grade", str(jobs))
        pages = self._tell("pages")
        self.staff: dict[str, str] = self.said.get("staff", {})
        self.no_page: dict[str, str] = pages.get("staff", {})
        self.marks = marks_of(world, [*attackers, *honest])
        self._processes(left)
        self._canaries(guarded)
        self._report(pages.get("report", ""))

    def _tell(self, task: str, *arguments: str) -> dict[str, Any]:
        try:
            return self.world.tell(task, *arguments)
        except (RuntimeError, TimeoutError) as error:
            self.class_broken.append(f"the class was stopped: {error}")
            return {}

    def siege(self) -> Siege:
        neighbours = {student: self._neighbour(student) for student in self.honest}
        for student, result in self.results.items():
            self._marks(student, result)
            self._outputs(student, result)
            self._page(student, result)
            after = min((name for name in self.honest if name > student), default=self.honest[-1])
            before = max((name for name in self.honest if name < student), default=self.honest[0])
            result.broken += [f"neighbour {name}: {fault}" for name in {before, after} for fault in neighbours[name]]
        return Siege(list(self.results.values()), self.class_broken)

    def _processes(self, left: list[str]) -> None:
        for process in left:
            self._blame(f"a process is left: {process[:120]}", process)
        if self.world.process.poll() is not None:
            self.class_broken.append("a process of the grading user was killed")

    def _canaries(self, before: dict[str, str]) -> None:
        after = self.world.guarded(self.attackers)
        for path in sorted(before.keys() | after.keys()):
            if before.get(path) != after.get(path):
                self._blame(f"changed: {path}", f"{path} {_read(Path(path))}")
        for path in self._traces():
            self._blame(f"wrote {path}", f"{path} {_read(path)}")
        book = (self.world.course / "class" / "gradebook.db").read_bytes().decode("latin-1")
        if "attacked-by-" in book:
            self._blame("wrote into the gradebook", book)
        for door, guest in self.world.contacts:
            self._blame(f"reached the {door}", guest.decode(errors="replace"))

    def _traces(self) -> Iterator[Path]:
        for folder in (Path("/tmp"), Path("/var/tmp"), Path("/dev/shm"), Path("/run"), self.world.root / "home"):
            found = (
                folder.rglob("attacked-by-*")
                if folder.is_relative_to(self.world.root)
                else folder.glob("attacked-by-*")
            )
            yield from found
        yield from (self.world.course / "class" / "results").rglob("*attacked-by-*")
        for folder in (self.world.course, self.world.course / "class", self.world.root):
            yield from folder.glob("attacked-by-*")

    def _blame(self, fault: str, evidence: str) -> None:
        """Put a fault down to the attack whose mark the evidence bears, else to the class."""
        for result in self.results.values():
            if f"attacked-by-{result.attack.name}!" in evidence:
                result.broken.append(fault)
                return
        self.class_broken.append(fault)

    def _report(self, path: str) -> None:
        if path:
            folder = Path(path).parent
            page = Path(path).read_text()
            runs = [where for word in ("attacked-by-", "alert(1)") for where in markup.would_run(page, word)]
            self.class_broken += [f"the class report would run {where}" for where in runs]
            for file in folder.iterdir():
                for word in self._words_in(file):
                    self.class_broken.append(f"{file.name} holds the canary {word}")

    def _neighbour(self, student: str) -> list[str]:
        faults = []
        if self.marks.get(student) != FULL:
            faults.append(f"its marks are {self.marks.get(student)}")
        if not self.world.path(student, "feedback").with_suffix(".html").exists():
            faults.append("it has no page")
        if "attacked-by-" in outputs_of(self.world, student)[0]:
            faults.append("an attack shows in its outputs")
        return faults

    def _marks(self, student: str, result: Result) -> None:
        found, attack = self.marks.get(student), result.attack
        if found != attack.deserves:
            result.broken.append(f"its marks are {found}, not {attack.deserves}")
        verdicts = outputs_of(self.world, student)[1]
        for exercise, outcome in attack.outcome.items():
            if verdicts.get(exercise) != outcome:
                result.broken.append(f"{exercise} is “{verdicts.get(exercise)}”, not “{outcome}”")
        lost = {name: mark for name, mark in (found or {}).items() if mark != FULL.get(name)}
        result.saw = ", ".join(
            f"{name} {'no mark' if mark is None else f'{mark:g} of {POINTS[name]:g}'} ({verdicts.get(name)})"
            for name, mark in lost.items()
        )
        result.saw = result.saw or "every right answer has its mark"

    def _outputs(self, student: str, result: Result) -> None:
        shown, _, record = outputs_of(self.world, student)
        record += self.staff.get(student, "")
        result.record = record
        for wanted in result.attack.record:
            if wanted not in record:
                result.broken.append(f"its record does not say “{wanted}”")
        for unwanted in result.attack.never:
            if unwanted in shown:
                result.broken.append(f"an output says “{unwanted}”")
        for step in ("autograded", "feedback"):
            for path in self.world.path(student, step).parent.rglob("*"):
                for word in self._words_in(path):
                    result.broken.append(f"{step}/{path.name} holds the canary “{word}”")

    def _words_in(self, path: Path) -> list[str]:
        if not path.is_file():
            return []
        content = path.read_bytes()
        return [name for name, word in self.world.words.items() if word.encode() in content]

    def _page(self, student: str, result: Result) -> None:
        path = self.world.path(student, "feedback").with_suffix(".html")
        if not path.exists():
            told, expected = self.no_page.get(student, ""), result.attack.no_page
            if not (expected and expected in told) and None not in result.attack.deserves.values():
                result.broken.append(f"it has no page: {told}")
            return
        page = path.read_text()
        result.broken += [f"the page holds {fault}" for fault in markup.faults(page)]
        result.broken += [f"the page does not say “{text}”" for text in result.attack.page if text not in page]
        if result.attack.threat == "g":
            for where in markup.would_run(formgrader_page(self.world.path(student, "autograded")), "attacked-by-"):
                result.broken.append(f"formgrader's page would run {where}")


def marks_of(world: World, students: Sequence[str]) -> dict[str, dict[str, float | None]]:
    """Return every student's marks by exercise; a mark given by hand counts as one."""
    from nbgrader.api import Gradebook, MissingEntry

    found: dict[str, dict[str, float | None]] = {}
    with Gradebook(f"sqlite:///{world.course}/class/gradebook.db") as gradebook:
        for student in students:
            try:
                submission = gradebook.find_submission(ASSIGNMENT, student)
            except MissingEntry:
                continue
            found[student] = {
                grade.name.removeprefix("check-"): grade.auto_score
                if grade.manual_score is None
                else grade.manual_score
                for book in submission.notebooks
                for grade in book.grades
            }
    return found


def outputs_of(world: World, student: str) -> tuple[str, dict[str, str], str]:
    """Return what a student's cells put out, the outcome of each verdict, and the record's words."""
    verdicts: dict[str, str] = {}
    shown: list[str] = []
    try:
        notebook = json.loads(world.path(student, "autograded").read_text())
    except (OSError, ValueError):
        return "", {}, ""
    record = [json.dumps(notebook["metadata"], ensure_ascii=False)]
    for cell in notebook["cells"]:
        for output in cell.get("outputs", ()):
            verdict = output.get("data", {}).get("application/vnd.dlf.verdict+json")
            if verdict is not None:
                verdicts[verdict["exercise"]] = verdict["outcome"]
            (record if verdict is not None else shown).append(json.dumps(output, ensure_ascii=False))
    return "\n".join(shown + record[1:]), verdicts, "\n".join(record + shown)


def formgrader_page(path: Path) -> str:
    """Return a graded notebook as nbconvert shows it, which is what formgrader's page is built on."""
    from nbconvert.exporters import HTMLExporter

    page: str = HTMLExporter(template_name="classic").from_filename(str(path))[0]
    return page


def _read(path: Path) -> str:
    try:
        return path.read_text(errors="replace")[-4000:] if path.is_file() else ""
    except OSError:
        return ""


@contextlib.contextmanager
def left_behind() -> Iterator[list[str]]:
    """Collect what still runs below this process afterwards, and end it.

    Orphans become children of this process for as long as it lasts, so none can slip away.
    """
    left: list[str] = []
    ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    before = set(_below(os.getpid()))
    try:
        yield left
    finally:
        deadline = time.monotonic() + 5
        while (found := set(_below(os.getpid())) - before) and time.monotonic() < deadline:
            _bury(found)
            time.sleep(0.05)
        left += [_describe(pid) for pid in found]
        for pid in found:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        time.sleep(0.1)
        _bury(found)
        ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0)


def _bury(pids: set[int]) -> None:
    for pid in pids:
        with contextlib.suppress(ChildProcessError):
            os.waitpid(pid, os.WNOHANG)


def _below(top: int) -> list[int]:
    parents: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError, ValueError, IndexError):
                parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
                parents.setdefault(parent, []).append(int(entry.name))
    found: list[int] = []
    waiting = [top]
    while waiting:
        below = parents.get(waiting.pop(), [])
        found += below
        waiting += below
    return found


def _describe(pid: int) -> str:
    folder = Path("/proc", str(pid))
    parts = [_read_bytes(folder / name) for name in ("cmdline", "comm", "environ")]
    return f"{pid}: " + " ".join(parts)[:2000]


def _read_bytes(path: Path) -> str:
    try:
        return path.read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except OSError:
        return ""
