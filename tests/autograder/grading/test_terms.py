"""Names and rules that all of grading shares."""

from __future__ import annotations

from typing import Any

import pytest

from autograder.grading.terms import unused_packages


def notebook(*sources: str, kind: str = "code") -> dict[str, Any]:
    return {"cells": [{"cell_type": kind, "source": source, "metadata": {}} for source in sources]}


USED = "from course_utils import datasets, plots, widgets"
OF_WIDGETS = ["ipywidgets", "anywidget", "course_utils.widgets"]


def test_what_a_lesson_imports_is_not_unused() -> None:
    assert unused_packages([notebook("import numpy"), notebook("import torch", USED)]) == []


@pytest.mark.parametrize(
    ("source", "unused"),
    [
        ("from sklearn.metrics import f1_score", [*OF_WIDGETS, "course_utils.plots"]),
        ("import sklearn", [*OF_WIDGETS, "course_utils.plots"]),
        ("from course_utils import check, datasets", [*OF_WIDGETS, "course_utils.plots"]),
        ("import ipywidgets", ["sklearn", "course_utils.plots"]),
        ("from course_utils.widgets import slider_figure", ["sklearn", "course_utils.plots"]),
        ("from course_utils.plots import score_curve", ["sklearn", *OF_WIDGETS]),
    ],
)
def test_what_it_does_not_import_is(source: str, unused: list[str]) -> None:
    assert unused_packages([notebook("import numpy"), notebook("import torch", source)]) == unused


def test_words_are_no_imports() -> None:
    words = [notebook("import torch\nmydatasets = 3\nsubplots = 2"), notebook("sklearn", kind="markdown")]
    assert unused_packages(words) == ["sklearn", *OF_WIDGETS, "course_utils.plots"]
