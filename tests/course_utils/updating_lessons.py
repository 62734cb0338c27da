"""Learners' notebooks and new releases, made of a released lesson by small steps."""

from __future__ import annotations

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
from hypothesis import strategies as st
from nbformat.notebooknode import NotebookNode

from course_utils.updating.released import CHECK_PREFIX, HEADER_PREFIX, checksum, is_answer, is_locked, plain_id

ROOT = Path(__file__).resolve().parents[2]
RELEASES = sorted((ROOT / "release").glob("*/*.ipynb"))
PLACEHOLDER = 'raise NotImplementedError("your answer goes here")'

Step = Callable[[NotebookNode], None]


def released(slug: str) -> NotebookNode:
    (path,) = (path for path in RELEASES if path.stem.endswith(slug))
    return nbformat.read(path, as_version=4)


def changed(notebook: NotebookNode, *steps: Step) -> NotebookNode:
    made = copy.deepcopy(notebook)
    for step in steps:
        step(made)
    return made


def cell_of(notebook: NotebookNode, cell_id: str) -> NotebookNode:
    (found,) = (cell for cell in notebook.cells if cell.id == cell_id)
    return found


def ids(notebook: NotebookNode) -> list[str]:
    return [cell.id for cell in notebook.cells]


def exercises(notebook: NotebookNode) -> list[str]:
    return [cell.id for cell in notebook.cells if is_answer(cell)]


def plain(notebook: NotebookNode) -> list[str]:
    """The ids of the lesson's text and code."""
    return [cell.id for cell in notebook.cells if cell.id == plain_id(cell.cell_type, cell.source)]


# --- what a learner does ---


def answer(name: str, body: str) -> Step:
    def step(notebook: NotebookNode) -> None:
        cell = cell_of(notebook, name)
        assert PLACEHOLDER in cell.source
        cell.source = cell.source.replace(PLACEHOLDER, body)

    return step


def write(cell_id: str, text: str) -> Step:
    """Add a line to a cell."""

    def step(notebook: NotebookNode) -> None:
        cell = cell_of(notebook, cell_id)
        cell.source = f"{cell.source}\n{text}"

    return step


def add(after: str | None, text: str, kind: str = "code", cell_id: str | None = None) -> Step:
    def step(notebook: NotebookNode) -> None:
        make = nbformat.v4.new_code_cell if kind == "code" else nbformat.v4.new_markdown_cell
        cell = make(text, id=cell_id or f"0d5a{abs(hash(text)):x}"[:32])
        if kind == "code":
            cell.outputs = [nbformat.v4.new_output("stream", name="stdout", text="seen\n")]
        notebook.cells.insert(0 if after is None else ids(notebook).index(after) + 1, cell)

    return step


def delete(cell_id: str) -> Step:
    def step(notebook: NotebookNode) -> None:
        notebook.cells.remove(cell_of(notebook, cell_id))

    return step


# --- what an author does ---


def sign(cell: NotebookNode) -> None:
    cell.metadata.nbgrader["checksum"] = checksum(cell)


def reword(name: str, what: str = "A sharper docstring.") -> Step:
    def step(notebook: NotebookNode) -> None:
        cell = cell_of(notebook, name)
        cell.source = cell.source.replace('    """', f'    """{what} ', 1)
        sign(cell)

    return step


def repoint(name: str, points: float) -> Step:
    def step(notebook: NotebookNode) -> None:
        cell = cell_of(notebook, CHECK_PREFIX + name)
        cell.metadata.nbgrader["points"] = points
        sign(cell)

    return step


def remove_exercise(name: str) -> Step:
    def step(notebook: NotebookNode) -> None:
        gone = {HEADER_PREFIX + name, name, CHECK_PREFIX + name}
        notebook.cells = [cell for cell in notebook.cells if cell.id not in gone]

    return step


def add_exercise(name: str, like: str) -> Step:
    def step(notebook: NotebookNode) -> None:
        at = ids(notebook).index(CHECK_PREFIX + like)
        made = []
        for prefix in (HEADER_PREFIX, "", CHECK_PREFIX):
            cell = copy.deepcopy(cell_of(notebook, prefix + like))
            cell.source = cell.source.replace(like, name)
            cell["id"] = prefix + name
            if "nbgrader" in cell.metadata:
                cell.metadata.nbgrader["grade_id"] = cell.id
                sign(cell)
            made.append(cell)
        notebook.cells[at + 1 : at + 1] = made

    return step


