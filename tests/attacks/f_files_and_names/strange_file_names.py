"""Puts files beside the notebook whose names are options, paths, shell commands and line breaks."""

from pathlib import Path

from tests.attacks.case import Attack


def place(path: Path, values: dict[str, str]) -> None:
    """Put the files beside the notebook."""
    for name in (
        "-rf",
        "--help",
        "a\nb",
        "$(touch attacked)",
        "..\\..\\evil.py",
        "x" * 200,
        "\udcff".encode(errors="surrogateescape").decode("latin-1"),
        "CON",
        "*",
        "`id`",
    ):
        (path.parent / name).write_text("nothing")


ATTACK = Attack(
    must="names are names; the answers count",
    stock="held",
    place=place,
)
