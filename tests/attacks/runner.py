"""The command line: which grader, which attacks, and the table."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from pathlib import Path

from tests.attacks import as_user, ours, seal, stock, table
from tests.attacks.case import Attack, corpus

_WIDTH = 26
_ONE = threading.Lock()


def main() -> int:
    """Run the corpus; return 1 when an attack breaks our grader, 2 when it cannot be run."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.attacks", description="Attack a grader and print what came of it."
    )
    parser.add_argument("--against", choices=["course", "stock"], help="which grader to attack")
    parser.add_argument(
        "--only", default="", metavar="NAME,...", help="only attacks whose folder and name hold one of these"
    )
    parser.add_argument("--jobs", type=int, default=len(os.sched_getaffinity(0)), help="submissions graded at once")
    parser.add_argument("--as-user", action="store_true", help="as root: attack as an ordinary user")
    parser.add_argument("--keep", action="store_true", help=f"keep what was measured in {table.OUTCOMES.name}")
    parser.add_argument("--record", action="store_true", help="print all that our grader wrote down")
    parser.add_argument("--rest", action="store_true", help="only attacks that no outcome is kept of")
    parser.add_argument("--part", default="0/1", help=argparse.SUPPRESS)
    parser.add_argument("--write", type=Path, metavar="DOCUMENT", help="put the table of what was kept into a document")
    asked = parser.parse_args()
    try:
        if asked.as_user and os.getuid() == 0:
            return as_user.reenter([argument for argument in sys.argv[1:] if argument != "--as-user"])
        attacks = corpus(asked.only)
        if asked.rest:
            known = table.read_outcomes().get(asked.against, {}).get("attacks", {})
            attacks = [attack for attack in attacks if attack.name not in known]
        if not attacks:
            parser.error(f"no attack is named like {asked.only!r}")
        return _run(asked, attacks)
    except (seal.CannotSeal, as_user.CannotChange) as error:
        print(f"Not run: {error}.", file=sys.stderr)
        return 2


def _run(asked: argparse.Namespace, attacks: Sequence[Attack]) -> int:
    ended = 0
    if asked.against == "course":
        ended = _against_course(asked, attacks)
    elif asked.against == "stock":
        ended = _against_stock(asked, attacks)
    if asked.write:
        asked.write.write_text(table.with_table(asked.write.read_text(), table.table(corpus())))
    return ended


def _against_course(asked: argparse.Namespace, attacks: Sequence[Attack]) -> int:
    siege = ours.besiege(attacks, asked.jobs)
    kept = table.read_outcomes().get("stock", {}).get("attacks", {})
    for result in siege.results:
        attack = result.attack
        print(f"{attack.threat.upper()} {attack.name:{_WIDTH}} {'BROKEN' if result.broken else 'held'}: {result.saw}")
        print(f"  tries: {attack.tries}\n  stock: {kept.get(attack.name, {}).get('saw', 'not measured')}")
        if asked.record:
            print(result.record)
        for fault in result.broken:
            print(f"  BROKEN: {fault}")
    for fault in siege.class_broken:
        print(f"BROKEN, by one of them: {fault}")
    print(f"{sum(not result.broken for result in siege.results)} of {len(attacks)} attacks held.")
    if asked.keep:
        found = {result.attack.name: {"broken": bool(result.broken), "saw": result.saw} for result in siege.results}
        table.keep_outcomes("course", found, [attack.name for attack in corpus()])
    return int(siege.broken)


def _against_stock(asked: argparse.Namespace, attacks: Sequence[Attack]) -> int:
    if seal.sealed():
        seal.close_up()
        part, parts = (int(number) for number in asked.part.split("/"))
        stock.besiege(
            attacks[part::parts], lambda attack, fate: print(json.dumps([attack.name, asdict(fate)]), flush=True)
        )
        return 0
    parts = max(1, min(asked.jobs, len(attacks)))
    arguments = ["--against", "stock", "--only", asked.only, *(["--rest"] if asked.rest else [])]
    runs = [seal.start_again([*arguments, "--part", f"{part}/{parts}"]) for part in range(parts)]
    by_name = {attack.name: attack for attack in attacks}
    with ThreadPoolExecutor(parts) as pool:
        for _ in pool.map(lambda run: _listen(run, by_name, asked.keep), runs):
            pass
    return max(run.wait() for run in runs)


def _listen(run: subprocess.Popen[str], attacks: Mapping[str, Attack], keep: bool) -> None:
    """Print, and keep if asked to, what a sealed runner tells about each attack."""
    assert run.stdout is not None
    for line in run.stdout:
        name, fate = json.loads(line)
        attack = attacks[name]
        with _ONE:
            print(f"{attack.threat.upper()} {name:{_WIDTH}} {fate['saw']}", flush=True)
            if attack.stock not in fate["fates"]:
                print(f"  expected: {attack.stock}; was: {', '.join(fate['fates'])}", flush=True)
            if keep:
                table.keep_outcomes("stock", {name: fate}, [one.name for one in corpus()])
