"""By hand means by hand: a library that does the work is noticed, plain NumPy never is."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import scipy.special
import torch
import torch.nn.functional as F
from sklearn.preprocessing import normalize

from course_utils.judging import Outcome, load_exercises
from course_utils.judging.by_hand import libraries_in
from course_utils.judging.checking import local_call
from course_utils.judging.judge import judge
from course_utils.judging.show import verdict_html, verdict_text
from tests.judging.toys import verdict_on

SOFTMAX = load_exercises("softmax_regression")["softmax"]
aliased = F.softmax
from_numpy, torch_softmax = torch.from_numpy, torch.softmax


def _helper(z: np.ndarray) -> np.ndarray:
    return torch_softmax(from_numpy(z), 1).numpy()


LIBRARY = {
    "direct": (lambda z: torch.softmax(torch.tensor(z), dim=1).numpy(), "torch"),
    "alias": (lambda z: aliased(torch.tensor(z), dim=1).numpy(), "torch"),
    "method": (lambda z: from_numpy(z).softmax(1).numpy(), "torch"),
    "helper": (lambda z: _helper(z), "torch"),
    "list": (lambda z: torch_softmax(from_numpy(z), 1).tolist(), "torch"),
    "scipy": (lambda z: scipy.special.softmax(z, axis=1), "scipy"),
    "sklearn": (lambda z: normalize(np.exp(z - z.max(axis=1, keepdims=True)), norm="l1"), "sklearn"),
}


@pytest.mark.parametrize("name", LIBRARY)
def test_a_library_at_work_is_seen(name: str) -> None:
    answer, package = LIBRARY[name]
    verdict = judge(SOFTMAX, local_call(answer, SOFTMAX), 1)
    assert verdict.outcome is Outcome.LIBRARY
    assert verdict.credit == 0
    assert f"`{package}`" in verdict.sentence
    assert verdict.notes
    assert verdict.notes[0] not in verdict_text(verdict) + verdict_html(verdict)


def test_right_numbers_are_acknowledged() -> None:
    right = judge(SOFTMAX, local_call(LIBRARY["helper"][0], SOFTMAX), 1)
    wrong = judge(SOFTMAX, local_call(lambda z: _helper(z) + 1, SOFTMAX), 1)
    assert right.sentence.startswith("The numbers are right, but")
    assert not wrong.sentence.startswith("The numbers are right")


@pytest.mark.parametrize(
    "answer",
    [
        lambda x: 2 * x,
        lambda x: np.linalg.svd(x) and np.sort(2 * x.copy(), axis=None).reshape(x.shape) * 0 + 2 * x,
        lambda x: np.einsum("ij,k->ij", x, np.ones(2)),
        lambda x: np.array([[2 * float(v) for v in row] for row in x.tolist()]),
    ],
)
def test_plain_numpy_is_never_a_library(answer: Any) -> None:
    assert verdict_on(answer).outcome is Outcome.CORRECT


def test_an_exercise_that_is_not_by_hand_may_use_libraries() -> None:
    answer = lambda x: (2 * torch.tensor(x)).numpy()  # noqa: E731
    assert verdict_on(answer).outcome is Outcome.LIBRARY
    assert verdict_on(answer, by_hand=False).outcome is Outcome.CORRECT
    assert verdict_on(answer, by_hand=False, source="import torch").outcome is Outcome.CORRECT


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("import torch", ("torch",)),
        ("import torch.nn.functional as F", ("torch",)),
        ("from sklearn.linear_model import LogisticRegression as L", ("sklearn",)),
        ("    def f(x):\n        return scipy.special.softmax(x)", ("scipy",)),
        ("def f(x):\n    import jax, torch\n", ("jax", "torch")),
        ("def f(x):\n    return ｔorch.tensor(x)", ("torch",)),  # to Python the same name
        ("def f(x):\n    'uses torch'  # torch\n    return x.torch", ()),
        ("import numpy as np\nfrom . import torch", ()),
        ("torch = 3", ()),
        ("def f(:", ()),
        ("\0", ()),
        ("(" * 5000, ()),
        ("", ()),
    ],
)
def test_the_source_tells_what_it_names(source: str, found: tuple[str, ...]) -> None:
    assert libraries_in(source, SOFTMAX.watch) == found


def test_the_source_counts_even_when_the_call_does_not_show_it() -> None:
    verdict = verdict_on(lambda x: 2 * x, source="def double(x):\n    return torch.tensor(x) * 2")
    assert verdict.outcome is Outcome.LIBRARY
