"""What a learner's notebook imports: checks with hints, data sets, figures, live widgets.

Importing the package is quick: torch, scikit-learn and matplotlib load when they are first needed.
"""

from course_utils import torchvision_compat
from course_utils.built import built
from course_utils.judging import check, ready
from course_utils.progress import progress

torchvision_compat.install()

__all__ = ["built", "check", "progress", "ready"]
