"""What must hold for every submission, however it went wrong; ten thousand by ``python -m``.

``python -m tests.autograder.grading.mutant_laws --count 10000`` prints how many of each kind there were, what
learners were told, and the slowest.
"""

from __future__ import annotations

import argparse
import json
import re
import shutil
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import nbformat
from nbformat.notebooknode import NotebookNode

sys.path.insert(0, str(Path(__file__).parent))  # the tests beside this file import each other by their bare names

from mutated import Mutant
from toy_course import ASSIGNMENT, DECLARATIONS, toy_source, with_answers

import course_utils.exercises
from autograder.demo.people import Person, definitions, fill_in
from autograder.engine import CellRun, EngineCell, Limits
from autograder.grading.execute import Record, assess, is_check, write_outputs
from autograder.grading.handed_in import prepare
from autograder.grading.marks import verdict_data
from autograder.grading.results import ResultStore
from course_utils.judging import Outcome, Verdict

ROOT = Path(__file__).resolve().parents[3]
SECRET = b"s" * 32
# A reason says what to do: one of these.
ADVICE = ("hand in", "hand it in", "hand that in", "a person will look")


@dataclass(frozen=True)
class Base:
    """A lesson: its release notebook, and one handed-in notebook to spoil."""

    assignment: str
    release: NotebookNode
    handed_in: str


def engine(cells: list[EngineCell], limits: Limits, judge_cell: Any) -> list[CellRun]:
    """Stand for the engine and the judge: credit goes by the name of the exercise."""
    runs = []
    for cell in cells:
        if cell.role != "check":
            runs.append(CellRun(cell.id, cell.role, None, "ok"))
            continue
        credit = len(str(cell.exercise)) % 3 / 2
        verdict = Verdict(str(cell.exercise), Outcome.PARTLY if credit else Outcome.WRONG, credit, "Made up.")
        runs.append(CellRun(cell.id, cell.role, cell.exercise, "judged", verdict={"verdict": verdict.to_dict()}))
    return runs


@cache
def bases() -> tuple[Base, ...]:
    """Return the toy lesson and every lesson of the course, as released and with the answers."""
    toy = toy_source()
    for cell in toy.cells:
        if cell.metadata.get("nbgrader", {}).get("solution"):
            cell.source = f"def {cell['id']}():\n    raise NotImplementedError()"
    answered = with_answers(toy, scale="def scale(x, factor):\n    return x * factor", total="total = sum")
    found = [Base(ASSIGNMENT, toy, nbformat.writes(one)) for one in (toy, answered)]
    for path in sorted((ROOT / "release").glob("[01][0-9]_*/*.ipynb")):
        if path.stem.startswith("00_"):
            continue
        release = nbformat.read(path, as_version=4)
        done = nbformat.read(path, as_version=4)
        solutions = (ROOT / "solutions" / f"{path.stem[3:]}.py").read_text(encoding="utf-8")
        fill_in(done, Person("ada", ""), definitions(solutions))
        found += [Base(path.stem, release, nbformat.writes(one)) for one in (release, done)]
    return tuple(found)


def check_mutant(seed: int, place: Path, base: Base | None = None, run: Any = engine) -> tuple[Mutant, NotebookNode]:
    """Grade one mutant and check what must hold; return it with its graded notebook.

    Raises
    ------
    AssertionError
        When something does not hold; the seed and the mutation are in the text.
    """
    base = bases()[seed // 5 % len(bases())] if base is None else base
    mutant = Mutant(base.handed_in, seed)
    folder = place / base.assignment
    folder.mkdir()
    try:
        mutant.write(folder, base.assignment)
        notebook = prepare(folder, base.assignment, base.release)
        store = ResultStore(place / "results")
        record = assess(notebook, base.assignment, "ada", store, secret=SECRET, run=run)
        write_outputs(notebook, record)
        check_laws(notebook, record, base.release)
    except Exception as error:
        raise AssertionError(f"seed {seed}, {mutant.steps}: {type(error).__name__}: {error}") from error
    finally:
        shutil.rmtree(folder)
    return mutant, notebook


def check_laws(notebook: NotebookNode, record: Record, release: NotebookNode) -> None:
    """Check that a graded notebook is whole, valid, and says what a person can act on."""
    nbformat.validate(notebook)
    json.dumps(notebook, ensure_ascii=False).encode()
    assert len(record.cells) == sum(cell.cell_type == "code" for cell in notebook.cells)
    assert counting(notebook) == counting(release)
    total = 0.0
    for cell in notebook.cells:
        if is_check(cell):
            verdict = verdict_data(cell)
            assert verdict is None or 0 <= verdict["credit"] <= 1
            assert (verdict is None) == bool(record.ungraded)
            total += 0 if verdict is None else cell.metadata.nbgrader.points * verdict["credit"]
    assert 0 <= total <= sum(points for _, points, _ in counting(release))
    ours = notebook.metadata.dlf
    for note in ours.notes:
        check_sentence(note)
    if "unreadable" in ours:
        check_sentence(ours.unreadable)
        assert any(words in ours.unreadable.lower() for words in ADVICE), ours.unreadable
    assert bool(record.ungraded) == bool(ours.get("undecided"))


def counting(notebook: NotebookNode) -> list[tuple[str, float, str]]:
    """Return what counts of a notebook: grade id, points, and the source where it is locked."""
    found = []
    for cell in notebook.cells:
        meta = cell.metadata.get("nbgrader")
        if meta:
            found.append((meta.grade_id, float(meta.get("points", 0)), cell.source if is_check(cell) else ""))
    return sorted(found)


def check_sentence(text: str) -> None:
    """Check that a text is one or more whole sentences in plain words."""
    assert re.fullmatch(r"[A-Z`].*[.]", text), text
    assert text.isprintable(), text
    assert len(text) < 1500, text
    for word in ("Traceback", "Error:", "Exception", "NoneType", "None "):
        assert word not in re.sub("`[^`]*`", "", text), text


def main(arguments: list[str] | None = None) -> None:
    """Grade many mutants and print what came of them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=10_000)
    parser.add_argument("--first", type=int, default=0)
    chosen = parser.parse_args(arguments)
    steps: Counter[str] = Counter()
    said: Counter[str] = Counter()
    slow: list[tuple[float, int, list[str]]] = []
    failed = []
    with tempfile.TemporaryDirectory() as place:
        (Path(place) / "toy_lesson.py").write_text(DECLARATIONS)
        course_utils.exercises.__path__.append(place)
        for seed in range(chosen.first, chosen.first + chosen.count):
            began = time.monotonic()
            try:
                mutant, notebook = check_mutant(seed, Path(place))
            except AssertionError as problem:
                failed.append(str(problem))
                print(problem)
                continue
            slow = sorted([(time.monotonic() - began, seed, mutant.steps), *slow], reverse=True)[:5]
            steps.update(mutant.steps)
            reason = notebook.metadata.dlf.get("unreadable", "graded")
            said[re.sub(r"`[^`]*`|\d+", "_", reason)] += 1
    for title, counts in (("mutations", steps), ("told to the learner", said)):
        print(f"\n{title}")
        for name, count in counts.most_common():
            print(f"{count:7} {name}")
    print("\nslowest, in seconds, with making the mutant")
    for seconds, seed, done in slow:
        print(f"{seconds:7.2f} seed {seed} {done}")
    print(f"\n{chosen.count} mutants, {len(failed)} failed")
    sys.exit(bool(failed))


if __name__ == "__main__":
    main()
