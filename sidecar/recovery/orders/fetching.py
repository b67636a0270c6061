"""Fetching the next page of orders while the present one is stored."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor

from sidecar.errors import GatewayError
from sidecar.ports import OrderPage, StoreReader
from sidecar.stores.polling import Place, question, seen_on


class Fetching:
    """Fetches one page ahead, on a thread that touches no database."""

    def __init__(self) -> None:
        self._pool: ThreadPoolExecutor | None = None
        self._coming: Future[OrderPage] | None = None

    def __enter__(self) -> Fetching:
        return self

    def __exit__(self, *_: object) -> None:
        if self._pool is not None:
            self._pool.shutdown(wait=True, cancel_futures=True)

    def begin(self, reader: StoreReader, *, place: Place, statuses: tuple[str, ...]) -> None:
        """Asks for the page at `place`; one at a time."""
        self._pool = self._pool or ThreadPoolExecutor(1, thread_name_prefix="next page")
        self._coming = self._pool.submit(reader.orders, question(place, statuses))

    def result(self) -> OrderPage:
        """The page. Raises what the reader raised."""
        if self._coming is None:
            raise RuntimeError("nothing was fetched")
        return self._coming.result()


def check_progress(before: tuple[Place, OrderPage] | None, place: Place, page: OrderPage) -> None:
    """Raises GatewayError for a store that does not heed what it is asked, because reading it would never end: the
    page before once more under another number, or more pages of changes from before the time asked for."""
    newest = seen_on(page).newest
    is_old = not place.counts_pages and page.total_pages > 1 and newest is not None and newest <= place.after
    if is_old or (before is not None and _is_repeated(before, place, page)):
        raise GatewayError(
            "The store gives the same page of orders again and again. A plugin or cache ignores what is asked.",
            code="repeats",
        )


def _is_repeated(before: tuple[Place, OrderPage], place: Place, page: OrderPage) -> bool:
    turned = before[0].counts_pages and place.counts_pages and before[0].page != place.page
    return turned and bool(_ids(page)) and _ids(before[1]) == _ids(page)


def _ids(page: OrderPage) -> list[int | None]:
    return [order.order_id for order in page.orders] + [skipped.order_id for skipped in page.skipped]
