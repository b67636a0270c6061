"""Reading the mailbox for replies: one look, mail by mail, each taken in once and in a transaction of its own."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from email.utils import parseaddr

from sqlalchemy import or_, select, update
from sqlalchemy.exc import OperationalError

from sidecar.db import one_row, rest, session, transaction
from sidecar.errors import GatewayError
from sidecar.outreach.replies.reply import MailboxPlace
from sidecar.ports import Gateways
from sidecar.ports.mailbox import Mailbox, MailboxConnection
from sidecar.recovery.answers import replies
from sidecar.settings import settings_of
from sidecar.stores.connection import connected_stores

REACHES_BACK = timedelta(days=7)  # at the first look, and when the mailbox has numbered its mails anew
AT_ONCE = 100
_FIRST_WAIT, _LONGEST_WAIT = timedelta(seconds=30), timedelta(minutes=10)

log = logging.getLogger(__name__)


def _never() -> bool:
    return False


def read_mailbox(
    *, gateways: Gateways, clock: Callable[[], datetime], is_stopping: Callable[[], bool] = _never
) -> Counter[str]:
    """What the new mails were, counted (replies.take_in); at most AT_ONCE of them. Never raises for the mailbox's
    trouble: that is kept, shown, and the mailbox left alone for a while. No transaction is open while it is read."""
    mailbox = gateways.mailbox
    if mailbox is None:
        return Counter()
    with transaction():
        place = _place(mailbox.name)
        place_id, look_at = place.id, place.look_at
    if look_at is not None and look_at > clock():
        return Counter()
    try:
        taken = _look(mailbox, place_id, gateways, clock, is_stopping)
    except GatewayError as error:
        rest()
        log.warning("the mailbox cannot be read: %s", error.reason)
        with transaction():
            _note_trouble(place_id, error, now=clock())
        return Counter()
    with transaction():
        _note_read(place_id, now=clock())
    return taken


def find_trouble(name: str | None = None) -> MailboxPlace | None:
    """A mailbox that cannot be read now (the named one, if a name is given), or None."""
    query = select(MailboxPlace).where(MailboxPlace.trouble.is_not(None)).order_by(MailboxPlace.id)
    return session().scalar(query.where(MailboxPlace.name == name) if name is not None else query)


def try_again() -> None:
    """Lets a mailbox that is left alone after trouble be looked at now."""
    session().execute(update(MailboxPlace).where(MailboxPlace.look_at.is_not(None)).values(look_at=None))


def _look(
    mailbox: Mailbox,
    place_id: int,
    gateways: Gateways,
    clock: Callable[[], datetime],
    is_stopping: Callable[[], bool],
) -> Counter[str]:
    taken: Counter[str] = Counter()
    connection = mailbox.open()
    try:
        with transaction():
            last, own = _from(place_id, connection.uid_validity), _own_addresses(gateways)
        for uid in connection.waiting(after=last, since=clock() - REACHES_BACK)[:AT_ONCE]:
            if is_stopping():
                break
            taken[_take(connection, place_id, uid, own, gateways, clock)] += 1
    except GatewayError as error:
        if not taken:
            raise
        log.info("the mailbox was read in part: %s", error.reason)  # what is left waits for the next look
    finally:
        connection.close()
    return taken


def _take(
    connection: MailboxConnection,
    place_id: int,
    uid: int,
    own: list[str],
    gateways: Gateways,
    clock: Callable[[], datetime],
) -> str:
    """What one mail was; "broken" when an error of our own kept us from it, which keeps no other mail waiting."""
    mail = connection.read(uid)
    try:
        with transaction():
            if not _move(place_id, uid):
                return "taken_elsewhere"
            if mail is None:
                return "gone"
            what = replies.take_in(mail, own=own, vault=gateways.vault, now=clock())
    except OperationalError:
        raise  # the database is busy or away: the mail waits for the next look
    except Exception:
        log.exception("mail %s of the mailbox could not be taken in", uid)
        with transaction():
            _move(place_id, uid)
        return "broken"
    connection.mark(uid)
    return what


def _place(name: str) -> MailboxPlace:
    place = session().scalar(select(MailboxPlace).where(MailboxPlace.name == name))
    if place is None:
        place = MailboxPlace(name=name)
        session().add(place)
        session().flush()
    return place


def _from(place_id: int, uid_validity: int) -> int:
    """The number after which to read; 0 when the mailbox numbers its mails anew."""
    place = session().get_one(MailboxPlace, place_id, with_for_update=True, populate_existing=True)
    if place.uid_validity != uid_validity:
        place.uid_validity, place.last_uid = uid_validity, 0
        session().flush()
    return place.last_uid


def _move(place_id: int, uid: int) -> bool:
    """Whether this mail is ours to take in: of two workers, one moves on."""
    moved = update(MailboxPlace).where(MailboxPlace.id == place_id, MailboxPlace.last_uid < uid)
    return one_row(session().execute(moved.values(last_uid=uid).execution_options(synchronize_session=False)))


def _note_read(place_id: int, *, now: datetime) -> None:
    # Written once a minute, or when trouble has ended: a look that finds nothing is no news.
    stale = or_(
        MailboxPlace.read_at.is_(None), MailboxPlace.read_at < now - timedelta(minutes=1), MailboxPlace.failures > 0
    )
    well = {"read_at": now, "look_at": None, "failures": 0, "trouble": None, "trouble_since": None}
    session().execute(update(MailboxPlace).where(MailboxPlace.id == place_id, stale).values(well))


def _note_trouble(place_id: int, error: GatewayError, *, now: datetime) -> None:
    place = session().get_one(MailboxPlace, place_id, with_for_update=True, populate_existing=True)
    place.failures += 1
    wait = min(_FIRST_WAIT * 2 ** min(place.failures - 1, 8), _LONGEST_WAIT)
    place.look_at = now + (_LONGEST_WAIT if error.permanent else wait)
    place.trouble, place.trouble_since = error.reason[:300], place.trouble_since or now
    session().flush()


def _own_addresses(gateways: Gateways) -> list[str]:
    """What the shop writes from: the sender, and where replies go."""
    senders = [parseaddr(gateways.mail.sender)[1]] if gateways.mail is not None else []
    replies_to = [settings_of(store.id)["sender.reply_to"] for store in connected_stores()]
    return [address.lower() for address in (*senders, *replies_to) if address]
