"""What a rep does and hears on the queue's page."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Page, expect


def take(page: Page, number: int = 0) -> None:
    """Takes the next cart by its key, and waits until its card is there."""
    page.keyboard.press("n")
    expect(page.locator("#person")).to_contain_text(f"Number {number}")


def said(page: Page) -> str:
    """What a screen reader was told last."""
    return page.locator("#status").inner_text()


def until(page: Page, script: str, wanted: Any, seconds: int = 5) -> None:
    """Waits until the script has this value. It is asked from here: the pages' policy lets no text run inside them."""
    for _ in range(10 * seconds):
        if page.evaluate(script) == wanted:
            return
        page.wait_for_timeout(100)
    assert page.evaluate(script) == wanted
