"""Shipping zones and their methods over the REST API: one zone, with a flat rate and a free delivery."""

from __future__ import annotations

from .answers import Answer, RestError
from .rest import Call
from .rest_shop import page_of
from .shapes import ALL_METHODS, Json, links, money
from .simulator import SHIPPING

_ZONES = {0: "Locations not covered by your other zones", 1: "Everywhere"}


def list_zones(call: Call) -> Answer:
    """`GET /shipping/zones`, never in pages."""
    rows = [_zone_json(call, zone_id, name) for zone_id, name in _ZONES.items()]
    return page_of(call, rows, lambda _call, row: row)


def list_methods(call: Call, zone_id: str) -> Answer:
    """`GET /shipping/zones/ID/methods`."""
    if int(zone_id) not in _ZONES:
        raise RestError("woocommerce_rest_shipping_zone_invalid", "Resource does not exist.", 404)
    requires = call.world.settings.free_shipping_requires
    rows = [
        _method(call, 1, "flat_rate", "Flat rate", {"cost": money(SHIPPING)}),
        _method(call, 2, "free_shipping", "Free shipping", {"requires": requires, "min_amount": "0"}),
    ]
    return page_of(call, rows if int(zone_id) else [], lambda _call, row: row)


def _zone_json(call: Call, zone_id: int, name: str) -> Json:
    path = f"shipping/zones/{zone_id}"
    shown = links(call.base, path, "shipping/zones", ALL_METHODS)
    shown["describedby"] = [{"href": f"{call.base}/wp-json/wc/v3/{path}/locations"}]
    return {"id": zone_id, "name": name, "order": 0, "_links": shown}


def _method(call: Call, number: int, method_id: str, title: str, values: dict[str, str]) -> Json:
    path = "shipping/zones/1/methods"
    shown = links(call.base, f"{path}/{number}", path, ALL_METHODS)
    shown["describes"] = [{"href": f"{call.base}/wp-json/wc/v3/shipping/zones/1"}]
    settings = {name: _setting(name, value) for name, value in {"title": title, **values}.items()}
    return {"id": number, "instance_id": number, "title": title, "order": number, "enabled": True,
            "method_id": method_id, "method_title": title, "method_description": f"<p>{title}</p>\n",
            "settings": settings, "_links": shown}


def _setting(name: str, value: str) -> Json:
    return {"id": name, "label": name, "description": "", "type": "text", "value": value, "default": "", "tip": "",
            "placeholder": ""}
