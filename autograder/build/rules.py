"""What a lesson has to keep to before it is woven."""

from __future__ import annotations

import ast
import difflib
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from autograder.build.access import access_problems
from autograder.build.answers import Answer, read_answers
from autograder.build.code import parse_cell
from autograder.build.leaks import lesson_leaks
from autograder.build.lessons import Lesson, TextCell
from autograder.build.problems import Problem

ExerciseLoader = Callable[[str], Mapping[str, object]]

_EXERCISE_KEYS = ("exercise", "points", "difficulty", "minutes", "tags")
_OTHER_KEYS = ("tags",)


@dataclass(frozen=True)
class Checked:
    """A lesson and the answers to its exercises."""

    lesson: Lesson
    answers: Mapping[str, Answer]


def check_lessons(root: Path, lessons: list[Lesson], exercises: ExerciseLoader) -> tuple[list[Checked], list[Problem]]:
    """Hold every lesson against the rules.

    Parameters
    ----------
    root : Path
        The course's root.
    lessons : list of Lesson
        What :func:`~autograder.build.lessons.read_lessons` returned.
    exercises : callable
        ``exercises(slug)`` returns the declared exercises by name.

    Returns
    -------
    checked : list of Checked
        The lessons with their answers; of use when there are no problems.
    problems : list of Problem
        Everything an author has to mend.
    """
    checked: list[Checked] = []
    problems: list[Problem] = []
    seen: dict[str, str] = {}
    for lesson in lessons:
        problems += access_problems(lesson)
        for cell in lesson.cells:
            problems += _cell_problems(lesson, cell)
            if not cell.is_exercise:
                continue
            name, place = str(cell.metadata["exercise"]), f"{lesson.file}:{cell.line}"
            if name in seen:
                what = f"the exercise `{name}` is already in {seen[name]}."
                problems.append(lesson.problem(cell.line, what, "Use each exercise once in the course."))
            seen.setdefault(name, place)
        if lesson.is_page:
            problems += _page_problems(lesson)
            checked.append(Checked(lesson, {}))
            continue
        problems += _import_problems(lesson)
        problems += _declaration_problems(root, lesson, exercises)
        answers, found = _answers_of(root, lesson)
        problems += found
        problems += lesson_leaks(lesson, answers.values())
        checked.append(Checked(lesson, answers))
    return checked, problems


def _page_problems(lesson: Lesson) -> list[Problem]:
    what, fix = "a page has no exercises.", "Number the file from 01, or move the exercise to a lesson."
    return [lesson.problem(cell.line, what, fix) for cell in lesson.cells if cell.is_exercise]


def _cell_problems(lesson: Lesson, cell: TextCell) -> list[Problem]:
    problems = []
    allowed = _EXERCISE_KEYS if cell.is_exercise else _OTHER_KEYS
    for key in cell.metadata:
        if key in allowed:
            continue
        near = difflib.get_close_matches(str(key), _EXERCISE_KEYS, n=1, cutoff=0.6)
        if key in _EXERCISE_KEYS:
            what, fix = f"`{key}` stands in a cell that is no exercise.", "Add `exercise: name`, or take it away."
        else:
            what = f"the cell's metadata has the unknown key `{key}`."
            fix = f"Did you mean `{near[0]}`?" if near else f"Known are {', '.join(_EXERCISE_KEYS)}."
        problems.append(lesson.problem(cell.line, what, fix))
    if cell.is_exercise:
        problems += _exercise_problems(lesson, cell)
    elif cell.kind == "code":
        try:
            parse_cell(cell.source)
        except SyntaxError as error:
            line = cell.body_line + (error.lineno or 1) - 1
            what = f"the cell is not valid Python ({error.msg})."
            problems.append(lesson.problem(line, what, "Mend the line."))
    return problems


def _exercise_problems(lesson: Lesson, cell: TextCell) -> list[Problem]:
    def problem(what: str, fix: str) -> None:
        problems.append(lesson.problem(cell.line, what, fix))

    problems: list[Problem] = []
    name = cell.metadata["exercise"]
    if not isinstance(name, str) or not name.isidentifier() or not name.isascii() or len(name) > 50:
        what = f"`exercise: {name}` is not a plain Python name of at most 50 letters."
        problem(what, "Write the function's or class's name.")
    points = cell.metadata.get("points")
    if not _positive(points):
        said = "has no points." if points is None else f"has `points: {points}`, which is no positive number."
        problem(f"the exercise `{name}` {said}", "Write for example `points: 3`.")
    if cell.metadata.get("difficulty") not in (1, 2, 3) or cell.metadata["difficulty"] is True:
        problem(f"the exercise `{name}` has no difficulty from 1 to 3.", "Write for example `difficulty: 2`.")
    if not _positive(cell.metadata.get("minutes")):
        problem(f"the exercise `{name}` does not say how long it takes.", "Write for example `minutes: 6`.")
    if cell.source.strip():
        what = f"there is text in the cell of the exercise `{name}`."
        fix = f"Leave the cell empty: the answer comes from {lesson.solutions_file}."
        problems.append(lesson.problem(cell.body_line, what, fix))
    return problems


