"""The store of a test: the sample store in a process of its own, steered and read over HTTP like any other server."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import requests
from woocommerce import API

from tests.acceptance.processes import Program, outside_environment
from tests.workers.running import free_port, until

KEY, SECRET = "ck_" + "5" * 40, "cs_" + "6" * 40
LP, BRUSH, CABLE_3M, AMP, TURNTABLE = 27, 23, 42, 16, 11  # 27, 19, 54, 649 and 449 in dollars
UNPAID = ("pending", "failed", "checkout-draft")


class Shop(Program):
    """A WooCommerce-like server. With `remembers` a killed one goes on where it was when it is started again."""

    def __init__(self, folder: Path, *words: str, remembers: bool = False) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._api = API(self.url, KEY, SECRET, timeout=20)
        state = ["--state", str(folder / "store.json")] if remembers else []
        environ = outside_environment() | {"DEMO_STORE_KEY": KEY, "DEMO_STORE_SECRET": SECRET}
        super().__init__(
            ["-m", "sidecar.demo", "--port", str(self.port), *words, *state], folder / "store.log", environ
        )
        self.open()

    def open(self) -> None:
        """Starts it and waits until it answers."""
        self.start()
        until(self._answers, f"the store answers: {self.output}")

    def environment(self) -> dict[str, str]:
        """What a Ringback needs to know of it."""
        return {
            "SIDECAR_STORE_URL": self.url,
            "SIDECAR_STORE_KEY": KEY,
            "SIDECAR_STORE_SECRET": SECRET,
            "SIDECAR_ALLOW_LOCAL_STORES": "1",
        }

    def orders(self) -> dict[int, dict[str, Any]]:
        """Every order as the REST interface lists it, by id."""
        found: dict[int, dict[str, Any]] = {}
        for page in range(1, 1000):
            answer = self._api.get("orders", params={"per_page": 100, "page": page, "status": "any", "orderby": "id"})
            found |= {order["id"]: order for order in answer.json()}
            if page >= int(answer.headers["X-WP-TotalPages"]):
                return found
        raise AssertionError("too many pages")

    def place(
        self, billing: Mapping[str, str], *items: tuple[int, int], ago_seconds: float = 0, **more: Any
    ) -> dict[str, Any]:
        """An order that was left unpaid so long ago; its id, status, key, total."""
        at = int(time.time() - ago_seconds)
        return self.do("place", billing=dict(billing), items=[list(item) for item in items], at=at, **more)

    def do(self, verb: str, **values: Any) -> dict[str, Any]:
        """One of the store's verbs: pay, cancel, edit, trash, …"""
        return self._control("POST", f"do/{verb}", values)

    def set(self, **settings: Any) -> None:
        """Changes settings of the shop."""
        self._control("POST", "settings", settings)

    def order(self, order_id: int) -> dict[str, Any]:
        """What the store holds about an order, in a few words."""
        return self._control("GET", f"orders/{order_id}", None)

    def fault(self, name: str, **values: Any) -> None:
        """Breaks the store."""
        self._control("POST", "fault", {"name": name, **values})

    def heal(self) -> None:
        """Mends it."""
        self._control("DELETE", "fault", {})

    def visits(self, path: str = "/wp-json") -> Sequence[dict[str, Any]]:
        """The requests so far."""
        found: Sequence[dict[str, Any]] = self._control("GET", f"traffic?path={path}", None)["visits"]
        return found

    def _control(self, method: str, what: str, body: Any) -> dict[str, Any]:
        answer = requests.request(method, f"{self.url}/_control/{what}", json=body, timeout=20)
        assert answer.ok, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def _answers(self) -> bool:
        assert self.is_running, self.output
        try:
            return requests.get(f"{self.url}/_control/", timeout=2).ok
        except requests.RequestException:
            return False


def customer(name: str, *, country: str = "US", phone: str = "", state: str = "IL") -> dict[str, str]:
    """A billing address; the e-mail address follows from the name."""
    return {
        "first_name": name.capitalize(), "last_name": "Marlow", "address_1": "12 Elm Street", "city": "Chicago",
        "state": state, "postcode": "60601", "country": country, "email": f"{name.lower()}@example.com", "phone": phone,
    }
