"""What is laid out for a warm process before it starts."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ASK = """
import json, sys
from autograder.engine import spawn
found = spawn._font_lists()
print(json.dumps([[name for name, _ in found], sum(len(content) for _, content in found), "matplotlib" in sys.modules]))
"""


def font_lists(place: Path, variable: str) -> tuple[list[str], int, bool]:
    """Ask a fresh process for the lists; return their names and size, and whether it imported matplotlib."""
    clean = {name: value for name, value in os.environ.items() if name not in ("MPLCONFIGDIR", "XDG_CACHE_HOME")}
    done = subprocess.run(
        [sys.executable, "-c", ASK], env={**clean, variable: str(place)}, capture_output=True, text=True, check=True
    )
    names, size, imported = json.loads(done.stdout)
    return names, size, imported


@pytest.mark.parametrize(("variable", "below"), [("MPLCONFIGDIR", "."), ("XDG_CACHE_HOME", "matplotlib")])
def test_matplotlib_is_imported_for_its_list_of_fonts_only_where_there_is_none(
    tmp_path: Path, variable: str, below: str
) -> None:
    made, size, imported = font_lists(tmp_path, variable)
    assert imported
    assert size > 1000
    assert [path.name for path in (tmp_path / below).glob("fontlist*")] == made
    assert font_lists(tmp_path, variable) == (made, size, False)
    os.utime(tmp_path / below / made[0], (0, 0))  # older than the installed matplotlib, whose lists may be others
    assert font_lists(tmp_path, variable) == (made, size, True)
