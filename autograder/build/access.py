"""What a lesson's text needs so that everybody can read it, whatever they read it with.

A screen reader goes by headings, so each level has to follow from the one before (WCAG 2.2, success criterion 1.3.1),
and it reads the text of a picture in place of it (1.1.1).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from markdown_it import MarkdownIt
from markdown_it.token import Token

from autograder.build.lessons import Lesson
from autograder.build.problems import Problem

_MARKDOWN = MarkdownIt("commonmark")
_HTML_IMAGE = re.compile(r"<img\b[^>]*>", flags=re.IGNORECASE)
_HTML_ALT = re.compile(r"""\balt\s*=\s*(["']?)[^"'\s>]""", flags=re.IGNORECASE)


def access_problems(lesson: Lesson) -> list[Problem]:
    """Return what keeps people from finding their way in a lesson's text: headings out of order, pictures without text.

    Parameters
    ----------
    lesson : Lesson
        The lesson, or page.
    """
    problems: list[Problem] = []
    level = 0
    for cell in lesson.cells:
        if cell.kind != "markdown":
            continue
        for token, line in _tokens(cell.source, cell.body_line):
            if token.type == "heading_open":
                problems += _heading_problems(lesson, line, level, int(token.tag[1:]))
                level = int(token.tag[1:])
            elif _lacks_text(token):
                what, fix = "a picture has no text in its place.", "Say between its brackets what is to be seen."
                problems.append(lesson.problem(line, what, fix))
    return problems


def _tokens(source: str, first_line: int) -> Iterator[tuple[Token, int]]:
    """Give each token, also those within a line, with the line that its block begins on."""
    line = first_line
    for token in _MARKDOWN.parse(source):
        line = first_line + token.map[0] if token.map else line
        yield token, line
        for child in token.children or []:
            yield child, line


def _heading_problems(lesson: Lesson, line: int, before: int, level: int) -> list[Problem]:
    if before == 0 and level != 1:
        what, fix = f"the first heading is of level {level}.", "Begin with the title of the lesson: `# Title`."
    elif before != 0 and level == 1:
        what, fix = "there is a second title.", "Write `##` before it: a lesson has one title, and it stands first."
    elif level > before + 1:
        what = f"a heading of level {level} follows one of level {before}."
        fix = f"Write `{'#' * (before + 1)}` before it: levels go down one by one."
    else:
        return []
    return [lesson.problem(line, what, fix)]


def _lacks_text(token: Token) -> bool:
    if token.type == "image":
        return not token.content.strip()
    if token.type in ("html_block", "html_inline"):
        return any(not _HTML_ALT.search(image) for image in _HTML_IMAGE.findall(token.content))
    return False
