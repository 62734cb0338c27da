"""Starts the harness, as root or as an ordinary user, with as much of the sandbox as a test wants."""

import ctypes
import json
import os
import subprocess
import sys
import sysconfig
import tempfile
import types
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
ENGINE = ROOT / "autograder" / "engine"
HARNESS = Path(__file__).with_name("sandbox_harness.py")
NOBODY = 54_321
LIMITS = {"memory_bytes": 2**30, "file_bytes": 2**24, "disk_bytes": 2**24, "open_files": 64, "processes": 32}


class Box:
    """One warm process; ``ask`` runs a source in a child of it.

    ``user``: as an ordinary user. ``reach``: as root, with Python where an ordinary user may go. ``strip``: as root
    without the right to mount. ``mask``: with parts of /proc covered, as containers have them.
    """

    def __init__(
        self,
        *,
        user=False,
        reach=False,
        strip=False,
        mask=False,
        without=(),
        hidden=(),
        readable=(),
        imports=(),
        confined=True,
    ):
        packages = sysconfig.get_path("purelib")
        self.folder = tempfile.TemporaryDirectory(prefix="course-box-", dir="/var/tmp")
        os.chmod(self.folder.name, 0o777)
        config = {
            "engine": str(ENGINE),
            "path": [packages],
            "readable": [sys.prefix, sys.base_prefix, packages, *map(str, readable)],
            "hidden": [*map(str, hidden)],
            "without": list(without),
            "imports": list(imports),
            "confined": confined,
            "folders": self.folder.name,
        }
        command = [sys.executable, "-I", "-S", "-B", str(HARNESS), json.dumps(config)]
        if strip:  # root as it is in a container
            command = ["setpriv", "--bounding-set", "-sys_admin", *command]
        if (user or reach) and os.geteuid() == 0:
            user = NOBODY if user else 0
            places = [sys.base_prefix, sys.prefix, str(ROOT)]
            command = [sys.executable, "-I", "-S", "-B", __file__, json.dumps([user, places, mask, command])]
        environment = {"PATH": "/usr/bin:/bin", "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment, cwd="/"
        )
        self.missing = self._answer()["missing"]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.communicate()
        self.folder.cleanup()

    def ask(self, source, *, limits=None, **order):
        """Run `source` in a new child and return what came of it, as a namespace."""
        self.send(source, limits=limits, **order)
        return types.SimpleNamespace(**self._answer())

    def send(self, source, *, limits=None, **order):
        order = {"source": source, "limits": {**LIMITS, **(limits or {})}, **order}
        self.process.stdin.write(json.dumps(order) + "\n")
        self.process.stdin.flush()

    def answer(self):
        return types.SimpleNamespace(**self._answer())

    def _answer(self):
        line = self.process.stdout.readline()
        if not line:
            raise AssertionError(f"the warm process ended with {self.process.wait()}")
        return json.loads(line)


def become_user(user, places, mask, command):
    """As root: let these folders be reached by an ordinary user, in a mount namespace of our own; start as `user`."""
    libc = ctypes.CDLL(None, use_errno=True)

    def check(result):
        if result:
            raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))

    def closed_above(place):
        return next((str(path) for path in reversed(Path(place).parents) if os.stat(path).st_mode & 0o5 != 0o5), None)

    closed = {place: closed_above(place) for place in places if closed_above(place)}
    if closed or mask:
        check(libc.unshare(0x20000))
        check(libc.mount(b"none", b"/", None, ctypes.c_ulong(0x44000), None))
    if mask:
        check(libc.mount(b"/dev/null", b"/proc/interrupts", None, ctypes.c_ulong(0x1000), None))
    handles = {place: os.open(place, os.O_PATH) for place in closed}
    for folder in dict.fromkeys(closed.values()):
        check(libc.mount(b"tmpfs", os.fsencode(folder), b"tmpfs", ctypes.c_ulong(0), b"mode=755"))
    for place, handle in handles.items():
        os.makedirs(place, exist_ok=True)
        source = f"/proc/self/fd/{handle}".encode()
        check(libc.mount(source, os.fsencode(place), None, ctypes.c_ulong(0x5000), None))
        os.close(handle)
    if user:
        os.setgroups([])
        os.setresgid(user, user, user)
        os.setresuid(user, user, user)
    os.execvp(command[0], command)


if __name__ == "__main__":
    become_user(*json.loads(sys.argv[1]))
