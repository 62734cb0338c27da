"""Brings a lesson that somebody has begun to a new release: ``python -m course_utils.updating LESSON``.

``merge`` puts answers and own cells into the new release's notebook; ``update`` finds the release, and writes.
"""

from course_utils.updating.merge import merge
from course_utils.updating.report import Report
from course_utils.updating.run import update
from course_utils.updating.terms import UpdateError

__all__ = ["Report", "UpdateError", "merge", "update"]
