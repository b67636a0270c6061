"""What browser tests of every screen look for: accessibility, one heading, no sideways scrolling."""

from __future__ import annotations

from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

SERIOUS = ("serious", "critical")


def serious_faults(page: Page) -> list[str]:
    """What axe finds that is serious or worse, one line each."""
    found: dict[str, Any] = Axe().run(page).response
    return [
        f"{fault['id']}: {fault['help']} – {fault['nodes'][0]['html'][:120]}"
        for fault in found["violations"]
        if fault["impact"] in SERIOUS
    ]


def visible_headings(page: Page) -> list[str]:
    """The text of every h1 that can be seen."""
    return [heading.inner_text() for heading in page.locator("h1").all() if heading.is_visible()]


def sideways_scroll(page: Page) -> int:
    """By how many pixels the page is wider than its window."""
    width: int = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return max(0, width)
