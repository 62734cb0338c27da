"""What a child says, read as claims: every field checked, everything else dropped.

A child runs a stranger's code, so a reply may hold anything that the wire lets through. These
functions build our own records from it, and raise nothing but a WireError where there is no record to build.
"""

from __future__ import annotations

import math
import re
import sys
from collections.abc import Container
from dataclasses import dataclass, field, replace
from typing import Any

from autograder.engine.wire import WireError
from course_utils.judging.calls import LearnerError, Reply
from course_utils.language import _

_MAX_LINES = 20
# What no page, table or terminal should get in a line of text; a null byte also has no place in PostgreSQL.
_NOT_TEXT = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_STREAMS = ("stdout", "stderr")
_CUT = {"output_type": "stream", "name": "stderr", "text": "[output cut]\n"}


@dataclass(frozen=True)
class CellResult:
    """How one cell went.

    Attributes
    ----------
    outputs : list of dict
        Outputs in notebook format. They are the submission's own word.
    ended : {"ok", "error", "timeout", "died"}
        How the cell ended; after the last two the child is gone.
    """

    outputs: list[dict[str, Any]] = field(default_factory=list)
    ended: str = "ok"


def read_cell(claim: dict[str, Any]) -> CellResult:
    """Return a child's reply about a cell as a record of ours."""
    outputs = claim.get("outputs")
    read = [_output(output) for output in outputs] if isinstance(outputs, list) else []
    return CellResult([output for output in read if output is not None], "ok" if claim.get("ok") is True else "error")


