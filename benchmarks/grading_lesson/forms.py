"""One lesson in three forms, and a class of learners who hand it in.

``lesson.py`` holds the lesson with its reference answers, ``answers.py`` what else learners write. From them come the
source notebooks for our grader and for stock nbgrader, the notebook and the test files for otter, and the learners'
cells as a plain script.
"""

from __future__ import annotations

import ast
import copy
import random
import re
from dataclasses import dataclass
from pathlib import Path

import nbformat
from nbformat import NotebookNode

HERE = Path(__file__).parent
ASSIGNMENT = "06_benchmark"
LESSON = ASSIGNMENT[3:]
BEGIN, END = "### BEGIN SOLUTION", "### END SOLUTION"
_CELL = re.compile(r"^# %%(.*)$", re.MULTILINE)
_ENDINGS = ("here", "now", "new", "mine", "all", "x")
_THOUGHTS = (
    "took me a while",
    "as in the text above",
    "see the formula",
    "checked by hand with a small example",
    "works for one sample, too",
    "second try",
)


@dataclass(frozen=True)
class Cell:
    """One cell of the lesson: "markdown", "code", or "answer" with the exercise's name and points."""

    kind: str
    source: str
    name: str = ""
    points: int = 0


@dataclass(frozen=True)
class Submission:
    """What one learner hands in.

    Attributes
    ----------
    student : str
        Who it is.
    answers : dict of str to str
        Source of each answer, by exercise.
    numbers : str
        Source of the cell with the three numbers that learners may change.
    due : dict of str to float
        The points due, by exercise.
    """

    student: str
    answers: dict[str, str]
    numbers: str
    due: dict[str, float]

    def named(self, student: str) -> Submission:
        """Return the same work under another name."""
        return Submission(student, self.answers, self.numbers, self.due)


def read_lesson(light: bool = False) -> list[Cell]:
    """Return the lesson's cells; with `light` the training takes a tenth of its epochs."""
    text = (HERE / "lesson.py").read_text(encoding="utf-8")
    if light:
        text = re.sub(r"^(\w+_EPOCHS) = (\d+)$", lambda m: f"{m[1]} = {max(1, int(m[2]) // 10)}", text, flags=re.M)
    _, *parts = _CELL.split(text)
    cells = []
    for title, source in zip(parts[::2], parts[1::2], strict=True):
        words, source = title.split(), source.strip("\n")
        if words[:1] == ["[markdown]"]:
            cells.append(Cell("markdown", re.sub(r"^# ?", "", source, flags=re.M).strip()))
        elif words[:1] == ["answer"]:
            cells.append(Cell("answer", source, words[1], int(words[2])))
        else:
            cells.append(Cell("code", source))
    return cells


def make_class(count: int, seed: int = 0) -> list[Submission]:
    """Return `count` submissions that all differ, with marks that are known; the same for the same seed."""
    rng = random.Random(seed)
    cells = [cell for cell in read_lesson() if cell.kind == "answer"]
    right, wrong = _variants()
    for cell in cells:
        right[cell.name].append(_without_markers(cell.source))
    made: list[Submission] = []
    seen: set[str] = set()
    while len(made) < count:
        slips = set(rng.sample([cell.name for cell in cells], k=len(made) % 4))
        answers = {
            cell.name: _restyle(rng.choice((wrong if cell.name in slips else right)[cell.name]), rng) for cell in cells
        }
        rate, momentum = rng.choice((0.02, 0.03, 0.05, 0.08)), rng.choice((0.3, 0.5, 0.6, 0.8))
        numbers = f"learning_rate = {rate}\nmomentum = {momentum}\nbatch_size = 50"
        if (key := repr((answers, numbers))) in seen:
            continue
        seen.add(key)
        due = {cell.name: 0.0 if cell.name in slips else float(cell.points) for cell in cells}
        made.append(Submission(f"learner{len(made):04}", answers, numbers, due))
    return made


def many(distinct: list[Submission], count: int) -> list[Submission]:
    """Return `count` submissions: the distinct ones again and again, under new names."""
    return [distinct[number % len(distinct)].named(f"learner{number:04}") for number in range(count)]


def _variants() -> tuple[dict[str, list[str]], dict[str, list[str]]]:
    """Return the right and the wrong answers of ``answers.py``, by exercise."""
    text = (HERE / "answers.py").read_text(encoding="utf-8")
    right: dict[str, list[str]] = {}
    wrong: dict[str, list[str]] = {}
    for node in ast.parse(text).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            name, _, what = node.name.partition("__")
            source = (ast.get_source_segment(text, node) or "").replace(node.name, name, 1)
            (right if what.startswith("right") else wrong).setdefault(name, []).append(source)
    return right, wrong


def _without_markers(source: str) -> str:
    return "\n".join(line for line in source.split("\n") if line.strip() not in (BEGIN, END)).strip()


