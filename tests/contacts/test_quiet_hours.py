"""Call hours: what the law of the place and the owner's hours leave, in every zone the customer may be in."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sidecar.contacts.country_rules import UNCERTAIN, VERSION, country_words, rule_of
from sidecar.contacts.holidays import easter, holidays
from sidecar.contacts.phone import parse
from sidecar.contacts.quiet_hours import EDGE, may_call_at, next_call_time, open_until
from sidecar.contacts.zones import billing_zones, place_of, zones_of
from sidecar.settings.notation import hours

ALL_DAY = hours("Mon-Sun 08:00-20:00")
DEFAULT = hours("Mon-Sun 10:00-19:00")
NEW_YORK = ("America/New_York",)
ZONES = sorted(zone for zone in available_timezones() if "/" in zone and not zone.startswith("Etc/"))


def at(text: str, zone: str = "America/New_York") -> datetime:
    """A local moment as UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


@pytest.mark.parametrize(
    ("moment", "allowed"),
    [
        ("2026-11-18 09:59", False),
        ("2026-11-18 10:00", True),
        ("2026-11-18 18:44", True),
        ("2026-11-18 18:45", False),  # nothing starts in the last 15 minutes
        ("2026-11-18 19:00", False),
        ("2026-11-22 11:59", False),  # Sunday from 12
        ("2026-11-22 12:00", True),
    ],
)
def test_hours_in_the_us_end_15_minutes_early_and_begin_later_on_sundays(moment, allowed):
    permission = may_call_at(NEW_YORK, "US", "NY", DEFAULT, at=at(moment))
    assert permission.allowed is allowed
    assert permission.rule == f"hours.US/{VERSION}"


@pytest.mark.parametrize(
    ("country", "region", "zone", "moment", "allowed"),
    [
        ("US", "AL", "America/Chicago", "2026-11-22 14:00", False),  # Alabama: no Sundays
        ("US", "AL", "America/Chicago", "2026-11-26 14:00", False),  # nor Thanksgiving
        ("US", "NY", "America/New_York", "2026-11-26 14:00", True),
        ("CA", "ON", "America/Toronto", "2026-11-21 17:30", True),
        ("CA", "ON", "America/Toronto", "2026-11-21 17:50", False),
        ("AU", "NSW", "Australia/Sydney", "2026-11-22 14:00", False),
        ("AU", "NSW", "Australia/Sydney", "2027-01-26 14:00", False),
        ("FR", "", "Europe/Paris", "2026-11-18 13:30", False),
        ("FR", "", "Europe/Paris", "2026-11-18 14:00", True),
        ("FR", "", "Europe/Paris", "2026-11-21 14:30", False),
        ("DE", "", "Europe/Berlin", "2026-11-18 17:30", True),
        ("DE", "", "Europe/Berlin", "2026-11-18 17:45", False),
        ("DE", "", "Europe/Berlin", "2026-12-25 12:00", False),
        ("", "", "Europe/Berlin", "2026-11-21 12:00", False),
    ],
)
def test_rule_of_the_place_narrows_the_owners_hours(country, region, zone, moment, allowed):
    assert may_call_at((zone,), country, region, ALL_DAY, at=at(moment, zone)).allowed is allowed


def test_all_zones_the_customer_may_be_in_must_be_open():
    both = ("America/New_York", "America/Los_Angeles")
    assert next_call_time(both, "US", "", DEFAULT, at=at("2026-11-18 08:00")) == at("2026-11-18 13:00")
    assert open_until(both, "US", "", DEFAULT, at=at("2026-11-18 14:00")) == at("2026-11-18 18:45")
    assert may_call_at((), "US", "", DEFAULT, at=at("2026-11-18 14:00")).code == "no_zone"


def test_zones_without_a_common_hour_have_none():
    assert next_call_time(("Pacific/Auckland", "Europe/London"), "GB", "", DEFAULT, at=at("2026-11-18 08:00")) is None


def test_next_call_time_is_now_inside_the_hours_and_monday_after_a_closed_weekend():
    noon = at("2026-11-20 12:00", "Europe/Berlin")
    assert next_call_time(("Europe/Berlin",), "DE", "", DEFAULT, at=noon) == noon
    late = at("2026-11-20 18:00", "Europe/Berlin")
    assert next_call_time(("Europe/Berlin",), "DE", "", DEFAULT, at=late) == at("2026-11-23 10:00", "Europe/Berlin")


def test_unknown_us_state_means_all_zones_of_the_48_states():
    assert len(zones_of(None, "US", "")) == 5
    assert next_call_time(zones_of(None, "US", ""), "US", "", ALL_DAY, at=at("2026-11-18 06:00")) == at(
        "2026-11-18 13:00"
    )


