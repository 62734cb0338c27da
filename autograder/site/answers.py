"""Looks for reference answers in the built site.

Two ways of looking, because text can come to a page in two: as code in a block, which is compared statement by
statement however it is laid out, and as plain text anywhere in a file, line by line. What the release shows, learners
may see.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import nbformat

from autograder.build.answers import BEGIN, END, Answer, read_answers
from autograder.build.leaks import find_leaks, hidden_statements

# A shorter line says nothing of its own: `return loss`, `for row in x:`.
_SHORTEST = 24
_TEXTS = (".html", ".js", ".json", ".txt", ".ipynb", ".py", ".md", ".rst")
_BLOCK = re.compile(r"<pre>(.*?)</pre>", flags=re.DOTALL)
_TAG = re.compile(r"<[^>]+>")
_SPACE = re.compile(r"\s+")


def shown_answers(site: Path, root: Path) -> list[str]:
    """Return which reference answers a built site shows, one line each.

    Parameters
    ----------
    site : Path
        The folder of the built site.
    root : Path
        The course's root.

    Returns
    -------
    list of str
        ``page: exercise: what is seen``.
    """
    answers = list(_answers(root))
    hidden = hidden_statements(answers)
    public = _public(root)
    lines, given = secret_lines(answers, public), _squeezed(public)
    found: list[str] = []
    for path in sorted(site.rglob("*")):
        if path.suffix not in _TEXTS or not path.is_file():
            continue
        name = path.relative_to(site).as_posix()
        text = path.read_text(encoding="utf-8")
        if path.suffix == ".html":
            for block in map(_plain, _BLOCK.findall(text)):
                # A later lesson may hand out what was an earlier one's exercise.
                if _squeezed(block) not in given:
                    found += [f"{name}: {who}: a statement of the answer" for _, who in find_leaks(block, hidden)]
        squeezed = _squeezed(_plain(text)) if path.suffix == ".html" else _squeezed(text)
        found += [f"{name}: {exercise}: {line}" for line, exercise in lines.items() if line in squeezed]
    return list(dict.fromkeys(found))


def secret_lines(answers: Iterable[Answer], public: str) -> dict[str, str]:
    """Return the lines, without their spaces, that stand in answers and nowhere in what is public: line -> exercise."""
    seen = _squeezed(public)
    lines = {}
    for answer in answers:
        inside = False
        for text in answer.source.splitlines():
            if BEGIN in text or END in text:
                inside = BEGIN in text
            elif inside:
                line = _squeezed(text.partition("  #")[0])
                if len(line) >= _SHORTEST and line not in seen:
                    lines[line] = answer.name
    return lines


def _answers(root: Path) -> Iterator[Answer]:
    for path in sorted((root / "solutions").glob("*.py")):
        answers, _ = read_answers(root, path.relative_to(root).as_posix())
        yield from (answer for answer in answers.values() if isinstance(answer, Answer))


def _public(root: Path) -> str:
    """Return what learners are given: the text of every released lesson, and the package that comes with them."""
    lessons = [
        cell.source
        for path in sorted((root / "release").rglob("*.ipynb"))
        for cell in nbformat.read(path, as_version=4).cells
    ]
    return "\n".join([*lessons, *(path.read_text(encoding="utf-8") for path in (root / "course_utils").rglob("*.py"))])


def _plain(markup: str) -> str:
    return html.unescape(_TAG.sub("", markup))


def _squeezed(text: str) -> str:
    return _SPACE.sub("", text)