def _restyle(source: str, rng: random.Random) -> str:
    """Give some variables other names, and the whole a comment."""
    nodes = list(ast.walk(ast.parse(source)))
    stored = {node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    taken = {node.attr for node in nodes if isinstance(node, ast.Attribute)}
    taken |= {node.arg for node in nodes if isinstance(node, ast.arg | ast.keyword) and node.arg}
    for name in sorted(stored - taken):
        if rng.random() < 0.5:
            source = re.sub(rf"\b{name}\b", f"{name}_{rng.choice(_ENDINGS)}", source)
    return f"# {rng.choice(_THOUGHTS)}\n{source}" if rng.random() < 0.6 else source


# --- our form and nbgrader's ---


def source_notebook(cells: list[Cell], ours: bool) -> NotebookNode:
    """Return the notebook that ``nbgrader generate_assignment`` makes the release from."""
    made = []
    for number, cell in enumerate(cells):
        if cell.kind == "markdown":
            made.append(nbformat.v4.new_markdown_cell(cell.source, id=f"text-{number}"))
        elif cell.kind == "code":
            source = cell.source
            if ours and source.startswith("import "):
                source += "\n\nfrom course_utils import check"
            made.append(nbformat.v4.new_code_cell(source, id=f"code-{number}"))
        else:
            made.append(_graded(cell.name, cell.source, solution=True))
            check = f"check({cell.name})" if ours else hidden_cell(cell.name)
            made.append(_graded(f"check-{cell.name}", check, solution=False, points=cell.points))
    return _notebook(made)


def _graded(name: str, source: str, solution: bool, points: int | None = None) -> NotebookNode:
    cell = nbformat.v4.new_code_cell(source, id=name)
    cell.metadata["nbgrader"] = {
        "grade": not solution,
        "solution": solution,
        "locked": not solution,
        "task": False,
        "schema_version": 3,
        "cell_type": "code",
        "grade_id": name,
    }
    if points is not None:
        cell.metadata["nbgrader"]["points"] = points
    return cell


def _notebook(cells: list[NotebookNode]) -> NotebookNode:
    notebook = nbformat.v4.new_notebook(cells=cells)
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    notebook.metadata["language_info"] = {"name": "python"}
    return notebook


def fill_in(released: NotebookNode, submission: Submission) -> NotebookNode:
    """Return the released notebook with a learner's work in it."""
    notebook = copy.deepcopy(released)
    for cell in notebook.cells:
        if cell.source.startswith("learning_rate ="):
            cell.source = submission.numbers
        cell.source = submission.answers.get(cell.get("id", ""), cell.source)
    return notebook


# --- the hidden tests, as nbgrader's test cells and as otter's test files ---


def _hidden_parts() -> tuple[str, dict[str, list[tuple[str, str]]]]:
    """Return what stands above the tests, and name and source of the tests of each exercise."""
    text = (HERE / "hidden_tests.py").read_text(encoding="utf-8")
    above: list[str] = []
    tests: dict[str, list[tuple[str, str]]] = {}
    for node in ast.parse(text).body[1:]:
        source = ast.get_source_segment(text, node) or ""
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
            tests.setdefault(node.args.args[0].arg, []).append((node.name, source))
        else:
            above.append(source)
    return "\n\n".join(above), tests


def hidden_cell(exercise: str) -> str:
    """Return nbgrader's test cell of one exercise."""
    above, tests = _hidden_parts()
    run = [f"{source}\n\n\n{name}({exercise})" for name, source in tests[exercise]]
    return "\n\n".join([f"# Tests of {exercise}", "### BEGIN HIDDEN TESTS", above, *run, "### END HIDDEN TESTS"])


def otter_test(exercise: str, points: int) -> str:
    """Return otter's test file of one exercise: all of its points or none."""
    above, tests = _hidden_parts()
    head = [
        "from otter.test_files import test_case",
        f'OK_FORMAT = False\nname = "{exercise}"\npoints = {points}\nall_or_nothing = True',
        above,
    ]
    return "\n\n".join(head + [f"@test_case(hidden=True)\n{source}" for _, source in tests[exercise]]) + "\n"


def otter_notebook(cells: list[Cell], submission: Submission) -> NotebookNode:
    """Return a learner's notebook as otter has it, with a check after each answer."""
    made = [nbformat.v4.new_code_cell(f'import otter\n\ngrader = otter.Notebook("{LESSON}.ipynb")')]
    for cell in cells:
        if cell.kind == "markdown":
            made.append(nbformat.v4.new_markdown_cell(cell.source))
        elif cell.kind == "code":
            made.append(nbformat.v4.new_code_cell(cell.source))
        else:
            answer = nbformat.v4.new_code_cell(cell.source)
            answer["id"] = cell.name
            made += [answer, nbformat.v4.new_code_cell(f'grader.check("{cell.name}")')]
    return fill_in(_notebook(made), submission)


def plain_cells(cells: list[Cell], submission: Submission) -> list[str]:
    """Return the learner's own code, cell by cell, without any check."""
    made = []
    for cell in cells:
        if cell.kind == "answer":
            made.append(submission.answers[cell.name])
        elif cell.kind == "code":
            made.append(submission.numbers if cell.source.startswith("learning_rate =") else cell.source)
    return made
