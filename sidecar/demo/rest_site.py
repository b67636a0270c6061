"""The index of the API, settings, currencies: what a store says about itself."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape

from .answers import Answer, RestError
from .order import STATUS_NAMES
from .rest import Call, api_root
from .shapes import Json, links, only_fields
from .world import ShopSettings

_NAMESPACES = ["oembed/1.0", "wc/v3", "wc/v1", "jetpack/v4", "wc-admin", "wc-analytics", "wc/store", "wc/store/v1",
               "wc/private", "wc/v2", "wc-admin-email", "wc-telemetry", "wccom-site/v3", "wp/v2",
               "wp-site-health/v1", "wp-block-editor/v1"]
_CURRENCIES = {"AUD": "Australian dollar", "CAD": "Canadian dollar", "EUR": "Euro", "GBP": "Pound sterling",
               "JPY": "Japanese yen", "NZD": "New Zealand dollar", "USD": "United States (US) dollar"}
_COUNTRIES = {"US:VT": "United States (US) — Vermont", "US:ME": "United States (US) — Maine",
              "CA:ON": "Canada — Ontario", "AU:VIC": "Australia — Victoria", "GB": "United Kingdom (UK)"}
_ALLOW = ("GET", "POST", "PUT", "PATCH")


def index(call: Call) -> Answer:
    """`GET /wp-json/`. The name is HTML-escaped, and a manual offset leaves timezone_string empty."""
    shop = call.world.settings
    offset: int | float | str
    if shop.timezone:
        ahead = call.world.clock().astimezone(call.world.zone()).utcoffset()
        hours = ahead.total_seconds() / 3600 if ahead else 0
        offset = int(hours) if hours == int(hours) else hours
    else:
        offset = f"{shop.offset_minutes / 60:g}"
    body: Json = {
        "name": escape(shop.name, quote=True), "description": escape(shop.tagline, quote=True), "url": call.base,
        "home": call.base, "gmt_offset": offset, "timezone_string": shop.timezone, "page_for_posts": 0,
        "page_on_front": 0, "show_on_front": "posts", "namespaces": _NAMESPACES,
        "authentication": _authentication(call), "routes": _routes(call), "site_logo": 0, "site_icon": 0,
        "site_icon_url": "", "_links": {"help": [{"href": "https://developer.wordpress.org/rest-api/"}]},
    }
    return Answer(only_fields(body, call.fields))


def _authentication(call: Call) -> list[str] | Json:
    if not call.base.startswith("https"):
        return []  # an empty PHP array: WordPress offers application passwords on TLS alone
    return {"application-passwords": {"endpoints": {
        "authorization": f"{call.base}/wp-admin/authorize-application.php"}}}


def _routes(call: Call) -> Json:
    return {path: {"namespace": "wc/v3", "methods": ["GET"], "endpoints": [{"methods": ["GET"], "args": []}],
                   "_links": {"self": [{"href": f"{call.base}{api_root(call.world)}{path}"}]}}
            for path in ("/", "/wc/v3", "/wc/v3/orders", "/wc/v3/orders/statuses", "/wc/v3/products",
                         "/wc/v3/customers", "/wc/v3/coupons", "/wc/v3/settings")}


def namespace(call: Call) -> Answer:
    """`GET /wp-json/wc/v3`."""
    return Answer({"namespace": "wc/v3", "routes": _routes(call),
                   "_links": {"up": [{"href": f"{call.base}/wp-json/"}]}})


@dataclass(frozen=True)
class _Setting:
    """A setting of the shop as WooCommerce describes it."""

    name: str
    label: str
    kind: str
    value: str
    default: str = ""
    description: str = ""
    options: dict[str, str] | None = None


def _row(call: Call, group: str, setting: _Setting, *, alone: bool) -> Json:
    row: Json = {"id": setting.name, "label": setting.label, "description": setting.description,
                 "type": setting.kind, "default": setting.default}
    if setting.options is not None:
        row["options"] = {**setting.options, setting.value: setting.options.get(setting.value, setting.value)}
    if group == "general":
        row["tip"] = setting.description
    row["value"] = setting.value
    if alone:
        row["group_id"] = group
    row["_links"] = links(call.base, f"settings/{group}/{setting.name}", f"settings/{group}", _ALLOW)
    return row


def _general(shop: ShopSettings) -> list[_Setting]:
    money = {code: f"{name} — {code}" for code, name in _CURRENCIES.items()}
    currency = "This controls what currency prices are listed at in the catalog."
    return [
        _Setting("woocommerce_store_address", "Address line 1", "text", shop.address),
        _Setting("woocommerce_store_address_2", "Address line 2", "text", ""),
        _Setting("woocommerce_store_city", "City", "text", shop.city),
        _Setting("woocommerce_default_country", "Country / State", "select", shop.country, "US:CA", "", _COUNTRIES),
        _Setting("woocommerce_store_postcode", "Postcode / ZIP", "text", shop.postcode),
        _Setting("woocommerce_calc_taxes", "Enable taxes", "checkbox", "yes", "no"),
        _Setting("woocommerce_enable_coupons", "Enable coupons", "checkbox", "yes", "yes"),
        _Setting("woocommerce_currency", "Currency", "select", shop.currency, "USD", currency, money),
        _Setting("woocommerce_price_thousand_sep", "Thousand separator", "text", ",", ","),
        _Setting("woocommerce_price_decimal_sep", "Decimal separator", "text", ".", "."),
        _Setting("woocommerce_price_num_decimals", "Number of decimals", "number", "2", "2"),
    ]


def _products(shop: ShopSettings) -> list[_Setting]:
    held = f"{shop.hold_stock_minutes:g}" if shop.hold_stock_minutes else ""
    described = ("Hold stock (for unpaid orders) for x minutes. When this limit is reached, the pending order will be "
                 "cancelled. Leave blank to disable.")
    return [_Setting("woocommerce_manage_stock", "Manage stock", "checkbox", "yes", "yes"),
            _Setting("woocommerce_hold_stock_minutes", "Hold stock (minutes)", "number", held, "60", described)]


def _settings(call: Call, group: str) -> list[_Setting]:
    if group not in ("general", "products"):
        raise RestError("rest_setting_setting_group_invalid", "Invalid setting group.", 404)
    return _general(call.world.settings) if group == "general" else _products(call.world.settings)


def settings_group(call: Call, group: str) -> Answer:
    """`GET /settings/general` and `/settings/products`."""
    rows = [_row(call, group, setting, alone=False) for setting in _settings(call, group)]
    return Answer([only_fields(row, call.fields) for row in rows])


def one_setting(call: Call, group: str, name: str) -> Answer:
    """`GET /settings/GROUP/NAME`."""
    for setting in _settings(call, group):
        if setting.name == name:
            return Answer(only_fields(_row(call, group, setting, alone=True), call.fields))
    raise RestError("rest_setting_setting_invalid", "Invalid setting.", 404)


def current_currency(call: Call) -> Answer:
    """`GET /data/currencies/current`."""
    code = call.world.settings.currency
    symbol = {"USD": "&#36;", "EUR": "&euro;", "GBP": "&pound;"}.get(code, code)
    return Answer({"code": code, "name": _CURRENCIES.get(code, code), "symbol": symbol,
                   "_links": links(call.base, f"data/currencies/{code}", "data/currencies", ("GET",))})


def order_totals(call: Call) -> Answer:
    """`GET /reports/orders/totals`: how many orders stand in each status."""
    counts = dict.fromkeys(STATUS_NAMES, 0)
    for order in call.world.orders.values():
        if order.status in counts:
            counts[order.status] += 1
    return Answer([{"slug": slug, "name": STATUS_NAMES[slug], "total": total} for slug, total in counts.items()])


def system_status(call: Call) -> Answer:
    """`GET /system_status`, as much of it as says which versions run."""
    environment = {"home_url": call.base, "site_url": call.base, "version": call.world.settings.woo_version,
                   "wp_version": "6.8.8", "wp_multisite": False, "language": "en_US", "php_version": "8.2.36",
                   "default_timezone": "UTC"}
    return Answer(only_fields({"environment": environment}, call.fields))
