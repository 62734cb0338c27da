"""Asks for a kernel of another language, with a start command of its own."""

from tests.attacks.case import Attack


def ask(notebook: dict) -> None:
    """Name another kernel."""
    notebook["metadata"]["kernelspec"] = {"name": "../evil", "display_name": "R", "language": "R", "argv": ["sh"]}


ATTACK = Attack(
    must="the kernel is none of the submission's business; the answers count",
    stock="held",
    change=ask,
)
