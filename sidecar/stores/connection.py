"""One linked WooCommerce store: where it is, its sealed keys, what it says about itself, how it is doing."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import JSON, BigInteger, CheckConstraint, ForeignKey, Text, UniqueConstraint, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from sidecar.db import Base, RowId, UTCDateTime, session
from sidecar.errors import GatewayError
from sidecar.ports import Sealer, StoreFacts, StoreLink
from sidecar.stores.address import check_key, check_secret, normal_url


class Store(Base):
    """A connected store. `health` is "new" before the first answer, then "ok" or "unreadable" with the reason."""

    __tablename__ = "store"
    __table_args__ = (CheckConstraint("health IN ('new', 'ok', 'unreadable')", name="health"),)

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    url: Mapped[str] = mapped_column(Text, unique=True)
    key_sealed: Mapped[str] = mapped_column(Text)
    secret_sealed: Mapped[str] = mapped_column(Text)
    key_ending: Mapped[str] = mapped_column(Text)  # the last characters, to tell keys apart on screen
    auth: Mapped[str] = mapped_column(Text, default="")  # "basic", "query", "oauth"; "" = find out
    connected_at: Mapped[datetime] = mapped_column(UTCDateTime)
    disconnected_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    # What it says about itself (sidecar.ports.StoreFacts)
    name: Mapped[str] = mapped_column(Text, default="")
    timezone: Mapped[str] = mapped_column(Text, default="")
    gmt_offset_minutes: Mapped[int] = mapped_column(default=0)
    currency: Mapped[str | None] = mapped_column(Text)
    country: Mapped[str | None] = mapped_column(Text)
    address: Mapped[str | None] = mapped_column(Text)
    hold_stock_minutes: Mapped[int | None]
    wc_version: Mapped[str | None] = mapped_column(Text)
    can_write: Mapped[bool | None]
    statuses: Mapped[list[str]] = mapped_column(JSON, default=list)
    probed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    # How it is doing
    health: Mapped[str] = mapped_column(Text, default="new")
    unreadable_reason: Mapped[str | None] = mapped_column(Text)
    unreadable_since: Mapped[datetime | None] = mapped_column(UTCDateTime)
    failures: Mapped[int] = mapped_column(default=0)
    polled_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    read_at: Mapped[datetime | None] = mapped_column(UTCDateTime)  # the last proper answer
    poll_due_at: Mapped[datetime | None] = mapped_column(UTCDateTime, index=True)
    lease_by: Mapped[str | None] = mapped_column(Text)  # one poll at a time; see stores.lease
    lease_until: Mapped[datetime | None] = mapped_column(UTCDateTime)
    clock_ahead_seconds: Mapped[int] = mapped_column(default=0)  # the store's clock against ours

    # Whether its customers may be contacted
    live_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    paused_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    cursors: Mapped[list[Cursor]] = relationship(back_populates="store", cascade="all, delete-orphan")

    @property
    def is_live(self) -> bool:
        """Whether the owner has pressed Go live and not Pause."""
        return self.live_at is not None and self.paused_at is None

    @property
    def is_readable(self) -> bool:
        """Whether the store's last answer was a proper one; if not, nothing is routed or sent."""
        return self.health == "ok" and self.disconnected_at is None


class Cursor(Base):
    """How far one reading of a store has come: "delta" (changes), "import" (the last 90 days), "sweep" (all open).

    A pass under way stands at `after_at`, `before_at`, `until_at`, `page` and `page_total`: see stores.polling.Place.
    It is None in `after_at` between passes. `reached_at` is the newest change of finished delta passes, on the store's
    clock; `newest_at` the newest of the pass under way. A finished import has `finished_at`; whatever stopped
    resumes where it stands.
    """

    __tablename__ = "cursor"
    __table_args__ = (CheckConstraint("kind IN ('delta', 'import', 'sweep')", name="kind"),)

    store_id: Mapped[int] = mapped_column(ForeignKey("store.id", ondelete="CASCADE"), primary_key=True)
    kind: Mapped[str] = mapped_column(Text, primary_key=True)
    after_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    before_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    until_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    page: Mapped[int] = mapped_column(default=1)
    page_total: Mapped[int | None]  # rows the store counted for the page before
    reached_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    newest_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    moved_at: Mapped[datetime | None] = mapped_column(UTCDateTime)  # when reached_at last moved, on our clock
    overlap_seconds: Mapped[int] = mapped_column(default=120)
    position: Mapped[int] = mapped_column(BigInteger, default=0)  # the sweep: the last order id looked at
    done: Mapped[int] = mapped_column(default=0)  # orders read in this pass
    total: Mapped[int | None]  # orders the store said there are
    started_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    finished_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    due_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    store: Mapped[Store] = relationship(back_populates="cursors")


