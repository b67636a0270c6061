"""Secrets at rest: sealed with the installation's key, and fingerprints that outlive erasure."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Sequence

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from sidecar.errors import GatewayError


class Vault:
    """Seals and opens secrets. The first key seals, all open: that is how a key is rotated."""

    def __init__(self, keys: Sequence[str]) -> None:
        self._fernet = MultiFernet([Fernet(_derived(key, b"seal")) for key in keys])
        self._pepper = _derived(keys[-1], b"fingerprint")

    def seal(self, secret: str) -> str:
        """The secret as text that only this installation's key opens."""
        return self._fernet.encrypt(secret.encode()).decode("ascii")

    def open(self, sealed: str) -> str:
        """The secret again. Raises GatewayError (permanent) when no key of ours opens it."""
        try:
            return self._fernet.decrypt(sealed.encode("ascii")).decode()
        except (InvalidToken, UnicodeError) as error:
            raise GatewayError(
                "A stored secret cannot be opened with this SIDECAR_SECRET_KEY. Give the earlier key, "
                "or connect the store again.",
                code="sealed_with_another_key",
                permanent=True,
            ) from error

    def fingerprint(self, *parts: str) -> str:
        """The same 64 hexadecimal digits for the same parts, telling nothing about them without the key.

        Made with the oldest key, so that adding a new one in front keeps every stored fingerprint findable.
        """
        return hmac.new(self._pepper, "\x1f".join(parts).encode(), hashlib.sha256).hexdigest()


def _derived(key: str, use: bytes) -> bytes:
    return base64.urlsafe_b64encode(hashlib.blake2b(key.encode(), person=use, digest_size=32).digest())
