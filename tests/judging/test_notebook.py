"""`check()` where learners meet it: in a real kernel, and under nbgrader's own Validate."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_notebook
from nbgrader.validator import Validator

WRONG = "def softmax(logits):\n    powers = np.exp(logits - logits.max())\n    return powers / powers.sum()"
RIGHT = (
    "def softmax(logits):\n    powers = np.exp(logits - logits.max(axis=1, keepdims=True))\n"
    "    return powers / powers.sum(axis=1, keepdims=True)"
)
RAISES = "def softmax(logits):\n    wide = logits[:, 99]\n    return wide"
START = "import numpy as np\nfrom course_utils import check"


def _cell(source: str, name: str, **grading: Any) -> NotebookNode:
    metadata = {"grade_id": name, "schema_version": 3, "task": False, **grading}
    return new_code_cell(source, id=name, metadata={"nbgrader": metadata})


def _notebook(answer: str, call: str = "check(softmax)") -> NotebookNode:
    notebook = new_notebook(
        cells=[
            new_code_cell(START, id="start"),
            _cell(answer, "softmax", grade=False, solution=True, locked=False),
            _cell(call, "check-softmax", grade=True, solution=False, locked=True, points=3),
        ]
    )
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return notebook


def _outputs(answer: str, call: str = "check(softmax)") -> list[NotebookNode]:
    notebook = _notebook(answer, call)
    NotebookClient(notebook, timeout=60, allow_errors=True).execute()
    return list(notebook.cells[-1].outputs)


def _error(outputs: list[NotebookNode]) -> NotebookNode:
    return next(output for output in outputs if output.output_type == "error")


def test_a_wrong_answer_shows_the_verdict_and_one_line() -> None:
    outputs = _outputs(WRONG)
    shown = outputs[0].data
    assert 'class="dlf-verdict"' in shown["text/html"]
    assert "one sum a row" in shown["text/html"]
    assert "softmax: partly correct" in shown["text/plain"]
    error = _error(outputs)
    assert error.traceback == ["softmax: partly correct (see the box above)"]
    assert error.ename == "CheckFailed"
    assert len(outputs) == 2


def test_an_error_shows_the_learners_lines_only() -> None:
    outputs = _outputs(RAISES)
    shown = outputs[0].data
    assert "line 2, in softmax: wide = logits[:, 99]" in shown["text/plain"]
    everything = str(outputs)
    for ours in ("course_utils", "judging", ".py", "site-packages", "Traceback"):
        assert ours not in everything


def test_a_right_answer_shows_the_verdict_and_no_error() -> None:
    outputs = _outputs(RIGHT)
    assert [output.output_type for output in outputs] == ["display_data"]
    assert "softmax: correct" in outputs[0].data["text/plain"]


def test_an_unknown_name_shows_one_sentence() -> None:
    outputs = _outputs("def sofmax(z):\n    return z", "check(sofmax)")
    assert len(outputs) == 1
    assert outputs[0].traceback[0].startswith("No exercise is named `sofmax`.")
    assert len(outputs[0].traceback) == 1


def _validate(answer: str, folder: Path) -> dict[str, Any]:
    path = folder / "lesson.ipynb"
    nbformat.write(_notebook(answer), path)
    return dict(Validator().validate(str(path)))


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_nbgrader_reports_the_failing_check_with_the_sentence(tmp_path: Path) -> None:
    failed = _validate(WRONG, tmp_path)["failed"]
    assert len(failed) == 1
    assert failed[0]["source"].strip() == "check(softmax)"
    assert "◐ softmax: partly correct" in failed[0]["error"]
    assert "Each sample has a total of its own: keep one sum a row." in failed[0]["error"]


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_nbgrader_passes_the_right_answer(tmp_path: Path) -> None:
    assert "failed" not in _validate(RIGHT, tmp_path)
