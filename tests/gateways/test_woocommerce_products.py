"""What a store says about its products and reviews: recorded answers, and what broken or hostile ones become."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sidecar.errors import GatewayError
from sidecar.gateways.turns import FileTurns
from sidecar.gateways.woocommerce import WooOpener
from sidecar.gateways.woocommerce.products import WooProducts, read_product, read_review
from sidecar.ports import StoreLink
from sidecar.ports.products import StoreProduct
from tests.gateways.small_server import RECORDINGS, Answer, recorded, small_server


def body(name: str) -> Any:
    return json.loads((RECORDINGS / f"{name}.json").read_text())["response"]["body"]


def jacket(**changes: Any) -> StoreProduct | None:
    return read_product({**body("product-get"), **changes}, currency="USD")


@pytest.fixture
def open_at(tmp_path: Path) -> Callable[[str], WooProducts]:
    opener = WooOpener(allow_local=True, turns=FileTurns(tmp_path / "turns"))
    return lambda url: opener.open_products(StoreLink(url, "ck_key", "cs_secret"))


def test_a_recorded_product_becomes_a_value():
    assert jacket() == StoreProduct(
        product_id=15,
        name="Storm Shell Jacket",
        url="http://127.0.0.1:8081/product/storm-shell-jacket/",
        image_url="http://127.0.0.1:8081/wp-content/uploads/2026/11/storm-shell-jacket.png",
        price_minor=18900,
        on_sale=False,
        is_sold=True,
        stock=24,
        rating_hundredths=500,
        review_count=1,
        cross_sell_ids=(19, 31),
        upsell_ids=(17,),
    )


def test_every_recorded_product_can_be_used():
    found = {row["id"]: read_product(row, currency="USD") for row in body("products-list")}

    assert len(found) == 13
    assert all(found.values())
    prices = {key: product.price_minor for key, product in found.items() if product}
    assert (prices[25], prices[15], prices[33]) == (3190, 18900, 1850)  # 25 is on sale: the old price is struck out
    assert {key for key, product in found.items() if product and product.on_sale} == {25, 17}
    assert {key for key, product in found.items() if product and not product.is_sold} == {29, 27, 21, 17}
    assert found[39] is not None
    assert found[39].stock is None  # it does not count pieces


@pytest.mark.parametrize(
    ("price", "shown", "minor"),
    [
        ("189.00", "<bdi>189,00&nbsp;€</bdi>", 18900),
        ("1249", "<bdi>1.249&nbsp;€</bdi>", 124900),
        ("100.00", "<bdi>119.00</bdi>", None),  # the shop shows it with tax
        ("10.00", "<bdi>10.00</bdi> – <bdi>20.00</bdi>", None),
        ("10.00", "", None),
        ("", "<bdi>10.00</bdi>", None),
    ],
)
def test_a_price_is_known_only_when_the_shop_shows_that_very_one(price: str, shown: str, minor: int | None):
    product = jacket(price=price, price_html=shown)

    assert product is not None
    assert product.price_minor == minor


@pytest.mark.parametrize(
    ("changes", "sold", "stock"),
    [
        ({"manage_stock": False}, True, None),
        ({"manage_stock": "parent"}, True, None),
        ({"backorders_allowed": True}, True, None),
        ({"stock_quantity": "24"}, True, None),
        ({"stock_status": "onbackorder"}, False, 24),
        ({"status": "private"}, False, 24),
        ({"catalog_visibility": "hidden"}, False, 24),
        ({"purchasable": False}, False, 24),
    ],
)
def test_pieces_and_sale_are_only_claimed_when_the_store_says_so(
    changes: dict[str, Any], sold: bool, stock: int | None
):
    product = jacket(**changes)

    assert product is not None
    assert (product.is_sold, product.stock) == (sold, stock)


@pytest.mark.parametrize("changes", [{"id": 0}, {"id": None}, {"name": ""}, {"name": ["x"]}, {"rating_count": "many"}])
def test_a_product_that_cannot_be_used_is_left_out(changes: dict[str, Any]):
    assert jacket(**changes) is None


@settings(deadline=None)
@given(
    st.dictionaries(
        st.sampled_from(sorted(body("product-get"))),
        st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.lists(st.none() | st.text()),
    )
)
def test_no_answer_breaks_the_reading(changes: dict[str, Any]):
    read_product({**body("product-get"), **changes}, currency="USD")


def test_reviews_are_words_without_markup_and_only_approved_ones_count():
    rows = body("product-reviews-all")
    found = [read_review(row) for row in rows]

    assert [review.text for review in found if review][:1] == ["Bright!"]
    assert all("<" not in review.text for review in found if review)
    assert read_review({**rows[0], "status": "hold"}) is None
    assert read_review({**rows[0], "review": "<p></p>"}) is None
    assert read_review({**rows[0], "rating": 0}) is None
    hostile = read_review({**rows[0], "review": "<script>x</script>&lt;b&gt; <a href='http://evil.example'>win</a>"})
    assert hostile is not None
    assert hostile.text == "x <b> win"


def test_one_question_brings_what_was_asked_for_and_nothing_else(open_at: Callable[[str], WooProducts]):
    with small_server(recorded("products-list")) as server:
        found = open_at(server.url).products([15, 21, 99999], currency="USD")

    assert {product.product_id for product in found} == {15, 21}
    (request,) = server.requests
    assert "include=15%2C21%2C99999" in request[1]
    assert "_fields=id%2Cname" in request[1]


def test_nothing_is_asked_for_no_products(open_at: Callable[[str], WooProducts]):
    with small_server(recorded("products-list")) as server:
        assert open_at(server.url).products([], currency="USD") == ()
        assert open_at(server.url).reviews([]) == ()
    assert server.requests == []


@pytest.mark.parametrize("name", ["broken-fatal-error", "broken-php-notice-before-json", "product-404"])
def test_what_is_no_answer_is_never_an_empty_catalogue(name: str, open_at: Callable[[str], WooProducts]):
    with small_server(recorded(name)) as server, pytest.raises(GatewayError):
        open_at(server.url).products([15], currency="USD")


def test_a_store_without_reviews_has_none(open_at: Callable[[str], WooProducts]):
    refused = Answer(404, {"Content-Type": "application/json"}, b'{"code":"rest_no_route"}')
    with small_server(refused) as server:
        assert open_at(server.url).reviews([15]) == ()
    with small_server(recorded("product-reviews")) as server:
        assert [review.by for review in open_at(server.url).reviews([15])] == ["Tom", "Ailsa"]
