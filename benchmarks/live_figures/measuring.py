"""Press keys on one control of a figure in a real page, and tell how long its pictures took and how they behaved."""

from __future__ import annotations

import base64
import io
import math
import os
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from playwright.sync_api import CDPSession, ElementHandle, JSHandle, Page

WATCH = (Path(__file__).parent / "watch.js").read_text(encoding="utf-8")
ANSWER = 5000  # ms a picture may take before it counts as none
BURST_KEYS, BURST_STEP = 40, 50  # keys, and ms from one to the next
LEAST_INK = 0.001  # the share that two axes alone exceed

Box = tuple[float, float, float, float]


class MeasureError(RuntimeError):
    """There is nothing to measure, so nothing can be claimed."""


@dataclass
class Scene:
    """One control on the page with the picture that it changes, and the cell below."""

    page: Page
    root: ElementHandle
    control: ElementHandle
    below: ElementHandle
    selector: str
    images: bool

    @classmethod
    def ours(cls, page: Page, number: int, control: int = 0) -> Scene:
        """Return a live figure of the course by its number on the page, and one of its controls."""
        root = page.locator(".dlf").nth(number)
        handle = root.locator(".dlf-control :is(input, select)").nth(control).element_handle()
        return cls._of(page, root.element_handle(), handle, ".dlf-panel > svg", images=False)

    @classmethod
    def plain(cls, page: Page, number: int) -> Scene:
        """Return a figure of `interact` by its number on the page."""
        root = page.locator(".widget-interact").nth(number)
        handle = root.locator("[role=slider]").first.element_handle()
        return cls._of(page, root.element_handle(), handle, ".jp-OutputArea img", images=True)

    @classmethod
    def _of(cls, page: Page, root: Any, control: Any, selector: str, *, images: bool) -> Scene:
        below = root.evaluate_handle("root => root.closest('.jp-Cell').nextElementSibling ?? root.lastElementChild")
        return cls(page, root, control, below.as_element(), selector, images)

    def label(self) -> str:
        """Return what stands beside the control."""
        return self.control.evaluate("one => one.labels?.[0]?.textContent ?? ''")

    def place(self) -> tuple[int, int]:
        """Return the position of the control and the number of its positions."""
        place, last = self.control.evaluate(
            "one => one.tagName === 'SELECT' ? [one.selectedIndex, one.length - 1]"
            " : one.tagName === 'INPUT' ? [one.valueAsNumber, Number(one.max)]"
            " : [Number(one.ariaValueNow), Number(one.ariaValueMax)]"
        )
        return round(place), round(last) + 1

    def keys(self, count: int) -> list[str]:
        """Return the keys of a walk to and fro from where the control is."""
        choice = self.control.evaluate("one => one.tagName === 'SELECT'")
        back, on = ("ArrowUp", "ArrowDown") if choice else ("ArrowLeft", "ArrowRight")
        return [on if step > 0 else back for step in to_and_fro(*self.place(), count)]

    @contextmanager
    def watched(self) -> Iterator[JSHandle]:
        """Bring the figure into view, focus its control, and watch it."""
        # Cells get their real heights only when they come into view, so the second look finds its place.
        for _ in range(2):
            self.root.evaluate("root => root.scrollIntoView({ block: 'center', behavior: 'instant' })")
            self.page.wait_for_timeout(300)
        self.control.evaluate("control => control.focus({ preventScroll: true })")
        self.page.wait_for_timeout(700)
        watch = self.page.evaluate_handle(WATCH, [self.root, self.selector, self.below, self.images])
        try:
            yield watch
        finally:
            watch.evaluate("watch => watch.stop()")

    def boxes(self) -> list[Box]:
        """Return where the pictures are in the window, cut to it; left out are those that are hardly in it."""
        found = self.root.evaluate(
            "(root, selector) => [...root.querySelectorAll(selector)].map(one => one.getBoundingClientRect())"
            ".map(({ left, top, right, bottom }) => [left, top, right, bottom, innerWidth, innerHeight])",
            self.selector,
        )
        boxes = []
        for left, top, right, bottom, width, height in found:
            cut = (max(left, 0), max(top, 0), min(right, width), min(bottom, height))
            if cut[2] - cut[0] > (right - left) / 2 and cut[3] - cut[1] > (bottom - top) / 2:
                boxes.append(cut)
        if not boxes:
            raise MeasureError("No picture of the figure is in view.")
        return boxes


