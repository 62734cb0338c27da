"""Turns checks into text and answers into raw cells."""

from tests.attacks.case import Attack, cell_of


def retype(notebook: dict) -> None:
    """Change the types of cells."""
    for cell in notebook["cells"]:
        if cell["id"].startswith("check-"):
            cell.update(cell_type="markdown")
            del cell["outputs"], cell["execution_count"]
    cell_of(notebook, "total").update(cell_type="raw")


ATTACK = Attack(
    must="types are set back; the record says so; the answers count",
    stock="held",
    change=retype,
    record=("type of the cell",),
)
