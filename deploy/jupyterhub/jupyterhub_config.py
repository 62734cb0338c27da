"""JupyterHub for one class on one machine. `start` checks and prepares what this rests on, and runs it."""

import importlib.util
import os
import pwd
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from classroom import read_class

c = get_config()  # noqa: F821 (JupyterHub provides it)
room = read_class(Path(os.environ["COURSE_CLASS"]))
course = room.course_id
commands = room.environment / "bin"
search_path = f"{commands}:/usr/local/bin:/usr/bin:/bin"

# --- addresses: all but the first are for this machine's own processes ---
c.JupyterHub.bind_url = f"http://{room.ip}:{room.port}"
c.ConfigurableHTTPProxy.api_url = f"http://127.0.0.1:{room.port + 1}"
c.JupyterHub.hub_bind_url = f"http://127.0.0.1:{room.port + 2}"
c.ConfigurableHTTPProxy.command = str(room.proxy / "node_modules" / ".bin" / "configurable-http-proxy")
c.ConfigurableHTTPProxy.pid_file = str(room.private / "proxy.pid")

# --- the hub's own files; the database is new at each start (see `start`) ---
c.JupyterHub.db_url = f"sqlite:///{room.private / 'jupyterhub.sqlite'}"
c.JupyterHub.cookie_secret_file = str(room.private / "cookie_secret")

# --- who may come in: the machine's accounts, with their passwords there ---
c.JupyterHub.authenticator_class = "pam"
c.Authenticator.allowed_users = {*room.instructors, *room.learners}

# --- everybody's own server: as the account itself, because nbgrader takes its name as the student's ---
c.JupyterHub.spawner_class = "jupyterhub.spawner.LocalProcessSpawner"
c.Spawner.cmd = [*room.limits.command(), str(commands / "jupyterhub-singleuser")]
c.Spawner.default_url = "/lab"
c.Spawner.http_timeout = c.Spawner.start_timeout = 120
c.Spawner.env_keep = ["LANG", "LC_ALL"]
c.Spawner.environment = {
    "PATH": search_path,
    # Learners' notebooks import `course_utils` from here. The rest of the course is closed to them.
    "PYTHONPATH": str(room.shared / "packages"),
    "JUPYTER_CONFIG_PATH": lambda spawner: room.settings(room.role(spawner.user.name)),
    "COURSE_ROLE": lambda spawner: room.role(spawner.user.name),
    "COURSE_ID": course,
    "COURSE_EXCHANGE": str(room.exchange),
}

# --- formgrader: one server for all instructors, as the account that owns the gradebook ---
grader = pwd.getpwnam(room.grader)
c.JupyterHub.services = [
    {
        "name": course,
        "url": f"http://127.0.0.1:{room.port + 3}",
        "command": [str(commands / "jupyterhub-singleuser"), f"--ServerApp.root_dir={room.course}"],
        "user": room.grader,
        "cwd": str(room.course),
        "oauth_no_confirm": True,
        "environment": {
            "PATH": search_path,
            "HOME": grader.pw_dir,
            "USER": room.grader,
            "SHELL": "/bin/bash",
            "PYTHONPATH": str(room.course),
            "JUPYTER_CONFIG_PATH": room.settings("grader"),
            "COURSE_ID": course,
            "COURSE_EXCHANGE": str(room.exchange),
        },
    }
]
# The names are nbgrader's: by them its course list knows what somebody grades.
c.JupyterHub.load_groups = {
    f"formgrade-{course}": {"users": list(room.instructors)},
    f"nbgrader-{course}": {"users": list(room.learners)},
}
_grading = [f"access:services!service={course}", "list:services", f"read:services!service={course}"]
c.JupyterHub.load_roles = [{"name": f"formgrade-{course}", "scopes": _grading, "groups": [f"formgrade-{course}"]}]


def _token_scopes(spawner):
    """An instructor's server may ask the hub for its owner's groups and the course's address; a learner's may not."""
    own = ["users:activity!user", "access:servers!server"]
    if room.role(spawner.user.name) == "instructor":
        own += [*_grading, "read:users:name!user", "read:users:groups!user"]
    return own


c.Spawner.server_token_scopes = _token_scopes

# --- servers that nobody uses ---
if room.limits.idle_minutes and importlib.util.find_spec("jupyterhub_idle_culler"):
    seconds = int(60 * room.limits.idle_minutes)
    c.JupyterHub.services.append(
        {"name": "cull-idle", "command": [sys.executable, "-m", "jupyterhub_idle_culler", f"--timeout={seconds}"]}
    )
    c.JupyterHub.load_roles.append(
        {
            "name": "cull-idle",
            "scopes": ["list:users", "read:users:activity", "read:servers", "delete:servers"],
            "services": ["cull-idle"],
        }
    )
