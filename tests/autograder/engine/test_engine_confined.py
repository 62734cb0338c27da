"""The sandbox as the engine uses it: what is closed to a notebook, and that notebooks work at every level.

What each step stops is tried in ``test_sandbox_attacks.py``.
"""

import os
from pathlib import Path

import numpy
import pytest
from engine_helpers import text_of

import course_utils
from autograder.engine.sandbox import look

ROOT = Path(__file__).resolve().parents[3]
WITHOUT = [(), ("namespaces",), ("namespaces", "landlock"), ("seccomp",)]


def ask(child, source):
    return text_of(child.run_cell(source))


def test_a_child_tells_the_steps_that_the_host_was_found_to_have(child):
    assert set(child.confinement) == set(look().steps)


@pytest.mark.parametrize("without", WITHOUT)
def test_a_notebook_is_run_and_judged_at_every_level(fresh, without):
    child = fresh(without=without)
    work = """
import numpy as np, torch, matplotlib.pyplot as plt
from course_utils import check, datasets, plots, ready, widgets
weights = torch.zeros(3, requires_grad=True)
optimizer = torch.optim.Adam([weights])
(weights.sum() - 1).square().backward()
optimizer.step()
plt.plot(np.arange(3))
open("notes.txt", "w").write("kept")
def double(x): return 2 * x
"""
    shown = child.run_cell(work)
    assert shown.ended == "ok"
    assert "image/png" in shown.outputs[0]["data"]
    assert child.call("double", "function", (numpy.ones(3),)).value.tolist() == [2, 2, 2]
    assert ask(child, "open('notes.txt').read()") == "'kept'"


def test_the_exercises_cannot_be_read_and_the_rest_of_the_course_can_be_used(child):
    exercises = Path(course_utils.__file__).parent / "exercises"
    named = next(path for path in exercises.glob("*.py") if path.stem != "__init__")
    for name in ("course_utils.exercises", f"course_utils.exercises.{named.stem}"):
        assert child.run_cell(f"import {name}").outputs[-1]["ename"] == "ModuleNotFoundError"
    past = """
import os, sys
if os.fork() == 0:
    try:
        sys.meta_path[:] = [finder for finder in sys.meta_path if type(finder).__name__ != '_Hide']
        import course_utils.exercises
        open('found', 'w').close()
    finally:
        os._exit(0)
os.wait()
print(os.path.exists('found'))
"""
    assert ask(child, past) == "False\n"
    seen = ask(
        child,
        "from course_utils import widgets\nfrom pathlib import Path\n"
        "print(sorted(p.suffix for p in Path(widgets.__file__).parent.iterdir()))",
    )
    assert "'.css'" in seen
    assert "'.js'" in seen
    for path in (named, exercises.parent / "__init__.py", ROOT / "pyproject.toml"):
        assert child.run_cell(f"open({str(path)!r})").outputs[-1]["ename"] in ("FileNotFoundError", "PermissionError")


def test_given_versions_are_those_of_the_lessons_before(fresh):
    from autograder.engine import Child

    first, second = "linear_regression", "gradient_descent"
    source = (
        "import course_utils.earlier, pkgutil\n{m.name for m in pkgutil.iter_modules(course_utils.earlier.__path__)}"
    )
    for earlier, found in (((), "set()"), ((first,), f"{{'{first}'}}")):
        with Child(fresh().limits, earlier=earlier) as child:
            assert ask(child, source) == found
            assert child.run_cell(f"import course_utils.earlier.{second}").ended == "error"


def test_what_lies_below_python_can_be_hidden(fresh):
    child = fresh(hidden=(Path(numpy.__file__).parent.parent / "pandocfilters.py",))
    assert child.run_cell("from pandocfilters import walk").ended == "error"
    assert child.run_cell("import torch, scipy").ended == "ok"


def test_where_the_course_lies_is_not_told(child):
    source = "import os, sys\nprint(os.environ, sys.path, sys.argv, os.getcwd(), open('/proc/self/mounts').read())"
    assert str(ROOT) + os.sep not in ask(child, source).replace(str(ROOT / ".venv"), "")
