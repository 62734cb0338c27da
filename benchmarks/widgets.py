"""Measure how fast the live figures answer in a browser, beside plain `ipywidgets.interact` with inline matplotlib.

    python benchmarks/widgets.py                 the contours with a path, and regularization: ours and plain ones
    python benchmarks/widgets.py --all           after that, every live figure of every lesson, with all its controls
    python benchmarks/widgets.py --only 05       every live figure of the lessons whose names begin so, and nothing else

JupyterLab serves copies of the released lessons on the loopback interface to Debian's chromium, which Playwright
drives. Each lesson runs from its first cell to its last; in the copies, a cell with the plain figure follows each of
ours that is compared. Then arrow keys are pressed on the focused control, and the page itself tells when each key
went down and when the frame after the one with the new picture began. The two figures take turns.

A key that does not change the picture is not counted, and the control goes to and fro, so that there is always another
position. Two bursts of 40 keys in about two seconds follow: one counts the pictures on the way and the time to the
last, the other films every frame that reaches the screen and looks for blank ones. All the while the page notes whether
the pictures are whole and whether the next cell moves.

The exit code is 1 when a bar is missed, and 2 when something could not be measured. It needs Debian's chromium, and
Playwright from the extra `dev`.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from playwright.sync_api import Page  # noqa: E402
from playwright.sync_api import TimeoutError as TooLong  # noqa: E402

from benchmarks.live_figures.lab import CHROMIUM, Lab, browser_page, lab_server  # noqa: E402
from benchmarks.live_figures.lessons import COMPARED, Beside, copy_for_measuring, lessons  # noqa: E402
from benchmarks.live_figures.measuring import (  # noqa: E402
    Measured,
    MeasureError,
    Scene,
    burst,
    burst_on_film,
    percentile,
    press_singly,
)

MEDIAN_BAR, P95_BAR = 50.0, 80.0  # ms
JUMP_BAR = 0.5  # px; less is no whole pixel on any screen
ROUNDS = 3  # turns of each figure
WINDOW = (1600, 1000)


@dataclass
class Row:
    """What one figure did, and whose it is."""

    name: str
    what: str
    side: str  # "ours" or "interact"
    seen: Measured

    def missed(self) -> list[str]:
        """Return the bars that are missed; they are for our figures."""
        seen = self.seen
        found = {
            f"median {seen.median:.1f} ms > {MEDIAN_BAR:.0f}": seen.median > MEDIAN_BAR,
            f"95th percentile {seen.p95:.1f} ms > {P95_BAR:.0f}": seen.p95 > P95_BAR,
            f"{seen.blank} blank frames": seen.blank > 0,
            f"the next cell moves by {seen.jump:.1f} px": seen.jump > JUMP_BAR,
            f"{seen.unanswered} keys without an answer": seen.unanswered > 0,
        }
        return [what for what, late in found.items() if late]


def shares(total: int, parts: int) -> list[int]:
    """Split a number into whole parts that differ by one at most, the larger ones first."""
    return [total // parts + (part < total % parts) for part in range(parts)]


def compare(page: Page, number: int, plain: int, one: Beside, changes: int, gap: int) -> list[Row]:
    """Measure the first control of a figure of ours and the plain figure beside it, in turns."""
    scenes = {"ours": Scene.ours(page, number), "interact": Scene.plain(page, plain)}
    rows = [Row(f"{one.lesson}/{one.figure}", one.what, side, Measured()) for side in scenes]
    for count in shares(changes, ROUNDS):
        for row in rows:
            press_singly(scenes[row.side], row.seen, count, gap)
    for act in (burst, burst_on_film):
        for row in rows:
            act(scenes[row.side], row.seen)
    return [checked(row, changes) for row in rows]


def measure(page: Page, lesson: str, number: int, figure: str, changes: int, gap: int) -> Row:
    """Measure a figure of ours; the changes are shared among its controls."""
    count = page.locator(".dlf").nth(number).locator(".dlf-control").count()
    scenes = [Scene.ours(page, number, control) for control in range(count)]
    row = Row(f"{lesson}/{figure}", " + ".join(scene.label() for scene in scenes), "ours", Measured())
    idle = press_all(scenes, row.seen, changes, gap)
    if idle:
        row.what += f" (where the others stand, nothing depends on: {', '.join(idle)})"
    burst(scenes[0], row.seen)
    burst_on_film(scenes[0], row.seen)
    return checked(row, changes)


def press_all(scenes: Sequence[Scene], seen: Measured, changes: int, gap: int) -> list[str]:
    """Share the changes among the controls; return the labels of those that change no picture.

    Such a control can be right, because another one may decide whether it matters; the others get its share.
    """
    idle: list[str] = []
    for number, scene in enumerate(scenes):
        before = len(seen.waits)
        press_singly(scene, seen, shares(changes - before, len(scenes) - number)[0], gap)
        if len(seen.waits) == before:
            idle.append(scene.label())
    moving = [scene for scene in scenes if scene.label() not in idle]
    if moving and len(seen.waits) < changes:
        press_singly(moving[0], seen, changes - len(seen.waits), gap)
    return idle


def checked(row: Row, changes: int) -> Row:
    """Return the row if it holds the changes that were asked for."""
    if len(row.seen.waits) < changes:
        raise MeasureError(
            f"{row.side} has {len(row.seen.waits)} changes measured instead of {changes}; "
            f"{row.seen.unchanged} keys left the picture as it was, {row.seen.unanswered} had no answer."
        )
    return row


@contextmanager
def opened(page: Page, address: str, folder: Path, lesson: str, compared: Sequence[Beside]) -> Iterator[list[str]]:
    """Open a lesson and run it; give the names of its live figures, all of which must be on the page."""
    path, figures = copy_for_measuring(folder, lesson, compared)
    Lab(page, address, path).run_all(900)
    page.locator(".jp-Notebook-ExecutionIndicator[data-status=idle]").first.wait_for(state="attached")
    try:
        page.wait_for_function("count => document.querySelectorAll('.dlf').length === count", arg=len(figures))
    except TooLong as error:
        shown = page.locator(".dlf").count()
        raise MeasureError(f"{lesson} has {len(figures)} live figures, and {shown} are on the page.") from error
    page.wait_for_timeout(3000)
    try:
        yield figures
    finally:
        page.goto("about:blank")
        close_sessions(page, address)


def close_sessions(page: Page, address: str) -> None:
    """End the kernels that the lessons ran in, so that the next lesson has the machine for itself."""
    for session in page.request.get(f"{address}/api/sessions").json():
        page.request.delete(f"{address}/api/sessions/{session['id']}")


@contextmanager
def told(failures: list[str], what: str) -> Iterator[None]:
    """Note what cannot be measured, and go on with the rest."""
    try:
        yield
    except (MeasureError, TooLong) as error:
        failures.append(f"{what}: {error}")
        print(f"not measured: {failures[-1]}", file=sys.stderr, flush=True)


def run(arguments: argparse.Namespace) -> tuple[list[Row], list[str]]:
    """Measure what is asked for, and print each row as soon as it is there; return the rows and what failed."""
    rows: list[Row] = []
    failures: list[str] = []

    def note(new: Sequence[Row]) -> None:
        rows.extend(new)
        for row in new:
            print(line(row), flush=True)

    changes, gap = arguments.changes, arguments.gap
    wanted = lessons_for(arguments)
    with (
        tempfile.TemporaryDirectory(prefix="live-figures-") as name,
        lab_server(Path(name), {}) as address,  # with JupyterLab's own settings, as a learner has them
        browser_page(*WINDOW, scale=arguments.scale) as page,
    ):
        for lesson in () if arguments.only else dict.fromkeys(one.lesson for one in COMPARED):
            beside = [one for one in COMPARED if one.lesson == lesson]
            with told(failures, lesson), opened(page, address, Path(name), lesson, beside) as figures:
                in_order = sorted(beside, key=lambda one: figures.index(one.figure))
                for plain, one in enumerate(in_order):
                    with told(failures, f"{lesson}/{one.figure}"):
                        note(compare(page, figures.index(one.figure), plain, one, changes, gap))
        for lesson in wanted:
            with told(failures, lesson), opened(page, address, Path(name), lesson, ()) as figures:
                for number, figure in enumerate(figures):
                    with told(failures, f"{lesson}/{figure}"):
                        note([measure(page, lesson, number, figure, changes, gap)])
    return rows, failures


def lessons_for(arguments: argparse.Namespace) -> list[str]:
    """Return the lessons all of whose figures are to be measured."""
    if not arguments.only:
        return lessons() if arguments.all else []
    wanted = arguments.only.split(",")
    unknown = [begin for begin in wanted if not any(lesson.startswith(begin) for lesson in lessons())]
    if unknown:
        raise SystemExit(f"No lesson with a live figure has a name that begins with {unknown[0]!r}.")
    return [lesson for lesson in lessons() if lesson.startswith(tuple(wanted))]


HEAD = (
    f"{'figure':<40} {'side':<8} {'changes':>7} {'median':>7} {'p95':>7} {'burst':>9} {'settle':>7} "
    f"{'blank':>9} {'jump':>6} {'load':>5}  what"
)


def line(row: Row) -> str:
    """Return one row of the table."""
    seen = row.seen
    bars = "" if row.side != "ours" else "; ".join(row.missed()) or "met"
    return (
        f"{row.name:<40} {row.side:<8} {len(seen.waits):>7} {seen.median:>4.0f} ms {seen.p95:>4.0f} ms "
        f"{f'{seen.burst_frames} of {seen.burst_keys}':>9} {seen.settle:>4.0f} ms "
        f"{f'{seen.blank} of {seen.frames}':>9} {seen.jump:>3.0f} px {seen.load:>5.1f}  {row.what}"
        f"{f' [{bars}]' if bars else ''}"
    )


def ratios(rows: Sequence[Row]) -> list[tuple[str, float, float]]:
    """Return how many times as long the plain figures take as ours: (name, of the medians, of the 95th percentiles)."""
    ours = {
        row.name: row.seen for row in reversed(rows) if row.side == "ours"
    }  # the first of a name is the one compared
    return [
        (row.name, row.seen.median / ours[row.name].median, row.seen.p95 / ours[row.name].p95)
        for row in rows
        if row.side == "interact"
    ]


def report(rows: Sequence[Row]) -> int:
    """Print the ratios and the bars; return 1 when one is missed."""
    for name, median, p95 in ratios(rows):
        print(f"{name}: interact takes {median:.1f} times as long as ours (95th percentiles: {p95:.1f} times)")
    ours = [row for row in rows if row.side == "ours"]
    bars = (
        (f"median at most {MEDIAN_BAR:.0f} ms", lambda row: row.seen.median <= MEDIAN_BAR),
        (f"95th percentile at most {P95_BAR:.0f} ms", lambda row: row.seen.p95 <= P95_BAR),
        ("no flicker", lambda row: row.seen.blank == 0),
        ("no jump of the next cell", lambda row: row.seen.jump <= JUMP_BAR),
        ("every key answered", lambda row: row.seen.unanswered == 0),
    )
    missed = 0
    for what, holds in bars:
        late = [row.name for row in ours if not holds(row)]
        missed += len(late)
        print(f"{what}: {'not met by ' + ', '.join(late) if late else f'met by all {len(ours)}'}")
    return 1 if missed else 0


def as_json(rows: Sequence[Row], failures: Sequence[str], arguments: argparse.Namespace) -> str:
    """Return everything that was measured."""
    figures = [
        {"figure": row.name, "what": row.what, "side": row.side, **asdict(row.seen)}
        | {"median": row.seen.median, "p95": row.seen.p95, "missed": row.missed() if row.side == "ours" else []}
        for row in rows
    ]
    machine = {"cores": os.cpu_count(), "load": os.getloadavg(), "scale": arguments.scale, "gap": arguments.gap}
    return json.dumps({"machine": machine, "figures": figures, "ratios": ratios(rows), "failures": failures}, indent=1)


def main() -> int:
    """Measure, print the table, the ratios and the bars."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--all", action="store_true", help="measure every live figure of every lesson, too")
    parser.add_argument("--only", metavar="LESSONS", help="measure these lessons' figures and compare nothing: 05,11")
    parser.add_argument("--changes", type=int, default=30, help="changes measured for each figure (30)")
    parser.add_argument("--gap", type=int, default=600, help="milliseconds from one key to the next (600)")
    parser.add_argument("--scale", type=float, default=1.0, help="device pixels to a pixel of the page (1)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write everything measured into this file")
    arguments = parser.parse_args()
    if CHROMIUM is None:
        print("Nothing measured: there is no chromium (Debian's package `chromium`).", file=sys.stderr)
        return 2
    window = f"{WINDOW[0]} x {WINDOW[1]} pixels x {arguments.scale:g}"
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} before the start, {window}")
    print(HEAD)
    rows, failures = run(arguments)
    if arguments.json:
        arguments.json.write_text(as_json(rows, failures, arguments), encoding="utf-8")
    checks = [value for row in rows if row.side == "ours" for value in row.seen.presented]
    print()
    if checks:
        print(
            f"the browser's own account of the keys of ours (steps of 8 ms): median {percentile(checks, 50):.0f} ms, "
            f"95th percentile {percentile(checks, 95):.0f} ms"
        )
    code = report(rows)
    for failure in failures:
        print(f"not measured: {failure}")
    return 2 if failures or not rows else code


if __name__ == "__main__":
    raise SystemExit(main())
