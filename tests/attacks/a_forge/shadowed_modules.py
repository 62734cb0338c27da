"""Hands in files named numpy.py, torch.py and a folder course_utils, to be imported in place of the real ones."""

from pathlib import Path

from tests.attacks.case import Attack


def place(path: Path, values: dict[str, str]) -> None:
    """Put the modules beside the notebook."""
    numpy = (
        "import os, sys\n"
        "paths, sys.path = sys.path, [p for p in sys.path if p and os.path.realpath(p) != os.getcwd()]\n"
        "del sys.modules['numpy']\n"
        "import numpy\n"
        "sys.path = paths\n"
        "numpy.testing.assert_allclose = lambda *a, **k: None\n"
    )
    course = "import pkgutil\n__path__ = pkgutil.extend_path(__path__, __name__)\ncheck = lambda *a: 'correct'\n"
    (path.parent / "course_utils").mkdir()
    for name, body in (("numpy.py", numpy), ("torch.py", "allclose = bool"), ("course_utils/__init__.py", course)):
        (path.parent / name).write_text(body)


ATTACK = Attack(
    must="no file of the submission is where the child imports from",
    stock="forged",
    answers={"scale": "def scale(x, factor):\n    return np.full(x.shape, 6.0)"},
    place=place,
    marks={"scale": 0},
    outcome={"scale": "wrong"},
)
