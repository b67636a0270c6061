"""What to say about an answer that is none: a code of its own, and a sentence that says what to do.

The sentences go to the owner's screen and the log; they never hold an address with a query, for that may hold keys.
"""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from sidecar.errors import GatewayError
from sidecar.gateways.woocommerce.reply import Reply, error_of, http_date, parsed

LONGEST_RETRY_SECONDS = 3600.0

_PHP_NOTE = re.compile(rb"<b>\s*(?:Fatal error|Parse error|Warning|Notice|Deprecated)\s*</b>|^\s*PHP \w+:")
_DATABASE = re.compile(rb"establishing a database connection", re.IGNORECASE)
_MAINTENANCE = re.compile(rb"maintenance", re.IGNORECASE)
_CAPTCHA = re.compile(rb"captcha|are you (?:a )?(?:human|robot)|checking (?:your browser|that you are)", re.IGNORECASE)


# --- 200, but no answer -----------------------------------------------------------------------------------------


def page(reply: Reply) -> GatewayError:
    """For a web page where JSON should be."""
    if _CAPTCHA.search(reply.body):
        return _captcha()
    return broken(
        "html",
        "The store answers with a web page where its API should be. Check the store address, and any plugin or "
        "firewall that guards /wp-json/.",
    )


def text(reply: Reply) -> GatewayError:
    """For a body that says it is JSON and is not."""
    if _PHP_NOTE.search(reply.body[:4000]):
        return broken(
            "php_notice",
            "A plugin prints PHP warnings into the store's answers. Set WP_DEBUG_DISPLAY to false in wp-config.php.",
        )
    if reply.body.lstrip()[:1] == b"<":
        return page(reply)
    return broken("not_json", "The store's answer breaks off or is no JSON. Its PHP error log says why.")


def _captcha() -> GatewayError:
    return broken(
        "captcha",
        "The store's host asks Ringback to prove that it is a person. Ask the host to let this server reach /wp-json/.",
    )


def wrong_shape() -> GatewayError:
    """For JSON that is not what WooCommerce sends."""
    return broken("wrong_shape", "The store answers in a form that is not WooCommerce's. A plugin changes its API.")


# --- other statuses ---------------------------------------------------------------------------------------------


def by_status(reply: Reply) -> GatewayError:
    """For any status but 200."""
    if 300 <= reply.status < 400:
        return _redirected(reply)
    if reply.status in (401, 403):
        return _forbidden(reply)
    if reply.status == 400:
        return _bad_request(reply)
    if reply.status == 404:
        return broken(
            "not_found",
            "WooCommerce's API is not at this address. Check the store address, that WooCommerce is switched on, and "
            "that Settings → Permalinks is not set to Plain.",
        )
    if reply.status == 429:
        return broken("too_many", "The store asks for a pause: too many requests.", reply=reply)
    if reply.status >= 500:
        return _server_error(reply)
    if reply.status == 202 or _CAPTCHA.search(reply.body):
        return _captcha()
    return broken("status", f"The store answers with status {reply.status}. Ask its host what that means.")


def _server_error(reply: Reply) -> GatewayError:
    if _DATABASE.search(reply.body):
        return broken("database", "The store cannot reach its database. Ask its host.", reply=reply)
    if reply.status == 503 and _MAINTENANCE.search(reply.body):
        # Without its Retry-After: WordPress always writes ten minutes, and an update takes seconds.
        return broken("maintenance", "The store is under maintenance. Ringback looks again by itself.")
    if reply.status in (502, 504):
        return broken("bad_gateway", "The store's web server gets no answer from WordPress. Ask its host.", reply=reply)
    if reply.status == 503:
        return broken("unavailable", "The store is overloaded or switched off. Ask its host.", reply=reply)
    return broken(
        "fatal",
        "The store has a critical error. Its PHP error log, or the mail WordPress sent to its admin, says where.",
        reply=reply,
    )


