"""nbgrader's configuration: the folders of this course, and who does the marking.

nbgrader reads this file as Python. All paths hang on the folder this file is in.
"""

import os
import sys
from pathlib import Path

c = get_config()  # noqa: F821 (nbgrader provides it)
root = Path(__file__).resolve().parent

# nbgrader runs the command `alembic` when it makes a gradebook: find it also where the environment is not activated.
commands = str(Path(sys.executable).parent)
if commands not in os.environ.get("PATH", "").split(os.pathsep):
    os.environ["PATH"] = os.pathsep.join([commands, os.environ.get("PATH", os.defpath)])

# --- folders ---
c.CourseDirectory.course_id = "dlf"
c.CourseDirectory.root = str(root)
c.CourseDirectory.source_directory = "build/source"
c.CourseDirectory.release_directory = "release"
c.CourseDirectory.submitted_directory = "class/submitted"
c.CourseDirectory.autograded_directory = "class/autograded"
c.CourseDirectory.feedback_directory = "class/feedback"
c.CourseDirectory.db_url = f"sqlite:///{root / 'class' / 'gradebook.db'}"
c.Exchange.root = os.environ.get("COURSE_EXCHANGE") or str(root / "class" / "exchange")

# --- release ---
c.ClearSolutions.code_stub = {"python": 'raise NotImplementedError("your answer goes here")'}

# --- grading ---
# Our sanitiser, engine and judge take the places of nbgrader's steps. All are named by text, so that
# reading this file imports nothing of ours; the marks are the same whoever starts the grading.
c.Autograde.exporter_class = "autograder.grading.exporter.SafeNotebookExporter"
c.Autograde.pre_convert_hook = "autograder.grading.marks.prepare_submission"
c.Autograde.sanitize_preprocessors = [
    "autograder.grading.sanitise.Sanitise",
    "nbgrader.preprocessors.CheckCellMetadata",
]
c.Autograde.autograde_preprocessors = [
    "autograder.grading.execute.JudgeExecute",
    "nbgrader.preprocessors.LimitOutput",
    "autograder.grading.marks.SaveVerdicts",
    "nbgrader.preprocessors.AssignLatePenalties",
    "nbgrader.preprocessors.CheckCellMetadata",
]
c.GenerateFeedback.exporter_class = "autograder.grading.feedback.FeedbackExporter"
c.GenerateFeedback.preprocessors = ["nbgrader.preprocessors.GetGrades"]

# --- collecting ---
# nbgrader's own step follows links that a learner puts into the exchange, with the instructor's rights.
c.ExchangeFactory.collect = "autograder.grading.collect.SafeCollect"
# What `course update` has set aside in a lesson's folder is not handed in.
c.CourseDirectory.ignore.append("*.before-update-*")

# --- what a late submission costs (docs/instructors.md) ---
c.AssignLatePenalties.plugin_class = "autograder.grading.late.LatePenalty"
c.LatePenalty.method = "none"  # or "zero", or "percent" with percent, per, grace_minutes and cap_percent

# --- what a submission may use; the other limits are in autograder/engine/limits.py ---
# c.EngineLimits.cell_seconds = 30
# c.EngineLimits.notebook_seconds = 240
