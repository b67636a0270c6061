"""Files and functions that fit on a screen or two."""

from __future__ import annotations

from tests.house.source import functions, modules, name_of, none, where

LONGEST_FILE = 250
LONGEST_TEST_FILE = 300
LONGEST_FUNCTION = 50


def _lines(limit: int, *folders: str) -> list[str]:
    sizes = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in modules(*folders)}
    return [f"{name_of(path)}: {size} lines" for path, size in sizes.items() if size > limit]


def test_no_file_is_too_long() -> None:
    none(_lines(LONGEST_FILE, "sidecar", "workers", "bench", "bin"))


def test_no_test_file_is_too_long() -> None:
    none(_lines(LONGEST_TEST_FILE, "tests"))


def test_no_function_is_too_long() -> None:
    lengths = [
        (where(path, function), (function.end_lineno or 0) - function.lineno + 1)
        for path in modules("sidecar", "workers", "bench", "bin", "tests")
        for function in functions(path)
    ]

    assert len(lengths) > 500
    none([f"{place}: {length} lines" for place, length in lengths if length > LONGEST_FUNCTION])
