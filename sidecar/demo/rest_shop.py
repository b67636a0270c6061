"""Products, their reviews, and customers over the REST API."""

from __future__ import annotations

import hashlib
from typing import Any

from .answers import NOTHING, Answer, RestError, invalid, problem
from .goods import Product, Review, Variation
from .order import Customer
from .php import as_list
from .rest import Call
from .shapes import ADDRESS_KEYS, ALL_METHODS, Json, image_url, links, money, only_fields


def page_of(call: Call, rows: list[Any], show: Any) -> Answer:
    """One page of a listing, with its totals and links. Raises RestError when page or per_page do not fit."""
    wide = "between 1 (inclusive) and 100 (inclusive)"
    for name, bounds in (("page", "greater than or equal to 1"), ("per_page", wide)):
        value = str(call.params.get(name, "1"))
        if not value.isdigit() or int(value) < 1 or (name == "per_page" and int(value) > 100):
            raise invalid({name: problem("rest_out_of_bounds", f"{name} must be {bounds}")})
    per_page = int(call.params.get("per_page", 10))
    pages, start, link = call.page(len(rows), dict(call.params))
    shown = [only_fields(show(call, row), call.fields) for row in rows[start:start + per_page]]
    return Answer(shown, total=len(rows), pages=pages, link=link)


# --- products -----------------------------------------------------------------------------------------------------


def list_products(call: Call) -> Answer:
    """`GET /products`, newest first; `include`, `search` and `category` narrow it down."""
    rows = sorted(call.world.products.values(), key=lambda product: -product.id)
    params = call.params
    if params.get("include"):
        wanted = {int(i) for i in as_list(params["include"]) if i.isdigit()}
        rows = [row for row in rows if row.id in wanted]
    if params.get("search"):
        rows = [row for row in rows if str(params["search"]).lower() in row.name.lower()]
    if params.get("orderby") == "popularity":
        rows.sort(key=lambda row: -row.sold)
    return page_of(call, rows, product_json)


def get_product(call: Call, product_id: str) -> Answer:
    """`GET /products/ID`."""
    return Answer(only_fields(product_json(call, _find(call, product_id)), call.fields))


def _find(call: Call, product_id: str) -> Product:
    product = call.world.products.get(int(product_id))
    if product is None:
        raise RestError("woocommerce_rest_product_invalid_id", "Invalid ID.", 404)
    return product


def _category(call: Call, product: Product) -> Json:
    names = sorted({known.category for known in call.world.products.values()})
    return {"id": 16 + names.index(product.category), "name": product.category,
            "slug": product.category.lower().replace(" ", "-")}


def _picture(call: Call, product: Product) -> Json:
    at = min((order.created for order in call.world.orders.values()), default=0)
    moments = {"date_created": call.world.local(at), "date_created_gmt": call.world.gmt(at),
               "date_modified": call.world.local(at), "date_modified_gmt": call.world.gmt(at)}
    return {"id": product.image_id, **moments, "src": image_url(call.base, product.image), "name": product.image,
            "alt": product.name}


def _no_dates(*names: str) -> Json:
    return dict.fromkeys(names)


def product_json(call: Call, product: Product) -> Json:
    """A product with WooCommerce's keys."""
    return {**_product_head(call, product), **_product_stock(product), **_product_rest(call, product)}


def _product_head(call: Call, product: Product) -> Json:
    world, variable = call.world, bool(product.options)
    at = 1_780_000_000 + product.id * 60
    return {
        "id": product.id, "name": product.name, "slug": product.slug,
        "permalink": f"{call.base}/product/{product.slug}/", "date_created": world.local(at),
        "date_created_gmt": world.gmt(at), "date_modified": world.local(at), "date_modified_gmt": world.gmt(at),
        "type": "variable" if variable else "simple", "status": "publish", "featured": False,
        "catalog_visibility": "visible", "description": f"<p>{product.description}</p>\n",
        "short_description": f"<p>{product.name}</p>\n", "sku": product.sku, "price": money(product.price),
        "regular_price": "" if variable else money(product.price), "sale_price": "",
        **_no_dates("date_on_sale_from", "date_on_sale_from_gmt", "date_on_sale_to", "date_on_sale_to_gmt"),
        "on_sale": product.on_sale, "purchasable": True, "total_sales": product.sold, "virtual": product.virtual,
        "downloadable": False, "downloads": [], "download_limit": -1, "download_expiry": -1, "external_url": "",
        "button_text": "", "tax_status": "taxable", "tax_class": "",
    }


