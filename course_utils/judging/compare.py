"""Compare what an answer gave with what it should give, step by step."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from course_utils.judging.tolerance import Computation, is_close
from course_utils.language import _, ngettext

# What a value may hold; an answer can return a list that contains itself, or doubles a hundred times.
MOST_ITEMS = 1_000_000
DEEPEST = 20


@dataclass(frozen=True)
class Difference:
    """The first place where an answer differs.

    Attributes
    ----------
    where : str
        Path to the place: "" for the whole value, else "`delta`" or "item 2".
    found, wanted : object
        The two values there; `wanted` never leaves the judge.
    reason : str
        What differs, in words that give no expected number.
    shapes : str or None
        Both shapes, when it is the shapes that differ.
    """

    where: str
    found: Any
    wanted: Any
    reason: str
    shapes: str | None = None


@dataclass(frozen=True)
class Unknown:
    """Stands for something of the learner's that is not data, so that none of its code runs in the judge."""

    type_name: str


def as_plain(value: Any) -> Any:
    """Turn an answer's value into plain data: arrays, numbers, words, lists, tuples and dicts.

    Tensors become arrays, subclasses lose what they override, and whatever is no data (or is nested
    too deeply, or too large) becomes an :class:`Unknown`.
    """
    try:
        return _plain(value, [MOST_ITEMS], 0)
    except _TooMuch:
        return Unknown(_("{kind} that is too large or nested too deeply", kind=_name_of(type(value))))


def holds_tensor(value: Any) -> bool:
    """Say whether an answer's value is a tensor or holds one, here or before it crossed the wire.

    There a tensor arrives as an array of a class with ``was_tensor``.
    """
    try:
        return _holds_tensor(value, [MOST_ITEMS], 0)
    except _TooMuch:
        return False


def _holds_tensor(value: Any, left: list[int], depth: int) -> bool:
    kind = type(value)
    left[0] -= 1
    if left[0] < 0 or depth > DEEPEST:
        raise _TooMuch
    if issubclass(kind, dict):
        return any([_holds_tensor(item, left, depth + 1) for item in dict.values(value)])
    for sequence in (list, tuple):
        if issubclass(kind, sequence):
            return any([_holds_tensor(item, left, depth + 1) for item in sequence.__iter__(value)])
    if issubclass(kind, np.ndarray):
        return any(_own(base, "__dict__").get("was_tensor") is True for base in _own(kind, "__mro__"))
    tensor = getattr(sys.modules.get("torch"), "Tensor", None)
    return tensor is not None and issubclass(kind, tensor)


class _TooMuch(Exception):
    """The value holds too many things, or one inside the other too often."""


def _plain(value: Any, left: list[int], depth: int) -> Any:
    kind = type(value)  # not isinstance, which believes what an object says of itself
    left[0] -= 1
    if left[0] < 0 or depth > DEEPEST:
        raise _TooMuch
    if value is None or kind in (bool, int, float, complex, str):
        return value
    if issubclass(kind, np.ndarray | np.generic):
        # A judge's arithmetic with two arrays may be as large as both sizes multiplied.
        left[0] -= np.ndarray.size.__get__(value) if issubclass(kind, np.ndarray) else 0
        if left[0] < 0:
            raise _TooMuch
        array = np.array(value, copy=True, subok=False)
        return array if array.dtype.kind in "biufcUS" else Unknown(_name_of(kind))
    for simple in (int, float, str):
        if issubclass(kind, simple):
            return getattr(simple, f"__{simple.__name__}__")(value)
    if issubclass(kind, dict):
        return {
            key if type(key) in (str, int) else Unknown(_name_of(type(key))): _plain(item, left, depth + 1)
            for key, item in dict.items(value)
        }
    for sequence in (list, tuple):
        if issubclass(kind, sequence):
            return sequence(_plain(item, left, depth + 1) for item in sequence.__iter__(value))
    tensor = getattr(sys.modules.get("torch"), "Tensor", None)
    if tensor is not None and issubclass(kind, tensor):
        try:
            array = value.detach().cpu().numpy()
            left[0] -= array.size
            return array if left[0] >= 0 else Unknown(_("{kind} that is too large", kind=_name_of(kind)))
        except Exception:  # for example a sparse tensor, or a type that numpy does not have
            return Unknown(_name_of(kind))
    return Unknown(_name_of(kind))


