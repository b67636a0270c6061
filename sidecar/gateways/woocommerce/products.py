"""Reads one store's catalogue for messages: products, and what buyers wrote about them."""

from __future__ import annotations

import html
import re
import secrets
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal, InvalidOperation

from sidecar.errors import GatewayError
from sidecar.gateways.turns import Turns
from sidecar.gateways.woocommerce import answers, failures, fields
from sidecar.gateways.woocommerce.client import Auth, Client
from sidecar.gateways.woocommerce.fields import Row, Unusable
from sidecar.gateways.woocommerce.reader import first_auth
from sidecar.money import exponent
from sidecar.ports.products import StoreProduct, StoreReview

MOST = 100
MOST_RELATED = 20
LONGEST_REVIEW = 1000
_PRODUCT_FIELDS = (
    "id,name,permalink,status,catalog_visibility,price,price_html,on_sale,purchasable,manage_stock,stock_quantity,"
    "stock_status,backorders_allowed,average_rating,rating_count,upsell_ids,cross_sell_ids,images"
)
_REVIEW_FIELDS = "id,product_id,status,reviewer,review,rating,verified"
_AMOUNT = re.compile(r"<bdi>(.*?)</bdi>", re.S)
_SIGN = re.compile(r'<span class="woocommerce-Price-currencySymbol">.*?</span>', re.S)
_STRUCK = re.compile(r"<del\b.*?</del>", re.S)
_TAG = re.compile(r"<[^<>]{0,200}>")
_LONGEST_PRICE = 4000


class WooProducts:
    """Fulfils ports.products.ProductShelf."""

    def __init__(self, url: str, client_for: Callable[[Auth], Client], turns: Turns, *, auth: str) -> None:
        self._url = url
        self._turns = turns
        self._client = client_for(first_auth(url, auth))

    def products(self, product_ids: Sequence[int], *, currency: str) -> tuple[StoreProduct, ...]:
        """The products among these ids, at most 100, that the store still has. Raises GatewayError."""
        asked = set(product_ids)
        rows = self._list("products", product_ids, "include", _PRODUCT_FIELDS)
        found = [read_product(row, currency=currency) for row in rows]
        return tuple(product for product in found if product is not None and product.product_id in asked)

    def reviews(self, product_ids: Sequence[int]) -> tuple[StoreReview, ...]:
        """The latest approved reviews of these products, newest first. Raises GatewayError when the store is away."""
        asked = set(product_ids)
        try:
            rows = self._list("products/reviews", product_ids, "product", _REVIEW_FIELDS, status="approved")
        except GatewayError as error:
            if error.code in failures.AWAY:
                raise
            return ()  # a store may have no reviews, or a key that may not see them
        found = [read_review(row) for row in rows]
        return tuple(review for review in found if review is not None and review.product_id in asked)

    def _list(
        self, endpoint: str, ids: Sequence[int], among: str, names: str, **more: str
    ) -> Sequence[Mapping[str, object]]:
        if not ids:
            return []
        params = {among: ",".join(str(int(each)) for each in ids[:MOST]), "per_page": str(MOST), "_fields": names}
        with self._turns.take(self._url):
            reply = self._client.get(endpoint, params | more | {"nocache": secrets.token_hex(6)})
        rows = answers.objects_of(reply)
        answers.totals_of(reply)  # an answer without them comes from something else than WooCommerce
        return rows


def read_product(row: Row, *, currency: str) -> StoreProduct | None:
    """The product as a value, with prices in minor units of `currency`; None when it has no id or name to go by."""
    try:
        product_id, name = fields.whole(row, "id", least=1), _words(row, "name", fields.SHORT)
        pictures = fields.rows(row, "images")
        counted = row.get("manage_stock") is True and row.get("backorders_allowed") is False
        return StoreProduct(
            product_id=product_id,
            name=name,
            url=fields.uncut(row, "permalink", fields.URL),
            image_url=fields.uncut(pictures[0], "src", fields.URL) if pictures else "",
            price_minor=_price(row, currency),
            on_sale=row.get("on_sale") is True,
            is_sold=_is_sold(row),
            stock=_pieces(row) if counted else None,
            rating_hundredths=_rating(row),
            review_count=_count(row),
            cross_sell_ids=_ids(row, "cross_sell_ids"),
            upsell_ids=_ids(row, "upsell_ids"),
        ) if name else None  # fmt: skip
    except Unusable:
        return None


def read_review(row: Row) -> StoreReview | None:
    """The review as a value; None for one that is not approved, says nothing, or cannot be read."""
    try:
        text = _words(row, "review", LONGEST_REVIEW + 1)
        stars = fields.whole(row, "rating")
        if row.get("status") != "approved" or not text or len(text) > LONGEST_REVIEW or not 1 <= stars <= 5:
            return None
        by = _words(row, "reviewer", fields.SHORT)
        return StoreReview(fields.whole(row, "product_id", least=1), by, text, stars, row.get("verified") is True)
    except Unusable:
        return None


def _words(row: Row, name: str, most: int) -> str:
    """Text that the store sends as HTML, as words."""
    return " ".join(html.unescape(_TAG.sub(" ", fields.text(row, name, most * 2))).split())[:most]


def _is_sold(row: Row) -> bool:
    return (
        row.get("status") == "publish"
        and row.get("catalog_visibility") != "hidden"
        and row.get("purchasable") is True
        and row.get("stock_status") == "instock"
    )


def _price(row: Row, currency: str) -> int | None:
    """The amount the shop shows: it is only believed when it is the price on record, digit for digit. Otherwise it may
    be a range, or be shown with another tax than it is kept."""
    if row.get("price") in (None, ""):
        return None
    minor = fields.amount(row, "price", currency)
    shown = _AMOUNT.findall(_STRUCK.sub("", fields.text(row, "price_html", _LONGEST_PRICE)))
    if len(shown) != 1 or minor < 0:
        return None
    digits = "".join(sign for sign in html.unescape(_TAG.sub("", _SIGN.sub("", shown[0]))) if sign.isdigit())
    unit = 10 ** exponent(currency)
    accepted = {str(minor)} | ({str(minor // unit)} if minor % unit == 0 else set())
    return minor if digits.lstrip("0") in {each.lstrip("0") for each in accepted} else None


def _pieces(row: Row) -> int | None:
    value = row.get("stock_quantity")
    return value if isinstance(value, int) and not isinstance(value, bool) and -10_000 < value < 10_000_000 else None


def _rating(row: Row) -> int:
    """Average stars in hundredths, 0 for none."""
    try:
        found = Decimal(fields.text(row, "average_rating") or "0")
    except InvalidOperation:
        raise Unusable("average_rating is no number") from None
    return int(found * 100) if found.is_finite() and 0 <= found <= 5 else 0


def _count(row: Row) -> int:
    return fields.whole(row, "rating_count") if row.get("rating_count") is not None else 0


def _ids(row: Row, name: str) -> tuple[int, ...]:
    value = row.get(name)
    listed = value if isinstance(value, list) else []
    return tuple(each for each in listed if isinstance(each, int) and 0 < each <= fields.LARGEST_ID)[:MOST_RELATED]
