"""Puts web pages beside the notebook, which nbgrader copies into the folder of feedback."""

from pathlib import Path

from tests.attacks.case import Attack


def place(path: Path, values: dict[str, str]) -> None:
    """Put pages beside the notebook, one under the name of the feedback's own."""
    for name in ("index.html", "data/more.svg", f"{path.stem}.html"):
        file = path.parent / name
        file.parent.mkdir(exist_ok=True)
        file.write_text(f"<script>alert('attacked-by-{values['name']}!')</script>")


ATTACK = Attack(
    must="the feedback's folder holds our page alone",
    stock="ran in the page",
    place=place,
)
