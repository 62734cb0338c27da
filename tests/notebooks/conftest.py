"""The printed text of the lesson that a test module is about."""

from __future__ import annotations

import pytest

from tests.lessons import run_of


@pytest.fixture(scope="module")
def printed(request: pytest.FixtureRequest) -> str:
    """Give everything that the module's ``LESSON`` prints when it runs with its solutions."""
    return run_of(request.module.LESSON, answered=True).printed


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Give ``row`` every key of the module's ``EXACT``."""
    if "row" in metafunc.fixturenames:
        metafunc.parametrize("row", list(metafunc.module.EXACT))
