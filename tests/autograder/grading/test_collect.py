"""Collecting from a real exchange in which learners put what they like."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbgrader.auth import Authenticator
from nbgrader.exchange.default import ExchangeCollect, ExchangeReleaseAssignment, ExchangeSubmit
from toy_course import ASSIGNMENT, HereFarm, ToyCourse, with_answers
from traitlets.config import Config

from autograder.grading import collect
from autograder.grading.collect import SafeCollect
from autograder.grading.commands import grade
from autograder.grading.course import Course
from autograder.grading.terms import LEFT_OUT
from autograder.grading.worker import grade_task

NAME = f"{ASSIGNMENT}.ipynb"
SCALE = "def scale(x, factor):\n    return x * factor"
REPOSITORY = Path(__file__).resolve().parents[3]
LOG = logging.getLogger("autograder.grading.collect")


class Exchange:
    """The toy course with an exchange."""

    def __init__(self, course: ToyCourse, root: Path) -> None:
        self.course, self.root = course, root
        (root / "exchange").mkdir()
        (root / "exchange").chmod(0o777)
        self.inbound = root / "exchange" / "dlf" / "inbound"
        self.step(ExchangeReleaseAssignment).start()

    def step(self, kind: type, student: str = "*", home: Path | None = None, **settings: Any) -> Any:
        loaded = Course.load(self.course.root)
        config = Config(loaded.config)
        config.Exchange.root = str(self.root / "exchange")
        config.Exchange.cache = str(self.root / "cache")
        config.ExchangeCollect.check_owner = False  # one account plays the whole class
        for name, value in settings.items():
            config.SafeCollect[name] = value
        directory = loaded.directory(ASSIGNMENT)
        directory.student_id = student
        made = kind(coursedir=directory, authenticator=Authenticator(config=config), config=config)
        made.log = LOG
        if home is not None:
            made.assignment_dir = str(home)
        return made

    def submit(self, student: str, **files: bytes) -> Path:
        """Hand in with nbgrader, and return the folder in the exchange."""
        home = self.root / "homes" / student
        (home / ASSIGNMENT).mkdir(parents=True, exist_ok=True)
        nbformat.write(with_answers(self.course.released, scale=SCALE), home / ASSIGNMENT / NAME)
        for name, content in files.items():
            (home / ASSIGNMENT / name).write_bytes(content)
        before = set(self.inbound.iterdir())
        self.step(ExchangeSubmit, student, home).start()
        (made,) = set(self.inbound.iterdir()) - before
        return made

    def collect(self, **settings: Any) -> None:
        self.step(SafeCollect, **settings).start()

    def collected(self, student: str) -> dict[str, bytes]:
        top = self.course.path(student).parent
        assert not any(path.is_symlink() for path in top.rglob("*"))
        return {str(path.relative_to(top)): path.read_bytes() for path in top.rglob("*") if path.is_file()}

    def left_out(self, student: str) -> str:
        return self.collected(student).get(LEFT_OUT, b"").decode()


@pytest.fixture
def exchange(course: ToyCourse, tmp_path: Path) -> Exchange:
    return Exchange(course, tmp_path)


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    """A folder of the instructor's, with the reference notebook in it."""
    (tmp_path / "reference").mkdir()
    (tmp_path / "reference" / NAME).write_text("the reference")
    return tmp_path / "reference"


def test_an_honest_submission_is_collected_as_nbgrader_does(exchange: Exchange, tmp_path: Path) -> None:
    exchange.submit("ada", **{"notes.txt": b"mine", "helper.py": b"x = 1"})
    exchange.collect()
    ours = exchange.collected("ada")
    (exchange.course.root / "class" / "submitted").rename(tmp_path / "ours")
    exchange.step(ExchangeCollect).start()
    assert ours == exchange.collected("ada")
    assert {NAME, "timestamp.txt", "submission_secret.txt", "notes.txt", "helper.py"} == set(ours)


