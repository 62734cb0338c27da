"""A hub for a small class on this machine, that leaves no trace on it.

`deploy/jupyterhub/start` runs as it is, with accounts that it makes and passwords that PAM checks. All of that happens
in a mount and process namespace of its own: ``/etc`` is a copy there, ``/home`` is in memory, and every process of
the hub and of its users ends with the first one.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.attacks.as_user import opened
from tests.autograder.grading.whole_course import copy_packages

ROOT = Path(__file__).resolve().parents[2]
LESSON = "01_toy_lesson"
INSTRUCTOR, LEARNERS = "course-ada", ("course-ben", "course-eva")
GRADER = "course-grader"
PASSWORD = "a password of the test"

NOTEBOOK = """\
---
jupytext:
  text_representation:
    extension: .md
    format_name: myst
kernelspec:
  display_name: Python 3
  language: python
  name: python3
---

# A toy lesson

```{code-cell} ipython3
import numpy as np
from course_utils import check
```

**Exercise.** Multiply.

```{code-cell} ipython3
:exercise: scale
:points: 4
:minutes: 2
:difficulty: 1
```

And now the sum.

```{code-cell} ipython3
:exercise: total
:points: 2
:minutes: 2
:difficulty: 1
```
"""
SOLUTIONS = '''\
"""Reference answers."""

import numpy as np


def scale(x: np.ndarray, factor: float) -> np.ndarray:
    """Multiply."""
    ### BEGIN SOLUTION
    return x * factor
    ### END SOLUTION


def total(x: np.ndarray) -> float:
    """Add up."""
    ### BEGIN SOLUTION
    return x.sum()
    ### END SOLUTION
'''


def missing() -> str | None:
    """Return why no hub can be run here, or None."""
    if not sys.platform.startswith("linux") or os.geteuid() != 0:
        return "a hub starts servers as other accounts: needs Linux and root"
    for command in ("unshare", "prlimit", "node", "npm", "useradd", "chpasswd", "chromium"):
        if shutil.which(command) is None:
            return f"there is no command `{command}` here"
    if subprocess.run(["unshare", "--mount", "--pid", "--fork", "true"], capture_output=True).returncode:
        return "no namespaces can be made here"
    return None


@dataclass(frozen=True)
class Hub:
    """A running hub."""

    address: str
    place: Path
    first: int

    @property
    def folder(self) -> Path:
        """The class's folder."""
        return self.place / "class"

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        """Run a command beside the hub, as root."""
        inside = ["nsenter", f"--target={self.first}", "--mount", "--pid", "--", *command]
        return subprocess.run(inside, cwd="/", capture_output=True, text=True, timeout=120)

    def read(self, path: Path | str) -> str:
        """Return the text of a file that only the hub's side sees."""
        done = self.run("cat", str(path))
        assert done.returncode == 0, done.stderr
        return done.stdout

    def log(self) -> str:
        """Return the end of what the hub said."""
        return (self.place / "hub.log").read_text(errors="replace")[-4000:]


@contextmanager
def running_hub() -> Iterator[Hub]:
    """Start the hub of a class of one instructor and two learners; end it and all its servers."""
    place = Path(tempfile.mkdtemp(prefix="course-hub-"))
    try:
        place.chmod(0o755)
        _make_checkout(place / "checkout")
        port = _free_ports(4)
        _write_class(place, port)
        script = place / "run"
        script.write_text(_script(place))
        command = ["unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc", "sh", "-eu", str(script)]
        with (place / "hub.log").open("w") as log:
            # No PYTHONPATH: the hub runs from its own checkout, or it would not be what is tested.
            environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
            process = subprocess.Popen(command, cwd=place, env=environment, stdout=log, stderr=log)
        hub = Hub(f"http://127.0.0.1:{port}", place, 0)
        try:
            _wait(hub, process)
            children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
            yield Hub(hub.address, place, int(children[0]))
        finally:
            process.send_signal(signal.SIGKILL)  # and, by --kill-child, the first process of the namespace
            process.wait()
    finally:
        _remove(place)


def _make_checkout(checkout: Path) -> None:
    """Make a checkout of a course of one small lesson; all else is the real thing."""
    checkout.mkdir()
    copy_packages(checkout)
    for path in (checkout / "course_utils" / "exercises").glob("[a-z]*.py"):
        if path.stem != "toy_lesson":
            path.unlink()
    for path in (checkout / "course_utils" / "lessons").glob("*.json"):
        path.unlink()
    shutil.copytree(ROOT / "deploy", checkout / "deploy", ignore=shutil.ignore_patterns("node_modules"))
    for name in ("nbgrader_config.py", "pyproject.toml"):
        shutil.copy(ROOT / name, checkout)
    for name, text in ((f"notebooks/{LESSON}.md", NOTEBOOK), ("solutions/toy_lesson.py", SOLUTIONS)):
        (checkout / name).parent.mkdir()
        (checkout / name).write_text(text)
    (checkout / "solutions" / "__init__.py").touch()


def _write_class(place: Path, port: int) -> None:
    learners = ", ".join(f'"{name}"' for name in LEARNERS)
    text = f"""\
course_id = "dlf"
folder = "{place}/class"
environment = "{sys.prefix}"
grader = "{GRADER}"
instructors = ["{INSTRUCTOR}"]
learners = [{learners}]
[server]
port = {port}
"""
    (place / "class.toml").write_text(text)


def _script(place: Path) -> str:
    """Return what is run in the namespaces."""
    lines = [
        f"cp -a /etc '{place}/etc'",
        f"mount --bind '{place}/etc' /etc",
        "mount -t tmpfs -o mode=755 none /home",
        *opened(Path(sys.base_prefix), f"{place}/python"),
    ]
    # An editable install that this environment may have must not be what learners import from.
    code = "import importlib.util as u; s = u.find_spec('solutions'); s and print(s.submodule_search_locations[0])"
    asked = [sys.executable, "-I", "-c", code]
    found = subprocess.run(asked, capture_output=True, text=True, check=True).stdout.strip()
    for name in ("solutions", "autograder") if found else ():
        lines.append(f"mount -t tmpfs -o mode=700 none '{Path(found).parent / name}'")
    start = f"'{sys.executable}' '{place}/checkout/deploy/jupyterhub/start' '{place}/class.toml'"
    lines += [f"{start} --make-accounts --prepare"]
    lines += [f"echo '{name}:{PASSWORD}' | chpasswd" for name in (INSTRUCTOR, *LEARNERS)]
    return "\n".join([*lines, f"exec {start}", ""])


def _free_ports(number: int) -> int:
    """Return the first of so many ports in a row that nobody uses."""
    for first in range(18000, 28000, 10):
        taken = []
        try:
            for port in range(first, first + number):
                taken.append(socket.create_server(("127.0.0.1", port)))
            return first
        except OSError:
            continue
        finally:
            for one in taken:
                one.close()
    raise RuntimeError("no free ports")


def _wait(hub: Hub, process: subprocess.Popen[bytes], seconds: float = 400) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if process.poll() is not None:
            raise RuntimeError(f"the hub ended: {hub.log()}")
        try:
            urllib.request.urlopen(f"{hub.address}/hub/login", timeout=2).close()
            return
        except OSError:
            time.sleep(0.5)
    raise RuntimeError(f"the hub did not answer: {hub.log()}")


def _remove(place: Path) -> None:
    """Remove the class's files; what was mounted went with the namespace."""
    for _ in range(20):
        shutil.rmtree(place, ignore_errors=True)
        if not place.exists():
            return
        time.sleep(0.25)
    shutil.rmtree(place)
