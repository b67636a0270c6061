"""The door of the sample store: every request comes in here and goes to the API, the shop's pages, or the controls."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING
from urllib.parse import quote

from werkzeug.wrappers import Request, Response

from . import images, rest_coupons, rest_orders, rest_shipping, rest_shop, rest_site
from .answers import NO_CACHE
from .control import Control
from .faults import AFTER, INSTEAD, Fault, Faults
from .pages import Pages
from .rest import Route, base_of, respond, route
from .simulator import Simulator
from .store_api import ROOT as STORE_API
from .store_api import StoreApi
from .traffic import Traffic
from .world import World

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

_V3 = "/wc/v3"
_CRON_EVERY = 2.0


def routes() -> list[Route]:
    """The routes of the API that the store has."""
    orders, shop, site, coupons = rest_orders, rest_shop, rest_site, rest_coupons
    shipping = rest_shipping
    return [
        route("/", public=True, GET=site.index),
        route(_V3, public=True, GET=site.namespace),
        route(f"{_V3}/orders", GET=orders.list_orders, POST=orders.create_order),
        route(f"{_V3}/orders/statuses", GET=orders.statuses),
        route(f"{_V3}/orders/{{id}}", GET=orders.get_order, PUT=orders.update_order, DELETE=orders.delete_order),
        route(f"{_V3}/orders/{{id}}/notes", GET=orders.list_notes, POST=orders.create_note),
        route(f"{_V3}/orders/{{id}}/notes/{{id}}", GET=orders.one_note, DELETE=orders.one_note),
        route(f"{_V3}/orders/{{id}}/refunds", "GET, POST", GET=orders.list_refunds),
        route(f"{_V3}/products", "GET, POST", GET=shop.list_products),
        route(f"{_V3}/products/categories", "GET, POST", GET=shop.list_categories),
        route(f"{_V3}/products/reviews", "GET, POST", GET=shop.list_reviews),
        route(f"{_V3}/products/{{id}}", "GET, POST, PUT, PATCH, DELETE", GET=shop.get_product),
        route(f"{_V3}/products/{{id}}/variations", "GET, POST", GET=shop.list_variations),
        route(f"{_V3}/customers", "GET, POST", GET=shop.list_customers),
        route(f"{_V3}/customers/{{id}}", "GET, POST, PUT, PATCH, DELETE", GET=shop.get_customer),
        route(f"{_V3}/coupons", GET=coupons.list_coupons, POST=coupons.create_coupon),
        route(f"{_V3}/coupons/{{id}}", GET=coupons.get_coupon, PUT=coupons.update_coupon, DELETE=coupons.delete_coupon),
        route(f"{_V3}/shipping/zones", "GET, POST", GET=shipping.list_zones),
        route(f"{_V3}/shipping/zones/{{id}}/methods", "GET, POST", GET=shipping.list_methods),
        route(f"{_V3}/settings/{{word}}", "GET", GET=site.settings_group),
        route(f"{_V3}/settings/{{word}}/{{word}}", "GET, POST, PUT, PATCH", GET=site.one_setting),
        route(f"{_V3}/data/currencies/current", GET=site.current_currency),
        route(f"{_V3}/reports/orders/totals", GET=site.order_totals),
        route(f"{_V3}/system_status", GET=site.system_status),
    ]


class Front:
    """The WSGI application."""

    def __init__(self, world: World, simulator: Simulator, traffic: Traffic, *, on_change: Callable[[], None]) -> None:
        self.world, self.simulator, self.traffic = world, simulator, traffic
        self.faults = Faults()
        self.routes = routes()
        self.pages = Pages(world, simulator)
        self.store_api = StoreApi(world, simulator, self.pages.baskets)
        self.control = Control(world, simulator, traffic, self.faults)
        self._on_change = on_change
        self._cron_due = 0.0

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        request = Request(environ)
        if request.path.startswith("/_control"):
            before = self.world.changes
            response = self.control.respond(request)
            self._keep(before)
            return response(environ, start_response)
        with self.traffic.visit(request) as visit:
            response = self._answer(request)
            visit.status = response.status_code
            return response(environ, start_response)

    def _answer(self, request: Request) -> Response:
        met = self.faults.meet(request)
        self._cron()
        before = self.world.changes
        instead = next((fault for fault in met if fault.name in INSTEAD), None)
        if any(fault.name == "slow" for fault in met):
            time.sleep(max(fault.seconds for fault in met))
        if any(fault.name == "drop" for fault in met):
            _hang_up(request)
        response = INSTEAD[instead.name](request, instead) if instead else self._serve(request)
        self._keep(before)
        for fault in met:
            if fault.name in AFTER and fault.name != "slow":
                AFTER[fault.name](response, fault)
        return _cut(request, response, met)

    def _serve(self, request: Request) -> Response:
        path = request.path
        moved = self._moved(request)
        if moved is not None:
            return moved
        if path.startswith(STORE_API):
            return self.store_api.respond(request)
        if path.startswith("/wp-json") or "rest_route" in request.args:
            if self.world.settings.latency:
                time.sleep(self.world.settings.latency)
            return respond(self.world, self.simulator, request, self.routes)
        if path.startswith("/wp-content/uploads/"):
            return _picture(path.rsplit("/", 1)[1])
        return self.pages.respond(request)

    def _moved(self, request: Request) -> Response | None:
        """A store with plain permalinks sends pretty addresses away, and so does index.php in front of a pretty one."""
        path = request.path
        plain = self.world.settings.plain_permalinks and path.startswith("/wp-json")
        if not plain and not path.startswith("/index.php/"):
            return None
        query = request.query_string.decode("utf-8", "replace")
        address = path.removeprefix("/index.php").rstrip("/") + "/"
        response = Response("", 301, NO_CACHE, content_type="text/html; charset=UTF-8")
        response.headers["X-Redirect-By"] = "WordPress"
        response.headers["Location"] = f"{base_of(request)}{quote(address)}{'?' + query if query else ''}"
        return response

    def _cron(self) -> None:
        if time.monotonic() < self._cron_due:
            return
        self._cron_due = time.monotonic() + _CRON_EVERY
        before = self.world.changes
        self.simulator.run_cron()
        self._keep(before)

    def _keep(self, before: int) -> None:
        if self.world.changes != before:
            self._on_change()


def _picture(name: str) -> Response:
    drawn = images.png(name)
    if drawn is None:
        return Response("Not found", 404, content_type="text/plain")
    response = Response(drawn, content_type="image/png")
    response.headers["Cache-Control"] = "public, max-age=86400"
    return response


def _hang_up(request: Request) -> None:
    line = request.environ.get("store.line")
    if isinstance(line, socket.socket):
        line.shutdown(socket.SHUT_RDWR)
    raise ConnectionResetError("the store hung up")


def _cut(request: Request, response: Response, met: list[Fault]) -> Response:
    """An answer that promises more than it sends, and then hangs up."""
    if any(fault.name == "cut" for fault in met):
        whole = response.get_data()
        line = request.environ.get("store.line")
        if isinstance(line, socket.socket):
            head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(whole) + 1}\r\n\r\n"
            line.sendall(head.encode() + whole[:len(whole) // 2])
        _hang_up(request)
    return response
