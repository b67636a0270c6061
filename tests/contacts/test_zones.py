"""Which zones a call must be right in, where neither the address nor the number tells alone."""

from __future__ import annotations

import pytest

from sidecar.contacts.phone import parse
from sidecar.contacts.quiet_hours import next_call_time
from sidecar.contacts.zones import zones_of
from sidecar.settings.notation import hours
from tests.factories import NOW

NEW_YORK = parse("(212) 555-0123", "US")


@pytest.mark.parametrize(("region", "there"), [("AE", "Europe/Berlin"), ("AP", "Asia/Tokyo")])
def test_military_mail_is_not_taken_for_the_48_states(region: str, there: str) -> None:
    assert there in zones_of(None, "US", region)
    assert there in zones_of(NEW_YORK, "US", region)


def test_a_soldier_in_japan_with_a_number_in_new_york_is_never_rung_at_night() -> None:
    zones = zones_of(NEW_YORK, "US", "AP")
    assert next_call_time(zones, "US", "AP", hours("Mon-Sun 08:00-20:00"), at=NOW) is None


def test_a_mobile_of_another_country_brings_its_own_zones() -> None:
    german = parse("+49 1512 3456789", "US")
    assert german is not None
    assert not german.is_geographic
    assert set(zones_of(german, "US", "NY")) >= {"America/New_York", "Europe/Berlin"}
    assert zones_of(german, "DE", "") == zones_of(None, "DE", "")
