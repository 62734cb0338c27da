"""Where the new release of a lesson is: named, in nbgrader's exchange, or in a folder ``release``."""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import reduce
from pathlib import Path
from typing import Any

from course_utils.language import _
from course_utils.updating.terms import BACKUP, UpdateError

CONFIG_FILE = "nbgrader_config.py"
RELEASE = "release"


@dataclass(frozen=True)
class Found:
    """A released lesson.

    Attributes
    ----------
    where : str
        In words, for the learner.
    name : str
        The lesson's, which is its notebook's.
    notebook : bytes
        The released notebook.
    files : dict
        The other files of the lesson's folder: path below it -> content.
    """

    where: str
    name: str
    notebook: bytes
    files: dict[str, bytes]


def find_release(names: Sequence[str], target: Path, given: Path | None) -> Found:
    """Find the new release of a lesson.

    Parameters
    ----------
    names : sequence of str
        What the lesson may be called, the likeliest first.
    target : Path
        The learner's notebook: never taken for the release.
    given : Path, optional
        What the learner named: a notebook, a lesson's folder, or a folder of lessons.

    Returns
    -------
    Found
        From `given`; else from nbgrader's exchange; else from the first of these folders that has the lesson: the
        release folder of the course around, a folder ``release`` here or above, the one beside this package.

    Raises
    ------
    UpdateError
        When there is none.
    """
    if given is not None:
        return _named(names, target, given)
    found, looked = _in_exchange(names)
    if found is not None:
        return found
    itself = False
    for folder in _release_folders():
        for name in names:
            notebook = folder / name / f"{name}.ipynb"
            if notebook.is_file():
                if notebook.samefile(target):
                    itself = True
                    continue
                return _read(notebook, _("the release in {place}", place=notebook.parent))
        looked.append(str(folder))
    if itself:
        raise UpdateError(
            _(
                "{file} is the release itself, and no other was found. Name the new one with --release, or update a "
                "copy.",
                file=target,
            )
        )
    either = reduce(lambda before, name: _("{names} or {last}", names=before, last=name), names)
    raise UpdateError(
        _(
            "There is no release of {names}: looked in {places}. Name its notebook or folder with "
            "--release, or ask your instructor whether the lesson is released.",
            names=either,
            places=", ".join(looked),
        )
    )


def _named(names: Sequence[str], target: Path, given: Path) -> Found:
    notebook = _notebook_in(given, names)
    if notebook is None:
        if given.is_dir():
            what = _("{place} holds no notebook of this lesson.", place=given)
        else:
            what = _("{place} is not there.", place=given)
        advice = _(
            "With --release, name the released notebook of {lesson}, its folder, or the folder of all releases.",
            lesson=names[0],
        )
        raise UpdateError(f"{what} {advice}")
    if notebook.samefile(target):
        raise UpdateError(
            _("{file} is the notebook that is to be updated. With --release, name the released one.", file=notebook)
        )
    # Beside a notebook that is named alone may lie anything.
    return _read(notebook, _("the release {file}", file=notebook), alone=given.is_file())


def _notebook_in(given: Path, names: Sequence[str]) -> Path | None:
    if given.is_file():
        return given
    for name in names:
        for path in (given / f"{name}.ipynb", given / name / f"{name}.ipynb"):
            if path.is_file():
                return path
    found = notebooks_in(given)
    return found[0] if len(found) == 1 else None


def notebooks_in(folder: Path) -> list[Path]:
    """Return the notebooks of a folder, without what an update has set aside."""
    return sorted(
        path for path in folder.glob("*.ipynb") if path.is_file() and BACKUP not in path.name and path.name[0] != "."
    )


def _read(notebook: Path, where: str, alone: bool = False) -> Found:
    folder, files = notebook.parent, {}
    try:
        content = notebook.read_bytes()
        for path in [] if alone else sorted(folder.rglob("*")):
            inside = path.relative_to(folder)
            hidden = any(part.startswith(".") or part == "__pycache__" for part in inside.parts)
            if path != notebook and not hidden and path.is_file() and not path.is_symlink():
                files[inside.as_posix()] = path.read_bytes()
    except OSError as error:
        about = {"file": error.filename, "reason": error.strerror}
        raise UpdateError(_("The release cannot be read: {file}: {reason}.", **about)) from error
    return Found(where, notebook.stem, content, files)


