"""Every lesson through the real engine: the reference answers earn everything, an untouched lesson nothing."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest

from autograder.grading.execute import assess
from autograder.grading.results import ResultStore
from autograder.grading.sanitise import sanitise
from tests.lessons import LESSONS, ROOT, sources

# Between them: a trained model, given functions, a module, and a lesson that builds on earlier ones. That the reference
# answers of the others are right is tried without the engine in every run, in tests/mutants and tests/notebooks.
QUICK = ("05_softmax_regression", "08_classification_metrics", "10_dropout", LESSONS[-1])


# How an untouched answer is judged is the same in every lesson; the last one also builds on earlier answers.
@pytest.mark.parametrize(
    ("lesson", "answered", "due"),
    [
        *(
            pytest.param(lesson, True, "correct", marks=() if lesson in QUICK else pytest.mark.slow)
            for lesson in LESSONS
        ),
        (LESSONS[-1], False, "not attempted"),
    ],
)
def test_marks_under_a_secret_seed(lesson: str, answered: bool, due: str, tmp_path: Path) -> None:
    release = nbformat.read(ROOT / "release" / lesson / f"{lesson}.ipynb", as_version=4)
    handed_in = nbformat.read(sources() / lesson / f"{lesson}.ipynb", as_version=4) if answered else release
    notebook, _ = sanitise(handed_in, release)
    record = assess(notebook, lesson, "ada", ResultStore(tmp_path), secret=b"s" * 32)
    assert record.ungraded == []
    verdicts = [cell["verdict"] for cell in record.cells if "verdict" in cell]
    assert len(verdicts) >= 8
    assert [(one["exercise"], one["outcome"]) for one in verdicts] == [(one["exercise"], due) for one in verdicts]
