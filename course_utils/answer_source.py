"""The text of an answer, with the imports, constants and helpers of the notebook that it uses."""

from __future__ import annotations

import ast
import builtins
import inspect
import sys
import textwrap
from collections.abc import Mapping
from types import ModuleType
from typing import Any

# More than anybody writes into a cell; longer texts are not kept.
LONGEST = 100_000


def context_of(answer: Any, source: str, leave_out: frozenset[str] = frozenset()) -> str:
    """Return code that defines what `source` needs of the notebook around it.

    Parameters
    ----------
    answer : object
        The function or class.
    source : str
        Its text.
    leave_out : frozenset of str
        Names that are answers themselves.

    Returns
    -------
    str
        Imports and constants first, then helpers, those that others build on first. A name whose value
        cannot be written down again is missing.
    """
    namespace = _namespace_of(answer)
    seen = {*leave_out, *vars(builtins), getattr(answer, "__name__", "")}
    heads: list[str] = []
    helpers: list[str] = []
    waiting = sorted(names_in(source))
    while waiting:
        name = waiting.pop(0)
        if name in seen or name not in namespace:
            continue
        seen.add(name)
        value = namespace[name]
        text = _source_of(value) if _is_own(value, answer) else None
        if text is not None:
            helpers.insert(0, text)
            waiting += sorted(names_in(text))
        elif (head := _import_of(name, value) or _constant(name, value)) is not None:
            heads.append(head)
    return "\n".join([*sorted(heads), *helpers])


def names_in(source: str) -> set[str]:
    """Return every name that is read in a piece of code; none when it does not parse."""
    try:
        tree = ast.parse(textwrap.dedent(source))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return set()
    return {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)}


def _namespace_of(answer: Any) -> Mapping[str, Any]:
    inner = inspect.unwrap(answer)
    found = getattr(inner, "__globals__", None)
    if found is None:
        found = vars(sys.modules.get(getattr(inner, "__module__", ""), ModuleType("")))
    return found


def _is_own(value: Any, answer: Any) -> bool:
    """Whether a function or class stands in the same notebook as the answer."""
    kind = inspect.isfunction(value) or inspect.isclass(value)
    return kind and getattr(value, "__module__", None) == getattr(answer, "__module__", "")


def _source_of(value: Any) -> str | None:
    try:
        text = textwrap.dedent(inspect.getsource(value))
        ast.parse(text)
    except (OSError, TypeError, SyntaxError):
        return None
    return text if len(text) <= LONGEST else None


def _import_of(name: str, value: Any) -> str | None:
    if isinstance(value, ModuleType):
        return f"import {value.__name__} as {name}"
    module, own = getattr(value, "__module__", None), getattr(value, "__name__", None)
    if not isinstance(module, str) or not isinstance(own, str) or not own.isidentifier():
        return None
    known = sys.modules.get(module)
    if module == "__main__" or known is None or getattr(known, own, None) is not value:
        return None
    return f"from {module} import {own} as {name}"


def _constant(name: str, value: Any) -> str | None:
    if not isinstance(value, bool | int | float | str | bytes | tuple | list | dict | set | type(None)):
        return None
    text = repr(value)
    try:
        same = len(text) <= LONGEST and ast.literal_eval(text) == value
    except (ValueError, SyntaxError, RecursionError, MemoryError):
        return None
    return f"{name} = {text}" if same else None
