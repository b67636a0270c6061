"""Settings that must fit each other: the emails of a sequence come in order, with twelve hours between them."""

from __future__ import annotations

import pytest
from flask import Flask

from sidecar.db import transaction
from sidecar.errors import Refused
from sidecar.recovery.decisions.changing import change_setting, change_settings
from sidecar.settings import written
from tests.cast import OWNER
from tests.factories import NOW
from tests.recovery.orders.orders import a_store


def change(store_id: int, **texts: str) -> list[str]:
    named = {f"outreach.{name}": text for name, text in texts.items()}
    with transaction():
        return change_settings(store_id, named, by=OWNER, now=NOW)


@pytest.mark.parametrize(
    ("texts", "field", "says"),
    [
        (
            {"first_after": "13h"},
            "outreach.first_after",
            "Second email must come at least 12 hours after the first: 25h or later, not 24h.",
        ),
        (
            {"second_after": "70h"},
            "outreach.second_after",
            "Third email must come at least 12 hours after the second: 82h or later, not 3d.",
        ),
        (
            {"third_after": "24h"},
            "outreach.third_after",
            "Third email must come at least 12 hours after the second: 36h or later, not 24h.",
        ),
        (
            {"first_after": "30h", "second_after": "40h", "third_after": "96h"},
            "outreach.second_after",
            "Second email must come at least 12 hours after the first: 42h or later, not 40h.",
        ),
    ],
)
def test_emails_that_would_come_too_close_are_refused_with_the_earliest_time(
    app: Flask, texts: dict[str, str], field: str, says: str
) -> None:
    store_id = a_store()
    with pytest.raises(Refused) as caught:
        change(store_id, **texts)
    assert (caught.value.field, caught.value.reason) == (field, says)
    assert written(store_id) == {}


def test_times_that_fit_only_together_are_changed_together(app: Flask) -> None:
    store_id = a_store()
    changed = change(store_id, first_after="30h", second_after="42h", third_after="96h")
    assert changed == ["outreach.first_after", "outreach.second_after", "outreach.third_after"]


def test_the_times_of_emails_that_are_not_sent_do_not_matter(app: Flask) -> None:
    store_id = a_store()
    assert change(store_id, steps="1")
    assert change(store_id, first_after="30h")
    with pytest.raises(Refused, match="Second email must come at least 12 hours after the first") as caught:
        change(store_id, steps="2")
    assert caught.value.field == "outreach.steps"


def test_other_settings_can_be_changed_whatever_these_say(app: Flask) -> None:
    store_id = a_store(outreach__first_after="30h")
    with transaction():
        assert change_setting(store_id, "sender.name", "Aurora", by=OWNER, now=NOW)
