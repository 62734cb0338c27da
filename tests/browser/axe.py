"""What axe finds on a page: the machine-checkable part of the rules on accessibility (WCAG)."""

from __future__ import annotations

from collections.abc import Sequence

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

SEVERE = ("serious", "critical")
# All that a theme or a medium can change.
OF_COLOR = ("color-contrast", "link-in-text-block")


def findings(
    page: Page,
    inside: Sequence[str] = (),
    *,
    only: Sequence[str] = (),
    but: Sequence[str] = (),
    impacts: Sequence[str] = SEVERE,
) -> list[str]:
    """Return what axe finds on the page open: one line a rule.

    Parameters
    ----------
    page : Page
    inside : sequence of str, optional
        Selectors: only what stands inside of one of them is looked at, by default the whole page.
    only : sequence of str, optional
        The rules to go by, by default all that axe goes by itself.
    but : sequence of str, optional
        Rules not to go by.
    impacts : sequence of str, optional
        How grave a finding has to be.
    """
    # Without `preload`, which asks for style sheets that style sheets import at addresses where they are not.
    options: dict[str, object] = {"resultTypes": ["violations"], "preload": False}
    options["rules"] = {rule: {"enabled": False} for rule in but}
    if only:
        options["runOnly"] = {"type": "rule", "values": list(only)}
    context = {"include": [[selector] for selector in inside]} if inside else None
    result = Axe().run(page, context=context, options=options)
    return [
        f"{one['impact']} {one['id']}: {len(one['nodes'])}, such as {one['nodes'][0]['html'][:200]}"
        for one in result.response["violations"]
        if one["impact"] in impacts
    ]
