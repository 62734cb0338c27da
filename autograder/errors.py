"""The errors a person at the command line is meant to read."""

from __future__ import annotations


class CourseError(Exception):
    """Something the person at the command line can mend; its text says what is wrong and what to do.

    Attributes
    ----------
    exit_code : int
        What the command line returns: 1 when the work failed, 2 when the command was wrong.
    """

    exit_code = 1


class CommandError(CourseError):
    """The command itself cannot be carried out as typed."""

    exit_code = 2
