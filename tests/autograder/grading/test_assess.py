"""Grading one submission, with a stand-in for the engine."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from nbformat.notebooknode import NotebookNode
from nbgrader.utils import determine_grade
from toy_course import ASSIGNMENT, with_answers

from autograder.engine import CellRun, ChildStartError, EngineCell, Limits
from autograder.grading.execute import assess, check_outputs, write_outputs
from autograder.grading.marks import UNGRADED_TYPE, VERDICT_TYPE, score, verdict_data
from autograder.grading.results import ResultStore
from autograder.grading.sanitise import sanitise
from course_utils.judging import Reply

SECRET = b"s" * 32


class FakeEngine:
    """Answers every call with `answer(name, *args)`; counts how often it ran."""

    def __init__(self, answer: Any) -> None:
        self.answer = answer
        self.runs = 0

    def call(self, name: str, kind: str, args: tuple[Any, ...], watch: Any = (), seconds: Any = None) -> Reply:
        return Reply(value=self.answer(name, *args))

    def __call__(self, cells: list[EngineCell], limits: Limits, judge_cell: Any) -> list[CellRun]:
        self.runs += 1
        done = []
        for cell in cells:
            if cell.role == "check":
                done.append(CellRun(cell.id, cell.role, cell.exercise, "judged", verdict=judge_cell(cell, self)))
            else:
                outputs = [{"output_type": "execute_result", "data": {"text/plain": "5"}, "execution_count": 1}]
                done.append(CellRun(cell.id, cell.role, None, "ok", outputs=outputs))
        return done


def right(name: str, *args: Any) -> Any:
    return args[0] * args[1] if name == "scale" else args[0].sum()


def check(notebook: NotebookNode, name: str) -> NotebookNode:
    return next(cell for cell in notebook.cells if cell["id"] == f"check-{name}")


@pytest.fixture
def store(tmp_path: Path) -> ResultStore:
    return ResultStore(tmp_path / "results")


@pytest.fixture
def handed_in(release: NotebookNode) -> NotebookNode:
    return sanitise(with_answers(release, scale="def scale(x, factor): ..."), release)[0]


def run(notebook: NotebookNode, store: ResultStore, engine: Any, student: str = "ada", **more: Any) -> Any:
    return assess(notebook, ASSIGNMENT, student, store, secret=SECRET, run=engine, **more)


@pytest.mark.usefixtures("toy_lesson")
def test_a_right_answer_gets_full_marks_in_nbgraders_own_eyes(handed_in: NotebookNode, store: ResultStore) -> None:
    record = run(handed_in, store, FakeEngine(right))
    write_outputs(handed_in, record)
    assert determine_grade(check(handed_in, "scale")) == (4.0, 4.0)
    assert verdict_data(check(handed_in, "scale"))["outcome"] == "correct"
    assert handed_in.metadata.dlf.key == record.key


@pytest.mark.usefixtures("toy_lesson")
def test_half_the_groups_give_half_the_points(handed_in: NotebookNode, store: ResultStore) -> None:
    engine = FakeEngine(lambda name, *args: abs(args[0]) * args[1] if args[0].max() < 0 else right(name, *args))
    record = run(handed_in, store, engine)
    write_outputs(handed_in, record)
    assert determine_grade(check(handed_in, "scale"))[0] == 2.0


@pytest.mark.usefixtures("toy_lesson")
def test_a_declared_mistake_is_named(handed_in: NotebookNode, store: ResultStore) -> None:
    engine = FakeEngine(lambda name, *args: args[0] + args[1] if name == "scale" else right(name, *args))
    write_outputs(handed_in, run(handed_in, store, engine))
    assert verdict_data(check(handed_in, "scale"))["mistake"] == "added the factor"
    assert determine_grade(check(handed_in, "scale"))[0] == 0


@pytest.mark.usefixtures("toy_lesson")
def test_outputs_of_the_learners_cells_never_carry_a_score(handed_in: NotebookNode, store: ResultStore) -> None:
    write_outputs(handed_in, run(handed_in, store, FakeEngine(right)))
    for cell in handed_in.cells:
        if cell["id"] in ("imports", "scale", "total"):
            assert [output.output_type for output in cell.outputs] == ["display_data"]


@pytest.mark.usefixtures("toy_lesson")
@pytest.mark.parametrize("fault", [None, ChildStartError("none")], ids=["graded", "engine failed"])
def test_the_judge_computes_in_one_thread_and_leaves_the_process_its_own(
    handed_in: NotebookNode, store: ResultStore, fault: Exception | None
) -> None:
    import torch

    seen = []

    class Watching(FakeEngine):
        def __call__(self, cells: list[EngineCell], limits: Limits, judge_cell: Any) -> list[CellRun]:
            seen.append(torch.get_num_threads())
            if fault is not None:
                raise fault
            return super().__call__(cells, limits, judge_cell)

    before = torch.get_num_threads()
    torch.set_num_threads(3)
    try:
        record = run(handed_in, store, Watching(right))
        assert (seen, torch.get_num_threads()) == ([1], 3)
        assert bool(record.ungraded) == (fault is not None)
    finally:
        torch.set_num_threads(before)


@pytest.mark.usefixtures("toy_lesson")
def test_a_second_run_is_found_in_the_store(handed_in: NotebookNode, store: ResultStore) -> None:
    engine = FakeEngine(right)
    first = run(handed_in, store, engine)
    again = run(handed_in, store, engine)
    assert engine.runs == 1
    assert again.stored
    assert again.cells == first.cells
    assert run(handed_in, store, engine, force=True).stored is False
    assert engine.runs == 2


@pytest.mark.usefixtures("toy_lesson")
def test_what_changes_the_key(release: NotebookNode, store: ResultStore, tmp_path: Path) -> None:
    engine = FakeEngine(right)
    one = sanitise(with_answers(release, scale="def scale(x, factor): return 1"), release)[0]
    two = sanitise(with_answers(release, scale="def scale(x, factor): return 2"), release)[0]
    keys = {run(one, store, engine).key, run(two, store, engine).key, run(one, store, engine, student="bob").key}
    keys.add(run(one, store, engine, limits=Limits(cell_seconds=1.0)).key)
    declarations = tmp_path / "declarations" / "toy_lesson.py"
    declarations.write_text(declarations.read_text() + "\n# changed\n")
    keys.add(run(one, store, engine).key)
    assert len(keys) == 5


@pytest.mark.usefixtures("toy_lesson")
def test_a_damaged_result_is_made_again(handed_in: NotebookNode, store: ResultStore) -> None:
    engine = FakeEngine(right)
    key = run(handed_in, store, engine).key
    path = store.folder / f"{key}.json"
    assert path.stat().st_mode & 0o077 == 0
    for content in ("", "{", '{"format": 1}', '{"format": 0, "cells": []}', '{"format": 1, "cells": []}'):
        path.write_text(content)
        assert run(handed_in, store, engine).stored is False
    assert engine.runs == 6


@pytest.mark.usefixtures("toy_lesson")
def test_neither_seed_nor_secret_nor_expected_value_is_stored(handed_in: NotebookNode, store: ResultStore) -> None:
    drawn: list[Any] = []

    def wrong(name: str, *args: Any) -> Any:
        drawn.append(args)
        return np.zeros_like(args[0])

    key = run(handed_in, store, FakeEngine(wrong)).key
    stored = (store.folder / f"{key}.json").read_text()
    assert "seed" not in stored
    for args in drawn:
        for value in np.ravel(np.asarray(args[0]) * (args[1] if len(args) > 1 else 1)):
            assert f"{value:.4f}"[:-1] not in stored


@pytest.mark.usefixtures("toy_lesson")
@pytest.mark.parametrize(
    "failing",
    [
        lambda cells, limits, judge_cell: (_ for _ in ()).throw(ChildStartError("no process")),
        lambda cells, limits, judge_cell: [],
        lambda cells, limits, judge_cell: [CellRun(c.id, c.role, c.exercise, "ungraded") for c in cells],
    ],
)
def test_when_the_engine_fails_checks_are_for_staff(handed_in: NotebookNode, store: ResultStore, failing: Any) -> None:
    record = run(handed_in, store, failing)
    assert len(record.ungraded) == 2
    write_outputs(handed_in, record)
    assert verdict_data(check(handed_in, "scale")) is None
    assert verdict_data(check(handed_in, "scale"), UNGRADED_TYPE) is not None
    assert not list(store.folder.glob("*.json"))


@pytest.mark.usefixtures("toy_lesson")
def test_when_the_oracle_fails_only_its_exercise_is_for_staff(
    handed_in: NotebookNode, store: ResultStore, tmp_path: Path
) -> None:
    declarations = tmp_path / "declarations" / "toy_lesson.py"
    declarations.write_text(declarations.read_text().replace("lambda x: x.sum()", "lambda x: 1 / 0"))
    record = run(handed_in, store, FakeEngine(right))
    assert len(record.ungraded) == 1
    write_outputs(handed_in, record)
    assert verdict_data(check(handed_in, "scale"))["credit"] == 1
    assert verdict_data(check(handed_in, "total")) is None


def test_without_declarations_all_are_for_staff(handed_in: NotebookNode, store: ResultStore) -> None:
    record = assess(handed_in, "99_no_such_lesson", "ada", store, secret=SECRET, run=FakeEngine(right))
    assert len(record.ungraded) == 2


@pytest.mark.parametrize("credit", [float("nan"), float("inf"), -1, 2, "1e9x", None])
def test_a_credit_that_is_none_gives_no_mark(credit: Any) -> None:
    outputs = check_outputs({"verdict": {"exercise": "a", "outcome": "correct", "credit": credit, "sentence": ""}}, 3)
    assert len(outputs) == 1
    assert VERDICT_TYPE not in outputs[0]["data"]


def test_points_are_rounded_to_two_decimals() -> None:
    assert score(1, 1 / 3) == 0.33
    assert score(3, 1 + 1e-12) == 3
    assert json.dumps(score(2, 0.5)) == "1.0"


@pytest.mark.usefixtures("toy_lesson")
@pytest.mark.parametrize(
    "source",
    [
        "import course_utils.exercises.toy_lesson",
        "from course_utils import exercises",
        "load_exercises('toy_lesson')",
        "found.oracle(1)",
        "_Watch",
        "sys.setprofile(None)",
    ],
)
def test_a_cell_that_names_the_judges_parts_is_noted_and_costs_nothing(
    release: NotebookNode, store: ResultStore, source: str
) -> None:
    notebook = sanitise(with_answers(release, scale=source), release)[0]
    write_outputs(notebook, run(notebook, store, FakeEngine(right)))
    assert any("a part of the judge" in note for note in notebook.metadata.dlf.notes)
    assert determine_grade(check(notebook, "scale")) == (4.0, 4.0)


@pytest.mark.usefixtures("toy_lesson")
def test_an_honest_notebook_has_no_such_note(handed_in: NotebookNode, store: ResultStore) -> None:
    write_outputs(handed_in, run(handed_in, store, FakeEngine(right)))
    assert not any("a part of the judge" in note for note in handed_in.metadata.dlf.notes)


@pytest.mark.usefixtures("toy_lesson")
def test_a_secret_opened_up_during_a_run_costs_no_verdict(
    handed_in: NotebookNode, store: ResultStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COURSE_SECRET_FILE", str(tmp_path / "own-secret"))
    first = assess(handed_in, ASSIGNMENT, "ada", store, run=FakeEngine(right))
    (tmp_path / "own-secret").chmod(0o644)
    assert assess(handed_in, ASSIGNMENT, "ada", store, run=FakeEngine(right)).key == first.key


def test_what_a_killed_run_left_half_written_goes_with_the_next_whole_run(store: ResultStore) -> None:
    store.put("kept", {"cells": []})
    store.put("gone", {"cells": []})
    (store.folder / ".half.tmp").write_text('{"cells":')
    assert store.keep_only({"kept"}) == 1
    assert [path.name for path in store.folder.iterdir()] == ["kept.json"]
