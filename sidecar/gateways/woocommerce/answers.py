"""What counts as an answer of a store: 200, JSON by its content type, parses, right shape. All else is unreadable.

An answer that is none never means "no orders" and never means "paid". Source: woocommerce.md 22 and
docs/decisions/0002-strict-answers.md.
"""

from __future__ import annotations

import re
from typing import Any

from sidecar.gateways.woocommerce import refusals
from sidecar.gateways.woocommerce.reply import NOTHING, Reply, error_of, parsed

_BOM = b"\xef\xbb\xbf"
_STATUS_REFUSED = re.compile(rb"status\[\d+\] is not one of ([^.\"]{1,2000})\.")


def json_of(reply: Reply, *, status: int = 200) -> Any:
    """The JSON of a proper answer, with 200 or the status that was to come. Raises GatewayError for everything
    else."""
    if reply.age_seconds > 0:
        raise refusals.broken("stale", "A cache before the store gives old answers. Exclude /wp-json/ from caching.")
    if reply.status != status:
        raise refusals.by_status(reply)
    if not reply.body.strip():
        raise refusals.broken("empty", "The store answers with nothing. Its PHP error log says why.")
    if reply.body.startswith(_BOM):
        raise refusals.broken(
            "bom",
            "A theme or plugin file is saved with a byte order mark, which spoils every answer. "
            "Save it as UTF-8 without one.",
        )
    found = parsed(reply.body)
    if not _says_json(reply):
        raise refusals.page(reply)
    if found is NOTHING:
        raise refusals.text(reply)
    return found


def objects_of(reply: Reply) -> list[dict[str, Any]]:
    """The list of objects of a proper answer. Raises GatewayError."""
    found = json_of(reply)
    if not isinstance(found, list) or not all(isinstance(item, dict) for item in found):
        raise refusals.wrong_shape()
    return found


def object_of(reply: Reply, *, status: int = 200) -> dict[str, Any]:
    """The object of a proper answer. Raises GatewayError."""
    found = json_of(reply, status=status)
    if not isinstance(found, dict):
        raise refusals.wrong_shape()
    return found


def totals_of(reply: Reply) -> tuple[int, int]:
    """Rows and pages the store counts, from its headers. Raises GatewayError when they are missing."""
    found = [reply.headers.get(name, "").strip() for name in ("x-wp-total", "x-wp-totalpages")]
    if not all(text.isascii() and text.isdigit() and len(text) < 12 for text in found):
        raise refusals.broken(
            "no_totals",
            "The store's answers lack the X-WP-Total headers. Something in front of it removes them: let them pass.",
        )
    return int(found[0]), int(found[1])


def is_gone(reply: Reply) -> bool:
    """Whether WooCommerce itself says that there is no such order. Any other 404 is no answer."""
    says_so = reply.status == 404 and error_of(reply)[0] == "woocommerce_rest_shop_order_invalid_id"
    return says_so and reply.age_seconds == 0


def known_statuses(reply: Reply) -> tuple[str, ...]:
    """The statuses a store does know, from its refusal of one it does not; empty for any other answer."""
    if reply.status != 400:
        return ()
    found = _STATUS_REFUSED.search(reply.body[:5000])
    if found is None:
        return ()
    return tuple(re.findall(r"[a-z0-9_-]+", found[1].decode("ascii", "replace").replace(" and ", " ")))


def _says_json(reply: Reply) -> bool:
    return reply.headers.get("content-type", "").partition(";")[0].strip().lower() == "application/json"
