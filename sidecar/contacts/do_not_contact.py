"""A do-not-contact list: which cells of a table are e-mail addresses or phone numbers, and why others are not."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import BinaryIO

import phonenumbers

from sidecar.contacts import spreadsheet
from sidecar.contacts.address import recognised
from sidecar.contacts.phone import e164
from sidecar.errors import Refused

_LOOKED_AT = 200  # rows by which columns are told
_EMAIL_HEADS = re.compile(r"mail|courriel|correo", re.IGNORECASE)
_PHONE_HEADS = re.compile(r"phone|tele(f|ph)on|mobil|handy|\btel\b|cell|rufnummer|msisdn|fax", re.IGNORECASE)
_NO_PHONE_HEADS = re.compile(r"\b(id|order|customer|kunde|zip|post|plz|vat|count|date)", re.IGNORECASE)
_SCIENTIFIC = re.compile(r"\d[.,]\d+E\+\d+", re.IGNORECASE)
_IN_BRACKETS = re.compile(r"<([^<>]+)>\s*$")
_PHONE_LIKE = re.compile(r"(?:tel:)?\+?[\d\s().\-/]{7,25}")
_DATE_LIKE = re.compile(r"\d{4}[-/.]\d\d?[-/.]\d\d?.*|\d\d?[-/.]\d\d?[-/.]\d{2,4}.*")
_SHOWN = 40


@dataclass(frozen=True, slots=True)
class Entry:
    """One cell that was read: an address (e-mail or E.164), or why it is none. `number` is the row."""

    number: int
    address: str
    text: str
    why: str = ""


@dataclass(frozen=True, slots=True)
class Columns:
    """Which columns hold addresses, and what they are called; `heads` is 1 when the first row names them."""

    emails: tuple[int, ...]
    phones: tuple[int, ...]
    heads: int
    names: tuple[str, ...]


def read(file: BinaryIO, *, country: str) -> tuple[Columns, Iterator[Entry]]:
    """The columns that were found, and every address in them, row by row as it is asked for.

    `country` (ISO alpha-2) is where numbers without a country code are from; "" leaves those out. Raises Refused for a
    file in which there is nothing to find; the iterator raises it for one that grows too large.
    """
    found = spreadsheet.rows(file)
    first = list(itertools.islice(found, _LOOKED_AT))
    columns = _columns([cells for _, cells in first])
    return columns, _entries(itertools.chain(first[columns.heads :], found), columns, country.upper())


def is_country(code: str) -> bool:
    """Whether it is a country that has phone numbers, as two letters."""
    return code.upper() in phonenumbers.SUPPORTED_REGIONS


def _columns(first: Sequence[Sequence[str]]) -> Columns:
    if not first:
        raise Refused("The file is empty.", code="empty")
    width = max(len(cells) for cells in first)
    has_heads = not any(_email(cell) or _PHONE_LIKE.fullmatch(cell.strip().lstrip("'")) for cell in first[0])
    heads = [first[0][place].strip() if has_heads and place < len(first[0]) else "" for place in range(width)]
    body = first[1:] if has_heads else first
    parts = [[cells[place].strip() for cells in body if place < len(cells) and cells[place].strip()]
             for place in range(width)]  # fmt: skip
    emails = [place for place in range(width) if _holds_emails(heads[place], parts[place])]
    rest = [place for place in range(width) if place not in emails]
    named = [place for place in rest if _PHONE_HEADS.search(heads[place])]
    phones = named or [place for place in rest if _holds_phones(heads[place], parts[place], width)]
    if width == 1 and not emails and any(_email(cell) or _is_number(cell) for cell in parts[0]):
        phones = [0]  # addresses, numbers and whatever else one below the other, as somebody pastes them
    if not emails and not phones:
        raise Refused(
            "No column with email addresses or phone numbers was found. Name one Email or Phone in the first row.",
            code="no_column",
        )
    names = [heads[place] or f"column {place + 1}" for place in (*emails, *phones)]
    return Columns(tuple(emails), tuple(phones), int(has_heads), tuple(name[:_SHOWN] for name in names))


def _holds_emails(head: str, cells: Sequence[str]) -> bool:
    like = sum("@" in cell for cell in cells)
    return like * 2 > len(cells) or (bool(_EMAIL_HEADS.search(head)) and (like > 0 or not cells))


def _holds_phones(head: str, cells: Sequence[str], width: int) -> bool:
    """By what stands in it: a customer number has as many digits as a phone, so bare digits count only where nothing
    else could be meant."""
    if not cells or _NO_PHONE_HEADS.search(head):
        return False
    like = [cell for cell in cells if _PHONE_LIKE.fullmatch(cell.lstrip("'"))]
    return len(like) * 2 > len(cells) and (sum(_is_number(cell) for cell in like) * 2 > len(like) or width == 1)


def _is_number(cell: str) -> bool:
    """Whether it is written as only phone numbers are: with a plus, brackets or gaps."""
    text = cell.strip().lstrip("'")
    if not _PHONE_LIKE.fullmatch(text) or _DATE_LIKE.fullmatch(text):
        return False
    return text.startswith(("+", "tel:", "00", "(")) or bool(re.search(r"\d[ ()/\-]+\d", text))


def _entries(rows: Iterator[tuple[int, list[str]]], columns: Columns, country: str) -> Iterator[Entry]:
    for number, cells in rows:
        told = False
        for place in (*columns.emails, *columns.phones):
            text = cells[place].strip() if place < len(cells) else ""
            if text:
                told = True
                yield _entry(number, text, country, is_phone=place in columns.phones)
        if not told:
            yield Entry(number, "", "", "There is no email address or phone number in this row.")


def _entry(number: int, text: str, country: str, *, is_phone: bool) -> Entry:
    shown = text[:_SHOWN]
    if "@" in text or not (is_phone or _PHONE_LIKE.fullmatch(text.lstrip("'"))):
        address = _email(text)
        return Entry(number, address, shown, "" if address else "This cannot be an email address.")
    if not any(char.isdigit() for char in text):
        return Entry(number, "", shown, "This is neither an email address nor a phone number.")
    if _SCIENTIFIC.fullmatch(text):
        return Entry(number, "", shown, "The spreadsheet has rounded this number. Format the column as text.")
    typed = text.lstrip("'").removeprefix("tel:").strip()
    if typed.startswith("00"):
        typed = f"+{typed[2:]}"
    address = e164(typed, country)
    if address:
        return Entry(number, address, shown)
    if not country and not typed.startswith("+"):
        return Entry(number, "", shown, "The number has no country code, and no country is set.")
    return Entry(number, "", shown, "No such phone number can be called.")


def _email(text: str) -> str:
    """The address as people are recognised by it, also out of "Dana Ruiz <dana@example.com>" or a mailto link."""
    inside = _IN_BRACKETS.search(text.strip())
    return recognised((inside[1] if inside else text).strip().removeprefix("mailto:").strip(" '\""))
