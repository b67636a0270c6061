"""The REST API: which address means what, who may ask it, and how the answer goes out."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from werkzeug.wrappers import Request, Response

from .answers import Answer, RestError, no_route, to_response
from .auth import who_asks
from .php import Params, as_list, read_query, write_query
from .shapes import ALL_METHODS
from .simulator import Simulator
from .world import ApiKey, World


@dataclass
class Call:
    """One request to the API, as its handler sees it."""

    world: World
    simulator: Simulator
    request: Request
    params: Params
    body: dict[str, Any]
    base: str
    key: ApiKey | None

    @property
    def fields(self) -> list[str] | None:
        """What `_fields` asks for, or None for everything."""
        asked = self.params.get("_fields")
        return as_list(asked) if asked else None

    def page(self, total: int, params: Params) -> tuple[int, int, str]:
        """The number of pages, how many rows to skip, and the Link header ("" for a single page)."""
        per_page, page = int(params.get("per_page", 10)), int(params.get("page", 1))
        pages = -(-total // per_page)
        links = []
        address = f"{self.base}{api_root(self.world)}{route_of(self.request)}"
        joint = "&" if "?" in address else "?"
        if page > 1 and pages:
            links.append(f'<{address}{joint}{write_query({**params, "page": min(page - 1, pages)})}>; rel="prev"')
        if page < pages:
            links.append(f'<{address}{joint}{write_query({**params, "page": page + 1})}>; rel="next"')
        return pages, int(params.get("offset", (page - 1) * per_page)), ", ".join(links)


Handler = Callable[..., Answer]


@dataclass(frozen=True)
class Route:
    """An address of the API: a pattern, what each method does, and what is public."""

    pattern: re.Pattern[str]
    methods: dict[str, Handler]
    allow: str
    public: bool = False


_REFUSALS = {
    "GET": ("woocommerce_rest_cannot_view", "Sorry, you cannot view this resource."),
    "LIST": ("woocommerce_rest_cannot_view", "Sorry, you cannot list resources."),
    "POST": ("woocommerce_rest_cannot_create", "Sorry, you are not allowed to create resources."),
    "PUT": ("woocommerce_rest_cannot_edit", "Sorry, you are not allowed to edit this resource."),
    "DELETE": ("woocommerce_rest_cannot_delete", "Sorry, you are not allowed to delete this resource."),
}


def route(path: str, allow: str = "", *, public: bool = False, **methods: Handler) -> Route:
    """A route; `{id}` in the path takes digits. PUT stands for POST, PUT and PATCH on an item."""
    pattern = re.compile("^" + path.replace("{id}", r"(\d+)").replace("{word}", r"([\w-]+)") + "/?$", re.IGNORECASE)
    names = dict(methods)
    if "PUT" in names:
        names.setdefault("POST", names["PUT"])
        names["PATCH"] = names["PUT"]
    return Route(pattern, names, allow or ", ".join(m for m in ALL_METHODS if m in names), public)


def api_root(world: World) -> str:
    """The path before a route: "/wp-json", or the query form on a store with plain permalinks."""
    return "/index.php?rest_route=" if world.settings.plain_permalinks else "/wp-json"


def base_of(request: Request) -> str:
    """The store's own address as this request sees it."""
    scheme = "https" if request.headers.get("X-Forwarded-Proto") == "https" else request.scheme
    return f"{scheme}://{request.host}"


def route_of(request: Request) -> str:
    """The route asked for: what follows /wp-json, or `rest_route`."""
    asked = request.args.get("rest_route")
    if asked is not None:
        return asked
    return request.path.removeprefix("/wp-json") or "/"


def respond(world: World, simulator: Simulator, request: Request, routes: list[Route]) -> Response:
    """Answers one request to the API."""
    base = base_of(request)
    root = f"{base}{api_root(world)}/"
    key: ApiKey | None = None
    try:
        key = _identify(world, request)
        answer = _dispatch(world, simulator, request, routes, key, base)
    except RestError as error:
        answer = error.answer
    # A key that is right but may not read or write has signed in all the same: WordPress sends its no-cache headers.
    signed_in = key is not None or "does not have" in str(answer.body)[:120]
    return to_response(answer, root, signed_in=signed_in, head=request.method == "HEAD")


def _identify(world: World, request: Request) -> ApiKey | None:
    with world.lock:
        return who_asks(world, request)


def _dispatch(world: World, simulator: Simulator, request: Request, routes: list[Route], key: ApiKey | None,
              base: str) -> Answer:
    path = route_of(request)
    method = "GET" if request.method == "HEAD" else request.method
    for known in routes:
        match = known.pattern.match(path)
        if match is None:
            continue
        handler = known.methods.get(method)
        if handler is None:
            break
        return _call(Call(world, simulator, request, {}, {}, base, key), known, handler, match.groups())
    raise no_route()


def _call(call: Call, known: Route, handler: Handler, groups: tuple[str, ...]) -> Answer:
    try:
        call.params = read_query(call.request.query_string.decode("utf-8", "replace"))
        call.params.pop("rest_route", None) if "wp-json/wc/" not in str(call.params.get("_x", "")) else None
        call.body = read_body(call.request)
        if not known.public:
            _check_rights(call, bool(groups))
        with call.world.lock:
            answer = handler(call, *groups)
        answer.allow = answer.allow or known.allow
        return answer
    except RestError as error:
        if error.answer.status not in (401, 403):
            error.answer.allow = error.answer.allow or known.allow
        raise


def _check_rights(call: Call, single: bool) -> None:
    method = "PUT" if call.request.method == "PATCH" else call.request.method
    name = "LIST" if method in ("GET", "HEAD") and not single else "GET" if method == "HEAD" else method
    code, message = _REFUSALS.get(name, _REFUSALS["GET"])
    if call.key is None:
        raise RestError(code, message, 401)
    if call.key.role not in ("administrator", "shop_manager"):
        raise RestError(code, message, 403)


def read_body(request: Request) -> dict[str, Any]:
    """The JSON object or form a request carries. Raises RestError for JSON that is none."""
    raw = request.get_data()
    if not raw or "json" not in (request.content_type or ""):
        return dict(request.form.items()) if request.method != "GET" else {}
    try:
        read = json.loads(raw)
    except ValueError:
        raise RestError("rest_invalid_json", "Invalid JSON body passed.", 400, json_error_code=4,
                        json_error_message="Syntax error") from None
    return read if isinstance(read, dict) else {}
