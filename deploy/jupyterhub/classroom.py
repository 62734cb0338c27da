"""A class, as `class.toml` describes it: who is in it, where it lives, what a server may use.

Only the standard library is used here: the file is read before there is an environment.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

# What useradd takes as it comes. nbgrader parts the names of submissions by "+".
_ACCOUNT = re.compile(r"[a-z_][a-z0-9_-]{0,31}")
_COURSE_ID = re.compile(r"[a-z0-9][a-z0-9_-]{0,31}")
_KNOWN = {"course_id", "folder", "grader", "instructors", "learners", "environment", "server", "limits"}


class ClassError(Exception):
    """The class cannot be run as described; the text says in one sentence what to change."""


@dataclass(frozen=True)
class Limits:
    """What the servers and notebooks of one account may use."""

    processes: float = 512
    memory_gb: float = 16
    file_gb: float = 2
    open_files: float = 4096
    idle_minutes: float = 60

    def command(self) -> list[str]:
        """Return what to put before a command, so that it and all it starts are limited."""
        giga = 10**9
        return [
            "prlimit", f"--nproc={int(self.processes)}", f"--as={int(self.memory_gb * giga)}",
            f"--fsize={int(self.file_gb * giga)}", f"--nofile={int(self.open_files)}", "--core=0", "--",
        ]  # fmt: skip


@dataclass(frozen=True)
class Classroom:
    """A class.

    Attributes
    ----------
    folder : Path
        Root's, and everybody may pass. Below it lie all other folders.
    environment : Path
        The Python environment of hub and notebooks; readable by everybody.
    """

    course_id: str
    folder: Path
    environment: Path
    grader: str
    instructors: tuple[str, ...]
    learners: tuple[str, ...]
    ip: str
    port: int
    limits: Limits

    @property
    def course(self) -> Path:
        """The course: lessons, reference answers, submissions, gradebook. The grader's alone."""
        return self.folder / "course"

    @property
    def exchange(self) -> Path:
        """nbgrader's exchange."""
        return self.folder / "exchange"

    @property
    def shared(self) -> Path:
        """What everybody may read: the package that lessons import, and Jupyter's settings."""
        return self.folder / "shared"

    @property
    def private(self) -> Path:
        """The hub's database, its cookie secret and the like; root's alone."""
        return self.folder / "hub"

    @property
    def proxy(self) -> Path:
        """The folder that the proxy is installed into."""
        return self.folder / "proxy"

    @property
    def accounts(self) -> tuple[str, ...]:
        """Everybody's account, the grader's first."""
        return (self.grader, *self.instructors, *self.learners)

    def settings(self, role: str) -> str:
        """Return where the servers of a role (learner, instructor, grader) find Jupyter's settings."""
        return f"{self.shared / 'etc' / role}:{self.shared / 'etc' / 'everyone'}"

    def role(self, account: str) -> str:
        """Return what somebody is in this class."""
        return "instructor" if account in self.instructors else "learner"


def read_class(path: Path) -> Classroom:
    """Read `class.toml`.

    Raises
    ------
    ClassError
        When it cannot be read, or says something that cannot be.
    """
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ClassError(f"{path} cannot be read: {error.strerror}.") from None
    except ValueError as error:  # no TOML, or no UTF-8
        raise ClassError(f"{path} is no TOML: {error}.") from None
    _refuse_unknown(data, _KNOWN, "")
    server = _table(data, "server", {"ip", "port"})
    folder = _folder(data, "folder", None)
    made = Classroom(
        course_id=_name(data.get("course_id"), "course_id", _COURSE_ID),
        folder=folder,
        environment=_folder(data, "environment", folder / "environment"),
        grader=_name(data.get("grader"), "grader", _ACCOUNT),
        instructors=_names(data, "instructors"),
        learners=_names(data, "learners"),
        ip=server.get("ip", "127.0.0.1"),
        port=server.get("port", 8000),
        limits=_limits(data),
    )
    if not isinstance(made.ip, str) or not made.ip:
        raise ClassError('server.ip must be an address, as in "127.0.0.1".')
    if type(made.port) is not int or not 1 <= made.port <= 65532:
        raise ClassError("server.port must be a number from 1 to 65532; the three ports above it are used, too.")
    twice = sorted({name for name in made.accounts if made.accounts.count(name) > 1})
    if twice:
        raise ClassError(f"{twice[0]} is named twice: an account is grader, instructor or learner, never two of them.")
    if "root" in made.accounts:
        raise ClassError("root cannot be in the class: its servers would be limited by nothing.")
    return made


def _limits(data: Mapping[str, Any]) -> Limits:
    names = {field.name for field in fields(Limits)}
    given = _table(data, "limits", names)
    for name, value in given.items():
        if type(value) not in (int, float) or value < 0 or (value == 0 and name != "idle_minutes"):
            raise ClassError(f"limits.{name} must be a number above zero.")
    return Limits(**given)


def _table(data: Mapping[str, Any], name: str, known: set[str]) -> dict[str, Any]:
    table = data.get(name, {})
    if not isinstance(table, dict):
        raise ClassError(f"{name} must be a table: a line [{name}] with its entries below.")
    _refuse_unknown(table, known, f"{name}.")
    return table


def _refuse_unknown(table: Mapping[str, Any], known: set[str], before: str) -> None:
    unknown = sorted(set(table) - known)
    if unknown:
        raise ClassError(f"There is no setting {before}{unknown[0]}; there are {', '.join(sorted(known))}.")


def _folder(data: Mapping[str, Any], name: str, default: Path | None) -> Path:
    value = data.get(name, default)
    if not isinstance(value, str | Path) or not Path(value).is_absolute():
        raise ClassError(f'{name} must be a whole path, as in "/srv/dlf".')
    return Path(value)


def _name(value: Any, name: str, form: re.Pattern[str]) -> str:
    if not isinstance(value, str) or not form.fullmatch(value):
        raise ClassError(f"{name}: {value!r} is no name of small letters, digits, - and _.")
    return value


def _names(data: Mapping[str, Any], name: str) -> tuple[str, ...]:
    value = data.get(name)
    if not isinstance(value, list) or not value:
        raise ClassError(f'{name} must be a list of accounts, as in ["ada"].')
    return tuple(_name(item, name, _ACCOUNT) for item in value)
