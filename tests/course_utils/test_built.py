"""`built()`: the learner's own earlier answer where it passes, a given version where it does not."""

from __future__ import annotations

import json
import linecache
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from earlier_toys import GIVEN

import course_utils.earlier
from course_utils import built
from course_utils.answer_source import context_of, names_in
from course_utils.built import NotBuilt
from course_utils.judging import checking, exercise

SCORES = np.array([[1.0, 2.0, 0.5], [0.0, -1.0, 3.0]])
FIRST_CELL = """
from collections.abc import Iterator
import numpy as np
import torch
from torch import nn
from course_utils import check
BASE = 2.718281828459045
"""
OWN = """
def shifted(z: np.ndarray) -> np.ndarray:
    return z - z.max(axis=1, keepdims=True)


def softmax(logits: np.ndarray) -> np.ndarray:
    powers = BASE ** shifted(logits)
    return powers / powers.sum(axis=1, keepdims=True)
"""


@pytest.fixture(autouse=True)
def _earlier(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    folder = tmp_path / "earlier"
    folder.mkdir()
    (folder / "softmax_regression.py").write_text(GIVEN)
    monkeypatch.setattr(course_utils.earlier, "__path__", [str(folder)])
    monkeypatch.setattr(checking, "_latest", {})
    before = {name: module for name, module in sys.modules.items() if name.startswith("course_utils.earlier.")}
    for name in before:
        sys.modules.pop(name)
    yield
    for name in [name for name in sys.modules if name.startswith("course_utils.earlier.")]:
        sys.modules.pop(name)
    sys.modules.update(before)


def notebook(*cells: str) -> dict[str, Any]:
    """Run cells as a notebook does: each has a text that can be looked up, all share one namespace."""
    namespace: dict[str, Any] = {"__name__": "__main__"}
    for number, source in enumerate(cells):
        filename = f"<cell {number} of {id(namespace)}>"
        linecache.cache[filename] = (len(source), None, source.splitlines(keepends=True), filename)
        exec(compile(source, filename, "exec"), namespace)
    return namespace


def rewrite(path: Path, name: str, **fields: Any) -> None:
    """Change what the record holds of an answer that passed."""
    record = json.loads(path.read_text())
    record["exercises"][name]["passed"] |= fields
    path.write_text(json.dumps(record))


def said(capsys: pytest.CaptureFixture[str]) -> str:
    return capsys.readouterr().out.strip()


def test_without_a_pass_it_is_the_given_version(capsys: pytest.CaptureFixture[str]) -> None:
    softmax = built("softmax")
    assert said(capsys) == "softmax: the given version (yours has not passed its check yet)"
    np.testing.assert_allclose(softmax(SCORES).sum(axis=1), 1)


def test_after_a_pass_it_is_the_learners_own(capsys: pytest.CaptureFixture[str]) -> None:
    notebook(FIRST_CELL, OWN, "check(softmax)")
    capsys.readouterr()
    softmax, one_hot = built("softmax", "one_hot")
    assert said(capsys).splitlines() == [
        "softmax: yours, from lesson 05",
        "one_hot: the given version (yours has not passed its check yet)",
    ]
    assert "BASE" in softmax.__code__.co_names
    np.testing.assert_allclose(softmax(SCORES).sum(axis=1), 1)
    assert one_hot(np.array([1]), 3).tolist() == [[0, 1, 0]]


def test_an_answer_that_uses_another_answer(capsys: pytest.CaptureFixture[str]) -> None:
    entropy = (
        "def mean_cross_entropy(logits, labels):\n"
        "    probs = np.maximum(softmax(logits), 0)\n"
        "    shifted_logits = shifted(logits)\n"
        "    logs = shifted_logits - np.log(np.exp(shifted_logits).sum(axis=1, keepdims=True))\n"
        "    assert probs.shape == logits.shape\n"
        "    return -logs[np.arange(len(labels)), labels].mean()\n"
        "check(mean_cross_entropy)"
    )
    notebook(FIRST_CELL, OWN, "check(softmax)", entropy)
    capsys.readouterr()
    own = built("mean_cross_entropy")
    assert said(capsys) == "mean_cross_entropy: yours, from lesson 05"
    assert own(SCORES, np.array([1, 2])) > 0


def test_an_answer_by_another_name(capsys: pytest.CaptureFixture[str]) -> None:
    notebook(FIRST_CELL, OWN.replace("def softmax", "def mine"), "check(mine, 'softmax')")
    capsys.readouterr()
    built("softmax")
    assert said(capsys) == "softmax: yours, from lesson 05"


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("def softmax(z):\n    return z", "wrong"),
        ("def softmax(z):\n    raise ValueError", "raised an error"),
        ("def softmax(z):\n    return softmax(z)", "raised an error"),
        ("import torch\ndef softmax(z):\n    return torch.softmax(torch.tensor(z), 1).numpy()", "the library did it"),
        ("raise SystemExit(1)", "SystemExit: 1"),
        ("print('loud')\nsoftmax = unknown", "NameError: name 'unknown' is not defined"),
        ("def other(z):\n    return z", "its text does not define it"),
        ("softmax = 3", "its text does not define it"),
        ("def softmax(:", "SyntaxError"),
        (None, "its text was not kept"),
    ],
)
def test_an_answer_that_no_longer_passes(
    source: str | None, reason: str, own_record: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    notebook(FIRST_CELL, OWN, "check(softmax)")
    rewrite(own_record, "softmax", source=source, context=None)
    capsys.readouterr()
    softmax = built("softmax")
    line = said(capsys)
    assert line.startswith("softmax: the given version (yours from lesson 05 no longer passes: ")
    assert reason in line
    assert softmax.__module__ == "course_utils.earlier.softmax_regression"


@pytest.mark.parametrize("source", ["while True:\n    pass", "def softmax(z):\n    while True:\n        pass"])
def test_an_answer_that_hangs_is_stopped(
    source: str, own_record: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    notebook(FIRST_CELL, OWN, "check(softmax)")
    rewrite(own_record, "softmax", source=source)
    quick = exercise.find_exercise("softmax")
    object.__setattr__(quick, "time_limit", 0.2)
    monkeypatch.setattr(exercise, "find_exercise", lambda name: quick)
    capsys.readouterr()
    began = time.monotonic()
    try:
        softmax = built("softmax")
    finally:
        object.__setattr__(quick, "time_limit", 10.0)
    assert time.monotonic() - began < 5
    assert "ran out of time" in said(capsys)
    assert softmax(SCORES).shape == SCORES.shape


def test_answers_that_use_each_other_come_to_an_end(own_record: Path, capsys: pytest.CaptureFixture[str]) -> None:
    notebook(FIRST_CELL, OWN, "check(softmax)")
    rewrite(own_record, "softmax", source=OWN + "\n_ = lambda: one_hot")
    notebook(FIRST_CELL, GIVEN, "check(one_hot)")
    rewrite(own_record, "one_hot", source=GIVEN + "\n_ = lambda: softmax")
    capsys.readouterr()
    built("softmax", "one_hot")
    assert said(capsys).count("yours, from lesson 05") == 2


def test_an_unknown_name_is_one_sentence() -> None:
    with pytest.raises(
        NotBuilt, match=r"^No earlier answer named `sofmax` can be built on here\. Did you mean `softmax`\?$"
    ):
        built("sofmax")
    with pytest.raises(NotBuilt, match="Name at least one"):
        built()
    with pytest.raises(NotBuilt, match="`_helper`"):
        built("softmax", "_helper")
    assert NotBuilt("A sentence.")._render_traceback_() == ["A sentence."]


def test_a_damaged_record_gives_given_versions(own_record: Path, capsys: pytest.CaptureFixture[str]) -> None:
    own_record.write_text("{")
    built("softmax")
    assert "damaged" in said(capsys)


def test_a_given_version_and_ones_own_are_told_from_each_other(capsys: pytest.CaptureFixture[str]) -> None:
    notebook(FIRST_CELL, OWN, "check(softmax)")
    assert built("softmax") is not built("softmax")


# --- the text that is kept -------------------------------------------------------------------------


def test_the_context_holds_what_the_text_uses_and_no_more() -> None:
    space = notebook(
        FIRST_CELL,
        "limit = float('inf')\nplain = [1, {'a': (2, None)}]\nunused = 3\nthing = object()",
        "def deep(z):\n    return plain\n\n\ndef helper(z: Iterator) -> nn.Module:\n    return deep(z)",
        "def other(z):\n    return z",
        "def answer(z):\n    return helper(z) + limit + thing + np.pi + len(z) + other(z)",
    )
    text = context_of(
        space["answer"], "def answer(z):\n    return helper(z) + limit + thing + np.pi + other(z)", frozenset({"other"})
    )
    made: dict[str, Any] = {}
    exec(text, made)
    assert made["helper"](0) == [1, {"a": (2, None)}]
    assert made["np"] is np
    assert not {"unused", "thing", "limit", "other", "torch"} & set(made)
    assert text.index("def deep") < text.index("def helper")


def test_names_in_code_that_does_not_parse() -> None:
    assert names_in("def (") == set()
    assert names_in("a = b + c.d") == {"b", "c"}
