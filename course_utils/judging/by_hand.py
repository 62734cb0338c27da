"""Notice in the source of an answer that a library does the work."""

from __future__ import annotations

import ast
import textwrap


def libraries_in(source: str, packages: tuple[str, ...]) -> tuple[str, ...]:
    """Return the packages that the code of an answer names.

    Parameters
    ----------
    source : str
        Python source; code that does not parse names nothing.
    packages : tuple of str
        The packages to look for.

    Returns
    -------
    tuple of str
        Those found, sorted: imported, imported from, or used by their own name.
    """
    # Letters beyond ASCII may be another spelling of a name.
    if source.isascii() and not any(package in source for package in packages):
        return ()
    try:
        tree = ast.parse(textwrap.dedent(source))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return ()
    named: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            named.update(alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            named.add(node.module.split(".")[0])
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
            named.add(node.id)
    return tuple(sorted(named & set(packages)))
