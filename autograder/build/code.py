"""Parses what stands in a code cell: Python, with IPython's magics where there are any."""

from __future__ import annotations

import ast


def parse_cell(source: str) -> tuple[ast.Module, int]:
    """Parse a cell.

    Parameters
    ----------
    source : str
        The cell's text; a first line such as ``%%time`` and lines such as ``%matplotlib inline`` may stand
        in it.

    Returns
    -------
    tree : ast.Module
        What the cell does.
    offset : int
        How many lines of the cell come before the tree's first.

    Raises
    ------
    SyntaxError
        When the cell is not valid.
    """
    try:
        return ast.parse(source), 0
    except SyntaxError:
        from IPython.core.inputtransformer2 import TransformerManager

        offset = 0
        if source.startswith("%%"):
            source, offset = source.partition("\n")[2], 1
        return ast.parse(TransformerManager().transform_cell(source)), offset
