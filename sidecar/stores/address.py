"""A store's address and keys as typed by a person: put in order, or refused with what to do."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from sidecar.errors import Refused

_EXAMPLE = "Enter your store address, like https://shop.example.com"
_HOST = re.compile(r"[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?")
# What people copy from their browser when they stand somewhere inside their shop.
_INSIDE = re.compile(r"/(wp-admin|wp-json|wp-login\.php|index\.php)(/.*)?$", re.IGNORECASE)


def normal_url(url: str) -> str:
    """The address in its one form: lower-case scheme and host, no default port, no slash at the end, no query.

    Raises Refused (field "url"). Whether the host may be reached is the gateway's question.
    """
    text = url.strip()
    if "://" not in text and re.match(r"[\w-]+\.[\w.-]+(:\d+)?(/|$)", text):
        text = f"https://{text}"
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        raise _refused() from None
    scheme = parts.scheme.lower()
    if parts.username is not None or parts.password is not None:
        raise Refused("Leave the user name and password out of the store address", code="address", field="url")
    if scheme not in ("http", "https") or not parts.hostname:
        raise Refused("Store address must start with https://", code="address", field="url") if text else _refused()
    host = _host(parts.hostname)
    path = _INSIDE.sub("", parts.path.rstrip("/")).rstrip("/")
    if len(path) > 300 or not re.fullmatch(r"[\w/.~%-]*", path, re.ASCII):
        raise _refused()
    standard = port in (None, 443 if scheme == "https" else 80)
    return f"{scheme}://{host}{'' if standard else f':{port}'}{path}"


def _host(name: str) -> str:
    """The host in ASCII: names in other scripts become their xn-- form, v6 addresses keep their brackets."""
    if ":" in name:
        return f"[{name.lower()}]"
    try:
        host = name.rstrip(".").encode("idna").decode("ascii").lower()
    except UnicodeError:
        raise _refused() from None
    if not _HOST.fullmatch(host):
        raise _refused()
    return host


def check_key(key: str) -> str:
    """The consumer key. Raises Refused (field "key")."""
    return _checked(key, "ck_", "Consumer key", "key")


def check_secret(secret: str) -> str:
    """The consumer secret. Raises Refused (field "secret")."""
    return _checked(secret, "cs_", "Consumer secret", "secret")


def _checked(text: str, prefix: str, label: str, field: str) -> str:
    found = text.strip()
    if not found.startswith(prefix):
        raise Refused(f"{label} must start with {prefix}", code=f"store_{field}", field=field)
    if not re.fullmatch(r"[!-~]{4,200}", found):
        raise Refused(f"{label} must be letters and digits only. Copy it again.", code=f"store_{field}", field=field)
    return found


def _refused() -> Refused:
    return Refused(_EXAMPLE, code="address", field="url")
