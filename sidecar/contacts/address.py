"""E-mail addresses: which can be written to, and in which form people are recognised by them."""

from __future__ import annotations

import re

# Narrower than RFC 5322 on purpose: no quotes, comments, control or non-ASCII letters, so that nothing typed at a
# checkout can become a second recipient or a header. IDN domains arrive as punycode or are not written to.
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_ADDRESS = re.compile(
    rf"[A-Za-z0-9.!#$%&'*+/=?^_`{{|}}~-]{{1,64}}@(?:{_LABEL}\.)+[A-Za-z][A-Za-z0-9-]{{0,61}}[A-Za-z0-9]"
)


def writable(typed: str) -> str:
    """The address without blanks around it, or "" when it cannot be written to."""
    address = typed.strip()
    return address if len(address) <= 254 and _ADDRESS.fullmatch(address) and ".." not in address else ""


def recognised(typed: str) -> str:
    """The form by which one person's addresses are the same: lower case; "" when it cannot be written to."""
    return writable(typed).lower()
