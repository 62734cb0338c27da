"""What a child says, read as claims: every field checked, everything else dropped.

A child runs a stranger's code, so a reply may hold anything that the wire lets through. These
functions build our own records from it and never raise.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

from course_utils.judging.calls import LearnerError, Reply

_MAX_LINES = 20
_STREAMS = ("stdout", "stderr")


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


def read_call(claim: dict[str, Any], watch: tuple[str, ...], n_arguments: int) -> Reply:
    """Return a child's reply about a call as a record of ours."""
    libraries = tuple(name for name in _items(claim.get("libraries")) if isinstance(name, str) and name in watch)
    ended = claim.get("ended")
    if ended == "raised":
        return Reply(ended="raised", error=_error(claim.get("error")), libraries=libraries)
    if ended == "refused":
        said = _text(claim.get("refused"), 500) or "The value cannot be taken."
        return Reply(ended="refused", refused=said, libraries=libraries)
    if ended != "returned":
        return Reply(ended="died")
    changed = _items(claim.get("changed_arguments"))
    positions = sorted({n for n in changed if type(n) is int and 0 <= n < n_arguments})
    return Reply(value=claim.get("value"), changed_arguments=tuple(positions), libraries=libraries)


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
    return claim[:limit] if isinstance(claim, str) else ""


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
