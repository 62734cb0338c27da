"""The sanitiser survives everything, and its result has every cell that counts exactly once."""

from __future__ import annotations

import copy
import json
from typing import Any

import nbformat
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from nbformat.notebooknode import NotebookNode
from nbgrader.nbgraderformat import MetadataValidator
from toy_course import answer_cell, check_cell, with_answers

from autograder.grading.sanitise import sanitise

GOOD = "def scale(x, factor):\n    return x * factor"
RELAXED = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150)

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
NAMES = st.sampled_from(["scale", "check-scale", "total", "check-total", "stranger", ""]) | JSON
NBGRADER = st.dictionaries(
    st.sampled_from(["grade", "solution", "locked", "task", "points", "schema_version", "grade_id", "x"]), NAMES
)
CELL = st.fixed_dictionaries(
    {},
    optional={
        "cell_type": st.sampled_from(["code", "markdown", "raw", "heading"]) | JSON,
        "source": st.sampled_from([GOOD, "check(scale)", "total = 3", "def scale(", "<b>x", "%%bash"]) | JSON,
        "input": JSON,
        "id": NAMES,
        "metadata": st.fixed_dictionaries({}, optional={"nbgrader": NBGRADER | JSON, "tags": JSON}) | JSON,
        "outputs": JSON,
        "attachments": JSON,
    },
)
NOTEBOOK = (
    st.fixed_dictionaries({"cells": st.lists(CELL | JSON, max_size=8) | JSON})
    | st.fixed_dictionaries({"worksheets": st.lists(st.fixed_dictionaries({"cells": st.lists(CELL, max_size=4)}))})
    | JSON
)


def ids(notebook: NotebookNode) -> list[str]:
    return [cell.metadata.nbgrader.grade_id for cell in notebook.cells if "nbgrader" in cell.metadata]


def cell_named(notebook: NotebookNode, name: str) -> NotebookNode:
    return next(cell for cell in notebook.cells if cell.metadata.get("nbgrader", {}).get("grade_id") == name)


@RELAXED
@given(content=NOTEBOOK)
def test_laws(release: NotebookNode, content: Any) -> None:
    made, _ = sanitise(content, release)
    nbformat.validate(made)
    MetadataValidator().validate_nb(made)
    nbformat.writes(made).encode("utf-8")
    names = ids(made)
    assert sorted(names) == ["check-scale", "check-total", "scale", "total"]
    for name in ("scale", "total"):
        assert names.index(name) < names.index(f"check-{name}")
        assert cell_named(made, f"check-{name}") == cell_named(release, f"check-{name}")
        assert cell_named(made, name).metadata == cell_named(release, name).metadata
    for cell in made.cells:
        assert cell.get("outputs", []) == []
        assert "nbgrader" in cell.metadata or cell.metadata in ({}, {"dlf": {"own": True}})
    again, _ = sanitise(made, release)
    assert again == made


@RELAXED
@given(content=NOTEBOOK)
def test_it_changes_neither_the_submission_nor_the_release(release: NotebookNode, content: Any) -> None:
    before, trusted = json.dumps(content), copy.deepcopy(release)
    sanitise(content, release)
    assert json.dumps(content) == before
    assert release == trusted


def test_an_honest_submission_passes_unchanged(release: NotebookNode) -> None:
    handed_in = with_answers(release, scale=GOOD)
    made, notes = sanitise(handed_in, release)
    assert notes == []
    assert [cell.source for cell in made.cells] == [cell.source for cell in handed_in.cells]
    assert [cell["id"] for cell in made.cells] == [cell["id"] for cell in handed_in.cells]


def test_tags_and_points_of_a_check_cell_are_put_back(release: NotebookNode) -> None:
    handed_in = copy.deepcopy(release)
    check = cell_named(handed_in, "check-scale")
    check.metadata.tags = ["skip-execution"]
    check.metadata.nbgrader.points = 1000
    check.metadata.nbgrader.solution = True
    check.source = "5"
    made, notes = sanitise(handed_in, release)
    assert cell_named(made, "check-scale") == cell_named(release, "check-scale")
    assert any("locked cell" in note for note in notes)


def test_a_deleted_check_cell_stands_after_its_answer_again(release: NotebookNode) -> None:
    handed_in = with_answers(release, scale=GOOD)
    handed_in.cells = [cell for cell in handed_in.cells if cell["id"] != "check-scale"]
    made, notes = sanitise(handed_in, release)
    position = [cell["id"] for cell in made.cells].index("scale")
    assert made.cells[position + 1]["id"] == "check-scale"
    assert any("missing" in note for note in notes)


