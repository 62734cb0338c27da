"""Take the README's pictures: a verdict and a live figure, as JupyterLab shows them.

Run from the repository's root: ``python -m tests.browser.pictures docs/pictures``.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from tests.browser.answers import OVERFLOWING_SOFTMAX
from tests.browser.lab import Lab, browser_page, lab_server, lesson_copy


def take(target: Path) -> None:
    """Write ``verdict.png`` and ``widget.png`` into `target`."""
    target.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, lab_server(Path(folder)) as address, browser_page() as page:
        lab = Lab(page, address, lesson_copy(Path(folder), {"softmax": OVERFLOWING_SOFTMAX}))
        lab.run_all()
        verdict = lab.cell("check-softmax").locator(".dlf-verdict")
        verdict.scroll_into_view_if_needed()
        verdict.screenshot(path=target / "verdict.png")
        slider = page.get_by_role("slider", name="learning rate")
        slider.focus()
        for _ in range(8):
            page.keyboard.press("ArrowRight")
        page.wait_for_timeout(300)
        slider.locator("xpath=ancestor::*[contains(@class, 'jp-OutputArea-output')]").last.screenshot(
            path=target / "widget.png"
        )


if __name__ == "__main__":
    take(Path(sys.argv[1]))
