"""Every row of the syllabus that a lesson has taken on is taught by a cell and held by a test."""

from __future__ import annotations

from autograder.build.coverage import find_coverage
from tests.lessons import ROOT


def test_no_row_of_an_existing_lesson_is_empty() -> None:
    assert find_coverage(ROOT).gaps() == []


def test_every_tag_on_a_cell_names_something_that_exists() -> None:
    coverage = find_coverage(ROOT)
    rows = {row.number for row in coverage.rows}
    known = rows | {tag for row in coverage.rows for tag in row.tags}
    strange = {tag for tag in coverage.cells if tag not in known and not tag.startswith("E")}
    assert strange == set()
    assert set(coverage.tests) <= rows