def test_phone_and_billing_address_count_together_unless_the_phone_says_nothing():
    new_york, mobile = parse("(212) 555-0123", "US"), parse("0412 345 678", "AU")
    assert zones_of(new_york, "US", "CA") == ("America/Los_Angeles", "America/New_York")
    assert zones_of(mobile, "AU", "WA") == ("Australia/Perth",)
    assert len(zones_of(mobile, "", "")) > 4
    assert zones_of(None, "", "") == ()
    assert billing_zones("DE", "") == ("Europe/Berlin", "Europe/Busingen")


@given(
    st.lists(st.sampled_from(ZONES), min_size=1, max_size=3, unique=True),
    st.sampled_from([("US", "NY"), ("US", "AL"), ("FR", ""), ("AU", "NSW"), ("CA", "ON"), ("DE", ""), ("", "")]),
    st.datetimes(datetime(2025, 1, 1), datetime(2028, 1, 1), timezones=st.just(UTC)),
)
def test_a_call_never_starts_outside_the_local_hours(zones, place: tuple[str, str], moment):
    country, region = place
    found = next_call_time(zones, country, region, ALL_DAY, at=moment)
    if found is None:
        return
    assert moment <= found <= moment + timedelta(days=15)
    assert may_call_at(zones, country, region, ALL_DAY, at=found).allowed
    for zone in zones:
        local = found.astimezone(ZoneInfo(zone))
        spans = rule_of(country, region).spans_on(local.date())
        end = (local + EDGE).time()
        assert any(start <= local.time() and end <= stop for start, stop in spans)
        assert time(8) <= local.time() < time(20)


@given(st.sampled_from(ZONES), st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC)))
def test_next_call_time_leaves_no_allowed_moment_out(zone, moment):
    found = next_call_time((zone,), "DE", "", ALL_DAY, at=moment)
    assert found is not None
    step = moment
    for _ in range(96):
        if step >= found:
            break
        assert not may_call_at((zone,), "DE", "", ALL_DAY, at=step).allowed
        step += timedelta(minutes=37)


def test_holidays_are_computed():
    assert easter(2026) == date(2026, 4, 5)
    assert date(2026, 5, 14) in holidays("FR", 2026)  # Ascension
    assert date(2026, 4, 3) in holidays("AU", 2026)  # Good Friday
    assert date(2026, 11, 26) in holidays("US", 2026)  # Thanksgiving
    assert {date(2026, 7, 3), date(2026, 7, 4)} <= holidays("US", 2026)  # the 4th falls on a Saturday
    assert {date(2026, 12, 25), date(2026, 12, 28)} <= holidays("AU", 2026)  # Boxing Day on a Saturday


def test_countries_have_names_in_sentences():
    assert country_words("de") == "Germany"
    assert country_words("TH") == "TH"
    assert country_words("") == "an unknown country"


@pytest.mark.parametrize("region", ["", "XX", "Alabama"])
def test_in_an_unknown_state_of_the_us_the_strictest_state_counts(region):
    sunday, thanksgiving, monday = (at(f"2026-11-{day} 14:00") for day in (22, 26, 23))
    days = (sunday, thanksgiving, monday)
    asked = [may_call_at(NEW_YORK, "US", region, ALL_DAY, at=moment).allowed for moment in days]
    assert asked == [False, False, True]
    assert may_call_at(NEW_YORK, "US", region, ALL_DAY, at=monday).rule == f"hours.US-uncertain/{VERSION}"
    assert may_call_at(NEW_YORK, "US", "ny", ALL_DAY, at=sunday).allowed


def test_where_number_and_address_are_of_two_countries_the_strictest_rule_of_all_counts():
    assert place_of(parse("+33 1 42 68 53 00", ""), "US", "NY") == (UNCERTAIN, "")
    assert place_of(parse("+1 212 555 0123", ""), "FR", "") == (UNCERTAIN, "")
    assert place_of(parse("+1 212 555 0123", ""), "us", "NY") == ("us", "NY")
    assert place_of(parse("+1 212 555 0123", ""), "", "") == ("", "")
    assert place_of(None, "FR", "") == ("FR", "")


@given(
    st.sampled_from([("US", "NY"), ("US", "AL"), ("US", ""), ("CA", ""), ("AU", ""), ("FR", ""), ("DE", "")]),
    st.datetimes(datetime(2026, 1, 1), datetime(2029, 1, 1), timezones=st.just(UTC)),
)
def test_what_the_strictest_rule_allows_every_other_rule_allows_too(place: tuple[str, str], moment):
    if may_call_at(NEW_YORK, UNCERTAIN, "", ALL_DAY, at=moment).allowed:
        assert may_call_at(NEW_YORK, *place, ALL_DAY, at=moment).allowed
