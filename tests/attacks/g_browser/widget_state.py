"""Puts a widget's state with HTML into the notebook's metadata, and its view into an output."""

from tests.attacks.case import Attack, cell_of


def put_state(notebook: dict) -> None:
    """Add state and view."""
    state = {"a" * 32: {
        "model_module": "@jupyter-widgets/controls", "model_module_version": "2.0.0", "model_name": "HTMLModel",
        "state": {"value": "<img src=x onerror=alert('attacked-by-widget_state!')>"},
    }}  # fmt: skip
    kind = "application/vnd.jupyter.widget-state+json"
    notebook["metadata"]["widgets"] = {kind: {"version_major": 2, "version_minor": 0, "state": state}}
    view = {"model_id": "a" * 32, "version_major": 2, "version_minor": 0}
    cell_of(notebook, "imports")["outputs"] = [
        {"output_type": "display_data", "data": {"application/vnd.jupyter.widget-view+json": view}, "metadata": {}}
    ]


ATTACK = Attack(
    must="metadata and outputs of the file are not kept",
    stock="held",
    change=put_state,
)
