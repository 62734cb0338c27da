"""The lessons of the course as data: titles, exercises, points, minutes.

``course build`` writes one small file a lesson into ``course_utils/lessons/``, so that a class which has no
``notebooks/`` knows them too. The files are never edited by hand.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parent / "lessons"


@dataclass(frozen=True)
class Entry:
    """One exercise: its name, its points, and the minutes it takes."""

    name: str
    points: float
    minutes: float


@dataclass(frozen=True)
class IndexedLesson:
    """One lesson.

    Attributes
    ----------
    assignment : str
        For example ``05_softmax_regression``.
    title : str
        For example ``Softmax regression``.
    minutes : float
        How long the whole lesson takes.
    exercises : tuple of Entry
        In the order of the lesson.
    """

    assignment: str
    title: str
    minutes: float
    exercises: tuple[Entry, ...]

    @property
    def number(self) -> str:
        """The number as it is written: ``05``."""
        return self.assignment[:2]

    @property
    def slug(self) -> str:
        """The one word of the lesson, for example ``softmax_regression``."""
        return self.assignment[3:]

    @property
    def points(self) -> float:
        """What all its exercises are worth."""
        return sum(entry.points for entry in self.exercises)

    @property
    def link(self) -> str:
        """Where the lesson lies, seen from the folder of any other lesson or page."""
        return f"../{self.assignment}/{self.assignment}.ipynb"


def read_index(folder: Path = FOLDER) -> tuple[IndexedLesson, ...]:
    """Return the lessons by number; none when the course has not been built."""
    return tuple(_read(path) for path in sorted(folder.glob("[0-9][0-9]_*.json")))


def _read(path: Path) -> IndexedLesson:
    data = json.loads(path.read_text(encoding="utf-8"))
    entries = tuple(Entry(entry["name"], entry["points"], entry["minutes"]) for entry in data["exercises"])
    return IndexedLesson(path.stem, data["title"], data["minutes"], entries)


@cache
def _by_exercise() -> dict[str, tuple[IndexedLesson, Entry]]:
    return {entry.name: (lesson, entry) for lesson in read_index() for entry in lesson.exercises}


def find_lesson(exercise: str) -> tuple[IndexedLesson, Entry] | None:
    """Return the lesson an exercise belongs to, with the exercise's entry; None when none lists it."""
    return _by_exercise().get(exercise)
