"""Rows of a table as spreadsheets write it: any of their delimiters and encodings, read as a stream of bounded size."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import BinaryIO

from sidecar.errors import Refused

LARGEST = 10 * 1024 * 1024
MOST_ROWS = 200_000
MOST_COLUMNS = 200
_DELIMITERS = ",;\t|"
_SAMPLE = 64 * 1024
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_WORKBOOKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")  # xlsx and ods; xls
_SEPARATOR_LINE = re.compile(r"sep=(.)\r?\n?", re.IGNORECASE)


def rows(file: BinaryIO) -> Iterator[tuple[int, list[str]]]:
    """Number (from 1, as the spreadsheet counts) and cells of every row that is not empty. `file` can be read twice.

    Raises Refused for a file that is too large, has too many rows, or is no table of text.
    """
    encoding = _encoding(file)
    text = io.TextIOWrapper(file, encoding=encoding, errors="replace", newline="")
    try:
        skipped, delimiter = _delimiter(text)
        yield from _parsed(text, skipped, delimiter)
    finally:
        text.detach()


def _parsed(text: io.TextIOWrapper, skipped: int, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    for _ in range(skipped):
        text.readline()
    reader = csv.reader(text, delimiter=delimiter)
    number = skipped
    while True:
        number += 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:
            raise Refused(f"Row {number} cannot be read: a quotation mark is not closed.", code="not_a_table") from None
        if number > MOST_ROWS:
            raise Refused(f"The file has more than {MOST_ROWS:,} rows. Split it into parts.", code="too_large")
        if any(cell.strip() for cell in cells):
            yield number, cells[:MOST_COLUMNS]


def _encoding(file: BinaryIO) -> str:
    """The encoding: by the mark at the beginning, else UTF-8 if all of it is, else what Windows calls ANSI."""
    head = file.read(_SAMPLE)
    if head.startswith(_WORKBOOKS):
        raise Refused("This is a workbook. Save it as CSV in your spreadsheet, then import that.", code="not_a_table")
    found = next((name for mark, name in _MARKS if head.startswith(mark)), None) or _unmarked_utf16(head)
    is_utf8 = _measure(file, head)
    file.seek(0)
    if found is None and b"\x00" in head:
        raise Refused("This is no table of text. Save it as CSV in your spreadsheet.", code="not_a_table")
    return found or ("utf-8" if is_utf8 else "cp1252")


def _unmarked_utf16(head: bytes) -> str | None:
    zeros = Counter(place % 2 for place, byte in enumerate(head[:2000]) if byte == 0)
    half = len(head[:2000]) // 2
    if half and zeros[1] > half * 0.8 and not zeros[0]:
        return "utf-16-le"
    return "utf-16-be" if half and zeros[0] > half * 0.8 and not zeros[1] else None


def _measure(file: BinaryIO, head: bytes) -> bool:
    """Whether all of the file is UTF-8. Raises Refused when it is too large."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    size, is_utf8, chunk = 0, True, head
    while chunk:
        size += len(chunk)
        if size > LARGEST:
            raise Refused("The file is larger than 10 MB. Split it into parts.", code="too_large")
        if is_utf8:
            is_utf8 = _decodes(decoder, chunk)
        chunk = file.read(_SAMPLE)
    return is_utf8 and _decodes(decoder, b"", final=True)


def _decodes(decoder: codecs.IncrementalDecoder, chunk: bytes, *, final: bool = False) -> bool:
    try:
        decoder.decode(chunk, final)
    except UnicodeDecodeError:
        return False
    return True


def _delimiter(text: io.TextIOWrapper) -> tuple[int, str]:
    """How many lines come before the table, and what divides its cells: what a first line "sep=;" says, else what
    divides most of the first rows into the same number of cells."""
    sample = text.read(_SAMPLE)
    text.seek(0)
    said = _SEPARATOR_LINE.fullmatch(sample.split("\n", 1)[0] + "\n")
    if said:
        return 1, said[1]
    return 0, max(_DELIMITERS, key=lambda one: _fit(sample, one))


def _fit(sample: str, delimiter: str) -> tuple[int, int]:
    widths = Counter(len(cells) for cells in _first(sample, delimiter) if len(cells) > 1)
    if not widths:
        return 0, 0
    width, times = widths.most_common(1)[0]
    return times, width


def _first(sample: str, delimiter: str) -> Sequence[list[str]]:
    reader = csv.reader(io.StringIO(sample, newline=""), delimiter=delimiter)
    found: list[list[str]] = []
    try:
        for cells in reader:
            found.append(cells)
            if len(found) == 50:
                break
    except csv.Error:
        pass
    return found
