"""The table of attacks: on the terminal and in the documentation, from outcomes that are kept beside the corpus."""

from __future__ import annotations

import importlib.metadata
import json
import platform
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tests.attacks.case import THREATS, Attack

OUTCOMES = Path(__file__).with_name("outcomes.json")
BEGIN, END = "<!-- attacks: begin -->", "<!-- attacks: end -->"
_PACKAGES = ("nbgrader", "nbclient", "nbconvert", "ipykernel", "ipython", "numpy", "torch")


def versions() -> dict[str, str]:
    """Return what an outcome was measured with."""
    return {"python": platform.python_version(), **{name: importlib.metadata.version(name) for name in _PACKAGES}}


def read_outcomes() -> dict[str, Any]:
    """Return the outcomes kept: ``{"course": {"versions": ..., "attacks": {name: ...}}, "stock": ...}``."""
    return dict(json.loads(OUTCOMES.read_text())) if OUTCOMES.exists() else {}


def keep_outcomes(against: str, found: Mapping[str, Mapping[str, Any]], known: Sequence[str]) -> None:
    """Keep what was measured against one of the graders.

    Parameters
    ----------
    against : {"course", "stock"}
        Which.
    found : mapping
        Outcome by the attack's name.
    known : sequence of str
        The names of all attacks: outcomes of others are dropped.
    """
    kept = read_outcomes()
    before = kept.get(against, {}).get("attacks", {})
    together = {name: found.get(name, before.get(name)) for name in known if name in found or name in before}
    kept[against] = {"versions": versions(), "attacks": together}
    OUTCOMES.write_text(json.dumps(kept, indent=1, sort_keys=True, ensure_ascii=False) + "\n")


def table(attacks: Sequence[Attack]) -> str:
    """Return the table as Markdown.

    Parameters
    ----------
    attacks : sequence of Attack
        The whole corpus.
    """
    kept = read_outcomes()
    ours, stock = (kept.get(name, {}) for name in ("course", "stock"))
    lines = [_summary(attacks, stock.get("attacks", {})), "", _measured(stock.get("versions", {}))]
    for letter, threat in THREATS.items():
        lines += ["", f"### {letter.upper()}: {threat}", "", "| attack | what it tries | our grader | stock nbgrader |"]
        lines.append("| --- | --- | --- | --- |")
        for attack in attacks:
            if attack.threat == letter:
                held = _ours(ours.get("attacks", {}).get(attack.name))
                fate = stock.get("attacks", {}).get(attack.name, {}).get("saw", "not measured")
                cells = (attack.name.replace("_", " "), attack.tries, f"{held}: {attack.must}", fate)
                lines.append("| " + " | ".join(_cell(cell) for cell in cells) + " |")
    return "\n".join(lines)


def _ours(kept: Mapping[str, Any] | None) -> str:
    return "not measured" if kept is None else "**broken**" if kept["broken"] else "held"


def _summary(attacks: Sequence[Attack], stock: Mapping[str, Any]) -> str:
    fates = [fate for kept in stock.values() for fate in kept["fates"] if fate != "held"]
    counted = ", ".join(f"“{fate}” {count}" for fate, count in Counter(fates).most_common())
    wins = sum(kept["fates"] != ["held"] for kept in stock.values())
    held = f"Stock nbgrader holds against {len(stock) - wins} of {len(stock)}"
    return f"{len(attacks)} attacks. {held}; what becomes of the others: {counted}."


def _measured(found: Mapping[str, str]) -> str:
    return "Stock nbgrader was measured with " + ", ".join(f"{name} {version}" for name, version in found.items()) + "."


def _cell(text: str) -> str:
    for sign, spelled in (("\\", "\\\\"), ("|", "\\|"), ("<", "&lt;"), (">", "&gt;"), ("*", "\\*"), ("$", "\\$")):
        text = text if text.startswith("**broken**") and sign == "*" else text.replace(sign, spelled)
    return " ".join(text.split())


def with_table(document: str, made: str) -> str:
    """Return a document with the table between its two marks.

    Raises
    ------
    ValueError
        When the document has no such marks.
    """
    before, begin, rest = document.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"There is no place for the table: put `{BEGIN}` and `{END}` on lines of their own.")
    return f"{before}{BEGIN}\n\n{made}\n\n{END}{after}"
