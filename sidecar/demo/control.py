"""`/_control/…`: steering the store from another process. Loopback only, JSON only, no part of WooCommerce.

| address | does |
| --- | --- |
| GET /_control/ | health: orders, faults on, most requests at once |
| POST /_control/fault | {"name", "path", "times", "method", "seconds"}: switches a fault on |
| DELETE /_control/fault | switches all faults off, or those of ?name= |
| GET /_control/traffic?path= | the requests so far; DELETE forgets them |
| POST /_control/settings | {name: value}: changes settings of the shop |
| POST /_control/do/VERB | place, pay, fail_payment, cancel, edit, trash, delete, refund, note, run_cron |
| GET /_control/orders/ID | what the store holds about an order |
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from werkzeug.wrappers import Request, Response

from .faults import Fault, Faults
from .order import Order
from .simulator import Simulator
from .traffic import Traffic
from .world import World

_LOOPBACK = ("127.0.0.1", "::1")


class Control:
    """Answers the controls."""

    def __init__(self, world: World, simulator: Simulator, traffic: Traffic, faults: Faults) -> None:
        self.world, self.simulator, self.traffic, self.faults = world, simulator, traffic, faults
        self.verbs: dict[str, Callable[..., Any]] = {
            "place": self._place, "pay": simulator.pay, "fail_payment": simulator.fail_payment,
            "cancel": simulator.cancel, "edit": simulator.edit, "trash": simulator.trash, "delete": simulator.delete,
            "refund": simulator.refund, "note": self._note, "run_cron": simulator.run_cron,
        }

    def respond(self, request: Request) -> Response:
        """The answer: JSON; 403 from elsewhere, 404 for what there is not, 400 for values that do not fit."""
        if request.remote_addr not in _LOOPBACK or _from_a_page(request):
            return _json({"error": "the controls answer to this machine's own programs alone"}, 403)
        try:
            return _json(self._do(request, request.path.removeprefix("/_control").strip("/")))
        except KeyError as error:
            return _json({"error": f"there is no {error}"}, 404)
        except (TypeError, ValueError, AttributeError) as error:
            return _json({"error": str(error)}, 400)

    def _do(self, request: Request, what: str) -> Any:
        body = json.loads(request.get_data() or b"{}")
        if what == "fault":
            return self._fault(request, body)
        if what == "traffic":
            return self._traffic(request)
        if what == "settings" and request.method == "POST":
            return self._settings(body)
        if what.startswith("do/") and request.method == "POST":
            done = self.verbs[what[3:]](**body)
            return summary(done) if isinstance(done, Order) else {"done": True}
        if what.startswith("orders/"):
            return summary(self.world.orders[int(what[7:])])
        if what == "":
            return {"orders": len(self.world.orders), "most_at_once": self.traffic.most_at_once,
                    "settings": asdict(self.world.settings)}
        raise KeyError(what)

    def _fault(self, request: Request, body: dict[str, Any]) -> Any:
        if request.method == "DELETE":
            self.faults.clear(request.args.get("name", ""))
            return {"done": True}
        return asdict(self.faults.add(Fault(**body)))

    def _traffic(self, request: Request) -> Any:
        if request.method == "DELETE":
            self.traffic.clear()
            return {"done": True}
        visits = self.traffic.visits(request.args.get("path", ""))
        return {"most_at_once": self.traffic.most_at_once, "visits": [asdict(visit) for visit in visits]}

    def _settings(self, body: dict[str, Any]) -> Any:
        for name, value in body.items():
            if not hasattr(self.world.settings, name):
                raise KeyError(name)
            setattr(self.world.settings, name, value)
        return asdict(self.world.settings)

    def _place(self, **values: Any) -> Order:
        values["items"] = [(int(product), int(quantity)) for product, quantity in values.get("items", [])]
        return self.simulator.place(**values)

    def _note(self, order_id: int, text: str, *, to_customer: bool = False) -> Order:
        order = self.world.orders[order_id]
        self.world.add_note(order, text, author="admin", to_customer=to_customer)
        return order


def _from_a_page(request: Request) -> bool:
    """Whether a browser sent this for some web page: no page may steer the store."""
    return "Origin" in request.headers or request.headers.get("Sec-Fetch-Mode") not in (None, "navigate")


def summary(order: Order) -> dict[str, Any]:
    """An order in a few words."""
    return {"id": order.id, "status": order.status, "key": order.key, "total": f"{order.total / 100:.2f}",
            "currency": order.currency, "created": order.created, "modified": order.modified, "paid": order.paid,
            "email": order.billing.get("email", ""), "phone": order.billing.get("phone", "")}


def _json(body: Any, status: int = 200) -> Response:
    return Response(json.dumps(body), status, content_type="application/json")