def _release_folders() -> Iterator[Path]:
    """Return the folders that may hold releases, each once."""
    here = Path.cwd()
    places = [configured for folder in [_course_folder()] if folder for configured in _configured(folder)]
    places += [folder / RELEASE for folder in (here, *here.parents)]
    places.append(Path(__file__).resolve().parents[2] / RELEASE)
    for place in dict.fromkeys(place.resolve() for place in places):
        if place.is_dir():
            yield place


def _course_folder() -> Path | None:
    here = Path.cwd()
    return next((folder for folder in (here, *here.parents) if (folder / CONFIG_FILE).is_file()), None)


def _configured(root: Path) -> Iterator[Path]:
    from nbgrader.coursedir import CourseDirectory

    directory = CourseDirectory(config=_config())
    yield Path(root, directory.format_path(directory.release_directory, ".", "lesson")).parent


def _config() -> Any:
    """Return nbgrader's configuration as JupyterLab's Assignment List reads it, and that of the course around."""
    from nbgrader.apps import NbGrader
    from traitlets.config.loader import PyFileConfigLoader

    app = NbGrader(log_level=logging.CRITICAL)
    app.load_config_file()
    config = app.config
    root = _course_folder()
    if root is not None:
        try:
            config.merge(PyFileConfigLoader(CONFIG_FILE, path=str(root)).load_config())
        except Exception as error:  # the file is Python, so it can fail in any way
            raise UpdateError(
                _(
                    "{file} cannot be read ({reason}). Mend it, or name the new release with --release.",
                    file=root / CONFIG_FILE,
                    reason=f"{type(error).__name__}: {error}",
                )
            ) from error
    return config


def _in_exchange(names: Sequence[str]) -> tuple[Found | None, list[str]]:
    """Fetch a lesson from nbgrader's exchange into a folder that goes again; else say where it was looked for."""
    from nbgrader.coursedir import CourseDirectory

    config = _config()
    course = CourseDirectory(config=config).course_id
    reason = ""
    for name in names:
        try:
            courses = [course] if course else _courses_with(name, config)
            if len(courses) > 1:
                raise UpdateError(
                    _(
                        "{lesson} is released in several courses: {courses}. Name the release with --release.",
                        lesson=name,
                        courses=", ".join(courses),
                    )
                )
            if courses:
                return _fetched(name, courses[0], config), []
        except UpdateError:
            raise
        except Exception as error:  # an exchange may be a plugin, and fail in any way
            reason = reason or " ".join(str(error).split())
    return None, [_("nbgrader's exchange ({reason})", reason=reason or _("no course there has it"))]


def _courses_with(name: str, config: Any) -> list[str]:
    lister = _step("List", name, "", config)
    return sorted({info["course_id"] for info in lister.start() if info["assignment_id"] == name})


def _fetched(name: str, course: str, config: Any) -> Found:
    with tempfile.TemporaryDirectory(prefix="course-update-") as place:
        fetch = _step("FetchAssignment", name, course, config)
        fetch.assignment_dir = place
        fetch.start()
        found = sorted(Path(place).rglob(f"{name}.ipynb"))
        if not found:
            raise UpdateError(
                _(
                    "{lesson} in nbgrader's exchange (course {course}) holds no {lesson}.ipynb.",
                    lesson=name,
                    course=course,
                )
            )
        return _read(found[0], _("the release in nbgrader's exchange (course {course})", course=course))


def _step(step: str, name: str, course: str, config: Any) -> Any:
    """Return one of nbgrader's steps with the exchange, whichever exchange is configured; it says nothing aloud."""
    from nbgrader.auth import Authenticator
    from nbgrader.coursedir import CourseDirectory
    from nbgrader.exchange import ExchangeFactory

    log = logging.Logger("course-update", level=logging.CRITICAL + 1)
    directory = CourseDirectory(config=config, log=log)
    directory.assignment_id, directory.course_id = name, course
    factory = ExchangeFactory(config=config, log=log)
    return getattr(factory, step)(
        coursedir=directory, authenticator=Authenticator(config=config, log=log), config=config, log=log
    )