def to_and_fro(place: int, count: int, steps: int) -> list[int]:
    """Return steps of 1 and -1 that keep a control on its `count` positions: upwards first, back from an end."""
    if count < 2:
        raise MeasureError("A control with one position changes nothing.")
    walk, step = [], 1
    for _ in range(steps):
        if not 0 <= place + step < count:
            step = -step
        place += step
        walk.append(step)
    return walk


@dataclass
class Measured:
    """What was seen of one figure."""

    waits: list[float] = field(default_factory=list)  # ms, of the changes that led to another picture
    presented: list[float] = field(default_factory=list)  # the browser's own figure for the same, where it gives one
    unchanged: int = 0
    unanswered: int = 0
    burst_keys: int = 0
    burst_frames: int = 0
    burst_seconds: float = 0.0
    settle: float = 0.0
    frames: int = 0  # looked at for flicker
    blank: int = 0
    jump: float = 0.0
    load: float = 0.0

    @property
    def median(self) -> float:
        """The median wait in ms."""
        return percentile(self.waits, 50)

    @property
    def p95(self) -> float:
        """The 95th percentile of the waits in ms."""
        return percentile(self.waits, 95)


def percentile(values: Sequence[float], percent: float) -> float:
    """Return the smallest of the values that at least `percent` of a hundred do not exceed.

    Raises
    ------
    MeasureError
        If there are none.
    """
    if not values:
        raise MeasureError("No change was measured.")
    return sorted(values)[max(math.ceil(percent / 100 * len(values)) - 1, 0)]


def waits(presses: Sequence[float], shown: Sequence[float], same: Sequence[float]) -> tuple[list[float], int, int]:
    """Sort the presses of single keys by what came of each before the next one.

    Parameters
    ----------
    presses : sequence of float
        When each key went down.
    shown, same : sequence of float
        When a frame with another picture had been shown, and with the picture of before.

    Returns
    -------
    waits : list of float
        From the key to the last frame with another picture.
    unchanged, unanswered : int
        How many presses led to the same picture, and to none.
    """
    taken, unchanged, unanswered = [], 0, 0
    for press, end in zip(presses, [*presses[1:], math.inf], strict=True):
        after = [moment for moment in shown if press <= moment < end]
        if after:
            taken.append(after[-1] - press)
        elif any(press <= moment < end for moment in same):
            unchanged += 1
        else:
            unanswered += 1
    return taken, unchanged, unanswered


def press_singly(scene: Scene, result: Measured, changes: int, gap: int) -> None:
    """Press keys `gap` ms apart until `changes` more changes are measured, three times as many keys at most."""
    due = len(result.waits) + changes
    with scene.watched() as watch:
        for key in scene.keys(3 * changes):
            begun = time.perf_counter()
            scene.page.keyboard.press(key)
            _pause(scene.page, begun, gap)
            while not _answered(watch) and time.perf_counter() - begun < ANSWER / 1000:
                scene.page.wait_for_timeout(50)
            if watch.evaluate("watch => watch.log.shown.length") + len(result.waits) >= due:
                break
        log = watch.evaluate("watch => watch.log")
    taken, unchanged, unanswered = waits(log["presses"], log["shown"], log["same"])
    result.waits += taken
    result.unchanged += unchanged
    result.unanswered += unanswered
    starts = dict(log["presented"])
    result.presented += [starts[press] for press in log["presses"] if press in starts]
    _note(result, log)
    result.load = max(result.load, os.getloadavg()[0])


def burst(scene: Scene, result: Measured) -> None:
    """Press 40 keys in about two seconds; count the pictures on the way, and wait for the last."""
    with scene.watched() as watch:
        _press_quickly(scene)
        log = _at_rest(scene, watch, result)
    presses, shown = log["presses"], log["shown"]
    last = shown[-1] if shown else math.inf
    result.burst_keys, result.burst_frames = len(presses), len(shown)
    result.burst_seconds = (presses[-1] - presses[0]) / 1000
    result.settle = max(last - presses[-1], 0.0)
    _note(result, log)


