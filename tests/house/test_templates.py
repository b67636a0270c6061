"""Templates keep to the content security policy, escape everything, and speak calmly."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.house.source import files, name_of, none

# E-mail has no content security policy and no style sheets: there styles stand in attributes.
EMAIL = "messages"
FORBIDDEN = {
    "an inline style": re.compile(r"\sstyle\s*="),
    "a style element": re.compile(r"<style\b", re.I),
    "an inline script": re.compile(r"<script\b(?![^>]*\ssrc=)", re.I),
    "an event attribute": re.compile(r"""\s(?:on[a-z]+|hx-on[\w:.-]*)\s*=\s*["']""", re.I),
    "text that is not escaped": re.compile(r"\|\s*safe\b|autoescape\s+false"),
    "a file from elsewhere": re.compile(r"""<(?:script|link|img)\b[^>]*\s(?:src|href)=["'](?:https?:)?//""", re.I),
    "a javascript address": re.compile(r"""["']\s*javascript:""", re.I),
}
UNKIND = re.compile(r"\b(please|sorry|oops|invalid|forgot|error occurred)\b", re.I)
CODE = re.compile(r"{#.*?#}|{%.*?%}|{{.*?}}|\baria-invalid\b|<[^>]*>", re.S)


def _templates() -> list[Path]:
    return [path for path in files(".html", ".txt", ".svg") if "templates" in path.parts]


def _pages() -> list[Path]:
    return [path for path in _templates() if path.suffix == ".html" and EMAIL not in path.parts]


@pytest.mark.parametrize("what", FORBIDDEN)
def test_no_page_holds(what: str) -> None:
    pages = _pages()

    assert len(pages) > 10
    none([name_of(path) for path in pages if FORBIDDEN[what].search(_without_comments(path))])


def test_no_text_is_unkind() -> None:
    found = [
        f"{name_of(path)}: {match[0]}"
        for path in _templates() for match in [UNKIND.search(CODE.sub(" ", path.read_text(encoding="utf-8")))] if match
    ]

    none(found)


def _without_comments(path: Path) -> str:
    return re.sub(r"{#.*?#}", "", path.read_text(encoding="utf-8"), flags=re.S)
