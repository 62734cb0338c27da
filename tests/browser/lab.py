"""What the browser tests open lessons with, and the lesson that stands for all where one is enough."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from benchmarks.live_figures import lab
from benchmarks.live_figures.lab import CHROMIUM, FLAGS, ROOT, Lab, browser_page, lab_server

LESSON = "05_softmax_regression"

__all__ = ["CHROMIUM", "FLAGS", "LESSON", "ROOT", "Lab", "browser_page", "lab_server", "lesson_copy"]


def lesson_copy(folder: Path, answers: Mapping[str, str], lesson: str = LESSON) -> Path:
    """Copy a released lesson into `folder`, with these answers (cell id -> text) filled in; return its path."""
    return lab.lesson_copy(folder, answers, lesson)
