"""Submissions that went wrong: a seeded mutator of bytes, JSON, metadata, cells and files.

``Mutant.write(folder)`` lays a submission into a folder. The same seed gives the same submission.
"""

from __future__ import annotations

import copy
import gzip
import json
import os
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

Raw = dict[str, Any]

# Stand for what `json.dumps` cannot or should not write.
LITERALS = {
    "@deep@": "[" * 3000 + "]" * 3000,
    "@deeper@": '{"a":' * 100_000,
    "@huge@": "9" * 6000,
    "@big@": "9" * 400,
    "@nan@": "NaN",
    "@infinity@": "-Infinity",
    "@surrogate@": '"\\ud800"',
    "@nul@": '"\\u0000"',
    "@twice@": '{"cell_type": "code", "cell_type": "markdown", "source": "1", "source": "2"}',
}
WORDS = [
    "", "scale", "check-scale", "check", "softmax", "a" * 500, "\u200bscale", "Scale", "scale ", "\x1b[31m", "<script>",
    "../../secret", "x\ny", "\ud800", "\u202e", "é", "9", "-", "`", "{{7*7}}", "%s", "\0",
]  # fmt: skip
SOURCES = [
    "check(scale)", "5.0", "%%bash\nls", "!ls", "def scale(", "raise SystemExit", "x" * 300_000, "(" * 5000,
    "-" * 60_000 + "1", "<img src=x onerror=alert(1)>", "[" * 20_000, "$" * 20_000, "\r\n\x0b\x0c\x1c\x85\u2028",
    "scale = total = None", "async def scale(x, factor): ...", "a" * 60_000 + " =", "\tdef scale(x): ...",
    "\\\n" * 9000,
]  # fmt: skip


def value(rng: random.Random) -> Any:
    """Return a value that a notebook should not hold where it is put."""
    pick: list[Any] = [
        None, True, False, 0, -1, 2**80, 1e308, "", [], {}, [[]], {"": {}}, ["a", 1, None], {"cells": []},
        *LITERALS, *WORDS, *SOURCES[:4],
    ]  # fmt: skip
    return copy.deepcopy(rng.choice(pick))


def places(raw: Any) -> list[tuple[Any, Any]]:
    """Return every (container, key) of some JSON."""
    found: list[tuple[Any, Any]] = []
    left = [raw]
    while left:
        here = left.pop()
        keys: Iterator[Any] = iter(here) if isinstance(here, dict) else iter(range(len(here)))
        for key in keys:
            found.append((here, key))
            if isinstance(here[key], dict | list):
                left.append(here[key])
    return found


def some_cell(rng: random.Random, raw: Raw) -> Raw:
    cells = [cell for cell in cells_of(raw) if isinstance(cell, dict)]
    return rng.choice(cells) if cells else {}


def cells_of(raw: Raw) -> list[Any]:
    cells = raw.get("cells")
    return cells if isinstance(cells, list) else []


def nbgrader_of(rng: random.Random, raw: Raw) -> Raw:
    found = [
        cell["metadata"]["nbgrader"]
        for cell in cells_of(raw)
        if isinstance(cell, dict)
        and isinstance(cell.get("metadata"), dict)
        and isinstance(cell["metadata"].get("nbgrader"), dict)
    ]
    return rng.choice(found) if found else {}


# --- JSON ---


def delete_something(rng: random.Random, raw: Raw) -> None:
    container, key = rng.choice(places(raw) or [({"": 0}, "")])
    del container[key]


def retype_something(rng: random.Random, raw: Raw) -> None:
    container, key = rng.choice(places(raw) or [({"": 0}, "")])
    container[key] = value(rng)


def duplicate_something(rng: random.Random, raw: Raw) -> None:
    found = places(raw) or [({"": 0}, "")]
    (one, key), (other, place) = rng.choice(found), rng.choice(found)
    other[place] = copy.deepcopy(one[key])


def add_something(rng: random.Random, raw: Raw) -> None:
    containers = [raw] + [c[k] for c, k in places(raw) if isinstance(c[k], dict)]
    rng.choice(containers)[rng.choice(WORDS)] = value(rng)


# --- metadata ---


def swap_grade_ids(rng: random.Random, raw: Raw) -> None:
    one, other = nbgrader_of(rng, raw), nbgrader_of(rng, raw)
    one["grade_id"], other["grade_id"] = other.get("grade_id"), one.get("grade_id")


