"""Children for the tests, with limits small enough to be run into quickly."""

import dataclasses
import os
import shutil
import subprocess
import uuid
from pathlib import Path

import pytest
from sandbox_box import Box
from sandbox_levels import LEVELS, params

from autograder.engine import Child, Limits

SMALL = Limits(
    cell_seconds=8,
    call_seconds=8,
    notebook_seconds=60,
    memory_bytes=2 * 2**30,
    output_bytes=200_000,
    file_bytes=2**20,
    value_bytes=2**20,
)


@pytest.fixture(scope="module")
def limits():
    return SMALL


@pytest.fixture(scope="module")
def child():
    """One child for cells that leave no trace; what is to hang in it is given its own seconds."""
    with Child(dataclasses.replace(SMALL, cell_seconds=60, notebook_seconds=600)) as one:
        yield one


@pytest.fixture
def fresh():
    """Makes children of one's own; all are closed in the end."""
    made = []

    def make(*, confined=True, hidden=(), without=(), seed=0, **changes):
        limits = dataclasses.replace(SMALL, **changes)
        made.append(Child(limits, hidden=hidden, confined=confined, without=without, seed=seed))
        made[-1].start()
        return made[-1]

    yield make
    for one in made:
        one.close()


@pytest.fixture
def outside(request):
    """A folder that no child has any business in; not below the temporary folder of a child."""
    folder = Path(request.config.rootpath, ".pytest_cache", f"outside-{uuid.uuid4().hex}")
    folder.mkdir(parents=True, exist_ok=True)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(scope="module")
def planted():
    """A folder on the host that everybody may read and write, with a word in it."""
    folder = Path("/var/tmp", f"course-planted-{uuid.uuid4().hex}")
    (folder / "hidden").mkdir(parents=True)
    for path in (folder / "secret", folder / "hidden" / "secret"):
        path.write_text("planted-word")
        path.chmod(0o666)
    for path in (folder, folder / "hidden"):
        path.chmod(0o777)
    yield folder
    subprocess.run(["rm", "-rf", "--", str(folder)], check=True)


@pytest.fixture(scope="module", params=params(LEVELS))
def level(request):
    if request.param.startswith("root") and os.geteuid() != 0:
        pytest.skip("only root can show what root gets")
    return request.param


@pytest.fixture(scope="module")
def box(level):
    with Box(**LEVELS[level]) as one:
        yield one


@pytest.fixture(scope="module")
def bare():
    """Nothing but limits: shows that an attack is one."""
    with Box(confined=False) as one:
        yield one
