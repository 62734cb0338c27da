"""What ``nbgrader_config.py`` says about running submissions, and what this machine can confine."""

from __future__ import annotations

import functools
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from autograder.engine.limits import Limits
from autograder.engine.sandbox import look
from autograder.errors import CourseError

SECTION = "EngineLimits"
LEVELS = ("full", "container", "none")


class SettingsError(CourseError):
    """A setting cannot be used; the text says which and what it takes."""


class NotConfined(CourseError):
    """This machine cannot confine a submission, and nobody has allowed grading without that."""


@dataclass(frozen=True)
class Confinement:
    """How far submissions are kept from the machine that runs them.

    Attributes
    ----------
    level : {"full", "container", "none"}
        With namespaces; with Landlock and a system-call filter but no namespaces; with neither.
    steps : tuple of str
        The steps that can be taken here.
    missing : tuple of str
        Those that cannot.
    """

    level: str
    steps: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain data, for results and for notebook metadata."""
        return {"level": self.level, "steps": list(self.steps)}


def limits_of(config: Mapping[str, Any]) -> Limits:
    """Return the engine's limits as the course sets them.

    Parameters
    ----------
    config : Config
        What ``nbgrader_config.py`` says; ``c.EngineLimits.cell_seconds = 20`` and the like count.

    Raises
    ------
    SettingsError
        When a name is unknown or a value is no positive number.
    """
    given = dict(config.get(SECTION, {}))
    known = {field.name: type(field.default) for field in fields(Limits)}
    unknown = sorted(set(given) - set(known))
    if unknown:
        raise SettingsError(
            f"c.{SECTION}.{unknown[0]} in nbgrader_config.py is no limit; the limits are {', '.join(sorted(known))}."
        )
    numbers: dict[str, Any] = {name: _number(name, value, known[name]) for name, value in given.items()}
    return Limits(**numbers)


def _number(name: str, value: Any, kind: type) -> int | float:
    number = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value) and value > 0
    if not number or (kind is int and value != int(value)):
        what = "a whole number above 0" if kind is int else "a number above 0"
        raise SettingsError(f"c.{SECTION}.{name} in nbgrader_config.py must be {what}, not {value!r}.")
    return int(value) if kind is int else float(value)


def plain_limits(limits: Limits) -> dict[str, int | float]:
    """Return limits as plain data; ``Limits(**data)`` makes them again."""
    return asdict(limits)


@functools.cache
def confinement() -> Confinement:
    """Say what this machine offers for confining a submission; looked at once per process."""
    found = look()
    return Confinement(found.level, found.steps, found.missing)


def require_confinement(found: Confinement, unconfined: bool, where: str = "This machine") -> None:
    """Refuse to run strangers' code where nothing keeps it from the machine.

    Parameters
    ----------
    found : Confinement
        What there is.
    unconfined : bool
        Whether the instructor has allowed level "none" by name.
    where : str
        The machine, as the subject of a sentence.

    Raises
    ------
    NotConfined
        When the level is "none" and that is not allowed.
    """
    if found.level not in LEVELS[:2] and not unconfined:
        raise NotConfined(
            f"{where} cannot confine a submission (missing: {', '.join(found.missing) or 'everything'}), so its code "
            "could read and change your files: grade on Linux (docs/sandbox.md), or pass --unconfined "
            "(c.JudgeExecute.unconfined = True)."
        )