def test_the_first_copy_counts_and_the_others_are_plain_cells(release: NotebookNode) -> None:
    handed_in = with_answers(release, scale=GOOD)
    copied = answer_cell("scale", "scale = None")
    copied["id"] = "another"
    handed_in.cells += [copied, check_cell("scale", 4)]
    made, notes = sanitise(handed_in, release)
    assert cell_named(made, "scale").source == GOOD
    assert made.cells[-2].metadata == {"dlf": {"own": True}}
    assert made.cells[-1].metadata == {}
    assert sum("more than once" in note for note in notes) == 2


def test_an_answer_without_metadata_is_found_by_its_name(release: NotebookNode) -> None:
    handed_in = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell("import numpy"), nbformat.v4.new_code_cell(GOOD)]
    )
    made, notes = sanitise(handed_in, release)
    assert cell_named(made, "scale").source == GOOD
    assert any("recognised all the same" in note for note in notes)


def test_answers_merged_into_one_cell_are_each_found(release: NotebookNode) -> None:
    """Jupyter's "merge cells" keeps the metadata of the first: here of an answer, and of a check."""
    total = "@staticmethod\ndef total(x):\n    return x.sum()"
    for keeps in ("scale", "check-scale"):
        handed_in = with_answers(release, scale=GOOD)
        handed_in.cells = [cell for cell in handed_in.cells if cell["id"] not in ("total", "check-total")]
        cell_named(handed_in, keeps).source += f"\n\ncheck(scale)\n\n{total}\n\ncheck(total)"
        made, notes = sanitise(handed_in, release)
        assert cell_named(made, "total").source == total
        assert cell_named(made, "scale").source.startswith(GOOD)
        assert ids(made).index("total") > ids(made).index("scale")
        assert any("was given its own cell" in note for note in notes)
        assert sanitise(made, release)[0] == made


def test_a_mention_is_not_a_definition(release: NotebookNode) -> None:
    handed_in = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell("print(scale == 3)\nclass Other:\n    scale = 1")]
    )
    made, _ = sanitise(handed_in, release)
    assert "NotImplementedError" in cell_named(made, "scale").source


def test_a_retyped_answer_is_code_again(release: NotebookNode) -> None:
    handed_in = with_answers(release, scale=GOOD)
    for cell in handed_in.cells:
        if cell["id"] in ("scale", "check-scale"):
            cell.cell_type = "markdown"
    made, _ = sanitise(handed_in, release)
    assert cell_named(made, "scale").cell_type == "code"
    assert cell_named(made, "scale").source == GOOD
    assert cell_named(made, "check-scale").cell_type == "code"


def test_a_check_moved_before_its_answer_goes_behind_it(release: NotebookNode) -> None:
    handed_in = copy.deepcopy(release)
    handed_in.cells.insert(0, handed_in.cells.pop(3))
    made, notes = sanitise(handed_in, release)
    assert [cell["id"] for cell in made.cells][:4] == ["title", "imports", "scale", "check-scale"]
    assert any("moved behind" in note for note in notes)


def test_a_helper_between_answer_and_check_stays_there(release: NotebookNode) -> None:
    handed_in = copy.deepcopy(release)
    handed_in.cells.insert(3, nbformat.v4.new_code_cell("def helper(): ...", id="mine"))
    made, _ = sanitise(handed_in, release)
    assert [cell["id"] for cell in made.cells][2:5] == ["scale", "mine", "check-scale"]


def test_lesson_text_stays_and_foreign_markup_is_defused(release: NotebookNode) -> None:
    handed_in = copy.deepcopy(release)
    handed_in.cells.append(nbformat.v4.new_markdown_cell("<script>alert(1)</script>"))
    handed_in.cells.append(nbformat.v4.new_raw_cell("<script>alert(2)</script>"))
    made, _ = sanitise(handed_in, release)
    assert any("<b>bold</b>" in cell.source for cell in made.cells)
    assert all("<script" not in cell.source for cell in made.cells)
    assert all(cell.cell_type != "raw" for cell in made.cells)


@pytest.mark.parametrize("count", [0, 5000])
def test_any_number_of_cells(release: NotebookNode, count: int) -> None:
    cells = [nbformat.v4.new_code_cell("1") for _ in range(count)]
    made, notes = sanitise(nbformat.v4.new_notebook(cells=cells), release)
    assert len(made.cells) <= 2010
    assert len(set(cell["id"] for cell in made.cells)) == len(made.cells)
    assert bool(count) == any("left out" in note for note in notes)


def test_no_reference_answer_can_land_in_the_result(release: NotebookNode) -> None:
    made, _ = sanitise({}, release)
    assert "SOLUTION" not in nbformat.writes(made)
    assert "return x" not in nbformat.writes(made)
