"""The same class on a real PostgreSQL server, as Debian's package installs it."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from farm_work import quick
from nbgrader.converters import Autograde, GenerateAssignment
from sqlalchemy import create_engine, text
from test_farm import Coordinator, states
from toy_course import ASSIGNMENT, HereFarm, ToyCourse

from autograder.grading.commands import grade
from autograder.grading.course import Course
from autograder.grading.lock import held

FULL = {"check-scale": 4.0, "check-total": 2.0}
NONE = {"check-scale": 0.0, "check-total": 0.0}


def _programs() -> Path | None:
    found = shutil.which("initdb")
    places = [Path(found).parent] if found else sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    return next((place for place in reversed(places) if (place / "initdb").exists()), None)


def _as_user() -> list[str]:
    """Return what makes a command run as an ordinary user: PostgreSQL refuses root."""
    if os.getuid() != 0:
        return []
    import pwd

    try:
        user = pwd.getpwnam("postgres")
    except KeyError:
        user = pwd.getpwnam("nobody")
    return ["setpriv", f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups"]


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """Start a server in a temporary folder; return the address of its databases."""
    programs = _programs()
    if programs is None:
        pytest.skip("PostgreSQL is not installed (Debian's package: postgresql)")
    if os.getuid() == 0 and shutil.which("setpriv") is None:
        pytest.skip("there is no setpriv to start PostgreSQL with as an ordinary user")
    folder = Path(tempfile.mkdtemp(prefix="course-postgresql-"))
    if _as_user():
        uid, gid = (int(word.split("=")[1]) for word in _as_user()[1:3])
        os.chown(folder, uid, gid)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    data = folder / "data"
    made = [programs / "initdb", "-D", data, "-U", "course", "-A", "trust", "-N", "-E", "UTF8", "--locale=C"]
    subprocess.run([*_as_user(), *made], check=True, capture_output=True, cwd=folder)
    process = subprocess.Popen(
        [*_as_user(), programs / "postgres", "-D", data, "-h", "127.0.0.1", "-p", str(port), "-k", folder, "-F"],
        cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    address = f"postgresql+psycopg://course@127.0.0.1:{port}"
    try:
        _wait_for(address, process)
        yield address
    finally:
        process.send_signal(signal.SIGQUIT)  # at once, and its processes with it
        process.wait()
        shutil.rmtree(folder, ignore_errors=True)


def _wait_for(address: str, process: subprocess.Popen[Any]) -> None:
    engine = create_engine(f"{address}/postgres")
    for _ in range(600):
        assert process.poll() is None
        try:
            engine.connect().close()
            engine.dispose()
            return
        except Exception:  # it is still starting
            time.sleep(0.1)
    raise AssertionError("the server does not answer")


@pytest.fixture(scope="module")
def filled(server: str, built_course: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A database that nbgrader has made its tables in, to be copied; return the server's address."""
    root = tmp_path_factory.mktemp("postgresql") / "course"
    shutil.copytree(built_course, root)
    _make_database(server, "filled", "template1")
    _point_to(root, f"{server}/filled")
    loaded = Course.load(root)
    app = GenerateAssignment(coursedir=loaded.directory(ASSIGNMENT, "."), config=loaded.config)
    app.force = True
    app.start()
    return server


def _make_database(server: str, name: str, template: str) -> None:
    engine = create_engine(f"{server}/postgres", isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        others = f"select pg_terminate_backend(pid) from pg_stat_activity where datname = '{template}'"
        connection.execute(text(others))
        connection.execute(text(f"create database {name} template {template}"))
    engine.dispose()


def _point_to(root: Path, address: str) -> None:
    with (root / "nbgrader_config.py").open("a") as file:
        file.write(f"\nc.CourseDirectory.db_url = '{address}'\n")


@pytest.fixture
def on_postgresql(course: ToyCourse, filled: str, request: pytest.FixtureRequest) -> ToyCourse:
    """The toy course, with a database of its own."""
    _make_database(filled, request.node.name, "filled")
    _point_to(course.root, f"{filled}/{request.node.name}")
    return course


def test_the_same_marks_as_on_sqlite(on_postgresql: ToyCourse) -> None:
    """By `course grade` and by nbgrader's own command; nbgrader's version of the tables is noted."""
    course = on_postgresql
    course.hand_in("ada", scale="# right check-scale, right check-total")
    course.hand_in("bob", scale="# wrong")
    (course.path("ada").parent / "timestamp.txt").write_text("2026-01-02 03:04:05 UTC")
    assert grade(course.root, ASSIGNMENT, progress=False, farm=HereFarm(quick)).done == ["ada", "bob"]
    assert states(course) == {"ada": FULL, "bob": NONE}
    assert not course.needs_person("ada")
    assert grade(course.root, ASSIGNMENT, progress=False, farm=HereFarm(quick)).kept == ["ada", "bob"]
    engine = create_engine(Course.load(course.root).db_url)
    with engine.connect() as connection:
        assert connection.execute(text("select version_num from alembic_version")).scalar()
        connection.execute(text("update grade set auto_score = null, needs_manual_grade = true"))
        connection.commit()
    engine.dispose()
    loaded = Course.load(course.root)
    app = Autograde(coursedir=loaded.directory(ASSIGNMENT), config=loaded.config)
    app.force = True
    app.start()
    assert states(course) == {"ada": FULL, "bob": NONE}


def test_a_run_that_is_killed(on_postgresql: ToyCourse) -> None:
    course = on_postgresql
    names = [f"s{number}" for number in range(10)]
    for name in names:
        course.hand_in(name, scale=f"# right check-scale, right check-total, {name}")
    Coordinator(course.root, "farm_work:quick").kill_after(3)
    found = states(course)
    assert 3 <= len(found) < 10
    assert all(state == FULL for state in found.values())
    said = Coordinator(course.root, "farm_work:quick").finish()
    assert said.count("points") == 10
    assert said.count("as before") >= 3
    assert states(course) == dict.fromkeys(names, FULL)


def test_a_gradebook_that_was_away_for_a_moment(on_postgresql: ToyCourse) -> None:
    """The server ends every connection, as after a restart: the writer connects again."""
    course = on_postgresql
    course.hand_in("ada", scale="# right check-scale, right check-total")
    engine = create_engine(Course.load(course.root).db_url)

    def cut_off(task: Any) -> Any:
        with engine.connect() as connection:
            others = "pid <> pg_backend_pid() and datname = current_database()"
            connection.execute(text(f"select pg_terminate_backend(pid) from pg_stat_activity where {others}"))
        return quick(task)

    assert grade(course.root, ASSIGNMENT, progress=False, farm=HereFarm(cut_off)).done == ["ada"]
    engine.dispose()
    assert states(course) == {"ada": FULL}
    with held(course.root, ASSIGNMENT, "the lock is free again", seconds=0):
        pass
