"""The wire between the grader and a child: a closed set of values, as bytes.

A message is ``u32 length | JSON head | raw buffers``. The head holds the value as a tree. Numbers,
short strings, ``None`` and booleans stand for themselves; everything else is a list whose first
item is a tag, and arrays and long strings point at a buffer. A tensor crosses as an array with a tag
of its own. Nothing in a message names code, and :func:`decode` runs none: it is the boundary that
everything a submission says has to cross, so for any bytes at all it either gives a value within the
limits or raises :class:`WireError`, in time and memory that grow with the length of the bytes only.
:func:`encode` runs beside the learner's code on the child's side and is a convenience there.

This file and its neighbour ``limits.py`` are all it needs, because the child loads it alone.
"""

from __future__ import annotations

import importlib
import itertools
import json
import math
import re
import struct
import sys
from collections.abc import Callable
from typing import Any, NoReturn

import numpy as np

from .limits import Limits

# What an array may hold, by the letter-and-size code that stands for it in a message. Always little-endian.
_CODES = ("i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "f2", "f4", "f8", "c8", "c16")
_DTYPES = {"b1": np.dtype("?"), **{code: np.dtype("<" + code) for code in _CODES}}
_MAX_INTEGER = 10**1000
# Whole numbers that are equal modulo 2**61 - 1 fall into one place of a dict; a thousand such keys are slow.
_MAX_KEY = 2**60
MAX_HEAD = 8 * 2**20
_MAX_DIMENSIONS = 32
# A longer text travels as a buffer, so that a cell's pictures do not count against the head.
_SHORT_TEXT = 1000
_HEAD = struct.Struct("!I")
# A word of JSON, also one without an end; the quantifiers never go back, so the time is linear.
_WORDS = re.compile(rb'"(?:[^"\\]++|\\.)*+"?', re.DOTALL)
_SPECIAL_FLOATS = {"nan": math.nan, "inf": math.inf, "-inf": -math.inf}
_ADVICE = "return a number, an array, a string, a list, a tuple or a dict."


class WireError(Exception):
    """A value cannot cross, or bytes are not a message. The text is one sentence."""


def _no_constant(name: str) -> NoReturn:
    raise ValueError(name)


# Made once: `json.dumps` and `json.loads` with options make one for each message, which takes as long as a short one.
_TO_JSON = json.JSONEncoder(allow_nan=False, separators=(",", ":"))
_FROM_JSON = json.JSONDecoder(parse_constant=_no_constant)


class TensorArray(np.ndarray):
    """An array that was a tensor on the child's side: the flag is its type. Its numbers are an array's."""

    was_tensor = True


_BY_CLASS: dict[type, tuple[str, Callable[[Any], Any]]] = {}
_BY_NAME: dict[str, Callable[[Any], Any]] = {}


def register(name: str, kind: type, to_plain: Callable[[Any], Any], from_plain: Callable[[Any], Any]) -> None:
    """Let arguments of one more class cross, from the grader to the child only.

    Parameters
    ----------
    name : str
        What stands for the class in a message.
    kind : type
        The class.
    to_plain, from_plain : callable
        Turn an instance into a plain value and back.
    """
    _BY_CLASS[kind] = (name, to_plain)
    _BY_NAME[name] = from_plain


# ---------------------------------------------------------------------------------------- encode


def encode(value: Any, limits: Limits) -> bytes:
    """Return `value` as a message.

    Raises
    ------
    WireError
        When the value, or a part of it, is of a kind that cannot cross or is beyond the limits.
    """
    encoder = _Encoder(limits)
    try:
        tree = encoder.node(value, 0)
        lengths = [len(part) for part in encoder.buffers]
        head = _TO_JSON.encode([tree, lengths]).encode("ascii")
    except WireError:
        raise
    except RecursionError:
        raise WireError("The value is nested too deeply.") from None
    except Exception as error:  # a class of the learner's may raise anything while it is read
        raise WireError(f"The value cannot be read ({type(error).__name__}).") from None
    if len(head) > min(MAX_HEAD, limits.value_bytes):
        raise WireError("The value is too large; return its numbers in one array.")
    return b"".join([_HEAD.pack(len(head)), head, *encoder.buffers])


class _Encoder:
    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.buffers: list[bytes] = []
        self.room = limits.value_bytes
        self.items = 0

    def node(self, value: Any, depth: int) -> Any:
        self.items += 1
        if depth > self.limits.value_depth:
            raise WireError(f"The value is nested more than {self.limits.value_depth} levels deep.")
        if self.items > self.limits.value_items:
            raise WireError(f"The value has more than {self.limits.value_items} parts.")
        if value is None or value is True or value is False:
            return value
        if type(value) is str:  # most of what crosses
            return self.text(value)
        if type(value) is float or type(value) is int:
            return self.scalar(value)
        if isinstance(value, np.ndarray):
            return self.array("T", value.view(np.ndarray)) if type(value) is TensorArray else self.array("a", value)
        if isinstance(value, np.generic) and not isinstance(value, str):
            return self.array("s", np.asarray(value))
        if type(value) in _BY_CLASS:
            name, to_plain = _BY_CLASS[type(value)]
            return ["x", name, self.node(to_plain(value), depth + 1)]
        if isinstance(value, int | float | str):
            return self.scalar(value)
        if isinstance(value, complex):
            number = complex(value)
            return ["c", self.scalar(number.real), self.scalar(number.imag)]
        if isinstance(value, list | tuple):
            return ["l" if isinstance(value, list) else "t", [self.node(v, depth + 1) for v in value]]
        if isinstance(value, dict):
            return ["d", [[self.key(k), self.node(v, depth + 1)] for k, v in dict.items(value)]]
        torch = sys.modules.get("torch")
        if torch is not None and isinstance(value, torch.Tensor):
            return self.array("T", _tensor_array(torch, value))
        return _refuse(value)

    def scalar(self, value: int | float | str) -> Any:
        if isinstance(value, str):
            return self.text(str(value))
        if isinstance(value, int):
            number = int(value)
            if abs(number) >= _MAX_INTEGER:
                raise WireError("The value holds a whole number of more than 1000 digits.")
            return number
        real = float(value)
        return real if math.isfinite(real) else ["f", repr(real)]

    def key(self, key: Any) -> Any:
        if type(key) is str:
            return self.text(key)
        if isinstance(key, bool) or not isinstance(key, str | int):
            raise WireError(f"A dict has a `{type(key).__name__}` as a key; use strings or whole numbers.")
        if isinstance(key, int) and not -_MAX_KEY < key < _MAX_KEY:
            raise WireError("A dict has a whole number of more than 60 bits as a key; use a string.")
        return self.scalar(key)

    def text(self, text: str) -> Any:
        if len(text) <= _SHORT_TEXT and text.isascii():
            return text
        try:
            raw = text.encode("utf-8")
        except UnicodeEncodeError:
            raise WireError("The value holds text that is not valid Unicode.") from None
        return text if len(raw) <= _SHORT_TEXT else ["u", self.buffer(raw)]

    def array(self, tag: str, array: np.ndarray) -> Any:
        if type(array) is not np.ndarray:
            raise WireError(
                f"The function returned a `{type(array).__name__}`; return a plain array (`np.asarray(...)`)."
            )
        code = array.dtype.kind + str(array.dtype.itemsize)
        if code not in _DTYPES:
            raise WireError(f"The function returned an array of dtype `{array.dtype}`; return numbers or booleans.")
        if array.nbytes > self.room:
            raise WireError(f"The value is larger than {self.limits.value_bytes // 2**20} MiB.")
        raw = array.astype(_DTYPES[code], order="C", copy=False).tobytes()
        return [tag, code, list(array.shape), self.buffer(raw)]

    def buffer(self, raw: bytes) -> int:
        self.room -= len(raw)
        if self.room < 0:
            raise WireError(f"The value is larger than {self.limits.value_bytes // 2**20} MiB.")
        self.buffers.append(raw)
        return len(self.buffers) - 1


def _tensor_array(torch: Any, tensor: Any) -> np.ndarray:
    plain = tensor.detach().cpu()
    if plain.layout is not torch.strided:
        plain = plain.to_dense()
    if plain.dtype is torch.bfloat16:
        plain = plain.float()
    try:
        array = plain.resolve_conj().resolve_neg().numpy()
    except (TypeError, RuntimeError):
        raise WireError(f"The function returned a tensor of dtype `{tensor.dtype}`, which cannot be read.") from None
    return np.asarray(array)


def _refuse(value: Any) -> NoReturn:
    if isinstance(value, type):
        raise WireError(f"The function returned the class `{value.__name__}`; {_ADVICE}")
    raise WireError(f"The function returned a `{type(value).__name__}`; {_ADVICE}")


# ---------------------------------------------------------------------------------------- decode


def decode(data: bytes | bytearray | memoryview, limits: Limits, *, arguments: bool = False) -> Any:
    """Return the value of a message.

    Parameters
    ----------
    data : bytes
        Any bytes.
    limits : Limits
        What the value may be at most.
    arguments : bool
        On the child's side: tensors become torch tensors, and registered classes are let in.
        On the grader's side a tensor becomes a :class:`TensorArray`.

    Returns
    -------
    object
        A value made of the closed set of kinds.

    Raises
    ------
    WireError
        When `data` is not a message within the limits. Nothing else is raised for any bytes.
    """
    tree, buffers = _take_apart(memoryview(data), limits)
    decoder = _Decoder(limits, buffers, arguments)
    value = decoder.node(tree, 0)
    if buffers.left:
        raise WireError("The message holds bytes that belong to nothing.")
    return value


def _take_apart(data: memoryview, limits: Limits) -> tuple[Any, _Buffers]:
    if len(data) < _HEAD.size:
        raise WireError("The message is cut short.")
    (length,) = _HEAD.unpack_from(data)
    if length > min(MAX_HEAD, limits.value_bytes) or _HEAD.size + length > len(data):
        raise WireError("The message's head has an impossible length.")
    text = bytes(data[_HEAD.size : _HEAD.size + length])
    _refuse_too_many_parts(text, 3 * limits.value_items + 3)
    try:
        head = _FROM_JSON.decode(text.decode("ascii"))
    except (ValueError, RecursionError):
        raise WireError("The message's head is not JSON.") from None
    if not (isinstance(head, list) and len(head) == 2 and isinstance(head[1], list)):
        raise WireError("The message's head has the wrong form.")
    if len(sizes := head[1]) > limits.value_items:
        raise WireError("The message has too many buffers.")
    start = _HEAD.size + length
    if not all(type(size) is int and 0 <= size <= len(data) for size in sizes):
        raise WireError("A buffer of the message has an impossible length.")
    if sum(sizes) != len(data) - start or sum(sizes) > limits.value_bytes:
        raise WireError("The message has the wrong length.")
    return head[0], _Buffers(data[start:], sizes)


def _refuse_too_many_parts(text: bytes, most: int) -> None:
    """Count what a head opens before JSON makes it, at dozens of bytes of memory for each byte of text.

    Each part of a value opens three lists at most, and an object has no place in a head.
    """
    if text.count(b"[") <= most and b"{" not in text:
        return
    start, ends = 0, itertools.chain((word.span() for word in _WORDS.finditer(text)), [(len(text), 0)])
    for end, after in ends:  # what stands between words
        most -= text.count(b"[", start, end)
        if most < 0 or text.find(b"{", start, end) >= 0:
            raise WireError("The message's head has too many parts.")
        start = after


class _Buffers:
    """The buffers of a message, each of which a value takes once."""

    def __init__(self, data: memoryview, sizes: list[int]) -> None:
        self.data = data
        self.ends = list(itertools.accumulate(sizes))
        self.left = set(range(len(sizes)))

    def take(self, index: Any) -> memoryview:
        if type(index) is not int or index not in self.left:
            raise WireError("The message points at a buffer that is not there.")
        self.left.remove(index)
        return self.data[self.ends[index - 1] if index else 0 : self.ends[index]]


class _Decoder:
    def __init__(self, limits: Limits, buffers: _Buffers, arguments: bool) -> None:
        self.limits = limits
        self.buffers = buffers
        self.arguments = arguments
        self.items = 0
        self.tags: dict[str, Callable[[list[Any], int], Any]] = {
            "f": self.special, "u": self.text, "l": self.sequence, "t": self.sequence, "d": self.mapping,
            "a": self.array, "s": self.array, "T": self.array, "x": self.registered, "c": self.complex,
        }  # fmt: skip

    def node(self, tree: Any, depth: int) -> Any:
        self.items += 1
        if depth > self.limits.value_depth or self.items > self.limits.value_items:
            raise WireError("The value is nested too deeply or has too many parts.")
        if isinstance(tree, list):
            if not tree or not isinstance(tree[0], str) or tree[0] not in self.tags:
                raise WireError("The message holds a value of an unknown kind.")
            return self.tags[tree[0]](tree, depth)
        return self.scalar(tree)

    def scalar(self, tree: Any) -> Any:
        if isinstance(tree, int) and abs(tree) >= _MAX_INTEGER:
            raise WireError("The message holds a whole number of more than 1000 digits.")
        if isinstance(tree, str) and not tree.isascii():
            try:
                tree.encode("utf-8")
            except UnicodeEncodeError:
                raise WireError("The message holds text that is not valid Unicode.") from None
        return tree

    def special(self, tree: list[Any], _: int) -> float:
        if len(tree) != 2 or not isinstance(tree[1], str) or tree[1] not in _SPECIAL_FLOATS:
            raise WireError("The message holds a malformed number.")
        return _SPECIAL_FLOATS[tree[1]]

    def complex(self, tree: list[Any], depth: int) -> complex:
        parts = [self.node(part, depth + 1) for part in tree[1:3]]
        if len(tree) != 3 or not all(type(part) is float for part in parts):
            raise WireError("The message holds a malformed number.")
        return complex(*parts)

    def text(self, tree: list[Any], _: int) -> str:
        raw = self.buffer(tree, 2)
        try:
            return bytes(raw).decode("utf-8")
        except UnicodeDecodeError:
            raise WireError("The message holds text that is not valid Unicode.") from None

    def sequence(self, tree: list[Any], depth: int) -> Any:
        if len(tree) != 2 or not isinstance(tree[1], list):
            raise WireError("The message holds a malformed list.")
        values = [self.node(part, depth + 1) for part in tree[1]]
        return values if tree[0] == "l" else tuple(values)

    def mapping(self, tree: list[Any], depth: int) -> dict[Any, Any]:
        if len(tree) != 2 or not isinstance(tree[1], list):
            raise WireError("The message holds a malformed dict.")
        result: dict[Any, Any] = {}
        for pair in tree[1]:
            if not isinstance(pair, list) or len(pair) != 2:
                raise WireError("The message holds a malformed dict.")
            key = self.node(pair[0], depth + 1)
            if type(key) not in (str, int) or (type(key) is int and abs(key) >= _MAX_KEY) or key in result:
                raise WireError("The message holds a dict with a malformed key.")
            result[key] = self.node(pair[1], depth + 1)
        return result

    def array(self, tree: list[Any], _: int) -> Any:
        raw = self.buffer(tree, 4)
        tag, code, shape = tree[0], tree[1], tree[2]
        dtype = _DTYPES.get(code) if isinstance(code, str) else None
        if dtype is None or not isinstance(shape, list) or len(shape) > _MAX_DIMENSIONS:
            raise WireError("The message holds a malformed array.")
        if not all(type(n) is int and 0 <= n <= self.limits.value_bytes for n in shape):
            raise WireError("The message holds an array of an impossible shape.")
        # An empty array may name any other lengths; they are held to the same limit, or a sum over
        # its empty axis would ask for more memory than there is.
        claimed = math.prod(n for n in shape if n) * dtype.itemsize
        if math.prod(shape) * dtype.itemsize != len(raw) or claimed > self.limits.value_bytes:
            raise WireError("The message holds an array of an impossible shape.")
        # A boolean's byte may be anything in a message, and must be 0 or 1 in memory.
        flat = np.frombuffer(raw, np.uint8) != 0 if code == "b1" else np.frombuffer(raw, dtype).copy()
        array = flat.reshape(shape)
        if tag == "s":
            if shape:
                raise WireError("The message holds a malformed number.")
            return array[()]
        if tag == "T" and self.arguments:
            return importlib.import_module("torch").from_numpy(array)
        return array.view(TensorArray) if tag == "T" else array

    def registered(self, tree: list[Any], depth: int) -> Any:
        if not self.arguments or len(tree) != 3 or not isinstance(tree[1], str) or tree[1] not in _BY_NAME:
            raise WireError("The message holds a value of an unknown kind.")
        plain = self.node(tree[2], depth + 1)
        try:
            return _BY_NAME[tree[1]](plain)
        except Exception:
            raise WireError(f"The message holds a malformed `{tree[1]}`.") from None

    def buffer(self, tree: list[Any], size: int) -> memoryview:
        """Return the buffer that the last item of `tree` points at; each buffer is used once."""
        return self.buffers.take(tree[-1] if len(tree) == size else None)