def rewrite(cell_id: str, text: str) -> Step:
    """Change the text of a plain cell, and its id with it."""

    def step(notebook: NotebookNode) -> None:
        cell = cell_of(notebook, cell_id)
        cell.source = f"{cell.source}\n{text}"
        cell["id"] = plain_id(cell.cell_type, cell.source)

    return step


def insert(after: str, text: str) -> Step:
    return add(after, text, "markdown", plain_id("markdown", text))


# --- drawn at random ---


@st.composite
def learners(draw: Any, release: NotebookNode, tame: bool = False) -> tuple[NotebookNode, list[str]]:
    """A learner's notebook, and every text in it that is the learner's; a tame one keeps to what is allowed."""
    texts: list[str] = []

    def text() -> str:
        # Each text is found again, and some hold what could be taken for something else.
        body = draw(st.sampled_from(["x = 1", "```", "## Answers", "return 0", "### Exercise 1: `a`", "é ∇", ""]))
        texts.append(f"{body}  # mine {len(texts)}.")
        return texts[-1]

    names, texts_of_lesson = exercises(release), plain(release)
    some = st.lists(st.sampled_from(names), unique=True, max_size=5)
    steps = [answer(name, text()) for name in draw(some)]
    edited = draw(st.lists(st.sampled_from(texts_of_lesson), unique=True, max_size=3))
    steps += [write(cell, text()) for cell in edited]
    anchors = st.lists(st.sampled_from([None, *ids(release)]), max_size=4)
    kinds = st.sampled_from(["code", "markdown"])
    steps += [add(anchor, text(), draw(kinds)) for anchor in draw(anchors)]
    if not tame:
        checks = [cell.id for cell in release.cells if is_locked(cell) or cell.id.startswith(HEADER_PREFIX)]
        steps += [write(cell, text()) for cell in draw(st.lists(st.sampled_from(checks), unique=True, max_size=2))]
        rest = st.sampled_from([cell for cell in texts_of_lesson if cell not in edited])
        steps += [delete(cell) for cell in draw(st.lists(rest, unique=True, max_size=3))]
        notebook = changed(release, *steps)
        for start, end in draw(st.lists(st.tuples(*[st.integers(0, len(notebook.cells) - 1)] * 2), max_size=2)):
            notebook.cells.insert(end, notebook.cells.pop(start))
        for index in draw(st.lists(st.integers(0, len(notebook.cells) - 1), max_size=2)):
            _disturb(notebook, index, draw(st.sampled_from(["copy", "no id", "no nbgrader", "new id"])))
        return notebook, texts
    return changed(release, *steps), texts


def _disturb(notebook: NotebookNode, index: int, how: str) -> None:
    cell = notebook.cells[index]
    if how == "copy":
        notebook.cells.insert(index, copy.deepcopy(cell))
    elif how == "no id":
        cell.pop("id", None)
    elif how == "new id":
        cell["id"] = f"fresh-{index}"
    else:
        cell.metadata.pop("nbgrader", None)


@st.composite
def new_releases(draw: Any, release: NotebookNode) -> NotebookNode:
    """A later release of the lesson."""
    names, texts = exercises(release), plain(release)
    parts = draw(st.permutations(names))
    cells = draw(st.permutations(texts))
    counts = [draw(st.integers(0, 2)) for _ in range(7)]
    steps = [reword(parts.pop()) for _ in range(counts[0])]
    steps += [repoint(parts.pop(), 9) for _ in range(counts[1])]
    steps += [remove_exercise(parts.pop()) for _ in range(counts[2])]
    steps += [add_exercise(f"made_up_{number}", parts.pop()) for number in range(counts[3])]
    steps += [rewrite(cells.pop(), f"Now clearer {number}.") for number in range(counts[4])]
    steps += [delete(cells.pop()) for _ in range(counts[5])]
    steps += [insert(cells.pop(), f"A new paragraph {number}.") for number in range(counts[6])]
    return changed(release, *steps)
