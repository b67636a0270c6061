"""Where an order can be paid at this moment, from what is stored about its cart. Pure. Source: woocommerce.md 12 to 15.

Every address is built from the store's own: nothing that a link's visitor says has a part in it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import quote, urlsplit

from sidecar.carts import statuses
from sidecar.carts.cart import Cart, CartLine
from sidecar.carts.order_text import web_address
from sidecar.stores.connection import Store

# What the way leads to (outreach.visits.click.Click.led_to).
PAY_PAGE, REBUILT_CART, STORE, THANKS, WAITS = "pay_page", "rebuilt_cart", "store", "thanks", "waits"

_ASKS_WHO_AFTER = timedelta(minutes=10)  # then a guest's pay page asks for the e-mail address (woocommerce.md 14)
_REBUILDS_FROM = 10  # the WooCommerce version that brought /checkout-link/
_MOST_ITEMS = 50

# The shop itself has ended these: what it took back is not offered again behind its back.
_ENDED_BY_SHOP = frozenset({"trashed", "cancelled_by_shop", "closed_by_shop", "refunded"})
_REBUILDABLE = frozenset({statuses.UNPAID, statuses.CANCELLED})
_CODE = re.compile(r"[\w.!@%+~ -]{1,60}")


@dataclass(frozen=True, slots=True)
class Way:
    """Where a customer goes who wants to pay: one of the kinds above, and the address in the store."""

    kind: str
    url: str


def way_to_pay(
    cart: Cart, store: Store, *, mapped: Mapping[str, str], offer: str = "", past_the_check: bool = True, now: datetime
) -> Way:
    """The best way to pay that works at `now`; `offer` is the code of a coupon made for this person.

    `mapped` are the owner's meanings of the store's own statuses. With `past_the_check` a guest whose pay page would
    ask for the e-mail address first gets the cart rebuilt instead.
    """
    meaning = statuses.meaning_of(cart.status, mapped)
    front = f"{store.url}/"
    if cart.state == "recovered" or meaning == statuses.PAID:
        return Way(THANKS, front)
    if meaning == statuses.ON_HOLD:
        return Way(WAITS, front)  # money is on its way; a second order would be paid twice
    page, rebuilt = _pay_page(cart, store, meaning), _rebuilt(cart, store, meaning, offer)
    asks = cart.customer_id != 0 or (past_the_check and _asks_who(cart, now))
    if page and not (rebuilt and (offer or asks)):
        return Way(PAY_PAGE, page)
    return Way(REBUILT_CART, rebuilt) if rebuilt else Way(STORE, front)


def on_own_host(url: str, store_url: str) -> bool:
    """Whether an address lies on the store's own host, and is not less safe than the store's."""
    try:
        there, home = urlsplit(web_address(url)), urlsplit(store_url)
        same_port = (there.port or _standard(there.scheme)) == (home.port or _standard(home.scheme))
    except ValueError:
        return False
    upgraded = there.scheme == "https" and home.scheme == "http" and there.port is None and home.port is None
    same_place = (there.scheme == home.scheme and same_port) or upgraded
    return same_place and "@" not in there.netloc and "\\" not in url and _bare(there.hostname) == _bare(home.hostname)


def _pay_page(cart: Cart, store: Store, meaning: str) -> str:
    """The order's own pay page, or "" when it would take no money."""
    waits = meaning == statuses.UNPAID or (meaning == statuses.UNKNOWN and cart.needs_payment)
    ended = cart.closed_reason == "gone" or cart.closed_reason in _ENDED_BY_SHOP
    there = waits and not ended and cart.total_minor > 0 and on_own_host(cart.payment_url, store.url)
    return cart.payment_url if there else ""


def _rebuilt(cart: Cart, store: Store, meaning: str, offer: str) -> str:
    """The address that puts the same items into a fresh cart, or "" when it could not be the same cart."""
    wanted = [line for line in cart.lines if line.quantity > 0]
    able = meaning in _REBUILDABLE and cart.closed_reason not in _ENDED_BY_SHOP and _knows_checkout_link(store)
    if not able or not wanted or len(wanted) > _MOST_ITEMS or not all(map(_can_be_put_again, wanted)):
        return ""
    pieces: dict[int, int] = {}
    for line in wanted:
        item = line.variation_id or line.product_id
        pieces[item] = pieces.get(item, 0) + line.quantity
    products = ",".join(f"{item}:{quantity}" for item, quantity in pieces.items())
    coupon = next((code for code in (offer, *cart.coupon_codes) if _CODE.fullmatch(code)), "")
    asked = f"products={products}" + (f"&coupon={quote(coupon, safe='')}" if coupon else "")
    # A store with plain permalinks has no path of its own for it.
    plain = "order-pay=" in urlsplit(cart.payment_url).query
    return f"{store.url}/?checkout-link=true&{asked}" if plain else f"{store.url}/checkout-link/?{asked}"


def _can_be_put_again(line: CartLine) -> bool:
    """Whether product and number say it all; what was engraved or set by hand would be lost."""
    return line.product_id > 0 and (line.variation_id > 0 or not line.options)


def _knows_checkout_link(store: Store) -> bool:
    major = (store.wc_version or "").partition(".")[0]
    return not major.isdigit() or int(major) >= _REBUILDS_FROM  # unknown: most stores do by now


def _asks_who(cart: Cart, now: datetime) -> bool:
    return bool(cart.email) and now - cart.ordered_at >= _ASKS_WHO_AFTER


def _standard(scheme: str) -> int:
    return 443 if scheme == "https" else 80


def _bare(host: str | None) -> str:
    return (host or "?").lower().rstrip(".").removeprefix("www.")
