"""How a farm gets ready: its judge and its warm process come from one process, and neither may suffer by it."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
import pytest
from toy_course import ASSIGNMENT, ToyCourse

from autograder.engine import spawn
from autograder.grading.commands import grade
from autograder.grading.farm import LocalFarm, start_ahead

# Looks for a word of a certain form, which it does not know, in all that this process can read of itself.
SCAN = r"""
import os, re, sys
form, found, read = re.compile(b"told-[0-9a-f]{24}"), [], 0
for name in ("environ", "cmdline"):
    found += form.findall(open(f"/proc/self/{name}", "rb").read())
with open("/proc/self/maps") as maps, open("/proc/self/mem", "rb", 0) as memory:
    for line in maps:
        span, rights, *_ = line.split(" ")
        begin, end = (int(address, 16) for address in span.split("-"))
        if rights.startswith("rw"):
            memory.seek(begin)
            text = memory.read(end - begin)
            read += len(text)
            found += form.findall(text)
print("found", found, "of", read > 2**26)
print("modules", [name for name in sys.modules if name.partition(".")[0] in ("autograder", "solutions")])
places = [f"/proc/self/fd/{name}" for name in os.listdir("/proc/self/fd")]
print("files", sorted(os.readlink(place).partition(":")[0] for place in places if os.path.lexists(place)))

def scale(x, factor):
    return x * factor
"""


def eventually(what: Callable[[], Any], seconds: float = 60.0) -> None:
    deadline = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def folders(place: Path) -> list[Path]:
    return list(place.glob("course-warm-*"))


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder for temporary files that nothing else uses."""
    place = tmp_path / "temporary"
    place.mkdir()
    for above in (place, *place.parents):
        if above.owner() == place.owner() and above != Path("/"):
            above.chmod(above.stat().st_mode | 0o055)  # a child may be another user
    monkeypatch.setattr(tempfile, "tempdir", str(place))
    return place


def test_no_child_holds_a_word_of_what_the_judge_was_told(course: ToyCourse, monkeypatch: pytest.MonkeyPatch) -> None:
    """Judge and warm process come from one process, and only after the fork does the judge learn anything."""
    monkeypatch.setenv("COURSE_TOLD", "told-" + os.urandom(12).hex())
    course.hand_in("ada", scale=SCAN)
    grade(course.root, ASSIGNMENT, farm=LocalFarm(1, course.root / "class" / "grading.log"))
    notebook = nbformat.read(course.path("ada", "autograded"), as_version=4)
    said = next(
        output["text"] for cell in notebook.cells for output in cell.get("outputs", []) if "found" in str(output)
    )
    assert "found [] of True" in said
    assert "modules []" in said
    # its own wire; a connection of the grader's would be a second one
    files = said.split("files ")[1].splitlines()[0]
    assert files.count("socket") == 1, files
    assert str(course.root) not in said
    assert course.outcome("ada", "scale") == "correct"


def test_a_farm_that_was_started_ahead_and_not_used_leaves_nothing(course: ToyCourse, temporary: Path) -> None:
    course.hand_in("ada")
    farm = start_ahead(course.root, ASSIGNMENT, 1)
    assert folders(temporary)
    farm.close()
    eventually(lambda: not folders(temporary))


def test_a_farm_that_was_started_ahead_grades(course: ToyCourse, temporary: Path) -> None:
    course.hand_in("ada")
    summary = grade(course.root, ASSIGNMENT, farm=start_ahead(course.root, ASSIGNMENT, 1))
    assert summary.done == ["ada"]
    eventually(lambda: not folders(temporary), 5.0)


@pytest.mark.parametrize("content", ["{", '{"cells": 5}', '{"cells": [{"source": [1]}]}'])
def test_a_release_that_cannot_be_read_is_the_coordinators_to_report(
    tmp_path: Path, temporary: Path, content: str
) -> None:
    place = tmp_path / "release" / ASSIGNMENT
    place.mkdir(parents=True)
    (place / "broken.ipynb").write_text(content)
    (tmp_path / "class").mkdir()
    start_ahead(tmp_path, ASSIGNMENT).close()
    assert not folders(temporary)


def test_a_warm_process_whose_grader_went_before_it_was_ready_clears_up(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    private = tmp_path / "private"
    private.mkdir()
    ours, theirs = socket.socketpair()
    process = spawn.start(private, theirs, spawn.lay_out(private, (), False, (), ("sklearn",)))
    theirs.close()
    ours.close()
    assert process.wait(60) == 0
    assert not private.exists()


def test_a_process_whose_coordinator_went_before_it_was_told_anything_clears_up(tmp_path: Path) -> None:
    private = tmp_path / "private"
    private.mkdir()
    ours, theirs = socket.socketpair()
    with theirs, open(os.devnull, "wb") as log:
        process = spawn.start_base(theirs, private, log)
    ours.close()
    assert process.wait(60) == 0
    assert not private.exists()


def test_a_farm_finds_the_course_as_its_coordinator_does(tmp_path: Path) -> None:
    """Also where it is installed by a hook that only a Python which reads its site's files has."""
    script = (
        "from autograder.grading.farm import LocalFarm\n"
        "farm = LocalFarm(1, work='copy:copy')\n"
        "print(list(farm.run(iter([{'limits': {'notebook_seconds': 60}}]))))\n"
        "farm.close()\n"
    )
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    command = [sys.executable, "-c", script]
    done = subprocess.run(command, env=environment, cwd=tmp_path, capture_output=True, text=True, timeout=120)
    assert done.stdout.count("notebook_seconds") == 2, done.stderr
