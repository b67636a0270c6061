"""What to ask a store next. Pure: places in, places out.

Orders are read oldest change first. Page numbers are not trusted to stay put while orders change: whoever is changed
moves to the end, and everybody behind moves up by one. So after each page the next question begins one second before
the last change seen, and is again for a first page. Only where a whole page lies in one second are pages counted,
inside that second alone, and a total that shrank between two of them means stepping back.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sidecar.ports import OrderPage, OrderQuery

PER_PAGE = 100  # WooCommerce's most
SECOND = timedelta(seconds=1)  # the grain of its dates
OVERLAP = timedelta(seconds=120)  # for changes that become visible later than they are dated
SETTLED_AFTER = OVERLAP
# Zones are up to 14 hours off GMT, and stores have written site time as GMT. A bound this far ahead keeps nothing
# out that such a store dates in the future, and a step back this far misses nothing it dates in the past.
ZONES = timedelta(hours=15)
LOOK_BACK = timedelta(hours=48)  # also what a new store's first poll reads, before the import of the rest
SWEEP_EVERY = timedelta(hours=6)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a pass stands: changes after `after` and before `before` are still to be read (both exclusive).

    While pages are counted, only those before `until` are asked for; `page` is the next one, `total` what the store
    counted for the page before.
    """

    after: datetime
    before: datetime
    until: datetime
    page: int = 1
    total: int | None = None

    @property
    def counts_pages(self) -> bool:
        """Whether the pass is inside a second or a stretch without dates, where pages are counted."""
        return self.page > 1 or self.until < self.before


@dataclass(frozen=True, slots=True)
class Seen:
    """What the page at a place told: the store's totals, the newest change on it (None: no row had a date), and
    whether its rows came in the order of their changes."""

    total: int
    total_pages: int
    newest: datetime | None
    is_in_order: bool = True


def seen_on(page: OrderPage) -> Seen:
    """What a page told; orders that cannot be used count like the others."""
    moments = [order.modified_at for order in page.orders]
    others = [skipped.modified_at for skipped in page.skipped if skipped.modified_at is not None]
    newest = max(moments + others, default=None)
    return Seen(page.total, page.total_pages, newest, moments == sorted(moments))


def first_place(after: datetime, before: datetime) -> Place:
    """The beginning of a pass over what changed after `after` and before `before`."""
    start, end = after.replace(microsecond=0), before.replace(microsecond=0)
    return Place(start, end, end)


def question(place: Place, statuses: tuple[str, ...]) -> OrderQuery:
    """What to ask the store at this place."""
    return OrderQuery(
        statuses=statuses,
        modified_after=place.after,
        modified_before=place.until,
        page=place.page,
        per_page=PER_PAGE,
    )


def next_place(place: Place, seen: Seen) -> Place | None:
    """Where to go on after the page at `place`, or None when the pass is complete."""
    return _inside(place, seen) if place.counts_pages else _onward(place, seen)


def _onward(place: Place, seen: Seen) -> Place | None:
    if seen.total_pages <= 1:
        return None
    if seen.newest is None or not seen.is_in_order:
        # Rows the key may not see fill the page, or the store sorts by its own time on the night clocks are set
        # back (posts storage does): there is nothing to go by but the page's number.
        return replace(place, page=2, total=seen.total)
    reached = seen.newest.replace(microsecond=0) - SECOND
    if reached > place.after:
        return Place(reached, place.before, place.before)
    end_of_second = place.after + 2 * SECOND
    if end_of_second >= place.until:
        return replace(place, page=2, total=seen.total)
    return replace(place, until=end_of_second)


def _inside(place: Place, seen: Seen) -> Place | None:
    if place.page > 1 and place.total is not None and seen.total < place.total:
        gone = -(-(place.total - seen.total) // PER_PAGE)
        return replace(place, page=max(1, place.page - gone), total=seen.total)
    if place.page < seen.total_pages:
        return replace(place, page=place.page + 1, total=seen.total)
    if place.until < place.before:
        return Place(place.until - SECOND, place.before, place.before)
    return None


@dataclass(frozen=True, slots=True)
class Reach:
    """How far finished delta passes have come, and how far before that the next one begins."""

    reached: datetime
    overlap: timedelta
    moved_at: datetime


def after_pass(
    reach: Reach, *, newest: datetime | None, pages: int, is_new: bool, store_now: datetime, now: datetime
) -> Reach:
    """The reach after a complete pass of `pages` pages that saw changes up to `newest`.

    It goes by the dates the store itself wrote, never by the time that passed, so that a clock that is wrong or set
    back loses nothing; dates in the future count as the present. The overlap stays as long as it costs nothing: only
    where it holds more than a page, nothing new, and has stood for its own length, is it left out.
    """
    reached = min(newest, store_now).replace(microsecond=0) if newest is not None else reach.reached
    if reached > reach.reached or is_new:
        return Reach(max(reached, reach.reached), OVERLAP, now)
    if pages > 1 and abs(now - reach.moved_at) >= SETTLED_AFTER:
        return replace(reach, overlap=timedelta(0))
    return reach
