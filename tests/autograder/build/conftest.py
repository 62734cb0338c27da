"""The tiny course, fresh for each test."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from mini_course import Course


@pytest.fixture
def course(tmp_path: Path) -> Course:
    root = tmp_path / "course"
    root.mkdir()
    return Course(root)


@pytest.fixture
def line_of(course: Course) -> Callable[[str], int]:
    def find(text: str) -> int:
        lines = course.lesson.read_text(encoding="utf-8").splitlines()
        return next(number for number, line in enumerate(lines, start=1) if text in line)

    return find
