"""A course in a temporary folder, with canaries: secrets to read, things to change, doors to knock at.

Every canary holds a random word of its own, so that a word found in an output tells what was read. All of
it belongs to this one world: an attack that succeeds harms nothing else.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

import nbformat

from autograder.engine import Limits
from tests.attacks.case import Attack
from tests.attacks.lesson import ASSIGNMENT, DECLARATIONS, source_notebook

REPOSITORY = Path(__file__).resolve().parents[2]
# The neighbour whose work an attack may try to read or change.
VICTIM = "000-victim"
# Limits that let an attack come to an end in seconds; the same for every case.
LIMITS = {
    "cell_seconds": 6.0,
    "call_seconds": 3.0,
    "notebook_seconds": 40.0,
    "memory_bytes": 2**30,
    "output_bytes": 2**19,
    "notebook_output_bytes": 2**21,
    "file_bytes": 16 * 2**20,
    "disk_bytes": 64 * 2**20,
    "processes": 64,
    "total_memory_bytes": 2 * 2**30,
    "cpu_seconds": 60.0,
    "value_bytes": 16 * 2**20,
}
_CONFIG = """
import os
c = get_config()
c.CourseDirectory.course_id = "dlf"
c.CourseDirectory.root = os.path.dirname(os.path.abspath(__file__))
c.CourseDirectory.source_directory = "build/source"
c.CourseDirectory.release_directory = "release"
c.CourseDirectory.submitted_directory = "class/submitted"
c.CourseDirectory.autograded_directory = "class/autograded"
c.CourseDirectory.feedback_directory = "class/feedback"
c.CourseDirectory.db_url = "sqlite:///" + os.path.join(c.CourseDirectory.root, "class", "gradebook.db")
c.ClearSolutions.code_stub = {"python": 'raise NotImplementedError("your answer goes here")'}
"""
_STOCK_CONFIG = "c.Execute.timeout = 10\n"
# Read by every Python that the grading starts with the environment of an instructor: the lesson's exercises
# are found beside the real ones.
_SITE = """
import importlib.machinery, importlib.util, os, sys

class _Lesson:
    def find_spec(self, name, path=None, target=None):
        if name != "course_utils.exercises.siege":
            return None
        return importlib.util.spec_from_file_location(name, os.path.join(os.path.dirname(__file__), "siege.py"))

