"""Makes the whole folder of its submission a link to a classmate's."""

import shutil
from pathlib import Path

from tests.attacks.case import NO_MARK, Attack


def place(path: Path, values: dict[str, str]) -> None:
    """Put a link in the folder's place."""
    shutil.rmtree(path.parent)
    path.parent.symlink_to(Path(values["victim"]).parent)


ATTACK = Attack(
    must="no link is followed; no mark, and a person is told",
    stock="forged",
    place=place,
    marks=NO_MARK,
    record=("is a link to another folder",),
)
