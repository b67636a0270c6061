"""Time zones a customer may be in, from the phone and from the billing address. In doubt, all that are possible."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from importlib import resources
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sidecar.contacts.country_rules import UNCERTAIN
from sidecar.contacts.phone import Phone

_E, _C, _M, _P = "America/New_York", "America/Chicago", "America/Denver", "America/Los_Angeles"
_PHOENIX, _BOISE = "America/Phoenix", "America/Boise"


def _all(*zones: str, text: str) -> dict[str, tuple[str, ...]]:
    return dict.fromkeys(text.split(), zones)


# States that lie in two zones have both: the call must fit both. Source: 49 CFR part 71, read through tzdata 2026.
_US: Mapping[str, tuple[str, ...]] = {
    **_all(_E, text="CT DC DE GA MA MD ME NC NH NJ NY OH PA RI SC VA VT WV"),
    **_all(_E, _C, text="FL IN KY MI TN"),
    **_all(_C, text="AL AR IA IL LA MN MO MS OK WI"),
    **_all(_C, _M, text="KS ND NE SD TX"),
    **_all(_M, text="CO MT NM UT WY"),
    **_all(_P, text="CA NV WA"),
    "AZ": (_PHOENIX, _M),
    "ID": (_BOISE, _P),
    "OR": (_P, _BOISE),
    "AK": ("America/Anchorage", "America/Adak"),
    "HI": ("Pacific/Honolulu",),
    "PR": ("America/Puerto_Rico",),
    "VI": ("America/St_Thomas",),
    "GU": ("Pacific/Guam",),
    "AS": ("Pacific/Pago_Pago",),
    "MP": ("Pacific/Saipan",),
    # Military mail: forces in Europe, Africa and the Middle East; in the Pacific; in Latin America and the Caribbean.
    "AE": ("Europe/London", "Europe/Berlin", "Asia/Bahrain"),
    "AP": ("Asia/Tokyo", "Asia/Bangkok", "Pacific/Guam"),
    "AA": ("America/Guatemala", "America/Panama", "America/Puerto_Rico"),
}
_US_UNKNOWN = (_E, _C, _M, _PHOENIX, _P)  # the 48 states: reference/safety.md D2
_CA: Mapping[str, tuple[str, ...]] = {
    "NL": ("America/St_Johns", "America/Goose_Bay"),
    **_all("America/Halifax", text="NS PE"),
    "NB": ("America/Moncton",),
    "QC": ("America/Toronto", "America/Blanc-Sablon"),
    "ON": ("America/Toronto", "America/Winnipeg", "America/Atikokan"),
    "MB": ("America/Winnipeg",),
    "SK": ("America/Regina", "America/Edmonton"),
    "AB": ("America/Edmonton",),
    "BC": ("America/Vancouver", "America/Creston", "America/Edmonton"),
    "YT": ("America/Whitehorse",),
    "NT": ("America/Inuvik", "America/Edmonton"),
    "NU": ("America/Iqaluit", "America/Rankin_Inlet", "America/Cambridge_Bay"),
}
_AU: Mapping[str, tuple[str, ...]] = {
    "NSW": ("Australia/Sydney",),
    "ACT": ("Australia/Sydney",),
    "VIC": ("Australia/Melbourne",),
    "TAS": ("Australia/Hobart",),
    "QLD": ("Australia/Brisbane",),
    "SA": ("Australia/Adelaide",),
    "NT": ("Australia/Darwin",),
    "WA": ("Australia/Perth",),
}
_STATES = {"US": _US, "CA": _CA, "AU": _AU}


def zones_of(phone: Phone | None, country: str, region: str) -> tuple[str, ...]:
    """Every zone to be inside of at once, sorted: those of the number and those of the billing address.

    A number that does not say where its owner lives (mobile, toll-free) leaves it to an address in its own country.
    Empty when nothing is known. Source: reference/safety.md D2, stack.md (phonenumbers).
    """
    billed = billing_zones(country, region)
    is_abroad = phone is not None and phone.country not in ("", country.upper())
    rung = phone.zones if phone and (phone.is_geographic or is_abroad or not billed) else ()
    return tuple(sorted(zone for zone in {*billed, *rung} if is_zone(zone)))


def place_of(phone: Phone | None, country: str, region: str) -> tuple[str, str]:
    """Country and region whose rules of hours count: those of the address, UNCERTAIN where the number is of another
    country, because nobody knows then where it rings."""
    is_abroad = phone is not None and phone.country not in ("", country.upper())
    return (UNCERTAIN, "") if is_abroad and country.strip() else (country, region)


@functools.lru_cache(maxsize=2048)
def billing_zones(country: str, region: str) -> tuple[str, ...]:
    """The zones of a billing address; all of the country's where the state is unknown."""
    country, region = country.upper(), region.upper()
    found = _STATES.get(country, {}).get(region)
    if found:
        return found
    return _US_UNKNOWN if country == "US" else _by_country().get(country, ())


@functools.lru_cache(maxsize=1024)
def is_zone(name: str) -> bool:
    """Whether this machine knows the time zone."""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return False
    return True


@functools.cache
def _by_country() -> Mapping[str, tuple[str, ...]]:
    """Zones by ISO country, from the time zone database's own table."""
    table = resources.files("tzdata").joinpath("zoneinfo/zone.tab").read_text(encoding="utf-8")
    found: dict[str, list[str]] = {}
    for line in table.splitlines():
        if line and not line.startswith("#"):
            country, _, zone = line.split("\t")[:3]
            if not zone.startswith("Antarctica/") or country == "AQ":
                found.setdefault(country, []).append(zone)
    return {country: tuple(zones) for country, zones in found.items()}
