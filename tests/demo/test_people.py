"""The demo's people and carts: who there is, and that somebody may be called at nearly every hour of the week.

The windows are those of reference/safety.md D1 and D2, written down here on their own, so that a slip in Ringback's
rules cannot hide a slip in the demo.
"""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import phonenumbers
import pytest

from sidecar.demo.oddities import BOT_ADDRESS
from sidecar.demo.order import Order
from sidecar.demo.store import build_world

WINTER = datetime(2027, 1, 11, tzinfo=UTC)  # Mondays; no holiday in these weeks where people are called
SUMMER = datetime(2027, 6, 7, tzinfo=UTC)
NOW = datetime(2027, 1, 13, 15, 20, tzinfo=UTC)

ZONES = {
    "GU": "Pacific/Guam", "MP": "Pacific/Saipan", "PR": "America/Puerto_Rico",
    **{f"US:{state}": "America/New_York" for state in ("MA", "GA", "OH", "VT")},
    **{f"US:{state}": "America/Chicago" for state in ("IL", "TX", "AL")},
    **{f"US:{state}": "America/Los_Angeles" for state in ("OR", "WA", "CA")},
    "US:CO": "America/Denver", "US:UT": "America/Denver", "US:AZ": "America/Phoenix", "US:AK": "America/Anchorage",
    "US:HI": "Pacific/Honolulu", "CA:NL": "America/St_Johns", "CA:NS": "America/Halifax", "CA:NB": "America/Halifax",
    "CA:ON": "America/Toronto", "CA:MB": "America/Winnipeg", "CA:AB": "America/Edmonton", "CA:BC": "America/Vancouver",
    "AU:WA": "Australia/Perth", "AU:NSW": "Australia/Sydney", "AU:VIC": "Australia/Melbourne",
    "AU:QLD": "Australia/Brisbane", "AU:SA": "Australia/Adelaide",
}
# Area codes that lie in more zones than the billing address says: the window must be open in all of them.
AREA_ZONES = {"709": ("America/Halifax", "America/St_Johns"), "907": ("America/Adak", "America/Anchorage")}
# Minutes after midnight for Monday to Friday, Saturday, Sunday. US territories follow the US. Source: safety.md D1, D2.
WINDOWS: dict[str, tuple[tuple[int, int] | None, ...]] = {
    "US": ((600, 1200), (600, 1200), (720, 1200)),
    "CA": ((540, 1290), (600, 1080), (600, 1080)),
    "AU": ((540, 1200), (540, 1020), None),
}
EDGE = 15  # nothing starts in the last minutes

# Hours of the week (day, hour UTC) at which nobody in the US, Canada or Australia may be called, whatever the carts.
# Monday to Friday, northern winter: Perth closes at 12:00 UTC, St. John's opens at 12:30, together with Halifax 13:00.
# Saturday: Perth closes at 09:00 UTC, Guam and Saipan at 10:00; Canada's coast opens at 10:00 local, 14:00 UTC in
# winter and 13:00 in summer. Sunday: Australia is closed, Guam and Saipan close at 10:00 UTC, Canada opens as above.
NOBODY_WINTER = {*((day, 12) for day in range(5)), *((day, hour) for day in (5, 6) for hour in (10, 11, 12, 13))}
NOBODY_SUMMER = {(day, hour) for day in (5, 6) for hour in (10, 11, 12)}


def window(country: str, state: str, day: int) -> tuple[int, int] | None:
    """When people may be called on a day of the week (0 = Monday), in minutes after their midnight."""
    law = "US" if country in ("US", "GU", "MP", "PR") else country
    if state == "AL" and day == 6:
        return None
    return WINDOWS[law][max(0, day - 4)]


def may_be_called(order: Order, now: datetime) -> bool:
    """A valuable abandoned cart of a customer at the checkout, of the age for calls, within every window."""
    age = now.timestamp() - order.modified
    if order.status not in ("pending", "failed", "cancelled") or order.created_via not in ("store-api", "checkout"):
        return False
    if order.goods < 300_00 or not 24 * 3600 <= age <= 72 * 3600 or not order.billing["phone"]:
        return False
    country, state = order.billing["country"], order.billing["state"]
    billing = ZONES.get(f"{country}:{state}") or ZONES.get(country)
    if billing is None:
        return False
    area = "".join(c for c in order.billing["phone"] if c.isdigit()).removeprefix("1")[:3]
    return all(_open(country, state, now.astimezone(ZoneInfo(zone))) for zone in {billing, *AREA_ZONES.get(area, ())})


def _open(country: str, state: str, local: datetime) -> bool:
    hours = window(country, state, local.weekday())
    return hours is not None and hours[0] <= local.hour * 60 + local.minute < hours[1] - EDGE


@pytest.mark.slow
@pytest.mark.parametrize(("monday", "nobody"), [(WINTER, NOBODY_WINTER), (SUMMER, NOBODY_SUMMER)],
                         ids=["winter", "summer"])
