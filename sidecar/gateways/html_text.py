"""The words of an HTML mail, in one pass over it: nothing is loaded, run or trusted, however broken it is."""

from __future__ import annotations

import html
import re

_TAG = re.compile(r"</?([A-Za-z][A-Za-z0-9]{0,20})")
_HIDDEN = ("script", "style", "head", "title", "template", "svg", "noscript")
_BREAKS = frozenset(
    ("br", "p", "div", "tr", "table", "li", "ul", "ol", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "pre", "blockquote")
)


def text_of_html(source: str) -> str:
    """The text as it would be read, a line for each block; what stands in a blockquote begins with "> "."""
    found = _Text()
    place = 0
    while place < len(source):
        start = source.find("<", place)
        found.words(source[place : start if start >= 0 else len(source)])
        if start < 0:
            break
        place = _after_tag(source, start, found)
    return found.whole()


def _after_tag(source: str, start: int, found: _Text) -> int:
    """Where reading goes on after what begins with "<" here."""
    if source.startswith("<!--", start):
        end = source.find("-->", start)
        return end + 3 if end >= 0 else len(source)
    tag = _TAG.match(source, start)
    if tag is None and not source.startswith(("<!", "<?"), start):
        found.words("<")
        return start + 1
    end = source.find(">", start)
    if end < 0:
        return len(source)
    name = tag[1].lower() if tag else ""
    if name in _HIDDEN and source[start + 1] != "/":
        closed = re.compile(rf"</{name}\b", re.IGNORECASE).search(source, end)
        return closed.start() if closed else len(source)
    found.tag(name, closes=source[start + 1] == "/")
    return end + 1


class _Text:
    """Lines that grow, each with the depth of quoting at which it began."""

    def __init__(self) -> None:
        self._lines: list[tuple[int, list[str]]] = [(0, [])]
        self._depth = 0

    def words(self, text: str) -> None:
        if text:
            self._lines[-1][1].append(text)

    def tag(self, name: str, *, closes: bool) -> None:
        if name == "blockquote":
            self._depth = max(0, min(self._depth + (-1 if closes else 1), 9))
        if name in _BREAKS:
            self._lines.append((self._depth, []))
        elif name in ("td", "th"):
            self.words(" ")

    def whole(self) -> str:
        lines: list[str] = []
        for depth, words in self._lines:
            line = " ".join(html.unescape("".join(words)).replace("\xa0", " ").split())
            if line or (lines and lines[-1]):
                lines.append(f"> {line}" if depth and line else line)
        return "\n".join(lines).strip()
