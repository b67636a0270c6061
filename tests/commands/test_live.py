"""`go-live`, `pause`, `resume`."""

from __future__ import annotations

import pytest

from tests.commands.conftest import Ringback

SENDING = {"SMTP_URL": "smtp://127.0.0.1:2525?tls=none", "MAIL_FROM": "Aurora Audio <hello@example.com>"}


@pytest.fixture
def with_store(ringback: Ringback) -> Ringback:
    """An installation with a store that is never read."""
    store = {"STORE_URL": "https://shop.example.com", "STORE_KEY": "ck_" + "1" * 40, "STORE_SECRET": "cs_" + "1" * 40}
    assert ringback("settings", "list", **store).code == 0
    return ringback


def test_going_live_is_refused_with_all_that_is_missing(ringback: Ringback) -> None:
    ran = ringback("go-live")
    assert ran.code == 1
    for missing in ("Connect a store", "SIDECAR_SMTP_URL", "SIDECAR_MAIL_FROM"):
        assert missing in ran.line


def test_a_store_goes_live_pauses_and_resumes(with_store: Ringback) -> None:
    with_store("settings", "set", "sender.postal_address", "1 Main St, New York, NY 10001")
    preview = with_store("go-live", "--preview", **SENDING)
    assert preview.out.startswith("Preview: 0 messages would leave now")
    assert with_store("settings", "get", "sending.live").out == "off\n"
    live = with_store("go-live")
    assert live.code == 0
    assert live.out.startswith("https://shop.example.com is live. ")
    assert with_store("settings", "get", "sending.live").out == "on\n"
    assert with_store("pause").out == "https://shop.example.com is paused. Nothing leaves until resume.\n"
    assert "already" in with_store("pause").out
    assert with_store("settings", "get", "sending.live").out == "off\n"
    assert with_store("resume").out == "https://shop.example.com goes on.\n"
    assert with_store("pause", "--all").out.startswith("Paused 1 store.")


def test_nothing_can_be_resumed_before_going_live(with_store: Ringback) -> None:
    ran = with_store("resume")
    assert ran.code == 1
    assert "Go live" in ran.line


def test_one_store_or_all_of_them(with_store: Ringback) -> None:
    assert with_store("pause", "--all", "--store", "1").code == 2
