"""What a late submission costs: nbgrader's plugin point for late penalties, with a grace period.

nbgrader knows when a submission came in and when it was due, and asks the plugin named by
``c.AssignLatePenalties.plugin_class`` for the points to take off. The settings are
``c.LatePenalty.method = "percent"`` and so on, in ``nbgrader_config.py``.
"""

from __future__ import annotations

import math
from typing import Any

from nbgrader.plugins import BasePlugin
from traitlets import Enum, Float, TraitError, validate
from traitlets.config import Config

from autograder.grading.course import GradingError

_SECONDS = {"day": 86_400.0, "hour": 3_600.0}


class LatePenalty(BasePlugin):
    """Points taken off for being late: nothing, everything, or some percent for each day or hour begun.

    Percents are of the points that were reached, and time counts from the end of the grace period. An
    extension given to a student in formgrader moves the due date before this is asked.
    """

    method = Enum(
        ("none", "zero", "percent"),
        default_value="none",
        help="none: lateness costs nothing; zero: everything; percent: some percent for each day or hour begun.",
    ).tag(config=True)
    grace_minutes = Float(0.0, help="Up to this many minutes late costs nothing.").tag(config=True)
    percent = Float(10.0, help="Percent of the reached points for each day (or hour) begun.").tag(config=True)
    per = Enum(("day", "hour"), default_value="day", help="What percent is taken off for.").tag(config=True)
    cap_percent = Float(100.0, help="Never more than this many percent.").tag(config=True)

    @validate("grace_minutes")
    def _not_negative(self, proposal: Any) -> float:
        value = float(proposal["value"])
        if not 0 <= value < math.inf:
            raise TraitError(f"LatePenalty.grace_minutes is a number of minutes from 0 on, not {value:g}.")
        return value

    @validate("percent", "cap_percent")
    def _a_percentage(self, proposal: Any) -> float:
        value = float(proposal["value"])
        if not 0 <= value <= 100:
            raise TraitError(f"LatePenalty.{proposal['trait'].name} is a percentage from 0 to 100, not {value:g}.")
        return value

    def late_submission_penalty(self, student_id: str, score: float, total_seconds_late: float) -> float | None:
        """Return the points to take off, or None for none.

        Parameters
        ----------
        student_id : str
            Whose submission; the same rule holds for everybody.
        score : float
            The points that the notebook reached.
        total_seconds_late : float
            How long after the due date it came in, in seconds.
        """
        late = total_seconds_late - 60 * self.grace_minutes
        if self.method == "none" or late <= 0 or score <= 0:
            return None
        if self.method == "zero":
            return score
        share = min(math.ceil(late / _SECONDS[self.per]) * self.percent, self.cap_percent) / 100
        return min(round(score * share, 2), score) or None


def check_settings(config: Config) -> None:
    """Read the settings once, before a class is graded by them.

    nbgrader itself would fail on each submission of its own, and would only warn of a name it does not know.

    Parameters
    ----------
    config : Config
        The course's configuration.

    Raises
    ------
    GradingError
        When a setting's name or value is wrong; the text says which and what is possible.
    """
    known = LatePenalty.class_trait_names(config=True)
    for name in config.get("LatePenalty", {}):
        if name not in known:
            raise GradingError(f"There is no setting LatePenalty.{name}; there are: {', '.join(sorted(known))}.")
    try:
        LatePenalty(config=config)
    except TraitError as error:
        raise GradingError(f"nbgrader_config.py: {error}") from error