def _own(kind: type, attribute: str) -> Any:
    """Return an attribute of a class as `type` has it, whatever the class's own class makes of it."""
    return type.__dict__[attribute].__get__(kind)


def _name_of(kind: type) -> str:
    name: str = _own(kind, "__name__")
    return name


def as_array(value: Any) -> np.ndarray | None:
    """Return a plain numeric array, or None when the (plain) value is not one."""
    if isinstance(value, np.ndarray | np.generic | bool | int | float | list | tuple) and _all_numbers(value):
        try:
            array = np.array(value, copy=True, subok=False)
        except (ValueError, TypeError, OverflowError, MemoryError):
            return None
        if array.dtype.kind in "biuf":
            return array
    return None


def _all_numbers(value: Any) -> bool:
    """Whether nothing but numbers is in nested lists; one long word would make every entry as long."""
    if isinstance(value, list | tuple):
        return all(map(_all_numbers, value))
    return isinstance(value, np.ndarray | np.generic | bool | int | float)


def find_difference(
    found: Any,
    wanted: Any,
    computation: Computation,
    where: str = "",
    equal_nan: bool = False,
    parts: tuple[str, ...] = (),
) -> Difference | None:
    """Return the first place where `found` is not `wanted`, or None when they agree.

    Parameters
    ----------
    found : object
        What the answer gave (already plain, see :func:`as_plain`).
    wanted : object
        A dict of named steps, a list or tuple of parts, a string, or numbers of any shape.
    computation : str
        Row of the tolerance table.
    where : str
        Path so far.
    equal_nan : bool
        Whether NaN equals NaN.
    parts : tuple of str
        What the parts of a tuple are called.
    """
    if isinstance(wanted, Mapping):
        return _in_steps(found, wanted, computation, where, equal_nan)
    if isinstance(wanted, list | tuple):
        return _in_parts(found, wanted, computation, where, equal_nan, parts)
    if wanted is None or isinstance(wanted, Unknown | str):
        if type(found) is type(wanted) and found == wanted:
            return None
        if isinstance(wanted, str):
            return Difference(where, found, wanted, _("it is another word than it should be"))
        return Difference(where, found, wanted, _("it is of another type than it should be"))
    array = np.asarray(wanted)
    if array.dtype.kind in "biuf":
        return _in_numbers(found, array, computation, where, equal_nan)
    # No reference gives these, but an answer may, and is asked twice.
    same = _is_same_array(found, array, equal_nan)
    return None if same else Difference(where, found, wanted, _("it is not the same as before"))


def _is_same_array(found: Any, wanted: np.ndarray, nan: bool) -> bool:
    """Say whether a value is this array of complex numbers, words or very large integers, to the last bit."""
    if not isinstance(found, np.ndarray | np.generic | int | float | complex):
        return False
    array = np.asarray(found)
    same_kind = array.dtype.kind == wanted.dtype.kind and array.shape == wanted.shape
    return same_kind and np.array_equal(array, wanted, equal_nan=nan and array.dtype.kind == "c")


def _in_steps(
    found: Any, wanted: Mapping[str, Any], computation: Computation, where: str, nan: bool
) -> Difference | None:
    if not isinstance(found, Mapping):
        names = ", ".join(f"`{name}`" for name in wanted)
        return Difference(where, found, wanted, _("it should be a dict with the entries {names}", names=names))
    for name, part in wanted.items():
        if name not in found:
            missing = _("the entry `{name}` is missing", name=name)
            return Difference(_join(where, f"`{name}`"), Unknown("nothing"), part, missing)
        difference = find_difference(found[name], part, computation, _join(where, f"`{name}`"), nan)
        if difference:
            return difference
    return None