def change_nbgrader(rng: random.Random, raw: Raw) -> None:
    key = rng.choice(["grade_id", "points", "locked", "grade", "solution", "task", "schema_version", "checksum"])
    nbgrader_of(rng, raw)[key] = value(rng)


def schema_version(rng: random.Random, raw: Raw) -> None:
    nbgrader_of(rng, raw)["schema_version"] = rng.choice([0, 1, 2, 4, 99, "3", None])


def forget_metadata(rng: random.Random, raw: Raw) -> None:
    for cell in cells_of(raw):
        if isinstance(cell, dict) and rng.random() < 0.5:
            cell["metadata"] = rng.choice([{}, None, [], {"nbgrader": None}, {"nbgrader": {}}])


def tag(rng: random.Random, raw: Raw) -> None:
    tags = rng.choice([["skip-execution"], ["raises-exception"], "skip-execution", 3, [3]])
    some_cell(rng, raw)["metadata"] = {"tags": tags, "editable": False, "deletable": False}


def forge_ours(rng: random.Random, raw: Raw) -> None:
    raw["metadata"] = {
        "dlf": {"undecided": True, "unreadable": "<b>", "key": "0", "notes": ["x"]},
        "kernelspec": {"name": rng.choice(["bash", "../x", "", None])},
        "language_info": value(rng),
    }


# --- cells ---


def duplicate_cell(rng: random.Random, raw: Raw) -> None:
    cells_of(raw).insert(rng.randrange(len(cells_of(raw)) + 1), copy.deepcopy(some_cell(rng, raw)))


def drop_cell(rng: random.Random, raw: Raw) -> None:
    cells = cells_of(raw)
    if cells:
        del cells[rng.randrange(len(cells))]


def shuffle(rng: random.Random, raw: Raw) -> None:
    rng.shuffle(cells_of(raw))


def reverse(rng: random.Random, raw: Raw) -> None:
    cells_of(raw).reverse()


def retype_cell(rng: random.Random, raw: Raw) -> None:
    some_cell(rng, raw)["cell_type"] = rng.choice(["code", "markdown", "raw", "heading", "html", None, 3, ["code"]])


def merge_cells(rng: random.Random, raw: Raw) -> None:
    cells = cells_of(raw)
    if len(cells) > 1:
        at = rng.randrange(len(cells) - 1)
        one, other = cells[at], cells[at + 1]
        if isinstance(one, dict) and isinstance(other, dict):
            one["source"] = f"{text_of(one)}\n\n{text_of(other)}"
            del cells[at + 1]


def split_cell(rng: random.Random, raw: Raw) -> None:
    cell = some_cell(rng, raw)
    text = text_of(cell)
    at = rng.randrange(len(text) + 1)
    cell["source"] = text[:at]
    cells_of(raw).insert(rng.randrange(len(cells_of(raw)) + 1), {**copy.deepcopy(cell), "source": text[at:]})


def text_of(cell: Raw) -> str:
    source = cell.get("source", "")
    return source if isinstance(source, str) else "".join(part for part in source or () if isinstance(part, str))


def foreign_cell(rng: random.Random, raw: Raw) -> None:
    kind = rng.choice(["code", "markdown", "raw"])
    cell = {"cell_type": kind, "id": rng.choice(WORDS), "metadata": {}, "source": rng.choice(SOURCES)}
    cells_of(raw).insert(rng.randrange(len(cells_of(raw)) + 1), cell)


def replace_source(rng: random.Random, raw: Raw) -> None:
    source = rng.choice(SOURCES)
    some_cell(rng, raw)["source"] = rng.choice([source, list(source[:500]), [source, None, 3], {"text": source}])


def weird_id(rng: random.Random, raw: Raw) -> None:
    odd = rng.choice(WORDS)
    for cell in cells_of(raw):
        if isinstance(cell, dict) and rng.random() < 0.3:
            cell["id"] = rng.choice([odd, rng.choice(WORDS), 3, None, []])


