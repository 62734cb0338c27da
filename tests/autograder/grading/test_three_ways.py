"""`nbgrader autograde`, formgrader's button and `course grade` give the same marks, row for row.

:func:`grade_in_three_ways` takes any course and any folder of submissions.
"""

from __future__ import annotations

import http.cookiejar
import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbgrader.api import Gradebook
from toy_course import ASSIGNMENT, with_answers
from whole_course import ROOT, build_toy_course, copy_course, copy_packages, environment, outcome

from autograder import demo
from autograder.build import build
from autograder.demo.people import PEOPLE, definitions, fill_in
from tests.attacks.case import FULL, corpus
from tests.attacks.lesson import ASSIGNMENT as SIEGE
from tests.attacks.ours import students_of
from tests.attacks.world import World, new_world

SCALE = "def scale(x, factor):\n    return x * factor"
TOTAL = "def total(x):\n    return x.sum()"
SECONDS = 1500


def grade_in_three_ways(
    course: Path, assignment: str, place: Path, env: dict[str, str], submissions: Path | None = None
) -> dict[str, dict[str, Any]]:
    """Grade a class in three ways, each on a fresh copy of the course, with one secret.

    Parameters
    ----------
    course : Path
        A built course.
    assignment : str
        The assignment.
    place : Path
        A folder to work in.
    env : dict of str to str
        The environment of the processes that grade, as :func:`whole_course.environment` gives it.
    submissions : Path, optional
        A folder with ``<student>/<assignment>/...`` for every student; left out where the course has them.

    Returns
    -------
    dict of str to dict
        What each way left, as :func:`whole_course.outcome` gives it.
    """
    ways = {"command": _by_command, "button": _by_button, "course": _by_course}
    place.mkdir(exist_ok=True)
    found = {}
    for name, way in ways.items():
        root = copy_course(course, place / name, submissions)
        began = time.monotonic()
        way(root, assignment, env)
        print(f"{name}: {time.monotonic() - began:.0f} s")  # pytest -s
        found[name] = outcome(root, assignment)
    return found


def _by_command(root: Path, assignment: str, env: dict[str, str]) -> None:
    _run([sys.executable, "-m", "nbgrader", "autograde", assignment], root, env)


def _by_course(root: Path, assignment: str, env: dict[str, str]) -> None:
    _run([sys.executable, "-m", "autograder.cli", "grade", assignment, "--root", str(root)], root, env)


def _run(command: list[str], root: Path, env: dict[str, str]) -> None:
    done = subprocess.run(command, cwd=root, env=env, capture_output=True, text=True, timeout=SECONDS)
    # nbgrader returns 1 when a submission could not be converted; the marks of all are compared either way.
    assert done.returncode in (0, 1), done.stderr[-3000:]
    assert "Traceback" not in done.stderr or done.returncode == 1, done.stderr[-3000:]


def _by_button(root: Path, assignment: str, env: dict[str, str]) -> None:
    with _server(root, env) as (address, token):
        cookies = http.cookiejar.CookieJar()
        opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(cookies))
        opener.open(f"{address}/formgrader/manage_submissions/{assignment}?token={token}", timeout=60).read()
        xsrf = {cookie.name: cookie.value for cookie in cookies}["_xsrf"]
        for student in sorted(path.parent.name for path in (root / "class" / "submitted").glob(f"*/{assignment}")):
            url = f"{address}/formgrader/api/submission/{assignment}/{urllib.parse.quote(student)}/autograde"
            headers = {"X-CSRFToken": str(xsrf), "Authorization": f"token {token}"}
            request = urllib.request.Request(url, data=b"", headers=headers, method="POST")
            answer = json.loads(opener.open(request, timeout=SECONDS).read())
            assert "success" in answer, answer