def test_five_valuable_carts_may_be_called_at_every_hour_of_the_week(
        monday: datetime, nobody: set[tuple[int, int]]) -> None:
    few = {}
    for hour in range(168):
        now = monday + timedelta(hours=hour)
        callable_now = sum(may_be_called(order, now) for order in build_world(seed=1, now=now).orders.values())
        if callable_now < 5:
            few[now.weekday(), now.hour] = callable_now
    assert set(few) == nobody
    assert all(count == 0 for count in few.values())


def test_no_hour_is_missed_for_want_of_places() -> None:
    """The hours listed above are closed for every zone of the countries that may be called, not only for ours."""
    lands = {"US": [*ZONES.values(), "Pacific/Pago_Pago", "America/Adak", "America/St_Thomas"],
             "CA": ["America/St_Johns", "America/Halifax", "America/Vancouver"],
             "AU": ["Australia/Perth", "Australia/Sydney", "Australia/Lord_Howe", "Australia/Eucla"]}
    for monday, nobody in ((WINTER, NOBODY_WINTER), (SUMMER, NOBODY_SUMMER)):
        for day, hour in nobody:
            now = monday + timedelta(days=day, hours=hour)
            awake = [(country, zone) for country, zones in lands.items() for zone in zones
                     if _open(country, "", now.astimezone(ZoneInfo(zone))) and _zone_of(country, zone)]
            assert awake == [], (day, hour)


def _zone_of(country: str, zone: str) -> bool:
    """Whether a zone of the table belongs to the country at all."""
    law = {"GU": "US", "MP": "US", "PR": "US"}
    own = {name for place, name in ZONES.items() if law.get(place, place.split(":")[0]) == country}
    return zone in own or zone not in ZONES.values()


def test_every_telephone_number_counts_as_a_number_and_belongs_to_one_person() -> None:
    world = build_world(seed=1, now=NOW)
    owners: dict[str, set[str]] = {}
    for order in world.orders.values():
        phone, country = order.billing["phone"], order.billing["country"]
        if not phone or phone in ("call me after 5pm!", "n/a", "123", "000-000-0000"):
            continue
        parsed = phonenumbers.parse(phone, country)
        assert phonenumbers.is_valid_number(parsed), phone
        number = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
        owners.setdefault(number, set()).add(order.billing["email"])
    assert {number: emails for number, emails in owners.items() if len(emails) > 1} == {}


def test_the_shop_has_all_kinds_of_carts() -> None:
    world = build_world(seed=1, now=NOW)
    orders = list(world.orders.values())
    moment = NOW.timestamp()
    assert 400 <= len(orders) <= 550
    assert min(order.created for order in orders) > moment - 90 * 86_400
    assert max(order.modified for order in orders) <= moment
    unpaid = [order for order in orders if order.status in ("pending", "failed", "checkout-draft")
              or (order.status == "cancelled" and order.created_via == "checkout")]
    assert len(unpaid) >= 60
    assert Counter(order.status for order in orders).keys() >= {
        "pending", "failed", "checkout-draft", "cancelled", "on-hold", "processing", "completed", "refunded"}
    assert {order.currency for order in orders} >= {"USD", "CAD", "EUR", "GBP", "AUD", "NZD"}
    assert {order.created_via for order in orders} >= {"checkout", "store-api", "admin", "rest-api"}
    young = [order for order in orders if order.needs_payment and 1800 <= moment - order.created <= 3 * 3600]
    assert len([order for order in young if order.billing["email"]]) >= 8
    assert any(not order.lines for order in orders)
    assert any(len(order.billing["first_name"]) > 10_000 for order in orders)
    assert any("<script>" in order.billing["first_name"] for order in orders)


def test_a_burst_of_card_tests_comes_from_one_address_within_an_hour() -> None:
    world = build_world(seed=1, now=NOW)
    burst = [order for order in world.orders.values() if order.ip == BOT_ADDRESS]
    assert len(burst) >= 5
    assert {order.status for order in burst} == {"failed"}
    assert max(order.created for order in burst) - min(order.created for order in burst) < 3600


def test_notes_tell_why_carts_were_left() -> None:
    world = build_world(seed=1, now=NOW)
    texts = [note.text for notes in world.notes.values() for note in notes]
    assert any("payment failed (insufficient_funds)" in text for text in texts)
    assert any(text.startswith("Unpaid order cancelled - time limit reached.") for text in texts)
    by_people = [note for notes in world.notes.values() for note in notes if note.author == "admin"]
    assert any("Bought in the shop instead." in note.text for note in by_people)


def test_the_same_seed_and_moment_make_the_same_store() -> None:
    one, other = (build_world(seed=7, now=NOW) for _ in range(2))
    assert one.orders == other.orders
    assert one.notes == other.notes
    assert build_world(seed=8, now=NOW).orders != one.orders


def test_valuable_carts_are_the_top_fifth_of_their_currency() -> None:
    """So that Ringback's own threshold, the 80th percentile, still calls them."""
    world = build_world(seed=1, now=NOW)
    for currency in ("USD", "CAD", "AUD"):
        goods = sorted(order.goods for order in world.orders.values() if order.currency == currency)
        assert goods[int(len(goods) * 0.8)] <= 300_00 * {"USD": 1.1, "CAD": 1.36, "AUD": 1.52}[currency], currency