def forge_outputs(rng: random.Random, raw: Raw) -> None:
    data = {"text/plain": "5.0", "application/vnd.dlf.verdict+json": {"credit": 1.0}, "text/html": "<script>"}
    for cell in cells_of(raw):
        if isinstance(cell, dict):
            cell["outputs"] = [{"output_type": "execute_result", "data": data, "execution_count": 1}]
            cell["attachments"] = {"a.png": {"image/png": value(rng)}}


def many_cells(rng: random.Random, raw: Raw) -> None:
    cell = {"cell_type": "code", "source": text_of(some_cell(rng, raw))[:500], "metadata": {}, "id": "same"}
    raw["cells"] = [*cells_of(raw), *[dict(cell) for _ in range(rng.choice([30, 300, 2500]))]]


def cells_in_a_dict(rng: random.Random, raw: Raw) -> None:
    raw["cells"] = dict(enumerate(cells_of(raw)))


def format_3(rng: random.Random, raw: Raw) -> None:
    cells = cells_of(raw)
    for cell in cells:
        if isinstance(cell, dict) and "source" in cell and rng.random() < 0.8:
            cell["input"] = cell.pop("source")
    raw.update({"nbformat": 3, "worksheets": [{"cells": cells}, None, {"cells": 3}]})
    raw.pop("cells", None)


def format_5(rng: random.Random, raw: Raw) -> None:
    raw.update({"nbformat": rng.choice([5, 0, -1, "4", None]), "nbformat_minor": value(rng)})


# --- bytes ---


