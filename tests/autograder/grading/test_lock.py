"""One run at a time, and a lock that ends with its holder."""

from __future__ import annotations

import json
import multiprocessing
import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from farm_work import quick
from nbgrader.converters import Autograde
from toy_course import ASSIGNMENT, HereFarm, ToyCourse

from autograder.grading.commands import grade
from autograder.grading.course import Course
from autograder.grading.lock import FOLDER, Locked, held

FORK = multiprocessing.get_context("fork")


def hold(root: Path, name: str, ready: Any, end: Any) -> None:
    with held(root, name, f"course grade {name}"):
        ready.set()
        end.wait()


@pytest.fixture
def holder(tmp_path: Path) -> Iterator[Any]:
    """Another process that holds the toy lesson's lock, in `tmp_path / "course"`."""
    ready, end = FORK.Event(), FORK.Event()
    process: Any = FORK.Process(target=hold, args=(tmp_path / "course", ASSIGNMENT, ready, end), daemon=True)
    process.start()
    assert ready.wait(30)
    process.let_go = end.set
    yield process
    process.kill()
    process.join()


def test_who_holds_it_is_said(tmp_path: Path, holder: Any) -> None:
    with pytest.raises(Locked) as refused, held(tmp_path / "course", ASSIGNMENT, "another", seconds=0):
        raise AssertionError("two at once")
    said = str(refused.value)
    assert said.startswith(f"`course grade {ASSIGNMENT}` is running: process {holder.pid} of ")
    assert " on " in said
    assert ", since 20" in said
    with held(tmp_path / "course", "02_other", "another lesson is free", seconds=0):
        pass


def test_a_killed_holder_holds_nothing(tmp_path: Path, holder: Any) -> None:
    holder.kill()
    holder.join()
    with held(tmp_path / "course", ASSIGNMENT, "the next", seconds=0):
        note = json.loads((tmp_path / "course" / FOLDER / f"{ASSIGNMENT}.json").read_text())
        assert (note["pid"], note["what"]) == (os.getpid(), "the next")
    assert not (tmp_path / "course" / FOLDER / f"{ASSIGNMENT}.json").exists()


def test_one_waits_and_says_once_for_whom(tmp_path: Path, holder: Any) -> None:
    said: list[str] = []
    threading.Timer(2.5, holder.let_go).start()
    began = time.monotonic()
    with held(tmp_path / "course", ASSIGNMENT, "the next", tell=said.append):
        assert time.monotonic() - began > 1
    assert len(said) == 1
    assert f"process {holder.pid}" in said[0]


def test_course_grade_and_nbgrader_respect_it(course: ToyCourse, holder: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    course.hand_in("ada", scale="# right check-scale")
    with pytest.raises(Locked, match=r"course grade .* is running"):
        grade(course.root, ASSIGNMENT, progress=False, wait=False, farm=HereFarm(quick))
    monkeypatch.setattr("autograder.grading.lock.NBGRADER_SECONDS", 0.0)
    loaded = Course.load(course.root)
    with pytest.raises(Locked, match=f"process {holder.pid}"):
        Autograde(coursedir=loaded.directory(ASSIGNMENT), config=loaded.config).start()
    assert not course.path("ada", "autograded").exists()
    holder.let_go()
    assert grade(course.root, ASSIGNMENT, progress=False, farm=HereFarm(quick)).done == ["ada"]
    Autograde(coursedir=loaded.directory(ASSIGNMENT), config=loaded.config).start()
