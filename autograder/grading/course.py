"""A course folder as nbgrader sees it: its configuration, its folders, its gradebook."""

from __future__ import annotations

import glob
from dataclasses import dataclass
from pathlib import Path

from nbgrader.api import Gradebook, MissingEntry
from nbgrader.coursedir import CourseDirectory
from traitlets.config import Config

from autograder.config import load_config
from autograder.errors import CourseError


class GradingError(CourseError):
    """Grading cannot start; the text says why and what to do."""


@dataclass(frozen=True)
class Course:
    """One course folder.

    Attributes
    ----------
    root : Path
        The folder with ``nbgrader_config.py``.
    config : Config
        What that file says.
    """

    root: Path
    config: Config

    @classmethod
    def load(cls, root: Path) -> Course:
        """Load the course in `root`.

        Raises
        ------
        CourseError
            When there is no ``nbgrader_config.py``.
        """
        root = Path(root).resolve()
        config = load_config(root)
        config.CourseDirectory.root = str(root)
        return cls(root, config)

    def directory(self, assignment: str = "", student: str = "*") -> CourseDirectory:
        """Return nbgrader's view of the folders, for one assignment and student."""
        made = CourseDirectory(config=self.config)
        made.assignment_id = assignment
        made.student_id = student if student == "*" else glob.escape(student)
        return made

    @property
    def db_url(self) -> str:
        """The gradebook's address."""
        return str(self.directory().db_url)

    def folder(self, step: str, assignment: str, student: str = ".") -> Path:
        """Return the folder of one submission at a step: submitted, autograded, feedback, release."""
        made = self.directory()
        return Path(made.format_path(getattr(made, f"{step}_directory"), student, assignment))

    def students(self, assignment: str, step: str = "submitted") -> list[str]:
        """Return who handed this assignment in, or has reached the step named."""
        above = self.folder(step, assignment, "*").parent.parent
        found = [person / assignment for person in above.glob("*")]
        # A link that leads nowhere was handed in all the same.
        return sorted(path.parent.name for path in found if path.is_dir() or path.is_symlink())

    def notebooks(self, assignment: str) -> list[str]:
        """Return the names of the assignment's notebooks.

        Raises
        ------
        GradingError
            When the assignment is a page, is not released, or the gradebook does not know it.
        """
        if assignment.startswith("00_"):
            raise GradingError(f"{assignment} is a page without exercises: there is nothing to grade.")
        names = sorted(path.stem for path in self.folder("release", assignment).glob("*.ipynb"))
        names = names or sorted(path.stem for path in self.folder("source", assignment).glob("*.ipynb"))
        if not names:
            raise GradingError(f"There is no assignment named {assignment}; run `course build`, or mind the spelling.")
        with Gradebook(self.db_url) as gradebook:
            try:
                known = {notebook.name for notebook in gradebook.find_assignment(assignment).notebooks}
            except MissingEntry:
                known = set()
        if not known >= set(names):
            raise GradingError(f"The gradebook does not know {assignment}; run `course build`, then grade again.")
        return names