sys.meta_path.append(_Lesson())
"""


def known_limits() -> dict[str, Any]:
    """Return those of the limits that the engine has."""
    known = {field.name for field in fields(Limits)}
    return {name: value for name, value in LIMITS.items() if name in known}


class World:
    """One course and its canaries.

    Parameters
    ----------
    root : Path
        An empty folder for all of it.
    stock : bool
        Whether the course is graded by stock nbgrader.

    Attributes
    ----------
    words : dict of str to str
        The secret words by canary.
    contacts : list of (str, bytes)
        What was said at the doors.
    """

    def __init__(self, root: Path, stock: bool) -> None:
        self.root, self.stock = root, stock
        self.course = root / "course"
        self.mark = f"course-canary-{secrets.token_hex(6)}"
        names = ["environment", "home", "reference", "hidden", "secret", "victim", "shm", "tmp", "process", "package"]
        self.words = {name: f"word-{name}-{secrets.token_hex(8)}" for name in names}
        self.contacts: list[tuple[str, bytes]] = []
        self._sockets: list[socket.socket] = []
        self.shm, self.tmp = Path("/dev/shm", self.mark), Path("/tmp", self.mark)

    def build(self) -> None:
        """Lay out the folders and let nbgrader make the release."""
        source = self.course / "build" / "source" / ASSIGNMENT
        for folder in (source, self.course / "class", self.root / "home", self.root / "site"):
            folder.mkdir(parents=True)
        (self.root / "home").chmod(0o700)
        nbformat.write(source_notebook(self.words, self.stock), source / f"{ASSIGNMENT}.ipynb")
        (self.course / "nbgrader_config.py").write_text(_CONFIG + self._grading())
        (self.root / "site" / "sitecustomize.py").write_text(_SITE)
        (self.root / "site" / "siege.py").write_text(DECLARATIONS)
        (self.root / "site" / "canary_package.py").write_text(f"WORD = '{self.words['package']}'\n")
        (self.root / "home" / "exam.txt").write_text(self.words["home"])
        (self.root / "home" / ".ipython" / "profile_default" / "startup").mkdir(parents=True)
        (self.root / "secret").write_text(self.words["secret"].ljust(64, "-"))
        (self.root / "secret").chmod(0o600)
        self.tell("release")

    def _grading(self) -> str:
        if self.stock:
            return _STOCK_CONFIG
        section = (REPOSITORY / "nbgrader_config.py").read_text().split("# --- grading ---")[1]
        return section + "".join(f"c.EngineLimits.{name} = {value!r}\n" for name, value in known_limits().items())

    @contextlib.contextmanager
    def open(self) -> Iterator[World]:
        """Put the canaries outside the course in place, and take them away again."""
        self.shm.write_text(self.words["shm"])
        self.tmp.write_text(self.words["tmp"])
        process = subprocess.Popen(
            [sys.executable, "-I", "-S", "-c", "import time; time.sleep(3600)", self.words["process"]],
            env={"CANARY": self.words["process"]},
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )
        self.process = process
        try:
            self._listen()
            yield self
        finally:
            for one in self._sockets:
                one.close()
            process.kill()
            process.wait()
            self.shm.unlink(missing_ok=True)
            self.tmp.unlink(missing_ok=True)

    def _listen(self) -> None:
        self.port = 0
        doors: list[tuple[str, socket.AddressFamily, socket.SocketKind, Any]] = [
            ("tcp", socket.AF_INET, socket.SOCK_STREAM, ("127.0.0.1", 0)),
            ("udp", socket.AF_INET, socket.SOCK_DGRAM, ("127.0.0.1", 0)),
            ("named socket", socket.AF_UNIX, socket.SOCK_STREAM, str(self.root / "door")),
            ("abstract socket", socket.AF_UNIX, socket.SOCK_STREAM, f"\0{self.mark}"),
        ]
        self.ports = {}
        for name, family, kind, address in doors:
            door = socket.socket(family, kind)
            door.bind(address)
            if family == socket.AF_INET:
                self.ports[name] = door.getsockname()[1]
            if kind == socket.SOCK_STREAM:
                door.listen(64)
            self._sockets.append(door)
            threading.Thread(target=self._answer, args=(name, door), daemon=True).start()

    def _answer(self, name: str, door: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while True:
                if door.type == socket.SOCK_DGRAM:
                    self.contacts.append((name, door.recv(200)))
                    continue
                guest, _ = door.accept()
                with guest, contextlib.suppress(OSError):
                    guest.settimeout(2)
                    self.contacts.append((name, guest.recv(200)))

    def values(self, attack: Attack) -> dict[str, str]:
        """Return what stands for the names between ``@`` signs in an attack."""
        return {
            "name": attack.name,
            "home": str(self.root / "home"),
            "course": str(self.course),
            "gradebook": str(self.course / "class" / "gradebook.db"),
            "source": str(self.course / "build" / "source" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb"),
            "release": str(self.course / "release" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb"),
            "victim": str(self.path(VICTIM)),
            "submitted": str(self.course / "class" / "submitted"),
            "secret": str(self.root / "secret"),
            "package": str(self.root / "site" / "canary_package.py"),
            "repository": str(REPOSITORY),
            "shm": str(self.shm),
            "tmp": str(self.tmp),
            "door": str(self.root / "door"),
            "abstract": self.mark,
            "tcp": str(self.ports["tcp"]),
            "udp": str(self.ports["udp"]),
            "pid": str(self.process.pid),
            "assignment": ASSIGNMENT,
        }

    def environment(self) -> dict[str, str]:
        """Return the environment that the grading runs in: an instructor's, with a secret in it."""
        kept = {name: os.environ[name] for name in ("PATH", "LANG", "TZ", "TMPDIR") if name in os.environ}
        return {
            **kept,
            "HOME": str(self.root / "home"),
            "COURSE_SECRET_FILE": str(self.root / "secret"),
            "COURSE_DATABASE_PASSWORD": self.words["environment"],
            "PYTHONPATH": os.pathsep.join([str(self.root / "site"), str(REPOSITORY)]),
            "OMP_NUM_THREADS": "1",
            "OPENBLAS_NUM_THREADS": "1",
            "JUPYTER_PLATFORM_DIRS": "1",
        }

    def path(self, student: str, step: str = "submitted") -> Path:
        """Return where a student's notebook is at a step."""
        return self.course / "class" / step / student / ASSIGNMENT / f"{ASSIGNMENT}.ipynb"

    @property
    def released(self) -> Mapping[str, Any]:
        """The notebook that learners are given."""
        read: Mapping[str, Any] = json.loads((self.course / "release" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb").read_text())
        return read

    def honest(self, student: str, word: str = "") -> None:
        """Hand in a right submission."""
        made = Attack(must="", stock="held", first=f"# {word}" if word else "")
        self.hand_in(student, made.file(self.released, {}))

    def attack(self, student: str, attack: Attack) -> None:
        """Hand in an attack."""
        values = self.values(attack)
        self.hand_in(student, attack.file(self.released, values))
        if attack.place is not None:
            attack.place(self.path(student), values)

    def hand_in(self, student: str, content: bytes) -> None:
        """Write a submission, in place of the one before."""
        path = self.path(student)
        if path.parent.exists():
            shutil.rmtree(path.parent)
        path.parent.mkdir(parents=True)
        path.write_bytes(content)

    def tell(self, task: str, *arguments: str, seconds: float = 1500) -> dict[str, Any]:
        """Let a process with an instructor's environment do a task of ``session.py``; return what it says.

        Raises
        ------
        TimeoutError
            When it does not end.
        RuntimeError
            When it fails.
        """
        with tempfile.NamedTemporaryFile("r", dir=self.root, suffix=".json") as said:
            command = [sys.executable, "-m", "tests.attacks.session", task, str(self.course), said.name, *arguments]
            with open(self.root / "session.log", "ab") as log:
                try:
                    subprocess.run(
                        command, env=self.environment(), cwd=REPOSITORY, timeout=seconds, check=True,
                        stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                    )  # fmt: skip
                except subprocess.TimeoutExpired:
                    raise TimeoutError(f"{task} did not end within {seconds:.0f} s") from None
                except subprocess.CalledProcessError as error:
                    tail = (self.root / "session.log").read_text(errors="replace")[-1500:]
                    raise RuntimeError(f"{task} failed ({error.returncode}): {tail}") from None
            found: dict[str, Any] = json.loads(said.read() or "{}")
            return found

    def guarded(self, attackers: Iterable[str] = ()) -> dict[str, str]:
        """Return a fingerprint of everything that nobody may change, by path.

        Parameters
        ----------
        attackers : iterable of str
            Whose own submissions are left out: our grader takes links and pipes away from them.
        """
        submitted = self.course / "class" / "submitted"
        theirs = [submitted / student for student in set(os.listdir(submitted)) - set(attackers)]
        startup = self.root / "home" / ".ipython" / "profile_default" / "startup"
        files = [self.root / "secret", self.root / "home" / "exam.txt", self.course / "nbgrader_config.py"]
        files += [self.shm, self.tmp, startup]
        for folder in (self.course / "build", self.course / "release", self.root / "site", startup, *theirs):
            files += [path for path in folder.rglob("*") if "__pycache__" not in path.parts]
        return {str(path): _fingerprint(path) for path in files}


def _fingerprint(path: Path) -> str:
    try:
        status = path.lstat()
        content = path.read_bytes() if path.is_file() and not path.is_symlink() else b""
    except OSError as error:
        return type(error).__name__
    return f"{status.st_mode:o} {hashlib.sha256(content).hexdigest()}"


@contextlib.contextmanager
def new_world(stock: bool, like: World | None = None) -> Iterator[World]:
    """Make a world in a folder of its own, and take it away again.

    Parameters
    ----------
    stock : bool
        Whether its course is graded by stock nbgrader.
    like : World, optional
        One to copy, with what was handed in and graded there, in place of making one from the start.
    """
    root = Path(tempfile.mkdtemp(prefix="course-siege-"))
    world = World(root, stock)
    try:
        if like is None:
            world.build()
            world.honest(VICTIM, world.words["victim"])
        else:
            shutil.copytree(like.root, root, dirs_exist_ok=True, ignore=shutil.ignore_patterns("door"))
            world.words = like.words
        with world.open():
            yield world
    finally:
        subprocess.run(["chmod", "-R", "u+rwx", str(root)], check=False, capture_output=True)
        # A submission has shaped what lies below; `rm` knows no depth at which it ends.
        subprocess.run(["rm", "-rf", str(root)], check=False, capture_output=True)
