"""Tests that share something dear are handed to one process."""

from __future__ import annotations

import pytest

from tests.sharing import group_of


@pytest.mark.parametrize(
    ("nodeid", "group"),
    [
        ("tests/attacks/test_attacks.py::test_an_attack_is_held[a-display_hook]", "tests/attacks/test_attacks.py"),
        ("tests/autograder/grading/test_class.py::test_a_class", "tests/autograder/grading/test_class.py"),
        ("tests/notebooks/test_every_lesson.py::test_it_runs[True-05_softmax_regression]", "softmax_regression"),
        ("tests/notebooks/test_every_lesson.py::test_it[05_softmax_regression-True]", "softmax_regression"),
        ("tests/notebooks/test_softmax_regression.py::test_row[L067]", "softmax_regression"),
        ("tests/judging/test_judge.py::test_a[1]", "tests/judging/test_judge.py::test_a[1]"),
    ],
)
def test_what_shares_something_stays_together(nodeid: str, group: str) -> None:
    assert group_of(nodeid) == group


def test_this_run_shares_by_these_groups(request: pytest.FixtureRequest) -> None:
    """Where several processes share the tests, each has whole groups: the hook is found, whatever the versions."""
    hooks = request.config.hook.pytest_xdist_make_scheduler.get_hookimpls()
    assert any(hook.plugin_name.endswith("tests/conftest.py") for hook in hooks)
