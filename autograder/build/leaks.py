"""Finds reference answers where learners would see them."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from autograder.build.answers import BEGIN, END, Answer
from autograder.build.code import parse_cell
from autograder.build.lessons import Lesson
from autograder.build.problems import Problem

# Statements smaller than this say nothing of their own: `m = len(x)`, `z = x @ w + b`.
_SMALLEST = 15


def hidden_statements(answers: Iterable[Answer]) -> dict[str, str]:
    """Return the statements no learner may be given: fingerprint -> exercise."""
    return {print_: answer.name for answer in answers for node in answer.hidden if (print_ := _fingerprint(node))}


def find_leaks(source: str, hidden: dict[str, str]) -> Iterator[tuple[int, str]]:
    """Find hidden statements in a code cell.

    Parameters
    ----------
    source : str
        The cell's text. Text that is not valid Python holds no statement.
    hidden : dict
        What :func:`hidden_statements` returned.

    Yields
    ------
    line : int
        Line in the cell, counted from 1.
    exercise : str
        Whose answer it is.
    """
    try:
        tree, offset = parse_cell(source)
    except SyntaxError:
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.stmt) and (exercise := hidden.get(_fingerprint(node))):
            yield node.lineno + offset, exercise


def lesson_leaks(lesson: Lesson, answers: Iterable[Answer]) -> list[Problem]:
    """Return what the lesson's own cells give away."""
    problems = []
    hidden = hidden_statements(answers)
    for cell in lesson.cells:
        for number, text in enumerate(cell.source.splitlines()):
            if BEGIN in text or END in text:
                what = "a solution marker stands in the lesson."
                fix = f"Solutions belong in {lesson.solutions_file}; take the marker away."
                problems.append(lesson.problem(cell.body_line + number, what, fix))
        if cell.kind == "code":
            for line, exercise in find_leaks(cell.source, hidden):
                what = f"this line gives away the answer to `{exercise}`."
                fix = "Show the idea another way, or hide less in the solution region."
                problems.append(lesson.problem(cell.body_line + line - 1, what, fix))
    return problems


def _fingerprint(node: ast.stmt) -> str:
    """Return a text that is equal for statements that say the same, or "" when one says too little."""
    if isinstance(node, ast.Import | ast.ImportFrom):
        return ""
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return ""
    if sum(1 for _ in ast.walk(node)) < _SMALLEST:
        return ""
    # `return formula` and `probs = formula` give away the same formula.
    if isinstance(node, ast.Return | ast.Assign | ast.AnnAssign) and node.value is not None:
        return "formula " + ast.dump(node.value)
    return ast.dump(node)
