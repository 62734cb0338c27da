"""Which names a cell defines, and with which statement."""

from __future__ import annotations

import ast
import re
from collections.abc import Collection

# Longer code is searched by line, not parsed.
PARSE_LIMIT = 50_000
# A line that may define a name.
_DEFINITION = re.compile(r"^(?:(?:async[ \t]+)?def|class)[ \t]+(\w+)|^(\w+)[ \t]*(?::[^=\n]*)?=(?!=)", re.MULTILINE)
_WRITTEN_OUT = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


def defined(source: str, wanted: Collection[str], parse: bool = True) -> dict[str, str]:
    """Return which of the wanted names some code defines at its top level.

    Parameters
    ----------
    source : str
        A code cell; anything at all is survived.
    wanted : collection of str
        Names that matter.
    parse : bool
        Whether the code may be parsed; else lines that look like definitions count.

    Returns
    -------
    dict of str to str
        By name, the text of the last function or class of that name; "" where the name is assigned, or
        where the code cannot be parsed.
    """
    likely = {name for found in _DEFINITION.finditer(source) for name in found.groups() if name in wanted}
    if not likely or not parse or len(source) > PARSE_LIMIT:
        return dict.fromkeys(likely, "")
    try:
        body = ast.parse(source).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return dict.fromkeys(
            likely, ""
        )  # an answer with a slip in it, or with IPython's own syntax, is still the answer
    names: dict[str, str] = {}
    for node in body:
        if isinstance(node, _WRITTEN_OUT) and node.name in likely:
            names[node.name] = _text(source, node)
        elif isinstance(node, ast.Assign):
            names.update((t.id, "") for t in node.targets if isinstance(t, ast.Name) and t.id in likely)
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.target.id in likely:
            names[node.target.id] = ""
    return names


def _text(source: str, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> str:
    first = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
    return "\n".join(source.splitlines()[first - 1 : node.end_lineno])
