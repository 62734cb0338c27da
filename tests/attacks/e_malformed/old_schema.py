"""Changes the version of nbgrader's schema in the cells to one too old, and to one too new."""

from tests.attacks.case import Attack, cell_of


def change(notebook: dict) -> None:
    """Write other versions."""
    cell_of(notebook, "scale")["metadata"]["nbgrader"].update(schema_version=1)
    cell_of(notebook, "total")["metadata"]["nbgrader"].update(schema_version=99)


ATTACK = Attack(
    must="metadata comes from the release; the answers count",
    stock="stopped the class",
    change=change,
)