class SkippedRecord(Base):
    """An order of the store that cannot be used, with the reason. Goes when the order can be read again."""

    __tablename__ = "skipped_record"
    __table_args__ = (UniqueConstraint("store_id", "order_id"),)

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    store_id: Mapped[int] = mapped_column(ForeignKey("store.id", ondelete="CASCADE"))
    order_id: Mapped[int] = mapped_column(BigInteger)  # 0: orders without a usable id, all together
    reason: Mapped[str] = mapped_column(Text)
    first_at: Mapped[datetime] = mapped_column(UTCDateTime)
    last_at: Mapped[datetime] = mapped_column(UTCDateTime)


def find_store(store_id: int) -> Store | None:
    """The store, or None."""
    return session().get(Store, store_id)


def find_store_at(url: str) -> Store | None:
    """The store with this address, connected or not, or None. Raises Refused for what is no address."""
    return session().scalar(select(Store).where(Store.url == normal_url(url)))


def connected_stores() -> list[Store]:
    """Every store that is linked now, oldest first."""
    query = select(Store).where(Store.disconnected_at.is_(None)).order_by(Store.id)
    return list(session().scalars(query))


def connect(url: str, key: str, secret: str, *, vault: Sealer, now: datetime) -> Store:
    """The linked store. The same address again takes the new keys; after a disconnection it is read anew.

    Whether the address may be reached at all is judged by the gateway. Raises Refused with the form's field.
    """
    address = normal_url(url)
    key, secret = check_key(key), check_secret(secret)
    store = session().scalar(select(Store).where(Store.url == address))
    if store is None:
        store = Store(url=address, connected_at=now)
        session().add(store)
    elif store.disconnected_at is not None:
        store.cursors.clear()
        store.connected_at, store.disconnected_at = now, None
    store.key_sealed, store.secret_sealed = vault.seal(key), vault.seal(secret)
    store.key_ending, store.auth = key[-4:], ""
    store.health, store.failures, store.unreadable_reason, store.unreadable_since = "new", 0, None, None
    store.probed_at, store.poll_due_at = None, now
    session().flush()
    return store


def disconnect(store: Store, *, now: datetime) -> None:
    """Forgets the keys and stops contacting customers. Carts and their stories stay."""
    store.disconnected_at = now
    store.key_sealed = store.secret_sealed = store.key_ending = store.auth = ""
    store.live_at = store.paused_at = None
    store.poll_due_at = store.lease_by = store.lease_until = None
    session().flush()


def link_of(store: Store, vault: Sealer) -> StoreLink:
    """How to reach the store, with its keys in clear. Raises GatewayError when they cannot be unsealed, or when
    the store is disconnected."""
    if store.disconnected_at is not None:
        raise GatewayError("The store is disconnected. Connect it again.", code="disconnected", permanent=True)
    return StoreLink(store.url, vault.open(store.key_sealed), vault.open(store.secret_sealed), store.auth)


def note_facts(store: Store, facts: StoreFacts, *, now: datetime) -> None:
    """Keeps what the store says about itself. What it did not say this time stays as it was."""
    store.name, store.statuses, store.auth, store.probed_at = facts.name, list(facts.statuses), facts.auth, now
    store.timezone, store.gmt_offset_minutes = facts.timezone, facts.gmt_offset_minutes
    for name in ("currency", "country", "address", "hold_stock_minutes", "wc_version", "can_write"):
        value = getattr(facts, name)
        if value is not None:
            setattr(store, name, value)


IMPORT_REACH = timedelta(days=90)  # product.md P1
