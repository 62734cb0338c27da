"""Writes down what the lessons hold, for those who have `course_utils` and ``release/`` only."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable

from autograder.build.lessons import Lesson

# Where the index lies below the course's root; `course_utils.lesson_index` reads it.
FOLDER = "course_utils/lessons"

_TITLE = re.compile(r"^# +(?:\d\d *· *)?(?P<title>.+?) *$", re.MULTILINE)
_TIME = re.compile(r"\*\*Time:\*\*\D*(?P<minutes>\d+)\s+minutes")


def index_of(lessons: Iterable[Lesson]) -> dict[str, bytes]:
    """Return the index: one file for each lesson that is no page, name -> bytes.

    Parameters
    ----------
    lessons : iterable of Lesson
        Lessons that keep to the rules.
    """
    return {f"{lesson.assignment}.json": _entry(lesson) for lesson in lessons if not lesson.is_page}


def _entry(lesson: Lesson) -> bytes:
    text = "\n".join(cell.source for cell in lesson.cells if cell.kind == "markdown")
    title, time = _TITLE.search(text), _TIME.search(text)
    exercises = [
        {"name": cell.metadata["exercise"], "points": cell.metadata["points"], "minutes": cell.metadata["minutes"]}
        for cell in lesson.cells
        if cell.is_exercise
    ]
    content = {
        "title": title["title"] if title else lesson.slug.replace("_", " ").capitalize(),
        # The box at the top counts reading too; without one, what the exercises take is all we know.
        "minutes": int(time["minutes"]) if time else sum(exercise["minutes"] for exercise in exercises),
        "exercises": exercises,
    }
    return (json.dumps(content, indent=1, ensure_ascii=False) + "\n").encode()
