"""Order text made fit for a letter. What people type at a checkout is hostile until it has gone through here."""

from __future__ import annotations

import re
import unicodedata
from urllib.parse import urlsplit

# A stranger can order in your name and call themselves "You won, see http://…": the shop would carry their spam.
# So a name is only used when it looks like one.
_NAME = re.compile(r"[^\W\d_]+(?:[ '’\-.]{1,2}[^\W\d_]+)*\.?")
# What mail programs make a link of by themselves: schemes, www, names under common or abused endings, addresses.
_LINK = re.compile(
    r"://|www\.|\w@\w|\w\.(?:com|net|org|info|biz|io|co|me|tv|gg|ly|to|app|dev|ai|ru|cn|su|tk|ml|ga|cf|gq|pw|eu|uk|us|"
    r"de|fr|nl|pl|it|es|br|in|top|xyz|shop|store|site|online|link|click|live|club|win|vip|icu|buzz|page|example)\b",
    re.IGNORECASE,
)


def one_line(text: str, most: int) -> str:
    """The text on one line without control, format or direction characters, cut at `most` characters with an …."""
    if len(text) <= most and text.isprintable():
        return " ".join(text.split())  # nothing hidden in it: nearly every text of every order
    printable = "".join(" " if unicodedata.category(sign) in {"Cc", "Zl", "Zp"} else sign for sign in text[: most * 4])
    visible = "".join(sign for sign in printable if unicodedata.category(sign) not in {"Cf", "Co", "Cs", "Cn"})
    line = " ".join(visible.split())
    return line if len(line) <= most else line[: most - 1].rstrip() + "…"


def name(text: str, most: int = 30) -> str:
    """A first name, family name or town as people write it, or "" when it does not look like one."""
    line = one_line(text, 200)
    if len(line) > most or not _NAME.fullmatch(line) or _LINK.search(line):
        return ""
    return line.title() if line.isupper() or line.islower() else line


def without_links(text: str, most: int) -> str:
    """Words a customer may have typed into a product's options; "" when they carry a link."""
    line = one_line(text, most)
    return "" if _LINK.search(line) else line


def unlinked(text: str, most: int) -> str:
    """The text on one line without the words that mail programs would make links of: for what is never left out."""
    line = one_line(text, most)
    return " ".join(word for word in line.split(" ") if not _LINK.search(word)) if _LINK.search(line) else line


def web_address(url: str) -> str:
    """The address when it is an ordinary http(s) one, else ""."""
    line = url.strip()
    if len(line) > 2000 or re.search(r"[\s\x00-\x20\x7f\"'<>\\]", line):
        return ""
    try:
        parts = urlsplit(line)
        usable = parts.scheme.lower() in ("http", "https") and bool(parts.hostname)
    except ValueError:
        return ""
    return line if usable else ""
