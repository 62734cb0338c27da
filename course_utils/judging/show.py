"""How a verdict looks: plain text for terminals, a card for notebooks and feedback pages."""

from __future__ import annotations

import re
from html import escape

from course_utils.judging.verdict import GroupResult, Outcome, Verdict
from course_utils.language import _

# Colour is never the only sign: each outcome has a mark and its name in words as well.
_STYLE = {
    Outcome.CORRECT: ("✓", "#1a7f37"),
    Outcome.PARTLY: ("◐", "#9a6700"),
    Outcome.WRONG: ("✗", "#b35900"),
    Outcome.RAISED: ("!", "#a40e26"),
    Outcome.NOT_ATTEMPTED: ("…", "#57606a"),
    Outcome.LIBRARY: ("⇄", "#6639ba"),
    Outcome.TIMEOUT: ("⏱", "#a40e26"),
    Outcome.DIED: ("✕", "#a40e26"),
}


def verdict_text(verdict: Verdict) -> str:
    """Return the verdict as plain lines."""
    mark, *_colour = _STYLE[verdict.outcome]
    lines = [f"{mark} {verdict.exercise}: {verdict.outcome.words}", verdict.sentence]
    lines += [f"  {label}: {text}" for label, text in _details(verdict)]
    if len(verdict.groups) > 1 and verdict.outcome is Outcome.PARTLY:
        lines += [f"  {'✓' if group.held else '✗'} {group.name}{_reason(group)}" for group in verdict.groups]
    if verdict.traceback:
        lines += ["  " + _("your lines:")] + [f"    {line}" for line in verdict.traceback.splitlines()]
    return "\n".join(lines)


def verdict_html(verdict: Verdict, points: float | None = None) -> str:
    """Return the verdict as one `div` with its own style; every text in it is escaped."""
    mark, colour = _STYLE[verdict.outcome]
    earned = ""
    if points is not None:
        said = _("{earned} of {points} points", earned=_number(points * verdict.credit), points=_number(points))
        earned = f'<span style="float:right">{escape(said)}</span>'
    rows = "".join(
        f'<p style="margin:.3em 0"><strong>{escape(label)}:</strong> {_code(text)}</p>'
        for label, text in _details(verdict)
    )
    groups = ""
    if len(verdict.groups) > 1 and any(group.held for group in verdict.groups):
        items = "".join(_group_item(group) for group in verdict.groups)
        groups = f'<ul style="list-style:none;margin:.4em 0 0;padding:0">{items}</ul>'
    trace = ""
    if verdict.traceback:
        said = _("Your lines:")
        trace = (
            f'<p style="margin:.3em 0 0"><strong>{escape(said)}</strong></p>'
            f'<pre style="margin:.2em 0;white-space:pre-wrap">{escape(verdict.traceback)}</pre>'
        )
    return (
        f'<div class="dlf-verdict" role="status" style="border:1px solid {colour};border-left:.5em solid {colour};'
        'border-radius:4px;padding:.6em .9em;margin:.3em 0;max-width:52em;line-height:1.45">'
        f'<p style="margin:0 0 .3em"><strong><span aria-hidden="true">{mark}</span> '
        f"<code>{escape(verdict.exercise)}</code>: {escape(verdict.outcome.words)}</strong>{earned}</p>"
        f'<p style="margin:.3em 0">{_code(verdict.sentence)}</p>{rows}{groups}{trace}</div>'
    )


def _details(verdict: Verdict) -> list[tuple[str, str]]:
    pairs = [
        (_("Shapes"), verdict.shapes),
        (_("What stands out"), verdict.diagnosis),
        (_("Hint"), verdict.hint),
    ]
    return [(label, text) for label, text in pairs if text]


def _group_item(group: GroupResult) -> str:
    sign, word = ("✓", _("holds")) if group.held else ("✗", _("does not hold"))
    share = f"{group.weight:.0%}"
    return (
        f'<li style="margin:.15em 0"><span role="img" aria-label="{escape(word)}">{sign}</span> {escape(group.name)} '
        f'<span style="opacity:.8">({share}){escape(_reason(group))}</span></li>'
    )


def _reason(group: GroupResult) -> str:
    return "" if group.held or not group.reason else f" · {group.reason}"


def _code(text: str) -> str:
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(text))


def _number(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")
