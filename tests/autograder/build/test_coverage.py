"""The coverage table: rows, tags and marks are found, and what is missing is named."""

from __future__ import annotations

from pathlib import Path

import pytest

from autograder.build.coverage import COVERAGE, coverage_page, find_coverage

SYLLABUS = """\
row,section,lesson,item,formulas,figures
L001,3.1.1,lines,A line | with a bar,3-1,F3-1
L002,3.1.2,lines,A mean,,
L003,3.2.1,waves,A wave,3-9,
"""
LESSON = """\
# 01 · Lines

+++ {"tags": ["L001", "eq-3-1"]}

## A line

+++

```{code-cell} ipython3
:tags: [L001]
1
```

```{code-cell} ipython3
---
exercise: mean
points: 1
difficulty: 1
minutes: 1
tags: [L002]
---
```
"""
TEST = """\
import pytest

EXACT = {"L002": ["0.5"]}

@pytest.mark.ledger("L001", "L003")
def test_lines(): pass
"""


@pytest.fixture
def course(tmp_path: Path) -> Path:
    for name, text in {
        "docs/syllabus.csv": SYLLABUS,
        "notebooks/01_lines.md": LESSON,
        "tests/notebooks/test_lines.py": TEST,
    }.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


def test_cells_exercises_marks_and_exact_rows_are_found(course: Path) -> None:
    found = find_coverage(course)
    assert found.cells["L001"] == ["[01](../notebooks/01_lines.md) A line"]
    assert found.cells["L002"] == ["[01](../notebooks/01_lines.md) exercise `mean`"]
    assert found.tests["L001"] == ["[`test_lines`](../tests/notebooks/test_lines.py)"]
    assert found.tests["L002"] == [
        "[answers to `mean`](../tests/mutants/lines.py)",
        "[what the lesson prints](../tests/notebooks/test_lines.py)",
    ]


def test_gaps_are_named_for_the_lessons_that_exist(course: Path) -> None:
    assert find_coverage(course).gaps() == ["F3-1 of L001 is on no cell"]
    assert find_coverage(course).gaps(["waves"]) == ["L003 has no cell (A wave)", "eq-3-9 of L003 is on no cell"]


def test_the_page_is_a_table_and_says_what_is_to_come(course: Path) -> None:
    text = find_coverage(course).text()
    assert "| L001 | A line \\| with a bar (3-1, *F3-1*) |" in text
    assert "in preparation: waves" in text


def test_the_page_is_the_same_every_time(course: Path) -> None:
    assert coverage_page(course) == coverage_page(course) == {COVERAGE: find_coverage(course).text().encode()}


def test_a_course_without_a_syllabus_has_no_page(tmp_path: Path) -> None:
    assert coverage_page(tmp_path) == {}
