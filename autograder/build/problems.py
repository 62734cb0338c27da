"""What can be wrong with a lesson, and how it is told: file, line, what is wrong, what to do."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from autograder.errors import CourseError


@dataclass(frozen=True, order=True)
class Problem:
    """One thing an author has to mend.

    Attributes
    ----------
    file : str
        Path relative to the course's root.
    line : int
        Line in that file, counted from 1.
    what, fix : str
        What is wrong, and what to do; one sentence each.
    """

    file: str
    line: int
    what: str
    fix: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.what} {self.fix}"


class BuildError(CourseError):
    """The course cannot be built; nothing was written.

    Parameters
    ----------
    problems : iterable of Problem
        Everything that was found, in all lessons.
    """

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(sorted(set(problems)))
        super().__init__("\n".join(str(problem) for problem in self.problems))