def _forbidden(reply: Reply) -> GatewayError:
    code, message = error_of(reply)
    if code == "woocommerce_rest_authentication_error":
        return _refused_key(message)
    if code == "woocommerce_rest_cannot_view" and reply.status == 401:
        return broken(
            "bad_key",
            "The store does not know this consumer key. Make a new one under WooCommerce → Settings → Advanced → "
            "REST API and enter both parts. If it is right, the host removes the Authorization header: ask it not to.",
            permanent=True,
        )
    if code in ("woocommerce_rest_cannot_view", "rest_forbidden"):
        return broken(
            "no_rights",
            "The key belongs to a user who may not see orders. Make one for an administrator or a shop manager.",
            permanent=True,
        )
    if code in ("woocommerce_rest_cannot_create", "woocommerce_rest_cannot_delete"):
        return broken(
            "no_rights",
            "The key belongs to a user who may not write coupons. Make one for an administrator or a shop manager.",
            permanent=True,
        )
    if code:
        return broken(
            "rest_disabled",
            f"A plugin switches the store's API off ({_shown(code)}). Allow /wp-json/wc/v3/ in the security plugin.",
        )
    if _CAPTCHA.search(reply.body):
        return _captcha()
    return broken("blocked", "A firewall keeps Ringback out. Allow this server to reach /wp-json/ at the store's host.")


def _refused_key(message: str) -> GatewayError:
    said = message.lower()
    if "read permission" in said:
        return broken("write_only", "The key may not read. Make one with Read or Read/Write.", permanent=True)
    if "write permission" in said:
        return broken("read_only", "The key may only read. Make one with Read/Write.", permanent=True)
    if "timestamp" in said:
        return broken("clock", "The store's clock and this server's differ by more than 15 minutes. Set both right.")
    if "nonce" in said:
        return broken("nonce", "The store has seen this request already. Ringback asks again by itself.")
    if "consumer key" in said:
        return broken("bad_key", "The store does not know this consumer key. Make a new one.", permanent=True)
    if "consumer secret" in said or "signature" in said:
        return broken(
            "bad_secret",
            "The consumer secret does not belong to the key. Paste both again, or make a new key.",
            permanent=True,
        )
    return broken(
        "key_refused", "The store refuses the key. Paste both parts again, or make a new key.", permanent=True
    )


def _bad_request(reply: Reply) -> GatewayError:
    found = parsed(reply.body)
    data = found.get("data") if isinstance(found, dict) else None
    params = data.get("params") if isinstance(data, dict) else None
    if isinstance(params, dict) and "status" in params:
        return broken("unknown_status", "The store does not know one of its order statuses any more.")
    named = ", ".join(_shown(str(name)) for name in params) if isinstance(params, dict | list) else error_of(reply)[0]
    return broken("bad_request", f"The store does not understand what was asked ({_shown(named) or 'no details'}).")


def _redirected(reply: Reply) -> GatewayError:
    """Redirects are not followed: the keys would go along, and a POST would become a GET."""
    asked, leads = urlsplit(reply.asked_url), urlsplit(reply.headers.get("location", ""))
    host = leads.hostname or asked.hostname
    if "wp-login" in leads.path:
        return broken("login", "The store asks for a sign-in to WordPress. Allow /wp-json/ without one.")
    tidied = host == asked.hostname and leads.path == f"{asked.path}/"  # WordPress "corrects" a page it does not know
    if not tidied and (host != asked.hostname or (leads.scheme or asked.scheme) != asked.scheme):
        target = _shown(f"{leads.scheme or asked.scheme}://{host}")
        return broken("moved", f"The store's address leads on to {target}. Connect that address.", permanent=True)
    return broken(
        "plain_permalinks",
        "The store redirects its API. In WordPress, open Settings → Permalinks and choose any form but Plain.",
    )


def broken(code: str, reason: str, *, permanent: bool = False, reply: Reply | None = None) -> GatewayError:
    """The error for an unreadable answer; with `reply`, the pause the store asks for goes along."""
    wait = _retry_after(reply) if reply is not None else None
    return GatewayError(reason, code=code, permanent=permanent, retry_after_seconds=wait)


def _shown(text: str) -> str:
    """Text of the store inside our sentence: printable, short."""
    return "".join(letter for letter in text if letter.isprintable())[:100]


def _retry_after(reply: Reply) -> float | None:
    text = reply.headers.get("retry-after", "").strip()
    if text.isascii() and text.isdigit():
        return min(float(text[:9]), LONGEST_RETRY_SECONDS)
    at = http_date(text)
    if at is None:
        return None
    since = reply.date or at
    return min(max((at - since).total_seconds(), 0.0), LONGEST_RETRY_SECONDS)
