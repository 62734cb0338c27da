"""Measure what a learner waits for: the import of course_utils, and every check of a function.

    python benchmarks/check.py

Each figure is the median of five fresh processes. The import is timed in a process that has loaded nothing
else. The checks are timed in processes that have imported numpy and torch, as the lessons' first cells do:
the first check of an exercise in its process, and the median of the five that follow. The exit code is 1
when a bound is missed.
"""

from __future__ import annotations

import contextlib
import importlib
import io
import json
import os
import pkgutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
RUNS = 5
IMPORT_BOUND = 0.3
CHECK_BOUND = 0.3


def time_import() -> float:
    """Return the seconds that `import course_utils` takes in this process."""
    start = time.perf_counter()
    importlib.import_module("course_utils")
    return time.perf_counter() - start


def time_checks() -> dict[str, tuple[float, float]]:
    """Return the seconds of the first and of a later check for each function exercise of every lesson."""
    importlib.import_module("numpy")
    importlib.import_module("torch")
    from course_utils import check, exercises
    from course_utils.judging import load_exercises

    times = {}
    for lesson in pkgutil.iter_modules(exercises.__path__):
        answers = importlib.import_module(f"solutions.{lesson.name}")
        for name, exercise in load_exercises(lesson.name).items():
            if exercise.kind == "function":
                # a fork has numpy and torch loaded and nothing judged yet
                times[name] = _in_a_fork(lambda name=name, answers=answers: _time_one(check, getattr(answers, name)))
    return times


def _time_one(check: Callable[[object], None], answer: object) -> tuple[float, float]:
    taken = []
    for _ in range(1 + RUNS):
        start = time.perf_counter()
        with contextlib.redirect_stdout(io.StringIO()):
            check(answer)
        taken.append(time.perf_counter() - start)
    return taken[0], statistics.median(taken[1:])


def _in_a_fork(measure: Callable[[], tuple[float, float]]) -> tuple[float, float]:
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        status = 1
        try:
            os.write(writer, json.dumps(measure()).encode())
            status = 0
        finally:
            os._exit(status)
    os.close(writer)
    with os.fdopen(reader) as results:
        text = results.read()
    if os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]):
        raise SystemExit("A check of a reference answer failed.")
    first, later = json.loads(text)
    return first, later


def _fresh(what: str) -> list:
    """Run one of the measurements in fresh processes and return what they print."""
    results = []
    with tempfile.TemporaryDirectory() as record:  # checks note their verdicts: here, not in the user's own record
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "COURSE_PROGRESS": record}
        for _ in range(RUNS):
            command = [sys.executable, __file__, what]
            run = subprocess.run(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True, check=True)
            results.append(json.loads(run.stdout))
    return results


def measure_all() -> list[tuple[str, float, float]]:
    """Return (what, seconds, bound) for every claim."""
    rows = [("import course_utils", statistics.median(_fresh("--import")), IMPORT_BOUND)]
    runs = _fresh("--checks")
    for name in runs[0]:
        for column, label in enumerate(("first", "later")):
            seconds = statistics.median(run[name][column] for run in runs)
            rows.append((f"check({name}), {label}", seconds, CHECK_BOUND))
    return rows


def main() -> int:
    """Print the table; return 1 when a bound is missed."""
    if "--import" in sys.argv:
        print(json.dumps(time_import()))
        return 0
    if "--checks" in sys.argv:
        print(json.dumps(time_checks()))
        return 0
    rows = measure_all()
    width = max(len(what) for what, _, _ in rows)
    print(f"{'what':<{width}}  seconds  bound  of bound")
    for what, seconds, bound in rows:
        late = "" if seconds <= bound else "  missed"
        print(f"{what:<{width}}  {seconds:7.3f}  {bound:5.2f}  {seconds / bound:7.0%}{late}")
    missed = sum(seconds > bound for _, seconds, bound in rows)
    print(f"{len(rows) - missed} of {len(rows)} within their bounds (median of {RUNS} fresh processes)")
    return 1 if missed else 0


if __name__ == "__main__":
    raise SystemExit(main())
