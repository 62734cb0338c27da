"""The judge: what an exercise is, how an answer is judged, and how the verdict is told.

The same declaration and the same :func:`judge` serve the learner's notebook (public seed) and the
grader (secret seed, answer behind a wire), so what a learner can read is exactly what is judged,
except the numbers.
"""

from course_utils.judging.calls import Given, LearnerError, Reply, Rng
from course_utils.judging.checking import PUBLIC_SEED, CheckFailed, check, ready
from course_utils.judging.exercise import Exercise, Group, Law, Mistake, load_exercises
from course_utils.judging.judge import judge
from course_utils.judging.show import verdict_html, verdict_text
from course_utils.judging.verdict import GroupResult, Outcome, Verdict

__all__ = [
    "PUBLIC_SEED",
    "CheckFailed",
    "Exercise",
    "Given",
    "Group",
    "GroupResult",
    "Law",
    "LearnerError",
    "Mistake",
    "Outcome",
    "Reply",
    "Rng",
    "Verdict",
    "check",
    "judge",
    "load_exercises",
    "ready",
    "verdict_html",
    "verdict_text",
]
