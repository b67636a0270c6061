"""Writes one store's coupons: finds by code, makes, removes. The only thing Ringback ever writes into a store.

A request that changes something is never repeated here: whoever asks looks the code up first.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sidecar.errors import GatewayError
from sidecar.gateways.turns import Turns
from sidecar.gateways.woocommerce import answers, refusals
from sidecar.gateways.woocommerce.client import Auth, Client
from sidecar.gateways.woocommerce.fields import Row, Unusable, maybe_moment, needed, text, whole
from sidecar.gateways.woocommerce.reader import first_auth
from sidecar.gateways.woocommerce.reply import Reply, error_of
from sidecar.ports.coupons import CouponTerms, StoreCoupon

_FIELDS = (
    "id,code,status,discount_type,amount,description,date_expires_gmt,usage_count,usage_limit,usage_limit_per_user,"
    "individual_use,free_shipping,exclude_sale_items,minimum_amount,email_restrictions"
)
_TAKEN = "woocommerce_rest_coupon_code_already_exists"
_GONE = "woocommerce_rest_shop_coupon_invalid_id"
# The request never left, so the store cannot have done anything.
_NEVER_LEFT = frozenset({"dns", "tls", "tls_certificate", "no_connection", "busy"})
_ZONES_AT_MOST = 20
_OPENED_BY_COUPON = ("coupon", "either")  # "both" asks for a minimum besides, which the cart may not reach


class WooCoupons:
    """Fulfils ports.coupons.CouponDesk."""

    def __init__(self, url: str, client_for: Callable[[Auth], Client], turns: Turns, *, auth: str) -> None:
        self._url = url
        self._turns = turns
        self._client = client_for(first_auth(url, auth))

    def with_code(self, code: str) -> tuple[StoreCoupon, ...]:
        """The coupons with this code, whatever the case of its letters. Raises GatewayError."""
        rows = answers.objects_of(self._get("coupons", {"code": code, "_fields": _FIELDS, "per_page": "20"}))
        found = [_read(row) for row in rows]
        return tuple(coupon for coupon in found if coupon.code.casefold() == code.casefold())

    def create(self, terms: CouponTerms) -> StoreCoupon:
        """Makes the coupon, once; what the store made of it. Raises GatewayError."""
        reply = self._change(lambda: self._client.post("coupons", _body(terms)))
        if reply.status == 400 and error_of(reply)[0] == _TAKEN:
            raise GatewayError("The store already has a coupon with this code.", code="code_taken", permanent=True)
        try:
            return _read(answers.object_of(reply, status=201))
        except GatewayError as error:
            raise _maybe_done(error, reply) from None

    def delete(self, coupon_id: int) -> None:
        """Removes the coupon for good; one that is gone is no error. Raises GatewayError."""
        reply = self._change(lambda: self._client.delete(f"coupons/{int(coupon_id)}", {"force": "true"}))
        if reply.status == 404 and error_of(reply)[0] == _GONE:
            return
        try:
            answers.object_of(reply)
        except GatewayError as error:
            raise _maybe_done(error, reply) from None

    def on_sale(self, product_ids: Sequence[int]) -> frozenset[int]:
        """Those of these products that are on sale. Raises GatewayError."""
        wanted = [str(int(product_id)) for product_id in product_ids[:100]]
        if not wanted:
            return frozenset()
        asked = {"include": ",".join(wanted), "_fields": "id,on_sale", "per_page": "100"}
        rows = answers.objects_of(self._get("products", asked))
        return frozenset(row["id"] for row in rows if row.get("on_sale") is True and isinstance(row.get("id"), int))

    def ships_free_by_coupon(self) -> bool:
        """Whether a shipping zone has a free delivery that is open to coupons alone. Raises GatewayError."""
        zones = answers.objects_of(self._get("shipping/zones", {"_fields": "id"}))
        for zone in zones[:_ZONES_AT_MOST]:
            found = self._get(f"shipping/zones/{_id(zone)}/methods", {"_fields": "method_id,enabled,settings.requires"})
            if any(_is_opened(method) for method in answers.objects_of(found)):
                return True
        return False

    # --- asking ---------------------------------------------------------------------------------------------

    def _get(self, endpoint: str, params: Mapping[str, str]) -> Reply:
        with self._turns.take(self._url):
            return self._client.get(endpoint, {**params, "nocache": secrets.token_hex(6)})

    def _change(self, ask: Callable[[], Reply]) -> Reply:
        try:
            with self._turns.take(self._url):
                return ask()
        except GatewayError as error:
            raise _said(error, is_unknown=error.code not in _NEVER_LEFT) from None


def _maybe_done(error: GatewayError, reply: Reply) -> GatewayError:
    """The error; unless the store says that it refused, it may have done what was asked."""
    refused = 400 <= reply.status < 500 and reply.status != 408
    return _said(error, is_unknown=not refused)


def _said(error: GatewayError, *, is_unknown: bool) -> GatewayError:
    return GatewayError(
        error.reason,
        code=error.code,
        permanent=error.permanent,
        outcome_unknown=is_unknown,
        retry_after_seconds=error.retry_after_seconds,
    )


def _body(terms: CouponTerms) -> dict[str, Any]:
    """The request as WooCommerce reads it: amounts are text, the expiry is site time (woocommerce.md 23)."""
    return {
        "code": terms.code,
        "discount_type": terms.discount_type,
        "amount": terms.amount,
        "description": terms.description,
        "date_expires": terms.expires_site_time,
        "individual_use": True,
        "usage_limit": 1,
        "usage_limit_per_user": 1,
        "email_restrictions": [terms.email],
        "free_shipping": terms.free_shipping,
        "exclude_sale_items": terms.exclude_sale_items,
        "minimum_amount": terms.minimum_amount,
    }


def _read(row: Row) -> StoreCoupon:
    try:
        return StoreCoupon(
            coupon_id=whole(row, "id", least=1),
            code=needed(row, "code"),
            discount_type=text(row, "discount_type"),
            amount=text(row, "amount"),
            description=text(row, "description", 300),
            expires_at=_expiry(row),
            usage_count=whole(row, "usage_count"),
            usage_limit=_limit(row, "usage_limit"),
            usage_limit_per_user=_limit(row, "usage_limit_per_user"),
            individual_use=row.get("individual_use") is True,
            free_shipping=row.get("free_shipping") is True,
            exclude_sale_items=row.get("exclude_sale_items") is True,
            minimum_amount=text(row, "minimum_amount"),
            emails=_emails(row),
        )
    except Unusable:
        raise refusals.wrong_shape() from None


def _expiry(row: Row) -> datetime | None:
    return maybe_moment(row, "date_expires_gmt")


def _limit(row: Row, name: str) -> int | None:
    """A limit of use; WooCommerce writes null, and older ones 0, for none."""
    return None if row.get(name) in (None, 0, "") else whole(row, name)


def _emails(row: Row) -> tuple[str, ...]:
    found = row.get("email_restrictions")
    if not isinstance(found, list) or not all(isinstance(email, str) for email in found):
        raise Unusable("email_restrictions is no list")
    return tuple(found)


def _id(row: Row) -> int:
    try:
        return whole(row, "id")
    except Unusable:
        raise refusals.wrong_shape() from None


def _is_opened(method: Row) -> bool:
    settings = method.get("settings")
    requires = settings.get("requires") if isinstance(settings, dict) else None
    value = requires.get("value") if isinstance(requires, dict) else None
    on = method.get("method_id") == "free_shipping" and method.get("enabled") is True
    # Without a requirement, delivery is free for everybody: a coupon for it gives nothing.
    return on and value in _OPENED_BY_COUPON
