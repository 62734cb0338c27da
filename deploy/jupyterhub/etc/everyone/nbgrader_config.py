"""Which course, and where its exchange is: for learners' and instructors' own servers."""

import os

c = get_config()  # noqa: F821 (nbgrader provides it)
c.CourseDirectory.course_id = os.environ["COURSE_ID"]
c.Exchange.root = os.environ["COURSE_EXCHANGE"]

if os.environ.get("COURSE_ROLE") == "instructor":
    # The course list asks the hub which courses this person grades. Learners need no such right.
    c.Authenticator.plugin_class = "nbgrader.auth.JupyterHubAuthPlugin"
