"""Keeps what messages say about products true: those in open carts are read again when nobody has for hours."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime

from sqlalchemy import or_, select

from sidecar.carts.cart import Cart, CartLine
from sidecar.carts.purchases import bought_before
from sidecar.db import rest, session, transaction
from sidecar.errors import GatewayError, Refused
from sidecar.outreach.sequences.schedule import NO_TOUCH_AFTER
from sidecar.ports import Gateways
from sidecar.ports.products import StoreProduct, StoreReview
from sidecar.stores.connection import connected_stores, find_store, link_of
from sidecar.stores.product import FRESH_FOR, Product

AT_ONCE = 100
_OPEN = ("watching", "abandoned", "contacted")
_SHORTEST, _LONGEST = 15, 280  # of a review that can be quoted whole
_LEAST_STARS = 4  # of the one that is quoted; the average beside it counts them all

_Found = Mapping[int, StoreProduct | None]  # None: the store no longer has it


def stores_to_read() -> list[int]:
    """Ids of the stores whose catalogue may be asked: those that can be read."""
    found = [store.id for store in connected_stores() if store.is_readable]
    rest()
    return found


def read_products(store_id: int, *, gateways: Gateways, clock: Callable[[], datetime]) -> int:
    """How many products were read again: of open carts, and of what goes with them. At most 200 at a time.

    Never raises for what a store does: without an answer, what is known stays until it is too old to be said.
    """
    now = clock()
    store = find_store(store_id)
    wanted, people = _unread_in_carts(store_id, now=now)
    if store is None or gateways.products is None or not store.currency or not wanted:
        rest()
        return 0
    currency, link = store.currency, link_of(store, gateways.vault)
    bought = [each for contact_id in people for each in bought_before(contact_id, store_id, most=5)]
    rest()
    try:
        shelf = gateways.products.open_products(link)
        found = _by_id(wanted, shelf.products(wanted, currency=currency))
        reviews = shelf.reviews([each for each, product in found.items() if product and product.review_count])
        beside = _unread_among(store_id, [*_goes_with(found), *bought], but=found, now=now)
        more = _by_id(beside, shelf.products(beside, currency=currency))
    except (GatewayError, Refused):
        return 0
    with transaction():
        _keep(store_id, currency, {**more, **found}, _quotes(reviews), now=now)
    return len(found) + len(more)


def _unread_in_carts(store_id: int, *, now: datetime) -> tuple[list[int], list[int]]:
    """Products of carts that may still be written about, which nobody has read lately; and whose carts those are."""
    query = (
        select(CartLine.product_id, Cart.contact_id)
        .join(Cart, Cart.id == CartLine.cart_id)
        .outerjoin(Product, (Product.store_id == store_id) & (Product.product_id == CartLine.product_id))
        .where(
            Cart.store_id == store_id,
            Cart.state.in_(_OPEN),
            Cart.active_at > now - NO_TOUCH_AFTER,
            CartLine.product_id > 0,
            or_(Product.id.is_(None), Product.read_at < now - FRESH_FOR),
        )
        .distinct()
        .limit(AT_ONCE)
    )
    rows = session().execute(query).all()
    return list(dict.fromkeys(row[0] for row in rows)), list({row[1] for row in rows if row[1] is not None})


def _unread_among(store_id: int, ids: Iterable[int], *, but: _Found, now: datetime) -> list[int]:
    """Those of `ids` that nobody has read lately, without those in `but`; at most as many as one question takes."""
    query = select(Product.product_id).where(Product.store_id == store_id, Product.read_at >= now - FRESH_FOR)
    asked = [each for each in dict.fromkeys(ids) if each not in but]
    fresh = set(session().scalars(query.where(Product.product_id.in_(asked)))) if asked else set()
    rest()
    return [each for each in asked if each not in fresh][:AT_ONCE]


def _goes_with(found: _Found) -> list[int]:
    return [each for product in found.values() if product for each in (*product.cross_sell_ids, *product.upsell_ids)]


def _by_id(asked: Sequence[int], came: Iterable[StoreProduct]) -> _Found:
    return dict.fromkeys(asked) | {product.product_id: product for product in came}


def _quotes(reviews: Iterable[StoreReview]) -> Mapping[int, StoreReview]:
    """The latest kind review of each product that is neither a grunt nor an essay."""
    found: dict[int, StoreReview] = {}
    for review in reviews:
        if review.stars >= _LEAST_STARS and _SHORTEST <= len(review.text) <= _LONGEST:
            found.setdefault(review.product_id, review)
    return found


def _keep(
    store_id: int, currency: str, found: _Found, quotes: Mapping[int, StoreReview], *, now: datetime
) -> None:
    query = select(Product).where(Product.store_id == store_id, Product.product_id.in_(found))
    known = {product.product_id: product for product in session().scalars(query)}
    for product_id, read in found.items():
        product = known.get(product_id) or Product(store_id=store_id, product_id=product_id)
        product.read_at, product.gone, product.currency = now, read is None, currency
        if read is not None:
            _describe(product, read, quotes.get(product_id))
        session().add(product)
    session().flush()


def _describe(product: Product, read: StoreProduct, quote: StoreReview | None) -> None:
    for name in ("name", "url", "image_url", "price_minor", "on_sale", "is_sold", "stock", "rating_hundredths"):
        setattr(product, name, getattr(read, name))
    product.review_count = read.review_count
    product.cross_sell_ids, product.upsell_ids = list(read.cross_sell_ids), list(read.upsell_ids)
    product.quote, product.quote_by = (quote.text, quote.by) if quote else ("", "")
    product.quote_verified = quote.is_verified if quote else False