def _positive(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value) and value > 0


def _import_problems(lesson: Lesson) -> list[Problem]:
    """The learner's checks need `check` before the first exercise."""
    if not any(cell.is_exercise for cell in lesson.cells):
        return []
    for cell in lesson.cells:
        if cell.is_exercise:
            break
        if cell.kind == "code" and _imports_check(cell.source):
            return []
    first = next((cell.line for cell in lesson.cells if cell.kind == "code"), 1)
    what = "no cell before the first exercise imports `check`."
    return [lesson.problem(first, what, "Put `from course_utils import check` into the first code cell.")]


def _imports_check(source: str) -> bool:
    try:
        tree, _ = parse_cell(source)
    except SyntaxError:
        return False
    return any(
        isinstance(node, ast.ImportFrom)
        and node.module == "course_utils"
        and any(alias.name == "check" and alias.asname in (None, "check") for alias in node.names)
        for node in tree.body
    )


def _declaration_problems(root: Path, lesson: Lesson, exercises: ExerciseLoader) -> list[Problem]:
    try:
        declared = exercises(lesson.slug)
    except Exception as error:  # whatever an author's module does at import is the author's to mend
        reason = f"{type(error).__name__}: {' '.join(str(error).split())}"
        fix = "Write or mend it: it declares every exercise of the lesson."
        what = f"the exercises cannot be loaded ({reason.rstrip('.')})."
        return [Problem(lesson.exercises_file, _error_line(error, lesson.exercises_file), what, fix)]
    problems = []
    used = {str(cell.metadata["exercise"]): cell for cell in lesson.cells if cell.is_exercise}
    for name, cell in used.items():
        if name not in declared:
            near = difflib.get_close_matches(name, declared, n=1)
            what = f"no exercise is named `{name}` in {lesson.exercises_file}."
            fix = f"Did you mean `{near[0]}`?" if near else "Declare it there."
            problems.append(lesson.problem(cell.line, what, fix))
    for name in declared:
        if name not in used:
            line = _line_of_text(root / lesson.exercises_file, name)
            what = f"the exercise `{name}` is in no cell of {lesson.file}."
            fix = f"Add a code cell with `exercise: {name}`, or take the declaration away."
            problems.append(Problem(lesson.exercises_file, line, what, fix))
    return problems


def _error_line(error: BaseException, file: str) -> int:
    """Return the last line of `file` that the error passed through."""
    if isinstance(error, SyntaxError) and (error.filename or "").endswith(file):
        return error.lineno or 1
    line, frame = 1, error.__traceback__
    while frame is not None:
        if frame.tb_frame.f_code.co_filename.replace("\\", "/").endswith(file):
            line = frame.tb_lineno
        frame = frame.tb_next
    return line


def _line_of_text(path: Path, name: str) -> int:
    """Return the line on which a string constant stands in a Python file."""
    try:
        tree = ast.parse(path.read_text(encoding="utf-8"))
    except (OSError, SyntaxError):
        return 1
    lines = [node.lineno for node in ast.walk(tree) if isinstance(node, ast.Constant) and node.value == name]
    return min(lines, default=1)


def _answers_of(root: Path, lesson: Lesson) -> tuple[dict[str, Answer], list[Problem]]:
    names = {str(cell.metadata["exercise"]): cell for cell in lesson.cells if cell.is_exercise}
    if not names:
        return {}, []
    found, problems = read_answers(root, lesson.solutions_file)
    if problems:
        return {}, problems
    answers: dict[str, Answer] = {}
    for name, cell in names.items():
        answer = found.get(name)
        if answer is None:
            what = f"{lesson.solutions_file} has no function or class `{name}`."
            problems.append(lesson.problem(cell.line, what, "Write the reference answer there."))
        elif isinstance(answer, Problem):
            problems.append(answer)
        else:
            answers[name] = answer
    return answers, problems
