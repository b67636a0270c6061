"""Who asks: consumer keys by basic auth or query string on TLS, OAuth 1.0a on plain http, refusals as recorded."""

from __future__ import annotations

import base64
import hashlib
import hmac
from urllib.parse import quote, unquote

from werkzeug.wrappers import Request

from .answers import RestError
from .php import read_query, signed_pairs
from .world import ApiKey, World

SKEW = 15 * 60
_OAUTH = ("oauth_consumer_key", "oauth_timestamp", "oauth_nonce", "oauth_signature", "oauth_signature_method")
_HASHES = {"HMAC-SHA1": hashlib.sha1, "HMAC-SHA256": hashlib.sha256}


def refused(message: str) -> RestError:
    """The 401 of a key that does not work."""
    return RestError("woocommerce_rest_authentication_error", message, 401)


def is_tls(world: World, request: Request) -> bool:
    """Whether the store believes the request came over TLS."""
    forwarded = request.headers.get("X-Forwarded-Proto", "")
    return world.settings.basic_without_tls or request.is_secure or forwarded == "https"


def who_asks(world: World, request: Request) -> ApiKey | None:
    """The key behind a request, or None when there is none that counts.

    Raises RestError for a wrong secret, a wrong signature, and a key without the right to read or write.
    """
    raw = request.query_string.decode("utf-8", "replace")
    # WooCommerce looks at its keys only when the address says wp-json/wc/, wherever it says so.
    if "wp-json/wc/" not in unquote(request.environ.get("REQUEST_URI", "") or f"{request.path}?{raw}"):
        return None
    key = _by_basic(world, request) if is_tls(world, request) else _by_oauth(world, request)
    if key is not None:
        _check_permissions(key, request.method)
    return key


def _find(world: World, consumer_key: str) -> ApiKey | None:
    return next((key for key in world.keys if hmac.compare_digest(key.key.encode(), consumer_key.encode())), None)


def _by_basic(world: World, request: Request) -> ApiKey | None:
    params = read_query(request.query_string.decode("utf-8", "replace"))
    name, secret = str(params.get("consumer_key", "")), str(params.get("consumer_secret", ""))
    header = request.headers.get("Authorization", "")
    if not (name and secret) and header.lower().startswith("basic ") and not world.settings.strip_authorization:
        try:
            name, _, secret = base64.b64decode(header[6:]).decode().partition(":")
        except ValueError:
            return None
    if not (name and secret):
        return None
    key = _find(world, name)
    if key is not None and not hmac.compare_digest(key.secret.encode(), secret.encode()):
        raise refused("Consumer secret is invalid.")
    return key


def _by_oauth(world: World, request: Request) -> ApiKey | None:
    pairs = signed_pairs(request.query_string.decode("utf-8", "replace"))
    if not any(pairs.get(name) for name in _OAUTH[:4]):
        return None
    missing = [name for name in _OAUTH if not pairs.get(name)]
    if missing:
        raise refused(f"Missing OAuth parameter {', '.join(missing)}")
    key = _find(world, pairs["oauth_consumer_key"])
    if key is None:
        raise refused("Consumer key is invalid.")
    _check_signature(key, request, pairs)
    _check_nonce(world, key, pairs)
    return key


def _check_signature(key: ApiKey, request: Request, pairs: dict[str, str]) -> None:
    method = pairs["oauth_signature_method"]
    if method not in _HASHES:
        raise refused("Invalid signature - signature method is invalid.")
    signed = sorted((_encode(name), _encode(value)) for name, value in pairs.items() if name != "oauth_signature")
    query = "%26".join(f"{name}%3D{value}" for name, value in signed)
    text = f"{request.method}&{quote(request.base_url, safe='')}&{query}"
    made = hmac.new(f"{key.secret}&".encode(), text.encode(), _HASHES[method]).digest()
    if not hmac.compare_digest(base64.b64encode(made), pairs["oauth_signature"].encode()):
        raise refused("Invalid signature - provided signature does not match.")


def _encode(text: str) -> str:
    return quote(unquote(text), safe="-_.~").replace("%", "%25")


def _check_nonce(world: World, key: ApiKey, pairs: dict[str, str]) -> None:
    now = world.seconds()
    try:
        at = int(pairs["oauth_timestamp"])
    except ValueError:
        raise refused("Invalid timestamp.") from None
    if abs(now - at) > SKEW:
        raise refused("Invalid timestamp.")
    with world.lock:
        nonce = f"{key.key}:{pairs['oauth_nonce']}"
        if nonce in world.nonces:
            raise refused("Invalid nonce - nonce has already been used.")
        world.nonces[nonce] = at
        if len(world.nonces) > 20_000:
            world.nonces = {known: then for known, then in world.nonces.items() if now - then <= SKEW}


def _check_permissions(key: ApiKey, method: str) -> None:
    reading = method in ("GET", "HEAD")
    if reading and key.permissions == "write":
        raise refused("The API key provided does not have read permissions.")
    if not reading and method != "OPTIONS" and key.permissions == "read":
        raise refused("The API key provided does not have write permissions.")
