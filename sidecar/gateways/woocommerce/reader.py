"""Reads one store: orders, notes, and what it says about itself. One request at a time, over one connection."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Literal, TypeVar
from urllib.parse import urlsplit

from sidecar.errors import GatewayError
from sidecar.gateways.turns import Turns
from sidecar.gateways.woocommerce import answers, facts, failures
from sidecar.gateways.woocommerce.client import Auth, Client
from sidecar.gateways.woocommerce.orders import NOTE_FIELDS, ORDER_FIELDS, read_notes, read_order
from sidecar.gateways.woocommerce.reply import Reply, error_of
from sidecar.ports import Order, OrderNote, OrderPage, OrderQuery, SkippedOrder, StoreFacts

Answer = TypeVar("Answer")

_INDEX_FIELDS = "name,url,gmt_offset,timezone_string,namespaces"


class WooReader:
    """Fulfils ports.StoreReader. Every question carries an argument of its own, so that no cache has its answer."""

    def __init__(self, url: str, client_for: Callable[[Auth], Client], turns: Turns, *, auth: str) -> None:
        self._url = url
        self._client_for = client_for
        self._turns = turns
        self._auth: Auth = first_auth(url, auth)
        self._client = client_for(self._auth)
        self._has_answered = bool(auth)

    @property
    def auth(self) -> str:
        """The way of signing in that worked; "" before the first answer."""
        return self._auth if self._has_answered else ""

    def probe(self, *, try_writing: bool = False) -> StoreFacts:
        """What the store says about itself. Orders must be readable; whatever else is not becomes None."""
        self._read_list("orders", {"per_page": "1", "_fields": "id,status"})
        listed = self._maybe(lambda: self._read_list("orders/statuses"))
        index = self._maybe(self._index)
        general = facts.values_of(self._maybe(lambda: self._read_list("settings/general", {"_fields": "id,value"})))
        held = self._maybe(lambda: self._read("settings/products/woocommerce_hold_stock_minutes"))
        system = self._maybe(lambda: self._read("system_status", {"_fields": "environment.version"}))
        zone, offset = facts.time_zone(index)
        return StoreFacts(
            name=facts.site_name(index, urlsplit(self._url).hostname or self._url),
            url=self._url,
            timezone=zone,
            gmt_offset_minutes=offset,
            currency=facts.currency(general),
            country=facts.country(general),
            address=facts.postal_line(general),
            hold_stock_minutes=facts.hold_stock_minutes(held),
            wc_version=facts.version(system),
            statuses=facts.statuses(listed),
            can_write=self._may_write() if try_writing else None,
            auth=self._auth,
        )

    def orders(self, query: OrderQuery) -> OrderPage:
        """One page of orders, oldest change first. Broken orders are skipped, each with its reason."""
        reply = self._get("orders", _order_params(query))
        known = answers.known_statuses(reply)
        if known and set(known) & set(query.statuses):  # a plugin with statuses of its own was switched off
            query = replace(query, statuses=tuple(status for status in query.statuses if status in known))
            reply = self._get("orders", _order_params(query))
        rows = answers.objects_of(reply)
        total, total_pages = answers.totals_of(reply)
        found = [read_order(row) for row in rows]
        return OrderPage(
            orders=tuple(order for order in found if isinstance(order, Order)),
            skipped=tuple(order for order in found if isinstance(order, SkippedOrder)),
            total=total,
            total_pages=total_pages,
            store_clock=reply.date,
        )

    def order(self, order_id: int) -> Order | None:
        """The order, or None when WooCommerce itself says that it is gone. Raises GatewayError, also when the
        order's record cannot be used (code "order_unusable")."""
        reply = self._get(f"orders/{int(order_id)}", {"_fields": ORDER_FIELDS})
        if answers.is_gone(reply):
            return None
        found = read_order(answers.object_of(reply))
        if isinstance(found, SkippedOrder):
            raise GatewayError(found.reason, code="order_unusable")
        if found.order_id != order_id:
            raise GatewayError("The store answers with another order than was asked for.", code="wrong_shape")
        return found

    def notes(self, order_id: int) -> tuple[OrderNote, ...]:
        """The order's notes, oldest first. Raises GatewayError."""
        reply = self._get(f"orders/{int(order_id)}/notes", {"_fields": NOTE_FIELDS})
        if answers.is_gone(reply):
            raise GatewayError("The order is gone, and its notes with it.", code="order_gone")
        return read_notes(list(answers.objects_of(reply)))

    def close(self) -> None:
        """Nothing is held: the connection stays open for the next reader of the same store."""

    # --- asking ---------------------------------------------------------------------------------------------

    def _get(self, endpoint: str, params: Mapping[str, str] | None = None) -> Reply:
        fresh = {**(params or {}), "nocache": secrets.token_hex(6)}
        reply = self._ask(self._client, endpoint, fresh)
        if self._may_lack_header(reply):
            other = self._client_for("query")
            second = self._ask(other, endpoint, {**fresh, "nocache": secrets.token_hex(6)})
            if second.status != 401:
                self._auth, self._client, reply = "query", other, second
        if reply.status == 200:
            self._has_answered = True
        return reply

    def _ask(self, client: Client, endpoint: str, params: Mapping[str, str]) -> Reply:
        with self._turns.take(self._url):
            return client.get(endpoint, params)

    def _may_lack_header(self, reply: Reply) -> bool:
        """Whether the host may have removed the Authorization header: WooCommerce then sees no key at all. An
        unknown key looks the same, so keys go into the address only over https, and only then."""
        unseen = reply.status == 401 and error_of(reply)[0] == "woocommerce_rest_cannot_view"
        return unseen and self._auth == "basic" and self._url.startswith("https://")

    def _read(self, endpoint: str, params: Mapping[str, str] | None = None) -> dict[str, Any]:
        return answers.object_of(self._get(endpoint, params))

    def _read_list(self, endpoint: str, params: Mapping[str, str] | None = None) -> list[dict[str, Any]]:
        return answers.objects_of(self._get(endpoint, params))

    def _index(self) -> dict[str, Any]:
        with self._turns.take(self._url):
            reply = self._client.get_public("wp-json/", {"_fields": _INDEX_FIELDS, "nocache": secrets.token_hex(6)})
        return answers.object_of(reply)

    def _may_write(self) -> bool | None:
        """Whether the keys may write: asks for a coupon without a code, which WooCommerce never makes. A key
        without the right is refused before that."""
        try:
            with self._turns.take(self._url):
                reply = self._client.post_nothing("coupons")
            code, _ = error_of(reply)
            if reply.status == 400 and code == "rest_missing_callback_param":
                return True
            answers.json_of(reply)
        except GatewayError as error:
            return False if error.code in ("read_only", "no_rights") else None
        return None

    @staticmethod
    def _maybe(read: Callable[[], Answer]) -> Answer | None:
        """What was read, or None where the store answers but not with that. A store that is away is an error."""
        try:
            return read()
        except GatewayError as error:
            if error.code in failures.AWAY:
                raise
            return None


def first_auth(url: str, auth: str) -> Auth:
    """Plain http knows OAuth only; over https keys go into the header unless that is known to fail."""
    if not url.startswith("https://"):
        return "oauth"
    found: Literal["basic", "query"] = "query" if auth == "query" else "basic"
    return found


def _order_params(query: OrderQuery) -> dict[str, str]:
    """The question as WooCommerce reads it: lists joined by commas, moments in GMT without Z (woocommerce.md 3)."""
    params = {
        "orderby": "modified",
        "order": "asc",
        "page": str(query.page),
        "per_page": str(query.per_page),
        "_fields": ORDER_FIELDS,
    }
    if query.statuses:
        params["status"] = ",".join(query.statuses)
    if query.include:
        params["include"] = ",".join(str(order_id) for order_id in query.include)
    moments = {"modified_after": query.modified_after, "modified_before": query.modified_before}
    given = {name: _gmt(moment) for name, moment in moments.items() if moment is not None}
    return params | given | ({"dates_are_gmt": "true"} if given else {})


def _gmt(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S")
