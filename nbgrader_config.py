"""nbgrader's configuration: the folders of this course, and who does the marking.

nbgrader reads this file as Python and provides `get_config`. All paths hang on the folder this file is in.
"""

import os
from pathlib import Path

from traitlets.config import get_config

c = get_config()
root = Path(__file__).resolve().parent

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
