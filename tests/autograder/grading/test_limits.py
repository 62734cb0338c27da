"""A small file can cost neither much time nor much space: the limits of a whole notebook."""

from __future__ import annotations

import ast
import json
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbformat.notebooknode import NotebookNode
from toy_course import answer_cell

from autograder.grading import definitions
from autograder.grading import sanitise as module
from autograder.grading.clean import cut_markdown
from autograder.grading.reading import read_submission
from autograder.grading.sanitise import CELL_LIMIT, MARKDOWN_LIMIT, MARKDOWN_WORK, NOTE_LIMIT, SOURCE_LIMIT, sanitise


def book(*cells: NotebookNode) -> NotebookNode:
    return nbformat.v4.new_notebook(cells=list(cells))


def code(source: str) -> NotebookNode:
    return nbformat.v4.new_code_cell(source)


def text(source: str) -> NotebookNode:
    return nbformat.v4.new_markdown_cell(source)


def sources(notebook: NotebookNode, kind: str) -> list[str]:
    return [cell.source for cell in notebook.cells if cell.cell_type == kind]


@pytest.mark.parametrize("sheets", [False, True])
def test_cells_beyond_the_limit_are_not_even_looked_at(tmp_path: Path, release: NotebookNode, sheets: bool) -> None:
    cells: list[dict[str, Any]] = [{}] * (CELL_LIMIT + 500)
    (tmp_path / "a.ipynb").write_text(json.dumps({"worksheets": [{"cells": cells}]} if sheets else {"cells": cells}))
    notebook, problem = read_submission(tmp_path / "a.ipynb")
    assert problem is None
    assert len(notebook.cells) == CELL_LIMIT + 1
    assert sum("more than" in note for note in sanitise(notebook, release)[1]) == 1


def test_notes_are_few_however_many_cells_are_odd(release: NotebookNode) -> None:
    _, notes = sanitise({"cells": [3] * 1500}, release)
    assert len(notes) == NOTE_LIMIT + 1
    assert "more notes" in notes[-1]


def test_each_cell_is_parsed_once_at_most(monkeypatch: pytest.MonkeyPatch) -> None:
    parsed: list[str] = []
    parse = ast.parse
    monkeypatch.setattr(definitions.ast, "parse", lambda source: parsed.append(source) or parse(source))
    names = [f"f{i}" for i in range(20)]
    # Each name is in a text, so that a look at the lines finds it and the parser does not.
    fake = "x = '''\n" + "\n".join(f"{name} = 1" for name in names) + "\n'''"
    made, _ = sanitise(book(*[code(f"{fake}\n{i}") for i in range(10)]), book(*[answer_cell(n, "pass") for n in names]))
    assert len(parsed) == 10
    assert sources(made, "code").count("pass") == 20


def test_a_long_cell_is_not_parsed_and_still_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(definitions.ast, "parse", lambda source: pytest.fail("parsed"))
    long = "def scale(x, factor): ...\n" + "x = 1\n" * 10_000
    made, _ = sanitise(book(code(long)), book(answer_cell("scale", "pass")))
    assert made.cells[0].source == long


def test_the_code_that_is_parsed_is_limited_for_the_whole_notebook(monkeypatch: pytest.MonkeyPatch) -> None:
    parsed: list[str] = []
    parse = ast.parse
    monkeypatch.setattr(definitions.ast, "parse", lambda source: parsed.append(source) or parse(source))
    fake = "x = '''\nscale = 1\n'''\n" + "#" * 40_000
    sanitise(book(*[code(fake) for _ in range(20)]), book(answer_cell("scale", "pass")))
    assert 0 < sum(map(len, parsed)) <= module.PARSE_TOTAL


def test_all_sources_together_are_limited(release: NotebookNode) -> None:
    made, notes = sanitise(book(*[code("x" * 400_000) for _ in range(9)]), release)
    assert sum(map(len, sources(made, "code"))) < SOURCE_LIMIT + 2000
    assert sum("was cut" in note for note in notes) == 4


def test_all_markdown_together_is_limited(release: NotebookNode) -> None:
    made, notes = sanitise(book(*[text("words " * 5000) for _ in range(20)]), release)
    assert MARKDOWN_LIMIT * 0.9 < sum(map(len, sources(made, "markdown"))) <= MARKDOWN_LIMIT
    assert any("was cut" in note for note in notes)


def test_the_lessons_own_text_is_free_once(release: NotebookNode, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MARKDOWN_LIMIT", 10)
    title = release.cells[0].source
    made, notes = sanitise(book(text(title), text(title), text("x" * 20)), release)
    assert sources(made, "markdown") == [title, title[:10], ""][: len(sources(made, "markdown"))]
    assert sum("was cut" in note for note in notes) == 2


@pytest.mark.parametrize("sign", ["\\\\[", "\\\\(", "[", "\\begin{a}", "$a", "](", "*a ", "<"])
def test_text_full_of_openers_is_cut(release: NotebookNode, sign: str) -> None:
    whole = sign * (30_000 // len(sign))
    made, notes = sanitise(book(*[text(whole) for _ in range(5)]), release)
    assert sum(len(x) * x.count(sign) for x in sources(made, "markdown")) <= MARKDOWN_WORK
    assert any("was cut" in note for note in notes)


def test_an_honest_note_stays_whole() -> None:
    note = "The loss $L$ is a sum, see [the text](https://example.org): `x[1]` and *so on*.\n\n" * 30
    assert cut_markdown(note, MARKDOWN_WORK)[0] == note
    assert cut_markdown(note, 0) == ("", 0)
