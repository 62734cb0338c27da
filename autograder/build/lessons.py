"""Reads the text notebooks: cells, metadata, and the line each cell stands on."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml  # type: ignore[import-untyped]
from jupytext.myst import (
    MystMetadataParsingError,
    get_parser,
    myst_to_notebook,
    parse_directive_options,
    read_cell_metadata,
)
from nbformat import ValidationError

from autograder.build.problems import Problem

_LESSON_NAME = re.compile(r"(?P<number>\d\d)_(?P<slug>[a-z][a-z0-9_]*)")
_LINE_IN_MESSAGE = re.compile(r"\bat line (\d+)\b")


@dataclass(frozen=True)
class TextCell:
    """One cell of a text notebook.

    Attributes
    ----------
    kind : str
        "markdown", "code" or "raw".
    source : str
        What the cell holds, without its metadata.
    metadata : dict
        What the author wrote into the cell's head.
    line : int
        Line of the fence that opens the cell, or of the first line of text.
    body_line : int
        Line on which `source` begins.
    """

    kind: str
    source: str
    metadata: dict[str, Any]
    line: int
    body_line: int

    @property
    def is_exercise(self) -> bool:
        """Whether the weave puts an answer and a check in this cell's place."""
        return self.kind == "code" and "exercise" in self.metadata


@dataclass(frozen=True)
class Lesson:
    """One text notebook.

    Attributes
    ----------
    assignment : str
        Its name for nbgrader, for example ``05_softmax_regression``.
    slug : str
        The one word of the lesson, for example ``softmax_regression``.
    file : str
        Path relative to the course's root.
    cells : tuple of TextCell
        The cells, in order.
    """

    assignment: str
    slug: str
    file: str
    cells: tuple[TextCell, ...] = field(repr=False)

    @property
    def number(self) -> int:
        """The lesson's number."""
        return int(self.assignment[:2])

    @property
    def is_page(self) -> bool:
        """Whether it is a page such as ``00_notation``: text and cells to run, no exercises."""
        return self.number == 0

    @property
    def solutions_file(self) -> str:
        """Path of the reference answers, relative to the course's root."""
        return f"solutions/{self.slug}.py"

    @property
    def exercises_file(self) -> str:
        """Path of the declarations, relative to the course's root."""
        return f"course_utils/exercises/{self.slug}.py"

    def problem(self, line: int, what: str, fix: str) -> Problem:
        """Return a problem that stands in this lesson."""
        return Problem(self.file, line, what, fix)


def read_lessons(root: Path) -> tuple[list[Lesson], list[Problem]]:
    """Read every lesson of a course.

    Files whose name begins with ``00_`` are pages: lessons without exercises. Files whose name begins without
    a number are neither.

    Parameters
    ----------
    root : Path
        The course's root.

    Returns
    -------
    lessons : list of Lesson
        Those that could be read, by number.
    problems : list of Problem
        Why the others could not.
    """
    lessons: list[Lesson] = []
    problems: list[Problem] = []
    for path in sorted((root / "notebooks").glob("*.md")):
        file = path.relative_to(root).as_posix()
        if not path.stem[:1].isdigit():
            continue
        name = _LESSON_NAME.fullmatch(path.stem)
        if name is None:
            what = "the file's name is not a lesson's."
            fix = "Call it NN_slug.md: two digits, an underscore, small letters."
            problems.append(Problem(file, 1, what, fix))
            continue
        for other in lessons:
            same_number = other.assignment[:2] == name["number"] != "00"
            if other.slug == name["slug"] or same_number:
                what = f"{other.file} has the same {'slug' if other.slug == name['slug'] else 'number'}."
                problems.append(Problem(file, 1, what, "Rename one of the two."))
        try:
            cells = _read_cells(path.read_text(encoding="utf-8"))
        except _Unreadable as error:
            fix = "Mend the YAML between the --- lines."
            problems.append(Problem(file, error.line, str(error), fix))
            continue
        lessons.append(Lesson(path.stem, name["slug"], file, tuple(cells)))
    return lessons, problems


class _Unreadable(Exception):
    def __init__(self, error: Exception | str) -> None:
        text = " ".join(str(error).split())
        place = _LINE_IN_MESSAGE.search(text)
        self.line = int(place[1]) if place else 1
        super().__init__(f"the lesson cannot be read: {text.rstrip('.')}.")


def _without_tag_list(text: str) -> str | None:
    """Say which cell has `tags` that are no list; the notebook format asks for one and names no line."""
    for token in get_parser().parse(text + "\n"):
        if token.type == "fence" and token.info.startswith("{"):
            _, head = parse_directive_options(token.content, "")
        elif token.type == "myst_block_break":
            head = read_cell_metadata(token, 0)
        else:
            continue
        tags = head.get("tags", [])
        if not isinstance(tags, list) or not all(isinstance(tag, str) for tag in tags):
            return f"the tags of the cell at line {token.map[0] + 1} are no list of words, as in `tags: [one, two]`"
    return None


def _read_cells(text: str) -> list[TextCell]:
    try:
        notebook = myst_to_notebook(text, add_source_map=True)
    except ValidationError as error:
        raise _Unreadable(_without_tag_list(text) or error) from None
    except (MystMetadataParsingError, yaml.YAMLError, ValueError, TypeError) as error:
        raise _Unreadable(error) from None
    lines = text.splitlines()
    cells = []
    # jupytext's map counts the line of a fence from 1, and that of text from 0 with blank lines before it.
    for cell, start in zip(notebook.cells, notebook.metadata["source_map"], strict=True):
        if cell.cell_type == "markdown":
            line = start + 1
            while line < len(lines) and not lines[line - 1].strip():
                line += 1
            body = line
        else:
            line = start
            body = _first_line_of_code(lines, line)
        metadata = dict(cell.metadata)
        cells.append(TextCell(cell.cell_type, cell.source, metadata, line, body))
    return cells


def _first_line_of_code(lines: list[str], fence: int) -> int:
    """Return the line on which a cell's source begins, after the fence and the metadata."""
    line = fence + 1

    def text() -> str:
        return lines[line - 1].strip() if line <= len(lines) else ""

    if text().startswith("---"):
        line += 1
        while line <= len(lines) and not text().startswith("---"):
            line += 1
        line += 1
    else:
        while text().startswith(":"):
            line += 1
    if line <= len(lines) and not text():
        line += 1
    return line