def test_a_link_to_the_reference_is_not_followed_and_a_person_is_told(
    exchange: Exchange, secret: Path, caplog: pytest.LogCaptureFixture
) -> None:
    place = exchange.submit("mallory")
    (place / NAME).unlink()
    (place / NAME).symlink_to(secret / NAME)
    (place / "folder").symlink_to(secret)
    (place / "in").mkdir()
    (place / "in" / "a.txt").symlink_to(secret / NAME)
    os.mkfifo(place / "pipe.txt")
    (place / LEFT_OUT).write_text("nothing at all")
    exchange.submit("zoe")
    exchange.collect()
    assert b"the reference" not in b"".join(exchange.collected("mallory").values())
    said = exchange.left_out("mallory")
    assert [f"`{name}` was not collected" in said for name in (NAME, "folder", "in/a.txt", "pipe.txt")] == [True] * 4
    assert "nothing at all" not in said
    assert f"mallory: `{NAME}` was not collected: it is a link, and links are not followed." in caplog.messages
    assert NAME in exchange.collected("zoe")
    assert exchange.left_out("zoe") == ""
    grade(exchange.course.root, ASSIGNMENT, progress=False, farm=HereFarm(grade_task))
    assert set(exchange.course.marks("mallory").values()) == {0.0}
    graded = nbformat.read(exchange.course.path("mallory", "autograded"), as_version=4)
    assert any("it is a link" in note for note in graded.metadata.dlf.notes)
    assert LEFT_OUT not in graded.metadata.dlf.unreadable


def test_a_submission_that_is_a_link_itself(exchange: Exchange, secret: Path) -> None:
    stamp = exchange.submit("ada").name.removeprefix("ada")
    (exchange.inbound / f"mallory{stamp}").symlink_to(secret)
    exchange.collect()
    assert set(exchange.collected("mallory")) == {LEFT_OUT}
    assert "links are not followed" in exchange.left_out("mallory")
    assert NAME in exchange.collected("ada")


def test_what_becomes_a_link_after_it_was_looked_at_is_not_opened(secret: Path, tmp_path: Path) -> None:
    (tmp_path / "file").symlink_to(secret / NAME)
    (tmp_path / "folder").symlink_to(secret)
    place = os.open(tmp_path, os.O_RDONLY)
    for name, flags in (("file", collect._FILE), ("folder", collect._FOLDER)):
        with pytest.raises(OSError), collect._opened(name, flags, place):
            pass
    os.close(place)


@pytest.mark.skipif(os.name != "posix" or os.getuid() != 0, reason="gives a file to somebody else")
def test_a_hard_link_to_somebody_elses_file(exchange: Exchange, secret: Path) -> None:
    place = exchange.submit("mallory")
    os.link(secret / NAME, place / "theirs.txt")
    os.chown(secret / NAME, 12345, 12345)
    os.link(place / "timestamp.txt", place / "mine.txt")
    exchange.collect()
    assert "`theirs.txt` was not collected: it is a second name" in exchange.left_out("mallory")
    assert "mine.txt" in exchange.collected("mallory")


def test_number_and_size_have_bounds_and_the_notebook_comes_first(exchange: Exchange) -> None:
    place = exchange.submit("mallory")
    for number in range(60):
        (place / f"0{number}.dat").write_bytes(b"0" * 1000)
    deep = place.joinpath(*["d"] * 20)
    deep.mkdir(parents=True)
    (deep / "x.txt").touch()
    exchange.collect(max_files=30)
    assert len(exchange.collected("mallory")) == 31  # and what was left out
    assert {NAME, "timestamp.txt"} <= set(exchange.collected("mallory"))
    assert "too many files" in exchange.left_out("mallory")
    exchange.submit("mallory")
    exchange.collect(update=True)
    assert exchange.left_out("mallory") == ""
    assert len(exchange.collected("mallory")) == 3


def test_large_files_and_deep_folders_are_left_out(tmp_path: Path) -> None:
    source, target = tmp_path / "source", tmp_path / "target"
    source.joinpath(*["d"] * 20).mkdir(parents=True)
    target.mkdir()
    for name, size in (("1.txt", 900), ("2.txt", 1100), ("3.txt", 900), ("4.txt", 900), ("cache.pyc", 1)):
        (source / name).write_bytes(b"0" * size)
    place = os.open(source, os.O_RDONLY)
    copy = collect._Copy(os.getuid(), 100, 1000, 2000, ("*.pyc",), ("*",))
    copy.folder(place, target, "")
    assert sorted(path.name for path in target.iterdir()) == ["1.txt", "3.txt", "d"]
    assert [note.partition(":")[0] for note in copy.notes] == [
        "`2.txt` was not collected",
        "`4.txt` was not collected",
        f"`{'/'.join(['d'] * 17)}` was not collected",
    ]
    # A file that grows meanwhile is not copied beyond the bound, and what was copied of it is taken away.
    with collect._opened("3.txt", collect._FILE, place) as file:
        assert not copy._write(file, target / "grown")
    assert not (target / "grown").exists()
    os.close(place)


