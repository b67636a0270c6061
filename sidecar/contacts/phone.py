"""Phone numbers: E.164 from what was typed and the order's country. A number that needs a guess is no number."""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass

import phonenumbers
from phonenumbers import PhoneMetadata, PhoneNumber, PhoneNumberFormat, PhoneNumberType, timezone

_LONGEST = 60  # of what somebody types; longer is no phone number, and parsing it would only cost time
_MOBILE = (PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE)
# Lines that cost the caller extra, or reach no person. Source: reference/safety.md C13.
_NOT_DIALLED = (
    PhoneNumberType.UNKNOWN,
    PhoneNumberType.PREMIUM_RATE,
    PhoneNumberType.SHARED_COST,
    PhoneNumberType.PAGER,
    PhoneNumberType.UAN,
    PhoneNumberType.VOICEMAIL,
)
_PLAIN_US = re.compile(r"(?:\+?1[ .-]?)?\(?([2-9]\d\d)\)?[ .-]{0,2}(\d{3})[ .-]?(\d{4})", re.ASCII)
_UNKNOWN_ZONE = "Etc/Unknown"


# Lines that a person may ask to be rung on: not the free ones, which some are paid for being rung on.
_ASKED_FOR = (
    PhoneNumberType.MOBILE,
    PhoneNumberType.FIXED_LINE,
    PhoneNumberType.FIXED_LINE_OR_MOBILE,
    PhoneNumberType.VOIP,
)


@dataclass(frozen=True, slots=True)
class Phone:
    """A number that can be dialled. `zones` are the time zones it may be in; empty when nothing is known."""

    e164: str
    national: str
    extension: str
    country: str  # of the number, "" where the number belongs to none
    is_mobile: bool  # may be: in the US the number does not tell
    is_geographic: bool  # says where its owner lives
    zones: tuple[str, ...]


def e164(typed: str, country: str) -> str:
    """The number as +12125550123, or "" when it cannot be dialled without a guess. The quick form of `parse`."""
    return _remembered(typed, country) if len(typed) <= _LONGEST else ""


def parse(typed: str, country: str) -> Phone | None:
    """The number typed at a checkout of a customer in `country` (ISO alpha-2), or None when it cannot be dialled.

    A national number without a country is not dialled: whose number it is would be a guess.
    """
    found = _dialled(typed, country)
    return _described(*found) if found else None


@functools.lru_cache(maxsize=4096)
def known(number: str) -> Phone | None:
    """The Phone of an E.164 number that was parsed before, or None."""
    return parse(number, "")


def is_a_persons(number: str) -> bool:
    """Whether an E.164 number is of a kind on which a person can ask to be rung. Source: reference/safety.md C13."""
    try:
        return phonenumbers.number_type(phonenumbers.parse(number, None)) in _ASKED_FOR
    except phonenumbers.NumberParseException:
        return False


def example(country: str) -> str:
    """A number of that country as people there write it, for "like ..."; "" when the country is not known."""
    found = phonenumbers.example_number_for_type(country.upper(), PhoneNumberType.MOBILE) if country else None
    return phonenumbers.format_number(found, PhoneNumberFormat.NATIONAL) if found else ""


@functools.lru_cache(maxsize=8192)  # a fifth of the work on a page of orders, and people order more than once
def _remembered(typed: str, country: str) -> str:
    quick = _north_american(typed, country)
    if quick:
        return quick
    found = _dialled(typed, country)
    return _e164(found[0]) if found else ""


def _dialled(typed: str, country: str) -> tuple[PhoneNumber, int] | None:
    text = typed.strip() if len(typed) <= _LONGEST else ""
    # A letter is either an extension ("ext. 5") or a word instead of a number; the library tells them apart.
    if len(text) < 5:
        return None
    try:
        number = phonenumbers.parse(text, country.upper() or None)
    except phonenumbers.NumberParseException:
        return None
    kind = phonenumbers.number_type(number)
    return None if kind in _NOT_DIALLED else (number, kind)


def _north_american(typed: str, country: str) -> str:
    """The number when it is plainly a US one that can be dialled, else "": the library decides about all others.

    Says what the library says, ten times as fast: by its own patterns, without its parser (tests compare them).
    """
    found = _PLAIN_US.fullmatch(typed.strip()) if country.upper() in ("US", "CA") else None
    national = "".join(found.groups()) if found else ""
    if not national or not _us_kinds()[0][0].fullmatch(national):
        return ""
    for pattern, dialled in _us_kinds()[1:]:
        if pattern.fullmatch(national):
            return f"+1{national}" if dialled else ""
    return ""


@functools.cache
def _us_kinds() -> tuple[tuple[re.Pattern[str], bool], ...]:
    """Patterns of US numbers in the library's own order, the general one first; whether such lines are dialled."""
    us = PhoneMetadata.metadata_for_region("US")
    if us is None:
        raise RuntimeError("phonenumbers has no metadata for the US")
    kinds = (
        (us.general_desc, True),
        (us.premium_rate, False),
        (us.toll_free, True),
        (us.shared_cost, False),
        (us.voip, True),
        (us.personal_number, True),
        (us.pager, False),
        (us.uan, False),
        (us.voicemail, False),
        (us.fixed_line, True),
        (us.mobile, True),
    )
    patterns = ((kind.national_number_pattern, dialled) for kind, dialled in kinds if kind is not None)
    return tuple((re.compile(pattern), dialled) for pattern, dialled in patterns if pattern)


def _described(number: PhoneNumber, kind: int) -> Phone:
    zones = timezone.time_zones_for_number(number)
    return Phone(
        e164=_e164(number),
        national=phonenumbers.format_number(number, PhoneNumberFormat.NATIONAL),
        extension=number.extension or "",
        country=phonenumbers.region_code_for_number(number) or "",
        is_mobile=kind in _MOBILE,
        is_geographic=phonenumbers.phonenumberutil.is_number_type_geographical(kind, number.country_code or 0),
        zones=tuple(zone for zone in zones if zone != _UNKNOWN_ZONE),
    )


def _e164(number: PhoneNumber) -> str:
    lead = "0" * (number.number_of_leading_zeros or 1) if number.italian_leading_zero else ""
    return f"+{number.country_code}{lead}{number.national_number}"
