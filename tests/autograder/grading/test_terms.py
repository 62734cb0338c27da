"""Names and rules that all of grading shares."""

from __future__ import annotations

from typing import Any

import pytest

from autograder.grading.terms import unused_packages


def notebook(*sources: str, kind: str = "code") -> dict[str, Any]:
    return {"cells": [{"cell_type": kind, "source": source, "metadata": {}} for source in sources]}


@pytest.mark.parametrize(
    "source", ["from sklearn.metrics import f1_score", "import sklearn", "from course_utils import check, datasets"]
)
def test_what_a_lesson_imports_is_not_unused(source: str) -> None:
    assert unused_packages([notebook("import numpy"), notebook("import torch", source)]) == []


def test_words_are_no_imports() -> None:
    assert unused_packages([notebook("import torch\nmydatasets = 3"), notebook("sklearn", kind="markdown")]) == [
        "sklearn"
    ]