@contextmanager
def _server(root: Path, env: dict[str, str]) -> Iterator[tuple[str, str]]:
    """Run a Jupyter server with nbgrader's formgrader in a course; yield its address and token."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    token = secrets.token_hex(16)
    command = [
        sys.executable, "-m", "jupyter_server", "--no-browser", "--allow-root", "--ip=127.0.0.1", f"--port={port}",
        "--ServerApp.port_retries=0", f"--IdentityProvider.token={token}", f"--ServerApp.root_dir={root}",
    ]  # fmt: skip
    log = root.parent / "server.log"
    with log.open("w") as file:
        server = subprocess.Popen(command, cwd=root, env=env, stdout=file, stderr=file, start_new_session=True)
    address = f"http://127.0.0.1:{port}"
    try:
        _wait(f"{address}/api", server, log)
        yield address, token
    finally:
        os.killpg(server.pid, signal.SIGTERM)
        try:
            server.wait(15)
        except subprocess.TimeoutExpired:
            os.killpg(server.pid, signal.SIGKILL)
            server.wait()


def _wait(address: str, server: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(480):
        assert server.poll() is None, log.read_text()[-3000:]
        try:
            urllib.request.urlopen(address, timeout=2).close()
            return
        except OSError:
            time.sleep(0.25)
    raise AssertionError(f"no answer: {log.read_text()[-3000:]}")


def assert_equal(found: dict[str, dict[str, Any]]) -> None:
    """Check that all ways left the same; name every place where two differ."""
    first, *others = found
    wrong = [text for other in others for text in _differences(found[first], found[other], first, other)]
    assert not wrong, "\n".join(wrong)


def _differences(one: Any, two: Any, first: str, other: str, place: str = "") -> list[str]:
    if isinstance(one, dict) and isinstance(two, dict):
        names = sorted(one.keys() | two.keys())
        inner = [(one.get(name), two.get(name), f"{place}/{name}" if place else name) for name in names]
    elif isinstance(one, list | tuple) and isinstance(two, list | tuple) and len(one) == len(two):
        inner = [(*pair, f"{place}[{number}]") for number, pair in enumerate(zip(one, two, strict=True))]
    else:
        return [] if one == two else [f"{place}: {first} has {one!r:.300}, {other} has {two!r:.300}"]
    return [text for left, right, where in inner for text in _differences(left, right, first, other, where)]


def _toy_class(folder: Path, released: Any) -> None:
    def hand_in(student: str, content: bytes | None = None, name: str = f"{ASSIGNMENT}.ipynb", **answers: str) -> Path:
        path = folder / student / ASSIGNMENT / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(nbformat.writes(with_answers(released, **answers)).encode() if content is None else content)
        (folder / student / ASSIGNMENT / "timestamp.txt").write_text("2026-01-01 12:00:00 UTC")
        return path

    hand_in("ada", scale=SCALE, total=TOTAL)
    hand_in("ben", scale="def scale(x, factor):\n    return x + factor", total=TOTAL)
    hand_in("cleo", scale="import os\nos._exit(0)", total=TOTAL)
    hand_in("dora", b'{"cells": [')
    hand_in("ed", name=f"{ASSIGNMENT} (1).ipynb", scale=SCALE, total=TOTAL)
    hand_in("flo", name="a.ipynb", scale=SCALE)
    hand_in("flo", name="b.ipynb", total=TOTAL)
    (hand_in("gus")).unlink()
    late = hand_in("hal", scale=SCALE, total=TOTAL)
    (late.parent / "timestamp.txt").write_text("2026-02-01 12:00:00 UTC")
    spoilt = hand_in("ina", scale=SCALE, total=TOTAL)
    (spoilt.parent / "timestamp.txt").write_text("no time at all")
    os.mkfifo(spoilt.parent / "pipe")
    (hand_in("jo", name="notes.txt").parent / f"{ASSIGNMENT}.ipynb").symlink_to("/etc/passwd")


@pytest.mark.timeout(900)
def test_a_toy_class_gets_the_same_marks_in_three_ways(tmp_path: Path) -> None:
    course = build_toy_course(tmp_path / "course", 'c.LatePenalty.method = "zero"')
    with Gradebook(course.db_url) as gradebook:
        gradebook.update_or_create_assignment(ASSIGNMENT, duedate="2026-01-15 00:00:00 UTC")
    released = nbformat.read(course.folder("release", ASSIGNMENT) / f"{ASSIGNMENT}.ipynb", as_version=4)
    _toy_class(tmp_path / "handed_in", released)
    env = environment(tmp_path / "home", copy_packages(tmp_path / "packages"))
    found = grade_in_three_ways(course.root, ASSIGNMENT, tmp_path / "ways", env, tmp_path / "handed_in")
    assert_equal(found)
    due = {
        "ada": ["4.0", "2.0"], "ben": ["0.0", "2.0"], "cleo": ["0.0", "2.0"], "dora": ["0.0", "0.0"],
        "ed": ["4.0", "2.0"], "flo": ["None", "None"], "gus": ["0.0", "0.0"], "hal": ["4.0", "2.0"],
        "ina": ["None", "None"], "jo": ["0.0", "0.0"],
    }  # fmt: skip
    for student, marks in due.items():
        books = found["course"][student]["books"]
        assert [grade[1] for grade in books[ASSIGNMENT]["grades"]] == marks, student
    assert found["course"]["hal"]["books"][ASSIGNMENT]["penalty"] == 6


def test_a_difference_is_noticed() -> None:
    one, two = {"ada": {"late": 0, "grades": [("a", 1)]}}, {"ada": {"late": 1, "grades": [("a", 2)]}, "ben": {}}
    assert_equal({"command": one, "button": one})
    with pytest.raises(AssertionError) as raised:
        assert_equal({"command": one, "button": two})
    assert [line.strip() for line in str(raised.value).splitlines()][:3] == [
        "ada/grades[0][1]: command has 1, button has 2",
        "ada/late: command has 0, button has 1",
        "ben: command has None, button has {}",
    ]


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_the_demos_class_gets_the_same_marks_in_three_ways(tmp_path: Path) -> None:
    root = tmp_path / "course"
    root.mkdir()
    for name in demo.COPIED:
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        copy(ROOT / name, root / name)
    (root / "class" / "submitted").mkdir(parents=True)
    build(root)
    reference = definitions((ROOT / "solutions" / f"{demo.LESSON[3:]}.py").read_text(encoding="utf-8"))
    for person in PEOPLE:
        path = tmp_path / "handed_in" / person.name / demo.LESSON / f"{demo.LESSON}.ipynb"
        path.parent.mkdir(parents=True)
        notebook = nbformat.read(root / "release" / demo.LESSON / path.name, as_version=4)
        fill_in(notebook, person, reference)
        nbformat.write(notebook, path)
        if person.spoil is not None:
            before = path.read_bytes()
            person.spoil(notebook, path)
            if path.read_bytes() == before:
                path.write_text(nbformat.writes(notebook), encoding="utf-8")
    env = environment(tmp_path / "home", None)
    found = grade_in_three_ways(root, demo.LESSON, tmp_path / "ways", env, tmp_path / "handed_in")
    assert_equal(found)
    assert set(found["course"]) == {person.name for person in PEOPLE}


def _stamp(world: World, student: str, day: int) -> None:
    """Say when a submission was handed in: by this nbgrader sees that another one has come."""
    world.path(student).with_name("timestamp.txt").write_text(f"2026-01-{day:02d} 12:00:00 UTC")


@pytest.mark.slow
@pytest.mark.timeout(5400)
@pytest.mark.xdist_group("attacks")
def test_the_attack_corpus_gets_the_same_marks_in_three_ways() -> None:
    attackers, honest = students_of(corpus())
    with new_world(stock=False) as world:
        earlier = [student for student, attack in attackers.items() if attack.earlier]
        for student in [*honest[1:], *earlier]:
            world.honest(student)
        for student in earlier:
            _stamp(world, student, 1)
        world.tell("grade", "2", *earlier)
        for student, attack in attackers.items():
            world.attack(student, attack)
        for student in earlier:
            _stamp(world, student, 2)
        # Nothing but our own code says that the judge takes one thread.
        theirs = {name: value for name, value in world.environment().items() if not name.endswith("_NUM_THREADS")}
        env = environment(world.root / "home", None)
        env = env | theirs | {"PATH": env["PATH"]}
        found = grade_in_three_ways(world.course, SIEGE, world.root / "ways", env)
    assert_equal(found)
    due = {student: attack.deserves for student, attack in attackers.items()} | dict.fromkeys(honest, FULL)
    for student, marks in due.items():
        grades = found["course"][student]["books"][SIEGE]["grades"]
        assert {name.removeprefix("check-"): mark for name, mark, *_ in grades} == {
            name: str(None if mark is None else float(mark)) for name, mark in marks.items()
        }, student