def _product_stock(product: Product) -> Json:
    managed = product.stock is not None
    return {
        "manage_stock": managed, "stock_quantity": product.stock, "backorders": "no", "backorders_allowed": False,
        "backordered": False, "low_stock_amount": 3 if managed else None, "sold_individually": False, "weight": "",
        "dimensions": {"length": "", "width": "", "height": ""}, "shipping_required": not product.virtual,
        "shipping_taxable": not product.virtual, "shipping_class": "", "shipping_class_id": 0,
        "reviews_allowed": True,
    }


def _product_rest(call: Call, product: Product) -> Json:
    ratings = [review.rating for review in call.world.reviews if review.product_id == product.id]
    attributes = [{"id": 0, "name": product.option_name, "slug": product.option_name, "position": 0, "visible": True,
                   "variation": True, "options": [choice.option for choice in product.options]}]
    return {
        "average_rating": f"{sum(ratings) / len(ratings):.2f}" if ratings else "0.00", "rating_count": len(ratings),
        "upsell_ids": product.upsells, "cross_sell_ids": product.cross_sells, "parent_id": 0, "purchase_note": "",
        "categories": [_category(call, product)], "brands": [], "tags": [], "images": [_picture(call, product)],
        "attributes": attributes if product.options else [], "default_attributes": [],
        "variations": [choice.id for choice in product.options], "grouped_products": [], "menu_order": 0,
        "price_html": '<span class="woocommerce-Price-amount amount"><bdi><span class="woocommerce-Price-'
                      f'currencySymbol">&#36;</span>{money(product.price)}</bdi></span>',
        "related_ids": [], "meta_data": [], "stock_status": stock_status(product.stock),
        "has_options": bool(product.options), "post_password": "", "global_unique_id": "",
        "_links": links(call.base, f"products/{product.id}", "products", ALL_METHODS),
    }


def stock_status(stock: int | None) -> str:
    """In stock unless a managed stock has run out."""
    return "instock" if stock is None or stock > 0 else "outofstock"


def list_variations(call: Call, product_id: str) -> Answer:
    """`GET /products/ID/variations`."""
    product = _find(call, product_id)
    return page_of(call, list(reversed(product.options)), lambda _c, row: _variation_json(call, product, row))


def _variation_json(call: Call, product: Product, choice: Variation) -> Json:
    head, managed = _product_head(call, product), choice.stock is not None
    taken = ("date_created", "date_created_gmt", "date_modified", "date_modified_gmt", "date_on_sale_from",
             "date_on_sale_from_gmt", "date_on_sale_to", "date_on_sale_to_gmt", "on_sale", "status", "purchasable",
             "virtual", "downloadable", "downloads", "download_limit", "download_expiry", "tax_status", "tax_class")
    path = f"products/{product.id}/variations"
    shown: Json = {
        **{name: head[name] for name in taken}, "id": choice.id, "type": "variation", "description": "",
        "permalink": f"{call.base}/product/{product.slug}/?attribute_{product.option_name.lower()}={choice.option}",
        "sku": f"{product.sku}-{choice.option}", "global_unique_id": "", "price": money(choice.price),
        "regular_price": money(choice.price), "sale_price": "", "manage_stock": managed,
        "stock_quantity": choice.stock, "stock_status": stock_status(choice.stock), "backorders": "no",
        "backorders_allowed": False, "backordered": False, "low_stock_amount": None, "weight": "",
        "dimensions": {"length": "", "width": "", "height": ""}, "shipping_class": "", "shipping_class_id": 0,
        "image": _picture(call, product), "attributes": [{
            "id": 0, "name": product.option_name, "slug": product.option_name.lower(), "option": choice.option}],
        "menu_order": 0, "meta_data": [], "name": choice.option, "parent_id": product.id,
        "_links": links(call.base, f"{path}/{choice.id}", path, ALL_METHODS),
    }
    shown["_links"]["up"] = [{"href": f"{call.base}/wp-json/wc/v3/products/{product.id}"}]
    return shown


