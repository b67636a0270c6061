"""Lists of people who are never contacted, as spreadsheets save them."""

from __future__ import annotations

import io
import tracemalloc

import pytest

from sidecar.contacts import spreadsheet
from sidecar.contacts.do_not_contact import Entry, is_country, read
from sidecar.errors import Refused

DANA = "Name;E-Mail;Telefon;Ort\r\nDana;Dana@Example.com;030 901820;Köln\r\n"


def entries(data: bytes | str, country: str = "US") -> list[Entry]:
    file = io.BytesIO(data.encode() if isinstance(data, str) else data)
    return list(read(file, country=country)[1])


def addresses(data: bytes | str, country: str = "US") -> list[str]:
    return [entry.address for entry in entries(data, country) if entry.address]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "latin-1", "utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_every_encoding_and_delimiter_of_a_spreadsheet_is_read(encoding, delimiter):
    data = DANA.replace(";", delimiter).encode(encoding)
    assert addresses(data, "DE") == ["dana@example.com", "+4930901820"]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_every_end_of_line(end):
    assert addresses(f"Email{end}a@example.com{end}b@example.com{end}") == ["a@example.com", "b@example.com"]


def test_a_line_that_names_the_separator_is_heeded_and_counted():
    found = entries("sep=;\r\nMail;Note\r\nnobody;a, b, c\r\na@example.com;x, y\r\n")
    assert [(entry.number, entry.address) for entry in found] == [(3, ""), (4, "a@example.com")]


def test_cells_in_quotes_may_hold_anything():
    data = 'Name,"Email"\n"Ruiz, Dana","dana@example.com"\n"She said ""no""\nand no",kim@example.com\n'
    assert addresses(data) == ["dana@example.com", "kim@example.com"]


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ("a@example.com\nb@example.com\n", ["a@example.com", "b@example.com"]),  # no heads at all
        ("x,a@example.com\ny,b@example.com\n", ["a@example.com", "b@example.com"]),
        ("(212) 555-0123\n+49 30 901820\n", ["+12125550123", "+4930901820"]),
        ("2125550123\n2125550124\n", ["+12125550123", "+12125550124"]),  # bare digits, and nothing else they could be
        ("a@example.com\nb@example.com\n(212) 555-0123\n", ["a@example.com", "b@example.com", "+12125550123"]),
        ("a@example.com\n(212) 555-0123\n", ["a@example.com", "+12125550123"]),
        ("a@example.com\nsome note\nanother\n", ["a@example.com"]),
        ("Handy\n2125550123\n", ["+12125550123"]),
        ("id,Email\n2125550123,a@example.com\n", ["a@example.com"]),
        ("Ordered,Email\n2026-11-22,a@example.com\n", ["a@example.com"]),
        ("Email,Email 2\na@example.com,b@example.com\n", ["a@example.com", "b@example.com"]),
        ("Phone,Mobile\n(212) 555-0123,(212) 555-0124\n", ["+12125550123", "+12125550124"]),
        ('"Dana Ruiz <dana@example.com>"\nmailto:kim@example.com\n', ["dana@example.com", "kim@example.com"]),
        ("Tel\n'+1 212 555 0123\n001 212 555 0124\ntel:+12125550125\n",
         ["+12125550123", "+12125550124", "+12125550125"]),
    ],
)  # fmt: skip
def test_columns_are_found_by_what_they_are_called_or_hold(data, expected):
    assert addresses(data) == expected


@pytest.mark.parametrize("head", ["Customer number", "Number", "What"])
def test_customer_numbers_are_not_taken_for_phone_numbers(head):
    with pytest.raises(Refused) as refused:
        entries(f"{head},City\n2125550123,Berlin\n2125550124,Bonn\n")
    assert refused.value.code == "no_column"


def test_what_cannot_be_read_is_named_with_its_row_and_why():
    found = entries("Email,Phone\ndana@,\n,123\n,\na@example.com,1.2125550123E+10\n,02125550123x\nb@example.com,\n")
    assert [(entry.number, entry.why) for entry in found if entry.why] == [
        (2, "This cannot be an email address."),
        (3, "No such phone number can be called."),
        (5, "The spreadsheet has rounded this number. Format the column as text."),
        (6, "No such phone number can be called."),
    ]
    assert [entry.address for entry in found if entry.address] == ["a@example.com", "b@example.com"]


def test_a_row_without_an_address_says_so():
    (found,) = [entry for entry in entries("Name,Email\nDana,\nKim,kim@example.com\n") if entry.why]
    assert (found.number, found.why) == (2, "There is no email address or phone number in this row.")


def test_a_number_without_country_needs_one():
    (found,) = entries("Phone\n(212) 555-0123\n", "")
    assert found.why == "The number has no country code, and no country is set."
    assert addresses("Phone\n+1 (212) 555-0123\n", "") == ["+12125550123"]
    assert is_country("us")
    assert not is_country("XX")


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "empty"),
        (b"\n\n", "empty"),
        (b"PK\x03\x04rest of a workbook", "not_a_table"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "not_a_table"),
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "not_a_table"),
        (b"Name,City\nDana,Berlin\n", "no_column"),
        (b'Email\n"never closed' + b"x" * 200_000, "not_a_table"),
    ],
)
def test_what_is_no_list_is_refused_with_what_to_do(data, code):
    with pytest.raises(Refused) as refused:
        entries(data)
    assert refused.value.code == code


def test_size_is_bounded():
    with pytest.raises(Refused, match="10 MB"):
        entries(b"Email\n" + b"a@example.com\n" * 800_000)
    taken: list[Entry] = []
    with pytest.raises(Refused, match="200,000 rows"):
        taken.extend(read(io.BytesIO(b"Email\n" + b"a@b.co\n" * 200_000), country="US")[1])
    assert len(taken) == spreadsheet.MOST_ROWS - 1


def test_a_long_list_is_read_as_a_stream():
    file = io.BytesIO(b"Email\n" + b"somebody@example.com\n" * 20_000)
    tracemalloc.start()
    read_ = sum(1 for _ in read(file, country="US")[1])
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert read_ == 20_000
    assert peak < 1_500_000
