"""What every lesson keeps to: its parts, its prose, its tags, and the width of its code."""

from __future__ import annotations

import ast
import itertools
import re

import pytest

from autograder.build.coverage import read_syllabus
from course_utils.judging import Given, load_exercises
from course_utils.judging.judge import draw_cases
from tests.exercises.every import flat
from tests.lessons import LESSONS, ROOT, run_of, slug_of, source_of, tags_of

# Words that tell a reader who is stuck that others are not.
UNKIND = re.compile(r"\b(simply|obviously|just|clearly|easily seen|trivial(ly)?|of course)\b", re.IGNORECASE)

pytestmark = pytest.mark.parametrize("lesson", LESSONS)


def _texts(lesson: str) -> list[str]:
    return [cell.source for cell in source_of(lesson).cells if cell.cell_type == "markdown"]


def _codes(lesson: str) -> list[str]:
    return [cell.source for cell in source_of(lesson).cells if cell.cell_type == "code"]


@pytest.mark.parametrize("answered", [True, False])
def test_it_runs_without_a_network(lesson: str, answered: bool) -> None:
    run = run_of(lesson, answered)
    assert run.problems == ()
    assert run.network


def test_the_box_says_what_when_and_where_the_symbols_are(lesson: str) -> None:
    box = _texts(lesson)[0]
    assert box.startswith(f"# {lesson[:2]} ")
    for part in ("**After this lesson you can**", "**Time:**", "**Builds on:**", "**Symbols:**"):
        assert part in box, part
    assert "(../00_notation/00_notation.ipynb)" in box


def test_the_parts_of_a_lesson_are_there(lesson: str) -> None:
    text = "\n".join(_texts(lesson))
    for part in ("PyTorch", "Where books slip", "Bug hunt", "Summary", "From memory", "Going further", "Predict"):
        assert part in text, part
    assert any("SliderFigure(" in code for code in _codes(lesson))
    questions = text.split("From memory", 1)[1].split("Going further")[0]
    assert len(re.findall(r"^\d\. ", questions, flags=re.MULTILINE)) == 6


def test_there_are_enough_exercises_and_they_fit_the_hour(lesson: str) -> None:
    cells = [cell for cell in source_of(lesson).cells if "exercise" in cell.metadata]
    assert 8 <= len(cells) <= 12
    assert sum(cell.metadata["minutes"] for cell in cells) <= 50
    assert min(cell.metadata["difficulty"] for cell in cells) == 1


def test_a_lesson_is_no_longer_than_it_should_be(lesson: str) -> None:
    assert 30 <= len(_texts(lesson)) + len(_codes(lesson)) <= 90


def test_every_row_of_its_sections_is_tagged(lesson: str) -> None:
    rows = {row.number for row in read_syllabus(ROOT) if row.lesson == slug_of(lesson)}
    assert rows <= tags_of(lesson)


def test_every_formula_is_tagged_with_its_number(lesson: str) -> None:
    for cell in source_of(lesson).cells:
        tags = set(cell.metadata.get("tags", ()))
        for number in re.findall(r"\\tag\{(3-\d+)\}", cell.source):
            assert f"eq-{number}" in tags, f"formula {number} lacks its tag"


def test_prose_keeps_to_the_house_style(lesson: str) -> None:
    for text in _texts(lesson):
        found = re.search(
            r"\b(simply|obviously|just|clearly|easily seen|trivial(ly)?|of course)\b", text, re.IGNORECASE
        )
        assert not found, f"{found and found[0]!r} in: {text}"


def test_headings_stand_in_order_and_pictures_have_words(lesson: str) -> None:
    levels = [len(mark) for text in _texts(lesson) for mark in re.findall(r"^(#{1,6}) ", text, flags=re.MULTILINE)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in itertools.pairwise(levels))
    for text in _texts(lesson):
        assert not re.search(r"!\[\s*\]\(", text), "a picture without alt text"


def test_no_cell_shows_the_name_of_a_figure_below_it(lesson: str) -> None:
    for code in _codes(lesson):
        ends = ast.parse(code).body[-1:]
        if ends and isinstance(ends[0], ast.Expr) and isinstance(ends[0].value, ast.Call):
            called = ast.unparse(ends[0].value.func)
            assert not re.match(r"(plots|plt|ax\w*)\b", called) or re.search(r";\s*(#.*)?$", code), code


def test_code_fits_the_notebooks_width(lesson: str) -> None:
    for code in _codes(lesson):
        assert all(len(line) <= 110 for line in code.splitlines()), code


def test_some_exercise_has_a_law_or_hands_out_functions_to_test(lesson: str) -> None:
    exercises = load_exercises(slug_of(lesson)).values()
    given = any(
        isinstance(value, Given)
        for exercise in exercises
        for group in exercise.groups
        for case in draw_cases(exercise, group, 0)
        for value in flat(case.args)
    )
    assert given or any(exercise.laws for exercise in exercises)