def list_categories(call: Call) -> Answer:
    """`GET /products/categories`."""
    rows: dict[str, Json] = {}
    for product in sorted(call.world.products.values(), key=lambda known: known.category):
        row = rows.setdefault(product.category, {**_category(call, product), "parent": 0, "description": "",
                                                 "display": "default", "image": None, "menu_order": 0, "count": 0})
        row["count"] += 1
    for row in rows.values():
        row["_links"] = links(call.base, f"products/categories/{row['id']}", "products/categories", ALL_METHODS)
    return page_of(call, list(rows.values()), lambda _call, row: row)


def list_reviews(call: Call) -> Answer:
    """`GET /products/reviews`, of one product with `product`."""
    wanted = {int(i) for i in as_list(call.params.get("product", "")) if i.isdigit()}
    rows = [r for r in reversed(call.world.reviews) if not wanted or r.product_id in wanted]
    return page_of(call, rows, _review_json)


def _review_json(call: Call, review: Review) -> Json:
    world, product = call.world, call.world.products[review.product_id]
    shown: Json = {
        "id": review.id, "date_created": world.local(review.at), "date_created_gmt": world.gmt(review.at),
        "product_id": product.id, "product_name": product.name,
        "product_permalink": f"{call.base}/product/{product.slug}/", "status": "approved",
        "reviewer": review.reviewer, "reviewer_email": review.email, "review": f"<p>{review.text}</p>\n",
        "rating": review.rating, "verified": False,
        "reviewer_avatar_urls": {str(size): _avatar(review.email, size) for size in (24, 48, 96)},
        "_links": links(call.base, f"products/reviews/{review.id}", "products/reviews", ALL_METHODS),
    }
    shown["_links"]["up"] = [{"href": f"{call.base}/wp-json/wc/v3/products/{product.id}"}]
    return shown


def _avatar(email: str, size: int) -> str:
    mark = hashlib.sha256(email.lower().encode()).hexdigest()
    return f"https://secure.gravatar.com/avatar/{mark}?s={size}&d=mm&r=g"


# --- customers ----------------------------------------------------------------------------------------------------


def list_customers(call: Call) -> Answer:
    """`GET /customers`: people with an account, by `email` if asked; guests are none."""
    role = call.params.get("role", "customer")
    rows = [row for row in call.world.customers.values() if role in ("all", row.role)]
    if "email" in call.params:
        rows = [row for row in rows if row.billing.get("email", "").lower() == str(call.params["email"]).lower()]
    return page_of(call, rows, _customer_json)


def get_customer(call: Call, customer_id: str) -> Answer:
    """`GET /customers/ID`."""
    customer = call.world.customers.get(int(customer_id))
    if customer is None:
        raise RestError("wc_user_invalid_id", "Invalid user ID.", 404, allow=NOTHING)
    return Answer(only_fields(_customer_json(call, customer), call.fields))


def _customer_json(call: Call, customer: Customer) -> Json:
    world, billing = call.world, customer.billing
    place = {key: billing.get(key, "") for key in ADDRESS_KEYS}
    allow = ALL_METHODS if customer.role == "customer" else ALL_METHODS[:4]
    return {
        "id": customer.id, "date_created": world.local(customer.created),
        "date_created_gmt": world.gmt(customer.created), "date_modified": world.local(customer.modified),
        "date_modified_gmt": world.gmt(customer.modified), "email": billing.get("email", ""),
        "first_name": billing.get("first_name", ""), "last_name": billing.get("last_name", ""),
        "role": customer.role, "username": customer.username,
        "billing": {**place, "email": billing.get("email", ""), "phone": billing.get("phone", "")},
        "shipping": {**place, "phone": billing.get("phone", "")}, "is_paying_customer": customer.paying,
        "avatar_url": _avatar(billing.get("email", ""), 96), "meta_data": [],
        "_links": links(call.base, f"customers/{customer.id}", "customers", allow),
    }
