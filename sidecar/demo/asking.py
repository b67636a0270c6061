"""The parameters of `GET /wc/v3/orders`: what is refused, what is meant, and the answer to a question."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from .answers import RestError, invalid, listed, problem
from .order import STATUS_NAMES, Order
from .php import Params, as_bool, as_list
from .shapes import Json
from .world import World

STATUSES = tuple(STATUS_NAMES)
_ASKABLE = ("any", "trash", "auto-draft", *STATUSES)
_ORDERBY = ("date", "id", "include", "title", "slug", "modified")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}:\d{2}(?:\.\d+)?(Z|z|[+-]\d{2}(?::?\d{2})?)?")
_DATES = ("after", "before", "modified_after", "modified_before")
_INTEGERS = {"page": (1, None), "per_page": (1, 100), "offset": (None, None), "customer": (None, None),
             "product": (None, None), "dp": (None, None)}
_LISTS = ("status", "include", "exclude", "created_via", "exclude_meta", "parent", "parent_exclude")


@dataclass(frozen=True)
class Question:
    """What a listing of orders asks for, ready to answer and to remember."""

    statuses: tuple[str, ...]
    created_after: int | None
    created_before: int | None
    modified_after: int | None
    modified_before: int | None
    include: tuple[int, ...]
    exclude: tuple[int, ...]
    created_via: tuple[str, ...]
    customer: int | None
    product: int | None
    search: str
    orderby: str
    descending: bool


def check(params: Params) -> Params:
    """The parameters with lists as lists and numbers as numbers. Raises RestError naming all that do not fit."""
    problems: dict[str, Json] = {}
    clean: Params = dict(params)
    for name, value in params.items():
        trouble = None
        if name in _LISTS:
            clean[name] = as_list(value)
            trouble = _list_trouble(name, clean[name])
        elif name in _INTEGERS:
            trouble = _integer_trouble(name, value, *_INTEGERS[name])
            clean[name] = 0 if trouble else int(str(value))
        elif name in _DATES and not _DATE.fullmatch(str(value)):
            trouble = problem("rest_invalid_date", "Invalid date.")
        elif name in ("orderby", "order"):
            trouble = _enum_trouble(name, str(value), _ORDERBY if name == "orderby" else ("asc", "desc"))
        elif name == "dates_are_gmt":
            clean[name] = as_bool(value)
        if trouble:
            problems[name] = trouble
    if problems:
        raise invalid(problems)
    return clean


def _list_trouble(name: str, values: list[str]) -> Json | None:
    for place, value in enumerate(values):
        if name == "status" and value not in _ASKABLE:
            return problem("rest_not_in_enum", f"status[{place}] is not one of {listed(_ASKABLE)}.")
        if name in ("include", "exclude", "parent", "parent_exclude") and not re.fullmatch(r"-?\d+", value):
            where = f"{name}[{place}]"
            return problem("rest_invalid_type", f"{where} is not of type integer.", {"param": where})
    return None


def _integer_trouble(name: str, value: Any, low: int | None, high: int | None) -> Json | None:
    if not re.fullmatch(r"-?\d+", str(value)):
        return problem("rest_invalid_type", f"{name} is not of type integer.", {"param": name})
    if low is not None and high is not None and not low <= int(value) <= high:
        return problem("rest_out_of_bounds", f"{name} must be between {low} (inclusive) and {high} (inclusive)")
    if low is not None and high is None and int(value) < low:
        return problem("rest_out_of_bounds", f"{name} must be greater than or equal to {low}")
    return None


def _enum_trouble(name: str, value: str, allowed: tuple[str, ...]) -> Json | None:
    if value in allowed:
        return None
    names = listed(allowed) if len(allowed) > 2 else " and ".join(allowed)
    return problem("rest_not_in_enum", f"{name} is not one of {names}.")


def moment(world: World, value: str, gmt: bool) -> int:
    """A date parameter as WooCommerce compares it, in seconds since 1970.

    A value with Z or an offset is first turned into site time. With `dates_are_gmt` the clock face is then read as
    GMT: so flag and Z together shift the moment by the store's offset. That is WooCommerce's behaviour, kept.
    """
    zone = world.zone()
    suffix = _DATE.fullmatch(value)
    face = datetime.fromisoformat(value.replace("z", "Z").replace("t", "T"))
    if suffix and suffix[1]:
        face = face.astimezone(zone)
    face = face.replace(tzinfo=UTC if gmt else zone, microsecond=0)
    return int(face.timestamp())


def ask(world: World, params: Params) -> Question:
    """The question behind checked parameters."""
    gmt = bool(params.get("dates_are_gmt", False))
    dates = {name: moment(world, params[name], gmt) if params.get(name) else None for name in _DATES}
    customer = params.get("customer")
    return Question(
        statuses=tuple(sorted(set(params.get("status") or ["any"]))),
        created_after=dates["after"], created_before=dates["before"],
        modified_after=dates["modified_after"], modified_before=dates["modified_before"],
        include=tuple(int(i) for i in params.get("include", ())),
        exclude=tuple(int(i) for i in params.get("exclude", ())),
        created_via=tuple(params.get("created_via", ())), customer=customer, product=params.get("product"),
        search=str(params.get("search", "")).strip().lower(), orderby=str(params.get("orderby", "date")),
        descending=str(params.get("order", "desc")) == "desc",
    )


def answer(world: World, question: Question) -> list[int]:
    """The ids that match, in the order asked for."""
    return world.index.answer(question, lambda: _find(world, question))


def _find(world: World, question: Question) -> list[int]:
    orders = world.orders
    ids = _candidates(world, question)
    shown = _shown_statuses(world, question.statuses)
    found = [i for i in ids if orders[i].status in shown and _fits(orders[i], question)]
    if question.orderby in ("id", "title", "slug", "include"):
        found.sort()
    if question.orderby == "include" and question.include:
        found.sort(key=question.include.index)
    elif question.descending:
        found.reverse()
    return found


def _candidates(world: World, question: Question) -> list[int]:
    """Ids within the time bounds, oldest first by what they are ordered by."""
    by = "modified" if question.orderby == "modified" else "created"
    bounds = {"created": (question.created_after, question.created_before),
              "modified": (question.modified_after, question.modified_before)}
    other = "created" if by == "modified" else "modified"
    ids = world.index.between(by, *bounds[by])
    if bounds[other] != (None, None):
        within = set(world.index.between(other, *bounds[other]))
        ids = [i for i in ids if i in within]
    if question.include:
        wanted = set(question.include)
        ids = [i for i in ids if i in wanted]
    return ids


def _shown_statuses(world: World, asked: tuple[str, ...]) -> frozenset[str]:
    if "any" not in asked:
        return frozenset(asked)
    every = set(STATUSES) | set(asked)
    if not world.settings.drafts_in_any and "checkout-draft" not in asked:
        every.discard("checkout-draft")
    return frozenset(every)


def _fits(order: Order, question: Question) -> bool:
    if question.exclude and order.id in question.exclude:
        return False
    if question.created_via and order.created_via not in question.created_via:
        return False
    if question.customer is not None and order.customer_id != question.customer:
        return False
    if question.product is not None and all(line.product_id != question.product for line in order.lines):
        return False
    return not question.search or _mentions(order, question.search)


def _mentions(order: Order, words: str) -> bool:
    """Search finds ids, e-mail, names and addresses; phones only as they are stored."""
    if str(order.id) == words:
        return True
    billing = order.billing
    haystack = " ".join((*billing.values(), f"{billing.get('first_name', '')} {billing.get('last_name', '')}",
                         *(line.name for line in order.lines))).lower()
    return words in haystack


def unknown_status(order_status: str) -> RestError | None:
    """The error of a PUT with a status WooCommerce does not know."""
    allowed = ("auto-draft", *STATUSES)
    if order_status in allowed:
        return None
    return invalid({"status": problem("rest_not_in_enum", f"status is not one of {listed(allowed)}.")})
