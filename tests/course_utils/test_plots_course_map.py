"""The map of the course."""

from __future__ import annotations

import re
from pathlib import Path

import matplotlib.pyplot as plt
import pytest

from course_utils import plots
from course_utils.lesson_index import Entry, IndexedLesson, read_index
from course_utils.plots.course_map import PLAN

ROOT = Path(__file__).resolve().parents[2]
LESSONS = (
    IndexedLesson("01_linear_regression", "Lines", 45, (Entry("a", 1, 2),)),
    IndexedLesson("05_softmax_regression", "Softmax", 62.5, (Entry("b", 1, 2), Entry("c", 1, 2))),
)


@pytest.fixture(autouse=True)
def _close() -> object:
    yield
    plt.close("all")


def test_every_lesson_is_on_the_map_and_needs_lessons_before_it() -> None:
    assert [stop.number for stop in PLAN] == [f"{number:02}" for number in range(1, 14)]
    assert len({(stop.column, stop.row) for stop in PLAN}) == len(PLAN)
    for stop in PLAN:
        assert all(needed < stop.number for needed in stop.needs)
    assert {lesson.number for lesson in read_index()} <= {stop.number for stop in PLAN}


def test_lessons_that_are_there_say_how_long_and_the_others_that_they_are_not() -> None:
    ax = plots.course_map(LESSONS)
    said = [text.get_text() for text in ax.texts if text.get_text()]
    assert said.count("in preparation") == 11
    assert "45 minutes" in said
    assert "62.5 minutes" in said
    dashes = [patch.get_linestyle() for patch in ax.patches if patch.get_boxstyle().__class__.__name__ == "Round"]
    assert dashes.count("--") == 11
    assert min(text.get_fontsize() for text in ax.texts) >= 9


def test_there_is_an_arrow_for_every_need() -> None:
    ax = plots.course_map(LESSONS)
    arrows = [text for text in ax.texts if getattr(text, "arrow_patch", None) is not None]
    assert len(arrows) == sum(len(stop.needs) for stop in PLAN)


def test_no_text_runs_over_its_box() -> None:
    ax = plots.course_map(LESSONS)
    ax.figure.canvas.draw()
    boxes = [patch.get_window_extent() for patch in ax.patches]
    for text in ax.texts:
        if text.get_text():
            area = text.get_window_extent()
            assert any(
                box.x0 <= area.x0 and area.x1 <= box.x1 and box.y0 <= area.y0 and area.y1 <= box.y1 for box in boxes
            ), text.get_text()


def test_the_map_in_words() -> None:
    lines = plots.map_in_words(LESSONS).splitlines()
    assert len(lines) == 13
    assert re.fullmatch(r"01  Linear regression +builds on no other +45 minutes, 1 exercise", lines[0])
    assert lines[2].startswith("03  Backpropagation ")
    assert re.fullmatch(r"10  Dropout +builds on 06 and 09 +in preparation", lines[9])
    figure, ax = plt.subplots()
    assert plots.course_map(ax=ax) is ax
    assert figure.axes == [ax]
