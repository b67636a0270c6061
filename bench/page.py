"""/queue with its first rows out of many carts; the floor is Flask saying hello on the same kind of server."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from bench.crowd import gather
from bench.figures import Effort, Figure, in_turn, speed
from bench.ground import KEY, Ground
from bench.load import exchange, per_second
from bench.serving import hello, pages, signed_in
from sidecar.vault import Vault

CONNECTIONS = 4


@dataclass(frozen=True)
class Desk:
    """Both servers, and the headers of a rep who is signed in."""

    ours: int
    floor: int
    headers: dict[str, str]


def measure(ground: Ground, effort: Effort) -> Figure:
    """Pages a second."""
    goal = 0.35 if ground.server is None else 0.25
    with desk(ground, effort.carts) as both:
        page = exchange(both.ours, "GET", "/queue", both.headers)
        if page.status != 200 or (b"HX-2" not in page.body and b"Dana" not in page.body):
            raise RuntimeError(f"/queue answered {page.status} without the carts")
        pairs = in_turn(
            lambda: 1 / per_second(both.floor, "/", {}, connections=CONNECTIONS),
            lambda: 1 / per_second(both.ours, "/queue", both.headers, connections=CONNECTIONS),
            effort.at_least(9),
        )
        return speed(
            "page",
            pairs,
            per_round=1,
            unit=f"pages/s, {effort.carts:,} carts, {CONNECTIONS} connections, {ground.database_name}",
            goal=goal,
            bytes=len(page.body),
        )


@contextmanager
def desk(ground: Ground, carts: int) -> Iterator[Desk]:
    """Many calls that may be made, our pages and the floor, and a rep."""
    with ExitStack() as stack:
        app = stack.enter_context(ground.application())
        gather(carts, vault=Vault((KEY,)), calls=True)
        environ = ground.environment(app.config["SQLALCHEMY_DATABASE_URI"])
        ours = stack.enter_context(pages(environ))
        floor = stack.enter_context(hello(environ))
        yield Desk(ours, floor, signed_in(ours, "rep@example.com", "rep"))
