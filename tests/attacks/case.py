"""What an attack is: a submission, what must become of it, and what stock nbgrader is expected to do."""

from __future__ import annotations

import copy
import importlib
import json
import pkgutil
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from tests.attacks.lesson import POINTS, RIGHT

THREATS = {
    "a": "forge the verdict",
    "b": "read secrets",
    "c": "write what is not yours",
    "d": "exhaust or kill",
    "e": "malformed submissions",
    "f": "archives, links, names",
    "g": "what a browser would run",
    "h": "time bombs",
}
# What can become of an attack on stock nbgrader.
FATES = (
    "held",
    "forged",
    "leaked",
    "wrote",
    "left a process",
    "no limit",
    "ran in the page",
    "stopped the class",
    "kept the old mark",
    "lost marks",
    "did not end",
)
FULL = dict(POINTS)
NOTHING = {name: 0.0 for name in POINTS}
NO_MARK: dict[str, float | None] = {name: None for name in POINTS}
WRONG = "def scale(x, factor):\n    return x - 100"
Change = Callable[[dict[str, Any]], Any]


@dataclass(frozen=True)
class Attack:
    """One submission.

    Sources may hold names between ``@`` signs: the runner puts in the path, port or number that the world
    has for them (see ``world.py``). Whatever is written anywhere holds ``attacked-by-@name@``, which is how
    the runner recognises it.

    Attributes
    ----------
    must : str
        What must happen with our grader, in a few words.
    stock : str
        What is expected of stock nbgrader, one of ``FATES``; the runner measures it.
    answers : mapping of str to str
        Sources of the answer cells by exercise; exercises not named are answered rightly.
    first, last : str
        Cells before the first answer and behind the last check.
    change : callable or None
        Changes the notebook, a plain dict; what it returns, when it returns something, is handed in
        instead: a dict, or the bytes of the file.
    place : callable or None
        Called with the path of the notebook, after it is written, and the values of the names between
        ``@`` signs: puts other files there.
    student : str
        Name of the submission's folder, where the name is the attack.
    marks : mapping of str to float or None
        By exercise, where it is not the full mark; None stands for "no mark, a person has to look".
    outcome : mapping of str to str
        The verdict's outcome, for every exercise named in `marks` with a number.
    record : tuple of str
        What the record says: notes for staff, verdicts, outputs.
    page : tuple of str
        What the learner's page says.
    no_page : str
        What staff are told in place of a page, where nbgrader can write none.
    never : tuple of str
        What no output may hold.
    earlier : bool
        Whether a right submission of the same learner was graded before.
    """

    must: str
    stock: str
    answers: Mapping[str, str] = field(default_factory=dict)
    first: str = ""
    last: str = ""
    change: Change | None = None
    place: Callable[[Path, dict[str, str]], None] | None = None
    student: str = ""
    marks: Mapping[str, float | None] = field(default_factory=dict)
    outcome: Mapping[str, str] = field(default_factory=dict)
    record: tuple[str, ...] = ()
    page: tuple[str, ...] = ()
    no_page: str = ""
    never: tuple[str, ...] = ()
    earlier: bool = False
    # Filled in by `corpus` from where the attack stands.
    name: str = ""
    threat: str = ""
    tries: str = ""

    @property
    def deserves(self) -> dict[str, float | None]:
        """The mark of each exercise."""
        return {**FULL, **self.marks}

    def file(self, released: Mapping[str, Any], values: Mapping[str, str]) -> bytes:
        """Return the bytes of the notebook that is handed in."""
        notebook = copy.deepcopy(dict(released))
        for cell in notebook["cells"]:
            if cell["id"] in RIGHT:
                cell["source"] = fill(self.answers.get(cell["id"], RIGHT[cell["id"]]), values)
        first = [code(fill(self.first, values), "first")] if self.first else []
        last = [code(fill(self.last, values), "last")] if self.last else []
        notebook["cells"] = [*notebook["cells"][:2], *first, *notebook["cells"][2:], *last]
        changed = self.change(notebook) if self.change else None
        if isinstance(changed, bytes):
            return changed
        text = json.dumps(notebook if changed is None else changed)
        return fill(text, values).encode()


def fill(text: str, values: Mapping[str, str]) -> str:
    """Put values in for the names between ``@`` signs; other names stay."""
    return re.sub(r"@([a-z_]+)@", lambda found: values.get(found[1], found[0]), text)


def code(source: str, name: str, **metadata: Any) -> dict[str, Any]:
    """Return a code cell."""
    return {
        "cell_type": "code",
        "execution_count": None,
        "id": name,
        "metadata": metadata,
        "outputs": [],
        "source": source,
    }


def text(source: str, name: str = "text") -> dict[str, Any]:
    """Return a Markdown cell."""
    return {"cell_type": "markdown", "id": name, "metadata": {}, "source": source}


def cell_of(notebook: Mapping[str, Any], name: str) -> dict[str, Any]:
    """Return the cell with an id."""
    found: dict[str, Any] = next(cell for cell in notebook["cells"] if cell["id"] == name)
    return found


def add(*cells: dict[str, Any]) -> Change:
    """Return a change that puts cells at the end of the notebook."""
    return lambda notebook: notebook["cells"].extend(copy.deepcopy(cells))


def corpus(only: str = "") -> list[Attack]:
    """Return every attack below this folder, in order of threat and name.

    Parameters
    ----------
    only : str
        Leave out those whose name holds none of these, separated by commas.
    """
    found = []
    for folder in sorted(path for path in Path(__file__).parent.iterdir() if re.match(r"[a-h]_", path.name)):
        for module in sorted(info.name for info in pkgutil.iter_modules([str(folder)])):
            if any(part in f"{folder.name}/{module}" for part in only.split(",")):
                loaded = importlib.import_module(f"tests.attacks.{folder.name}.{module}")
                tries = " ".join((loaded.__doc__ or "").split())
                found.append(replace(loaded.ATTACK, name=module, threat=folder.name[0], tries=tries))
    return found
