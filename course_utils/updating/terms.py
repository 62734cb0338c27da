"""What all of an update shares: its error, and the mark in the names of the files it sets aside."""

from __future__ import annotations

BACKUP = ".before-update-"


class UpdateError(Exception):
    """A lesson cannot be brought to a new release; the text says why and what to do."""
