"""The printed text of the lesson that a test module is about."""

from __future__ import annotations

import pytest

from tests.lessons import run_of, slug_of


@pytest.fixture(scope="module")
def printed(request: pytest.FixtureRequest) -> str:
    """Give everything that the module's ``LESSON`` prints when it runs with its solutions."""
    return run_of(request.module.LESSON, answered=True).printed


@pytest.hookimpl(tryfirst=True)  # before xdist writes the groups into the names
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep the tests of one lesson together, so that it runs once where several processes share the tests."""
    for item in items:
        if item.path.parent.name == "notebooks":
            params = item.callspec.params if isinstance(item, pytest.Function) and hasattr(item, "callspec") else {}
            group = slug_of(params["lesson"]) if "lesson" in params else item.path.stem.removeprefix("test_")
            item.add_marker(pytest.mark.xdist_group(group))


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Give ``row`` every key of the module's ``EXACT``."""
    if "row" in metafunc.fixturenames:
        metafunc.parametrize("row", list(metafunc.module.EXACT))