def cut_outputs(result: CellResult, room: int) -> tuple[CellResult, int]:
    """Return a cell's result with no more output than there is room for, and the room that is left.

    Parameters
    ----------
    result : CellResult
        As the cell left it.
    room : int
        Bytes of memory that its outputs may take. Where they are cut one line says so, and the last
        error is kept without its traceback, so that it is never lost to the cut.
    """
    kept: list[dict[str, Any]] = []
    for number, output in enumerate(result.outputs):
        size = _weight(output)
        if size > room:
            rest = result.outputs[number:]
            if output["output_type"] == "stream":
                # A character takes up to four bytes of memory, and none is cut in two.
                kept.append({**output, "text": output["text"][: max(room, 0) // 4]})
            kept = [one for one in kept if one != _CUT and one.get("text") != ""]
            errors = [_short_error(one) for one in rest if one["output_type"] == "error"]
            return replace(result, outputs=[*kept, dict(_CUT), *errors[-1:]]), 0
        kept.append(output)
        room -= size
    return result, room


def _weight(value: Any) -> int:
    """Return about how many bytes of memory a value in notebook format takes."""
    if isinstance(value, dict):
        return sys.getsizeof(value) + sum(_weight(key) + _weight(part) for key, part in value.items())
    if isinstance(value, list):
        return sys.getsizeof(value) + sum(_weight(part) for part in value)
    return sys.getsizeof(value)


def _short_error(error: dict[str, Any]) -> dict[str, Any]:
    name, text = error["ename"], error["evalue"][:500]
    return {**error, "evalue": text, "traceback": [f"{name}: {text}"]}


def read_call(claim: dict[str, Any], watch: tuple[str, ...], n_arguments: int) -> Reply:
    """Return a child's reply about a call as a record of ours."""
    libraries = tuple(name for name in _items(claim.get("libraries")) if isinstance(name, str) and name in watch)
    ended = claim.get("ended")
    if ended == "raised":
        return Reply(ended="raised", error=_error(claim.get("error")), libraries=libraries)
    if ended == "refused":
        said = _text(claim.get("refused"), 500) or _("The value cannot be taken.")
        return Reply(ended="refused", refused=said, libraries=libraries)
    if ended != "returned":
        return Reply(ended="died")
    changed = _items(claim.get("changed_arguments"))
    positions = sorted({n for n in changed if type(n) is int and 0 <= n < n_arguments})
    return Reply(value=claim.get("value"), changed_arguments=tuple(positions), libraries=libraries)


def read_callback(claim: dict[str, Any], words: Container[str]) -> tuple[str, dict[str, Any]]:
    """Return which given function a child calls, and how, as a record of ours.

    The parts of the call are checked for their kind only: what they hold goes to a process that is confined.

    Parameters
    ----------
    claim : dict
        What the child says in place of a reply.
    words : container of str
        What the call under way has handed out.

    Raises
    ------
    WireError
        When it is no such call.
    """
    word, named = claim.get("callback"), claim.get("named")
    if not isinstance(word, str) or word not in words:
        raise WireError("The child calls a function that it was not given.")
    request = {part: claim.get(part) for part in ("args", "named", "generators", "errors")}
    kinds = {"args": tuple, "named": dict, "generators": list, "errors": dict}
    if not all(isinstance(request[part], kind) for part, kind in kinds.items()):
        raise WireError("The child calls a given function in no known way.")
    if not isinstance(named, dict) or not all(isinstance(name, str) for name in named):
        raise WireError("The child names an argument by something else than a word.")
    return word, request


def _error(claim: Any) -> LearnerError:
    claim = claim if isinstance(claim, dict) else {}
    lines = tuple(_text(line, 300) for line in _items(claim.get("lines"))[:_MAX_LINES])
    return LearnerError(
        type=_text(claim.get("type"), 100) or "Exception",
        message=_text(claim.get("message"), 500),
        function=_text(claim.get("function"), 100),
        lines=tuple(line for line in lines if line),
    )


def _items(claim: Any) -> tuple[Any, ...]:
    return tuple(claim[:1000]) if isinstance(claim, list | tuple) else ()


def _text(claim: Any, limit: int) -> str:
    return _NOT_TEXT.sub("\ufffd", claim[:limit]) if isinstance(claim, str) else ""


def _output(claim: Any) -> dict[str, Any] | None:
    """Return an output in notebook format, or None for what is none."""
    if not isinstance(claim, dict):
        return None
    kind = claim.get("output_type")
    if kind == "stream" and claim.get("name") in _STREAMS and isinstance(claim.get("text"), str):
        return {"output_type": "stream", "name": claim["name"], "text": claim["text"]}
    if kind == "error":
        trace = [line for line in _items(claim.get("traceback")) if isinstance(line, str)]
        return {
            "output_type": "error",
            "ename": _text(claim.get("ename"), 200),
            "evalue": _text(claim.get("evalue"), 5000),
            "traceback": trace,
        }
    if kind not in ("display_data", "execute_result"):
        return None
    output = {"output_type": kind, "data": _bundle(claim.get("data")), "metadata": _metadata(claim.get("metadata"))}
    if kind == "execute_result":
        count = claim.get("execution_count")
        output["execution_count"] = count if type(count) is int and 0 <= count < 10**9 else None
    return output


def _bundle(claim: Any) -> dict[str, Any]:
    """Return a MIME bundle: text for every type but those that are JSON."""
    bundle: dict[str, Any] = {}
    for mime, part in claim.items() if isinstance(claim, dict) else ():
        if not isinstance(mime, str) or len(mime) > 200 or "/" not in mime:
            continue
        if isinstance(part, str):
            bundle[mime] = part
        elif mime.endswith("json"):
            bundle[mime] = _json(part)
    return bundle


def _metadata(claim: Any) -> dict[str, Any]:
    plain = _json(claim)
    return plain if isinstance(plain, dict) else {}


def _json(claim: Any) -> Any:
    if claim is None or type(claim) in (bool, int, str):
        return claim
    if type(claim) is float:
        return claim if math.isfinite(claim) else None
    if isinstance(claim, list | tuple):
        return [_json(part) for part in claim]
    if isinstance(claim, dict):
        return {str(key): _json(part) for key, part in claim.items()}
    return None