def test_names_that_no_submit_has_made_stop_nobody(exchange: Exchange, caplog: pytest.LogCaptureFixture) -> None:
    exchange.submit("ada")
    for name in (f"eve+{ASSIGNMENT}+yesterday", f"+{ASSIGNMENT}+2026-01-01 10:00:00 UTC", f"a+{ASSIGNMENT}+"):
        (exchange.inbound / name).mkdir()
    exchange.collect()
    exchange.step(SafeCollect, "..").start()
    assert [path.name for path in (exchange.course.root / "class" / "submitted").iterdir()] == ["ada"]
    assert sum("its name is none" in message for message in caplog.messages) >= 3


def test_one_that_cannot_be_collected_stops_nobody(
    exchange: Exchange, secret: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    for student in ("ada", "bob", "cyd"):
        exchange.submit(student)
    exchange.course.path("bob").parent.parent.mkdir(parents=True)
    exchange.course.path("bob").parent.symlink_to(secret)
    (exchange.course.path("ada").parent.parent).write_text("a file in the way of a folder")
    exchange.collect(update=True)
    assert NAME in exchange.collected("cyd")
    assert (secret / NAME).read_text() == "the reference"
    assert any("is a link or lies in one" in message for message in caplog.messages)
    assert any("submission of ada could not be collected" in message for message in caplog.messages)


def test_only_newer_ones_are_collected_again(exchange: Exchange) -> None:
    exchange.submit("ada")
    exchange.collect()
    (exchange.course.path("ada").parent / "notes.txt").write_text("the instructor's")
    exchange.collect()
    exchange.collect(update=True)
    assert "notes.txt" in exchange.collected("ada")
    exchange.submit("ada")
    exchange.collect()
    assert "notes.txt" in exchange.collected("ada")
    exchange.collect(update=True)
    assert "notes.txt" not in exchange.collected("ada")


@pytest.mark.parametrize("stamp", [b"", b"no time at all", b"\xff\xfe", b"9" * 70_000])
def test_a_time_that_is_none_does_not_stop_the_next_collecting(exchange: Exchange, stamp: bytes) -> None:
    (exchange.submit("mallory") / "timestamp.txt").write_bytes(stamp)
    exchange.collect()
    exchange.submit("mallory")
    exchange.submit("zoe")
    exchange.collect(update=True)
    assert b"UTC" in exchange.collected("mallory")["timestamp.txt"]
    assert NAME in exchange.collected("zoe")


def test_the_owner_is_checked(exchange: Exchange) -> None:
    exchange.submit("not-an-account")
    step = exchange.step(SafeCollect)
    step.check_owner = True
    step.start()
    assert "claims to be `not-an-account`'s but its owner is" in exchange.left_out("not-an-account")
    assert NAME in exchange.collected("not-an-account")


def test_nbgraders_command_and_formgrader_use_it(exchange: Exchange, secret: Path) -> None:
    root = exchange.course.root
    with open(root / "nbgrader_config.py", "a") as config:
        config.write(f"c.Exchange.root = {str(exchange.root / 'exchange')!r}\nc.ExchangeCollect.check_owner = False\n")
    (exchange.submit("mallory") / "more.txt").symlink_to(secret / NAME)
    command = [sys.executable, "-m", "nbgrader", "collect", ASSIGNMENT]
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY)}
    done = subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "`more.txt` was not collected: it is a link" in done.stderr
    assert set(exchange.collected("mallory")) == {NAME, "timestamp.txt", "submission_secret.txt", LEFT_OUT}
    from nbgrader.apps import NbGraderAPI

    loaded = Course.load(root)
    assert NbGraderAPI(coursedir=loaded.directory(), config=loaded.config).exchange.collect is SafeCollect