def burst_on_film(scene: Scene, result: Measured) -> None:
    """Press 40 keys again while every frame that reaches the screen is kept, and count the blank ones."""
    session = scene.page.context.new_cdp_session(scene.page)
    frames: list[dict[str, Any]] = []
    session.on("Page.screencastFrame", lambda event: _keep(session, frames, event))
    try:
        with scene.watched() as watch:
            boxes = scene.boxes()
            session.send("Page.startScreencast", {"format": "jpeg", "quality": 90, "everyNthFrame": 1})
            _press_quickly(scene)
            log = _at_rest(scene, watch, result)
            session.send("Page.stopScreencast")
    finally:
        session.detach()
    _note(result, log)
    if len(frames) < 5:
        raise MeasureError(f"Only {len(frames)} frames of the burst were filmed.")
    inks = np.array([ink_of(frame["data"], frame["metadata"]["deviceWidth"], boxes) for frame in frames])
    result.frames += len(inks)
    result.blank += blank_frames(inks)


def ink_of(jpeg: str, width: float, boxes: Sequence[Box]) -> list[tuple[float, float]]:
    """Return for each box, given in pixels of a window so wide, the share of ink in its margin and inside.

    Ink is what is not of the corner's colour. The margin is a tenth of the box on the left and at the foot, where a
    figure's labels are.
    """
    picture = np.asarray(Image.open(io.BytesIO(base64.b64decode(jpeg))).convert("RGB"), dtype=np.int16)
    scale = picture.shape[1] / width
    shares = []
    for box in boxes:
        left, top, right, bottom = (round(scale * edge) for edge in box)
        part = picture[top:bottom, left:right]
        inked = np.abs(part - part[1, 1]).max(axis=2) > 40
        foot, side = round(0.9 * inked.shape[0]), round(0.1 * inked.shape[1])
        margin = np.concatenate([inked[:, :side].ravel(), inked[foot:, side:].ravel()])
        shares.append((float(margin.mean()), float(inked[:foot, side:].mean())))
    return shares


def blank_frames(inks: NDArray[np.float64]) -> int:
    """Return in how many frames a picture is gone; `inks` has the shape (frames, pictures, 2) and is from `ink_of`.

    What is drawn inside changes, and may be no more than the axes. The labels in the margin stay, so a picture is gone
    where half of them are missing, or where nothing at all is inside.
    """
    margin, inside = inks[..., 0], inks[..., 1]
    gone = (margin < np.median(margin, axis=0) / 2) | (margin == 0) | (inside < LEAST_INK)
    return int(gone.any(axis=1).sum())


def _keep(session: CDPSession, frames: list[dict[str, Any]], event: dict[str, Any]) -> None:
    frames.append(event)
    session.send("Page.screencastFrameAck", {"sessionId": event["sessionId"]})


def _press_quickly(scene: Scene) -> None:
    begun = time.perf_counter()
    for number, key in enumerate(scene.keys(BURST_KEYS), start=1):
        scene.page.keyboard.press(key)
        _pause(scene.page, begun, number * BURST_STEP)


def _pause(page: Page, begun: float, milliseconds: float) -> None:
    left = milliseconds - 1000 * (time.perf_counter() - begun)
    if left > 0:
        page.wait_for_timeout(left)


def _answered(watch: JSHandle) -> bool:
    return watch.evaluate(
        "({ log }) => [log.shown, log.same].some(one => one.length && one.at(-1) > log.presses.at(-1))"
    )


def _at_rest(scene: Scene, watch: JSHandle, seen: Measured) -> dict[str, Any]:
    """Wait until no picture has come for a second, or for twice as long as the slowest took; return the log."""
    still = max([1000.0, *(2 * wait for wait in seen.waits)])
    count, since = -1, time.perf_counter()
    while time.perf_counter() - since < still / 1000:
        scene.page.wait_for_timeout(100)
        present = watch.evaluate("({ log }) => log.shown.length + log.same.length")
        if present != count:
            count, since = present, time.perf_counter()
    return watch.evaluate("watch => watch.log")


def _note(result: Measured, log: dict[str, Any]) -> None:
    result.frames += log["looked"]
    result.blank += log["empty"]
    result.jump = max(result.jump, log["jump"])
