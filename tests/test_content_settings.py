"""The shop's own sentences: one for its own language, others after a language's code."""

from __future__ import annotations

import pytest

from sidecar.settings.content_notation import by_language, web_address

READ = by_language(40)


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("", {}),
        ("Free returns.", {"": "Free returns."}),
        ("Free returns. | de: Kostenlose Rückgabe.", {"": "Free returns.", "de": "Kostenlose Rückgabe."}),
        ("de: Kostenlos|fr: Gratuit", {"de": "Kostenlos", "fr": "Gratuit"}),
        ("Note: free", {"": "Note: free"}),
    ],
)
def test_sentences_are_read_by_language(written: str, read: dict[str, str]) -> None:
    assert READ(written) == read


@pytest.mark.parametrize("written", ["One | Two", "de: A | de: B", "A |", "de:", "x" * 41, "A\nB"])
def test_what_cannot_be_told_apart_is_refused(written: str) -> None:
    with pytest.raises(ValueError, match=r"^must be "):
        READ(written)


@pytest.mark.parametrize("address", ["", "https://example.com/help", " https://help.example.com/?a=1&b=2 "])
def test_https_addresses_are_taken(address: str) -> None:
    assert web_address(address) == address.strip()


@pytest.mark.parametrize(
    "address", ["http://example.com", "example.com", "https://localhost", "javascript:x", "https://a.b/<x>", "https://[::"]
)
def test_other_addresses_are_refused_with_one_that_is_right(address: str) -> None:
    with pytest.raises(ValueError, match=r"like https://example\.com/help$"):
        web_address(address)
