"""The course's nbgrader configuration, loaded in one way by everything of ours."""

from __future__ import annotations

import os
import sysconfig
from pathlib import Path

from traitlets.config import Config
from traitlets.config.loader import ConfigFileNotFound, PyFileConfigLoader

from autograder.errors import CourseError

CONFIG_FILE = "nbgrader_config.py"


def load_config(root: Path) -> Config:
    """Load the course's nbgrader configuration, and nobody else's.

    Raises
    ------
    CourseError
        When there is none, or it cannot be read.
    """
    _find_commands()
    try:
        return PyFileConfigLoader(CONFIG_FILE, path=str(root)).load_config()
    except ConfigFileNotFound:
        raise CourseError(f"There is no {CONFIG_FILE} in {root}. Name the course's root with --root.") from None
    except Exception as error:  # the file is Python, so it can fail in any way
        raise CourseError(f"{CONFIG_FILE} cannot be read ({type(error).__name__}: {error}).") from error


def _find_commands() -> None:
    """Put the environment's commands on the search path: nbgrader runs `alembic` to make a gradebook.

    Without it, making a gradebook fails wherever the environment is used but not activated.
    """
    commands = sysconfig.get_path("scripts")
    places = os.environ.get("PATH", os.defpath).split(os.pathsep)
    if commands not in places:
        os.environ["PATH"] = os.pathsep.join([commands, *places])
