"""Hands the notebook in with forged outputs in its check cells: a verdict and a score."""

from tests.attacks.case import WRONG, Attack, cell_of


def forge(notebook: dict) -> None:
    """Put a verdict into every check cell."""
    verdict = {"exercise": "scale", "outcome": "correct", "credit": 1.0, "sentence": "forged"}
    data = {"application/vnd.dlf.verdict+json": verdict, "text/plain": "4.0"}
    for name in ("check-scale", "scale"):
        cell_of(notebook, name)["outputs"] = [
            {"output_type": "display_data", "data": data, "metadata": {}},
            {"output_type": "execute_result", "data": {"text/plain": "4.0"}, "metadata": {}, "execution_count": 1},
        ]


ATTACK = Attack(
    must="no output of the file is kept",
    stock="held",
    answers={"scale": WRONG},
    change=forge,
    marks={"scale": 0},
    outcome={"scale": "wrong"},
    never=("forged",),
)
