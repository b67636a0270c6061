"""Reading the environment: names, their _FILE variants, and what a value must look like; each refusal is one line."""

from __future__ import annotations

import difflib
import ipaddress
import re
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

PREFIX = "SIDECAR_"
_HOST_NAME = re.compile(r"[0-9A-Za-z_.-]{1,253}|[0-9A-Fa-f:.]{2,45}")  # a name, IPv4 or IPv6


class ConfigError(Exception):
    """An environment variable has a value that cannot be used; the text is the one line to show."""


class Environment:
    """Reads names from the environment or the file that NAME_FILE points to, and remembers where from.

    Every method raises ConfigError for a value it cannot use; nothing is guessed.
    """

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ
        self.sources: dict[str, str] = {}

    def maybe(self, name: str) -> str | None:
        """The value, or None when there is none. One printable line."""
        direct = self._environ.get(name, "").strip()
        path = self._environ.get(f"{name}_FILE", "").strip()
        if direct and path:
            raise ConfigError(f"{name} and {name}_FILE are both set. Keep one of them.")
        self.sources[name] = "environment" if direct else f"file {path}" if path else "default"
        found = direct or (_text_of(name, path) if path else "")
        if not found.isprintable():
            raise ConfigError(f"{name} must be one line of plain text.")
        return found or None

    def text(self, name: str, default: str) -> str:
        """The value or the default."""
        return self.maybe(name) or default

    def number(self, name: str, default: int, least: int, most: int) -> int:
        """A whole number within its bounds."""
        found = self.maybe(name)
        if found is None:
            return default
        if not re.fullmatch(r"[0-9]{1,9}", found) or not least <= int(found) <= most:
            raise ConfigError(f"{name} must be a number from {least} to {most}, like {default}; it is {found[:40]!r}.")
        return int(found)

    def switch(self, name: str) -> bool:
        """1 or 0; off when it is not set."""
        return self.choice(name, ("0", "1"), "0") == "1"

    def choice(self, name: str, allowed: tuple[str, ...], default: str) -> str:
        """One of the allowed words."""
        found = self.maybe(name)
        if found is not None and found not in allowed:
            raise ConfigError(f"{name} must be {' or '.join(allowed)}; it is {found[:40]!r}.")
        return found or default

    def host(self, name: str, default: str) -> str:
        """A host's name or address, to listen on."""
        found = self.text(name, default)
        if not _HOST_NAME.fullmatch(found):
            raise ConfigError(f"{name} must be an address like {default} or 0.0.0.0; it is {found[:40]!r}.")
        return found

    def url(self, name: str, schemes: tuple[str, ...], example: str) -> str | None:
        """An address with one of the schemes and a host (or, for files and sockets, a path)."""
        found = self.maybe(name)
        if found is None:
            return None
        try:
            parts = urlsplit(found)
            known = parts.scheme.lower() in schemes and bool(parts.hostname or parts.path.strip("/"))
            known = known and " " not in found and parts.port != 0
        except ValueError:
            known = False
        if not known:
            raise ConfigError(f"{name} must be an address like {example}.")
        return found

    def unknown(self) -> list[str]:
        """A sentence for every SIDECAR_ name in the environment that nobody has asked for: likely a slip."""
        sentences = []
        for name in sorted(self._environ):
            plain = name.removesuffix("_FILE")
            if name.startswith(PREFIX) and plain not in self.sources and not name.startswith(f"{PREFIX}TEST_"):
                near = difflib.get_close_matches(plain, self.sources, n=1)
                sentences.append(f"{name} is not a name Ringback knows." + (f" {near[0]}?" if near else ""))
        return sentences


def is_loopback(host: str) -> bool:
    """Whether the host is this machine itself, by its name or number; nothing is looked up."""
    if host.lower().rstrip(".") == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _text_of(name: str, path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except UnicodeDecodeError:
        raise ConfigError(f"{name}_FILE points to {path}, which is not text in UTF-8.") from None
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise ConfigError(f"{name}_FILE points to {path}, which cannot be read: {reason}.") from error
