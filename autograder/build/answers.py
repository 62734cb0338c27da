"""Takes the reference answers out of ``solutions/``: source text only, nothing is imported."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from pathlib import Path

from autograder.build.problems import Problem

BEGIN = "BEGIN SOLUTION"
END = "END SOLUTION"

_Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


@dataclass(frozen=True)
class Answer:
    """The reference answer to one exercise.

    Attributes
    ----------
    name : str
        The function's or class's name.
    source : str
        Its text, with decorators and comments, solution markers included.
    line : int
        Line of the definition in its file.
    hidden : tuple of ast.stmt
        The statements between the markers: what no learner may be given.
    """

    name: str
    source: str
    line: int
    hidden: tuple[ast.stmt, ...]


def read_answers(root: Path, file: str) -> tuple[dict[str, Answer | Problem], list[Problem]]:
    """Read every top-level function and class of a solutions module.

    Parameters
    ----------
    root : Path
        The course's root.
    file : str
        The module's path relative to it.

    Returns
    -------
    answers : dict
        Name -> answer, or the problem that makes it useless as an answer to an exercise (a helper without
        markers is none as long as no exercise asks for it).
    problems : list of Problem
        Why the file as a whole cannot be read.
    """
    path = root / file
    if not path.is_file():
        fix = "Write it: a function or class for each exercise, with a solution region."
        return {}, [Problem(file, 1, "there is no such file.", fix)]
    text = path.read_text(encoding="utf-8")
    try:
        tree = ast.parse(text)
    except SyntaxError as error:
        return {}, [Problem(file, error.lineno or 1, f"not valid Python ({error.msg}).", "Mend the line.")]
    lines = text.splitlines()
    answers: dict[str, Answer | Problem] = {}
    for node in tree.body:
        if isinstance(node, _Definition):
            answer = _read_answer(node, lines, file)
            if node.name in answers:
                what = f"`{node.name}` is defined twice."
                answer = Problem(file, node.lineno, what, "Keep one definition.")
            answers[node.name] = answer
    return answers, []


def _read_answer(node: _Definition, lines: list[str], file: str) -> Answer | Problem:
    first = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
    last = _last_line(node, lines)
    regions, problem = _regions(node.name, lines, first, last, file)
    if problem:
        return problem
    hidden = tuple(
        child
        for child in ast.walk(node)
        if isinstance(child, ast.stmt) and any(begin < child.lineno < end for begin, end in regions)
    )
    if not regions or not hidden:
        what = f"`{node.name}` has no {'solution region' if not regions else 'statement in its solution region'}."
        fix = f"Put ### {BEGIN} and ### {END} around what the learner writes."
        return Problem(file, node.lineno, what, fix)
    return Answer(node.name, "\n".join(lines[first - 1 : last]), node.lineno, hidden)


def _last_line(node: _Definition, lines: list[str]) -> int:
    """Return the last line of a definition, with the comments that stand below its last statement."""
    last = node.end_lineno or node.lineno
    for number in range(last + 1, len(lines) + 1):
        text = lines[number - 1]
        stripped = text.strip()
        if not stripped:
            continue
        if not stripped.startswith("#") or len(text) - len(text.lstrip()) <= node.col_offset:
            break
        last = number
    return last


def _regions(
    name: str, lines: list[str], first: int, last: int, file: str
) -> tuple[list[tuple[int, int]], Problem | None]:
    """Return the (begin, end) lines of the solution regions, as nbgrader will find them."""
    regions: list[tuple[int, int]] = []
    begin: int | None = None
    for number in range(first, last + 1):
        text = lines[number - 1]
        is_begin, is_end = BEGIN in text, END in text
        if is_begin and begin is not None:
            what = f"a solution region of `{name}` begins inside another."
            return [], Problem(file, number, what, f"End the one of line {begin} first.")
        if is_end and begin is None:
            what = f"a solution region of `{name}` ends that has not begun."
            return [], Problem(file, number, what, f"Put ### {BEGIN} above it, or take the line away.")
        if is_begin:
            begin = number
        elif is_end and begin is not None:
            regions.append((begin, number))
            begin = None
    if begin is not None:
        what = f"the solution region of `{name}` has no end."
        return [], Problem(file, begin, what, f"Put ### {END} below what the learner writes.")
    return regions, None
