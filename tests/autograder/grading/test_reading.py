from __future__ import annotations

import json
import os
from pathlib import Path

import nbformat
import pytest

from autograder.grading import reading
from autograder.grading.reading import read_submission

GOOD = {
    "nbformat": 4,
    "nbformat_minor": 5,
    "metadata": {},
    "cells": [{"cell_type": "code", "source": ["a = 1\n", "b = 2"]}],
}


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "empty"),
        (b"  \n", "empty"),
        (b"{", "line 1"),
        (b'{"cells": [{"source": "abc', "cut off"),
        (b"\x80\x81\x82 no text", "UTF-8"),
        (b"\xff\xfe\x00", "UTF-8"),
        (b"caf\xe9", "UTF-8"),
        (b"[1, 2]", "no notebook"),
        (b'{"cells": 3}', "no cells"),
        (b"[" * 200_000, "nested"),
        (b'{"cells": ' + b"[" * 200_000, "nested"),
        (b'{"a": ' + b"9" * 10_000 + b"}", "too long"),
        (b"PK\x03\x04 an archive \x9c", "a zip archive"),
        (b"%PDF-1.7", "a PDF document"),
        (b"\n <!DOCTYPE html><html>", "a web page"),
        (b"\xef\xbb\xbf<html lang=en>", "a web page"),
        (b'{\n<<<<<<< HEAD\n"cells": []', "conflict of Git's (line 2)"),
        (b'{"cells": [' + b"[]," * 2_000_000 + b"1]}", "millions of values"),
    ],
)
def test_what_is_no_notebook_is_an_empty_one_with_a_reason(tmp_path: Path, content: bytes, said: str) -> None:
    path = tmp_path / "a.ipynb"
    path.write_bytes(content)
    notebook, problem = read_submission(path)
    assert notebook.cells == []
    assert problem is not None
    assert problem.startswith("The file could not be read as a notebook: ")
    assert said in problem
    # After what is wrong comes what to do.
    assert "hand " in problem.split(". ", 1)[1].lower()


def test_folders_links_pipes_and_gaps(tmp_path: Path) -> None:
    (tmp_path / "folder.ipynb").mkdir()
    (tmp_path / "real.ipynb").write_text(json.dumps(GOOD))
    (tmp_path / "link.ipynb").symlink_to(tmp_path / "real.ipynb")
    os.mkfifo(tmp_path / "pipe.ipynb")
    for name, said in [("folder", "a folder"), ("link", "link"), ("pipe", "not a file"), ("none", "opened")]:
        notebook, problem = read_submission(tmp_path / f"{name}.ipynb")
        assert notebook.cells == []
        assert said in str(problem)


def test_what_only_this_machine_cannot_read_is_ours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.ipynb"
    path.write_text(json.dumps(GOOD))

    def failing(*_: object) -> int:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(reading.os, "open", failing)
    with pytest.raises(reading.Unreadable, match="Permission denied") as raised:
        reading.read_notebook(path)
    assert raised.value.ours
    assert "no fault of yours" in str(raised.value)


def test_a_huge_file_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "FILE_LIMIT", 1000)
    (tmp_path / "a.ipynb").write_bytes(b" " * 1001)
    assert "larger than" in str(read_submission(tmp_path / "a.ipynb")[1])


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-be", "utf-32", "utf-32-le"])
def test_editors_that_write_other_encodings(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "a.ipynb"
    path.write_bytes(json.dumps(GOOD).encode(encoding))
    notebook, problem = read_submission(path)
    assert problem is None
    assert notebook.cells[0].source == "a = 1\nb = 2"


def test_format_3_is_read(tmp_path: Path) -> None:
    old = {"nbformat": 3, "worksheets": [{"cells": [{"cell_type": "code", "input": "a = 1", "language": "python"}]}]}
    (tmp_path / "a.ipynb").write_text(json.dumps(old))
    notebook, problem = read_submission(tmp_path / "a.ipynb")
    assert problem is None
    assert notebook.cells[0].source == "a = 1"


def test_only_source_and_identity_are_kept(tmp_path: Path) -> None:
    cell = {
        "cell_type": "code", "source": "1", "id": "x" * 900, "outputs": [{"data": "y" * 100}],
        "metadata": {"tags": ["skip-execution"], "nbgrader": {"grade_id": "scale", "points": 9}},
    }  # fmt: skip
    (tmp_path / "a.ipynb").write_text(json.dumps({"cells": [cell, 3, None], "metadata": {"dlf": {"unreadable": "x"}}}))
    notebook, _ = read_submission(tmp_path / "a.ipynb")
    assert len(notebook.cells) == 1
    assert notebook.cells[0].metadata == {"nbgrader": {"grade_id": "scale"}}
    assert notebook.cells[0].outputs == []
    assert notebook.metadata == {}
    nbformat.v4.new_notebook(cells=notebook.cells)