def _in_parts(
    found: Any, wanted: Any, computation: Computation, where: str, nan: bool, parts: tuple[str, ...]
) -> Difference | None:
    named = isinstance(wanted, tuple) and len(parts) == len(wanted)
    due = ngettext("{count} things are due", "{count} things are due", len(wanted))
    due += f": {', '.join(parts)}" if named else ""
    if not isinstance(found, list | tuple) and (named or np.ndim(found) == 0):
        return Difference(where, found, wanted, _("it is {kind} where {due}", kind=_kind_name(found), due=due))
    if len(found) != len(wanted):
        told = _("it gives {count} where {due}", count=len(found), due=due)
        return Difference(where, found, wanted, told, _both(len(found), len(wanted)))
    for number, (one, other) in enumerate(zip(found, wanted, strict=True), start=1):
        name = parts[number - 1] if named else _("item {number}", number=number)
        difference = find_difference(one, other, computation, _join(where, name), nan, parts)
        if difference:
            return difference
    return None


def is_decision(value: Any) -> bool:
    """Say whether a plain value is one True or False."""
    return isinstance(value, bool) or (isinstance(value, np.ndarray) and value.dtype == bool and value.size == 1)


def _in_numbers(found: Any, wanted: np.ndarray, computation: Computation, where: str, nan: bool) -> Difference | None:
    array = as_array(found)
    if array is None:
        kind = "None" if found is None else _kind_name(found)
        if is_decision(wanted):
            return Difference(where, found, wanted, _("it is {kind}, not True or False", kind=kind))
        return Difference(where, found, wanted, _("it is {kind}, not numbers", kind=kind))
    if array.shape != wanted.shape:
        shapes = _("found {found}, wanted {wanted}", found=array.shape, wanted=wanted.shape)
        return Difference(where, array, wanted, _("it has another shape than it should"), shapes)
    wrong = ~is_close(array, wanted, computation, equal_nan=nan)
    if not wrong.any():
        return None
    if is_decision(array) and is_decision(wanted):
        said = _("it says {found} where {wanted} is due", found=bool(array), wanted=bool(wanted))
        return Difference(where, array, wanted, said)
    broken = wrong & ~np.isfinite(array) & np.isfinite(wanted)
    if broken.any():
        kind = "NaN" if np.isnan(array[broken]).any() else _("infinite")
        return Difference(where, array, wanted, _share(int(broken.sum()), wrong.size, kind))
    return Difference(where, array, wanted, _share(int(wrong.sum()), wrong.size))


def _share(count: int, size: int, kind: str | None = None) -> str:
    if size == 1:
        return _("the number differs") if kind is None else _("the number is {kind}", kind=kind)
    if kind is None:
        return ngettext("{count} of {size} numbers differs", "{count} of {size} numbers differ", count, size=size)
    return ngettext(
        "{count} of {size} numbers is {kind}", "{count} of {size} numbers are {kind}", count, size=size, kind=kind
    )


def _both(found: int, wanted: int) -> str:
    return _("{found} found, {wanted} wanted", found=found, wanted=wanted)


def _kind_name(found: Any) -> str:
    name = found.type_name if isinstance(found, Unknown) else type(found).__name__
    return _("an array") if name == "ndarray" else _("a {type}", type=name)


def _join(where: str, part: str) -> str:
    return f"{where}, {part}" if where else part


def same_slip(found: Any, slip: Any, computation: Computation, where: str = "") -> bool:
    """Say whether an answer is what a known slip gives; here NaN equals NaN.

    Parameters
    ----------
    found, slip : object
        The answer and the slip's value (both plain).
    computation : str
        Row of the tolerance table.
    where : str
        The first place that differs from the right answer. For a multi-step answer the slip must agree
        up to there; what comes after follows from it.
    """
    if where.startswith("`") and isinstance(found, Mapping) and isinstance(slip, Mapping):
        step = where.split("`")[1]
        names = [*slip, step] if step not in slip else list(slip)
        upto = names[: names.index(step) + 1]
        found, slip = [found.get(name) for name in upto], [slip.get(name) for name in upto]
    return find_difference(found, slip, computation, equal_nan=True) is None
