"""Puts an archive beside the notebook that unpacks to 200 MB."""

import zipfile
from pathlib import Path

from tests.attacks.case import Attack


def place(path: Path, values: dict[str, str]) -> None:
    """Put the archive beside the notebook; it holds a name that leads out, too."""
    with zipfile.ZipFile(path.parent / "answers.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(4):
            archive.writestr(f"zeros-{number}", bytes(50_000_000))
        archive.writestr(f"../../../attacked-by-{values['name']}!", f"attacked-by-{values['name']}!")


ATTACK = Attack(
    must="nothing is unpacked; the answers count",
    stock="held",
    place=place,
)
