"""How several processes share the tests: what shares a server, a class of submissions or a lesson's run stays together.

pytest-xdist's own ``xdist_group`` writes the group into a test's name, which pytest 9.2 does not let it; so the groups
follow from the names here.
"""

from __future__ import annotations

import re

from xdist.scheduler import LoadScopeScheduling

_LESSON = re.compile(r"\b\d\d_(\w+)")


def group_of(nodeid: str) -> str:
    """Return what a test is kept together with: its file, its lesson, or nothing but itself."""
    path = nodeid.split("::")[0]
    folder = path.removeprefix("tests/").split("/")[0]
    if folder in ("attacks", "autograder", "browser", "hub"):
        return path
    if folder == "notebooks":
        found = _LESSON.search(nodeid.partition("[")[2])
        return found[1].partition("-")[0] if found else path.rsplit("/", 1)[-1][len("test_") : -len(".py")]
    return nodeid


class Sharing(LoadScopeScheduling):
    """Hands out whole groups, the ones with the most tests first; single tests fill the end."""

    def _split_scope(self, nodeid: str) -> str:
        return group_of(nodeid)
