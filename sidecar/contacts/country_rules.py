"""What the law of the customer's place adds: a dated, versioned table. Every decision names its rule and version.

Source: docs of the rules in reference form, November 2026: FCC 47 CFR 64.1200, state laws, CRTC, ACMA, France's loi
2025-594 and décret 2022-1313, UWG, PECR. The owner may only narrow these, never widen them. Where it is uncertain
which rule counts, the strictest does.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, time

from sidecar.contacts.holidays import holidays

VERSION = "2026-11-22"

Span = tuple[time, time]


@dataclass(frozen=True, slots=True)
class CountryRule:
    """Call and text hours of one place: half-open local spans by weekday (0 = Monday)."""

    place: str  # "US", "US-AL", "US-uncertain" for a state that is none, "uncertain", "" for anywhere else
    spans: Mapping[int, tuple[Span, ...]]
    holidays_of: tuple[str, ...] = ()  # nobody calls on the public holidays of these countries

    @property
    def rule(self) -> str:
        """Rule id with version, as stored with decisions."""
        return f"hours.{self.place or 'elsewhere'}/{VERSION}"

    def spans_on(self, day: date) -> tuple[Span, ...]:
        """The local spans in which somebody may be called on a date."""
        if any(day in holidays(country, day.year) for country in self.holidays_of):
            return ()
        return self.spans.get(day.weekday(), ())


def _days(first: int, last: int, *spans: tuple[int, int, int, int]) -> dict[int, tuple[Span, ...]]:
    times = tuple((time(a, b), time(c, d)) for a, b, c, d in spans)
    return dict.fromkeys(range(first, last + 1), times)


_MON, _FRI, _SAT, _SUN = 0, 4, 5, 6
_US_WEEK = _days(_MON, _SAT, (10, 0, 20, 0))  # inside 8–21 (federal), 8–20 (FL, AL), 9–20 (CT), from 10 (KY)
_WEEKDAYS = _days(_MON, _FRI, (10, 0, 18, 0))
_STRICTEST = _days(_MON, _FRI, (10, 0, 13, 0), (14, 0, 18, 0))  # what every rule of the table allows
UNCERTAIN = "uncertain"
_RULES = {
    rule.place: rule
    for rule in (
        CountryRule("US", _US_WEEK | _days(_SUN, _SUN, (12, 0, 20, 0))),  # Sunday from 12: TX
        CountryRule("US-AL", _US_WEEK, ("US",)),
        CountryRule(f"US-{UNCERTAIN}", _US_WEEK, ("US",)),
        CountryRule("CA", _days(_MON, _FRI, (9, 0, 21, 30)) | _days(_SAT, _SUN, (10, 0, 18, 0))),
        CountryRule("AU", _days(_MON, _FRI, (9, 0, 20, 0)) | _days(_SAT, _SAT, (9, 0, 17, 0)), ("AU",)),
        CountryRule("FR", _days(_MON, _FRI, (10, 0, 13, 0), (14, 0, 20, 0)), ("FR",)),
        CountryRule("", _WEEKDAYS, ("",)),
        CountryRule(UNCERTAIN, _STRICTEST, ("", "US", "AU", "FR")),
    )
}
_US_PLACES = frozenset(
    re.findall(
        "..",
        (
            "ALAKAZARCACOCTDEFLGAHIIDILINIAKSKYLAMEMDMAMIMNMSMOMTNENVNHNJNMNYNCNDOHOKORPARISCSDTNTXUTVTVAWAWVWIWY"
            "DCPRVIGUASMPAAAEAP"
        ),
    )
)

# Where a started checkout with a typed phone or address is an inquiry. Source: product.md P5.
INQUIRY_COUNTRIES = frozenset({"US", "CA", "AU"})
INQUIRY_DAYS = 90

_NAMES = {
    "US": "the US",
    "CA": "Canada",
    "AU": "Australia",
    "GB": "the UK",
    "DE": "Germany",
    "FR": "France",
    "AT": "Austria",
    "CH": "Switzerland",
    "IT": "Italy",
    "ES": "Spain",
    "NL": "the Netherlands",
    "BE": "Belgium",
    "IE": "Ireland",
    "PL": "Poland",
    "PT": "Portugal",
    "SE": "Sweden",
    "DK": "Denmark",
    "NO": "Norway",
    "FI": "Finland",
    "CZ": "Czechia",
    "GR": "Greece",
    "HU": "Hungary",
    "RO": "Romania",
    "LU": "Luxembourg",
    "NZ": "New Zealand",
    "JP": "Japan",
}


def rule_of(country: str, region: str) -> CountryRule:
    """The rule of a place: of its state, else its country, else the one for everywhere else.

    The strictest one of the US for a state that is none, and the strictest of all for the place UNCERTAIN.
    """
    if country == UNCERTAIN:
        return _RULES[UNCERTAIN]
    country, region = country.upper(), region.upper()
    if country == "US" and region not in _US_PLACES:
        return _RULES[f"US-{UNCERTAIN}"]
    return _RULES.get(f"{country}-{region}") or _RULES.get(country) or _RULES[""]


def country_words(country: str) -> str:
    """How sentences call a country: "Germany", the code where the name is not known, "an unknown country"."""
    return _NAMES.get(country.upper(), country.upper() if country.isascii() else "") or "an unknown country"