def flip(rng: random.Random, data: bytes) -> bytes:
    changed = bytearray(data)
    for _ in range(rng.choice([1, 3, 30]) if data else 0):
        changed[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
    return bytes(changed)


def cut(rng: random.Random, data: bytes) -> bytes:
    return data[: rng.randrange(len(data) + 1)]


def cut_front(rng: random.Random, data: bytes) -> bytes:
    return data[rng.randrange(len(data) + 1) :]


def splice(rng: random.Random, data: bytes) -> bytes:
    a, b, c = sorted(rng.randrange(len(data) + 1) for _ in range(3))
    return data[:a] + data[b:c] + data[a:b] + data[c:]


def insert(rng: random.Random, data: bytes) -> bytes:
    at = rng.randrange(len(data) + 1)
    junk = [b"\0", b"\xff\xfe", b"<<<<<<< HEAD\n", b"\x1a", b'"', b"{", b",", rng.randbytes(40), b"\n" * 900]
    return data[:at] + rng.choice(junk) + data[at:]


def twice(rng: random.Random, data: bytes) -> bytes:
    return data + rng.choice([b"", b"\n", b"\0"]) + data


def encode(rng: random.Random, data: bytes) -> bytes:
    codec = rng.choice(["utf-8-sig", "utf-16", "utf-16-be", "utf-32", "latin-1", "cp037", "utf-7"])
    return data.decode("utf-8", "replace").encode(codec, "replace")


def duplicate_keys(rng: random.Random, data: bytes) -> bytes:
    more = rng.choice([b'"cells": [],', b'"cells": 3,', b'"nbformat": 9,', b'"metadata": {"a": {}},'])
    return data.replace(b"{", b"{" + more, 1) if rng.random() < 0.5 else data.rstrip()[:-1] + b"," + more[:-1] + b"}"


def line_ends(rng: random.Random, data: bytes) -> bytes:
    return data.replace(b"\n", rng.choice([b"\r\n", b"\r", b"\x0c"]))


def another_file(rng: random.Random, data: bytes) -> bytes:
    return rng.choice([
        b"", b" \n", b"\0" * 5000, b"%PDF-1.7\n", b"PK\x03\x04", gzip.compress(data[:5000]), rng.randbytes(5000),
        b"<!DOCTYPE html><html></html>", b"import numpy\n", b"[]", b"null", b'"text"', b"3", b"{}", b'{"cells": []}',
        b'{"cells": [[], 3, null, "x"]}', b"[" * 100_000, b'{"cells": [' + b"{}," * 5000 + b"{}]}",
        b'{"worksheets": []}', b'{"cells": null, "worksheets": null}',
    ])  # fmt: skip


# --- files ---


def as_it_is(rng: random.Random, path: Path, data: bytes) -> None:
    path.write_bytes(data)


def other_name(rng: random.Random, path: Path, data: bytes) -> None:
    name = rng.choice([
        f"{path.stem} (1).ipynb", f"{path.name}.txt", path.name.upper(), path.stem, "Untitled.ipynb",
        f"sub/{path.name}", f"{path.name}/{path.name}", "a/b/c/d/e/f.ipynb", "notes.docx", "\udce9.ipynb",
    ])  # fmt: skip
    (path.parent / name).parent.mkdir(parents=True, exist_ok=True)
    (path.parent / name).write_bytes(data)


def several(rng: random.Random, path: Path, data: bytes) -> None:
    if rng.random() < 0.5:
        path.write_bytes(data)
    for name in rng.sample([f"{path.stem} (1).ipynb", "b.ipynb", "c.ipynb.txt", "sub/d.ipynb", "data.csv"], 3):
        (path.parent / name).parent.mkdir(exist_ok=True)
        (path.parent / name).write_bytes(
            rng.choice([data, data[: len(data) // 2], b"", data.replace(b"return", b"return  ")])
        )


def no_file(rng: random.Random, path: Path, data: bytes) -> None:
    if rng.random() < 0.5:
        (path.parent / "answers.py").write_bytes(data[:100])


def a_folder(rng: random.Random, path: Path, data: bytes) -> None:
    path.mkdir()
    (path / rng.choice(["x.txt", ".hidden"])).write_bytes(b"x")


def a_link(rng: random.Random, path: Path, data: bytes) -> None:
    path.symlink_to(rng.choice(["/etc/passwd", "nowhere", path.name, "/", "/dev/zero", "../.."]))


def a_pipe(rng: random.Random, path: Path, data: bytes) -> None:
    os.mkfifo(path)


def closed(rng: random.Random, path: Path, data: bytes) -> None:
    path.write_bytes(data)
    path.chmod(0)


OF_JSON = [delete_something, retype_something, duplicate_something, add_something]
OF_METADATA = [swap_grade_ids, change_nbgrader, schema_version, forget_metadata, tag, forge_ours]
OF_CELLS = [
    duplicate_cell, drop_cell, shuffle, reverse, retype_cell, merge_cells, split_cell, foreign_cell, replace_source,
    weird_id, forge_outputs, many_cells, cells_in_a_dict, format_3, format_5,
]  # fmt: skip
OF_BYTES = [
    flip, cut, cut_front, splice, insert, twice, encode, duplicate_keys, line_ends, another_file,
]  # fmt: skip
OF_FILES = [other_name, several, no_file, a_folder, a_link, a_pipe, closed]


@dataclass
class Mutant:
    """One submission that went wrong.

    Attributes
    ----------
    base : str
        The notebook it is made from, as JSON.
    seed : int
        Which it is; the kind of mutation goes by its remainder, so that each kind comes up.
    steps : list of str
        What was done to it, once it is written.
    """

    base: str
    seed: int
    steps: list[str] = field(default_factory=list)

    def write(self, folder: Path, name: str) -> None:
        """Lay the submission into a folder that exists."""
        rng = random.Random(self.seed)
        self.steps.clear()
        raw = json.loads(self.base)
        kind = ("json", "metadata", "cells", "bytes", "files")[self.seed % 5]
        for mutations, chance in ((OF_METADATA, 0.2), (OF_CELLS, 0.3), (OF_JSON, 0.15)):
            own = {"json": OF_JSON, "metadata": OF_METADATA, "cells": OF_CELLS}.get(kind) is mutations
            for _ in range(rng.choice([1, 1, 2, 5]) if own else int(rng.random() < chance / 2)):
                self._do(rng, mutations)(rng, raw)
        text = json.dumps(raw, indent=rng.choice([None, None, None, None, 1]))
        for token, literal in LITERALS.items():
            text = text.replace(f'"{token}"', literal)
        data = text.encode()
        for _ in range(rng.choice([1, 1, 2]) if kind == "bytes" else int(rng.random() < 0.03)):
            data = self._do(rng, OF_BYTES)(rng, data)
        lay = self._do(rng, OF_FILES) if kind == "files" or rng.random() < 0.03 else as_it_is
        lay(rng, folder / f"{name}.ipynb", data)

    def _do(self, rng: random.Random, mutations: list[Any]) -> Callable[..., Any]:
        chosen: Callable[..., Any] = rng.choice(mutations)
        self.steps.append(chosen.__name__)
        return chosen
