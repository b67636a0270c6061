"""A mail that came back: a no, a wish to be called, a report that nothing arrives, or something for a person to read.

Whoever seems to have written a no is left alone: it costs little if they did not. Everything else a mail can bring
about needs proof that its writer has a message of ours, or it only waits to be read. No mail is ever answered.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select, update

from sidecar.calls.tasks import queue
from sidecar.carts.cart import Cart
from sidecar.carts.story import tell
from sidecar.contacts import silence
from sidecar.contacts.address import recognised
from sidecar.contacts.opt_outs import opt_out
from sidecar.db import session
from sidecar.outreach.delivery import leaving
from sidecar.outreach.message import Message
from sidecar.outreach.replies.reply import Reply
from sidecar.outreach.replies.understanding import Understood, understand
from sidecar.outreach.sequences import enrollment
from sidecar.ports import Sealer
from sidecar.ports.mailbox import ReceivedMail
from sidecar.recovery.answers.asked import ask_for_call
from sidecar.recovery.answers.heeding import stop_at_once
from sidecar.recovery.answers.matching import Match, find_match, is_ours
from sidecar.recovery.delivery.refusing import locked_person, remember_dead
from sidecar.stores.connection import connected_stores

SOURCE = "reply"
WAITS_FOR_A_PERSON = timedelta(days=7)  # machines are silent for so long, or until somebody has read the reply
_TEXT_AT_MOST = 8000


def take_in(mail: ReceivedMail, *, own: Sequence[str] = (), vault: Sealer, now: datetime) -> str:
    """What the mail was: "stop", "call_me", "other", "away" or "bounce"; "known" when it was taken in before, "ours"
    from the shop itself (`own` are its addresses), "nobody" from somebody we do not know. The caller commits.

    Of people we do not know nothing is kept, except that they said no.
    """
    match = find_match(mail)
    if match is not None:
        locked_person(match.contact_id)
    if is_ours(mail, match, own):
        return "ours"
    if mail.reports:
        return _report(mail, match, now)
    understood = understand(mail.subject, mail.text, ours=_ours(match), is_automatic=mail.is_automatic)
    is_new = session().scalar(select(Reply.id).where(Reply.mail_id == mail.mail_id).limit(1)) is None
    if understood.meaning == "stop":  # honoured even when a mail of that name was taken in: names can be made up
        _heed(mail, match, understood, vault, now)
    if match is None:
        return "stop" if understood.meaning == "stop" else "nobody"
    if not is_new:
        return "known"
    reply = _kept(mail, match, understood.meaning, understood.text or mail.text, now)
    _it_arrived(mail, match, now)
    if understood.meaning == "away":
        _saw(reply, now)
        tell(match.cart_id, "replied", "An automatic answer came back.", at=now)
    else:
        _written_by_a_person(reply, match, understood, vault, now)
    return understood.meaning


def see(reply_id: int, *, now: datetime) -> Reply | None:
    """Somebody has read the reply: machines may write to the person again, about other carts. None: there is none."""
    reply = session().get(Reply, reply_id, with_for_update=True)
    if reply is not None and reply.seen_at is None:
        _saw(reply, now)
        if reply.contact_id is not None:
            silence.release(reply.contact_id, _source_of(reply))
    return reply


def _written_by_a_person(
    reply: Reply, match: Match, understood: Understood, vault: Sealer, now: datetime
) -> None:
    """The messages about this cart end, others wait until somebody has read it; the cart's call comes first."""
    enrollment.stop(match.cart_id, "replied", now=now)
    session().execute(
        update(Cart).where(Cart.id == match.cart_id, Cart.state == "abandoned").values(state="contacted")
    )
    cart = session().get_one(Cart, match.cart_id, populate_existing=True)
    if understood.is_bare:
        _saw(reply, now)
        return
    silence.hold(match.contact_id, _source_of(reply), "they wrote back", now + WAITS_FOR_A_PERSON)
    asked = (understood.wants_call and understood.channel != "all") or understood.meaning == "call_me"
    if asked and match.is_proven:
        tell(match.cart_id, "replied", f"Asked by email to be called. {ask_for_call(cart, reply, vault, now)}", at=now)
        return
    told = "Seems to have asked for a call, in a mail that anybody can have written." if asked else "Wrote back."
    tell(match.cart_id, "replied", f"{told} It waits to be read, further down.", at=now)
    if match.is_proven:
        queue.note_reply(match.cart_id, now=now)


def _heed(mail: ReceivedMail, match: Match | None, understood: Understood, vault: Sealer, now: datetime) -> None:
    """No more to the address it came from, at every store; and, if they have our message, to the one it went to."""
    stores = [store.id for store in connected_stores()]
    said = {(store_id, mail.sender) for store_id in stores if recognised(mail.sender)}
    if match is not None and match.is_proven and match.message is not None:
        said.add((match.store_id, match.message.to))
    new = [
        opt_out(store_id, understood.channel, address, source=SOURCE, vault=vault, now=now)
        for store_id, address in sorted(said)
    ]
    if match is None:
        return
    if any(new):
        what = "emails" if understood.channel == "email" else "messages and calls"
        tell(match.cart_id, "opted_out", f"Asked for no more {what}, by reply.", at=now)
    stop_at_once([match.contact_id], (understood.channel,), now=now)


def _report(mail: ReceivedMail, match: Match | None, now: datetime) -> str:
    """A mail server says what became of a message: only believed about one that it names."""
    if match is None or match.message is None or not match.is_proven:
        return "nobody"
    if session().scalar(select(Reply.id).where(Reply.mail_id == mail.mail_id).limit(1)) is not None:
        return "known"
    message = match.message
    mine = [one for one in mail.reports if one.recipient == message.to.lower()] or list(mail.reports)[:1]
    reply = _kept(mail, match, "bounce", "; ".join(f"{one.action}: {one.words}" for one in mine), now)
    _saw(reply, now)
    for report in mine:
        if report.is_nobody:
            remember_dead(message, report.words, now=now)
        elif report.action == "failed":
            tell(match.cart_id, "failed", f"The email came back. The mail server said: {report.words}.", at=now)
    return "bounce"


def _kept(mail: ReceivedMail, match: Match, meaning: str, text: str, now: datetime) -> Reply:
    reply = Reply(
        store_id=match.store_id,
        cart_id=match.cart_id,
        contact_id=match.contact_id,
        message_id=match.message.id if match.message is not None else None,
        mail_id=mail.mail_id,
        at=min(mail.at, now),
        sender=mail.sender,
        subject=mail.subject[:300],
        text=text[:_TEXT_AT_MOST],
        meaning=meaning,
        is_proven=match.is_proven,
    )
    session().add(reply)
    session().flush()
    return reply


def _it_arrived(mail: ReceivedMail, match: Match, now: datetime) -> None:
    """Somebody answers a message of which nobody knew whether it had arrived: it has."""
    message = match.message
    if message is None or not match.is_proven or message.state not in ("review", "unknown"):
        return
    attempt = message.attempt or ""
    known = (name for name in mail.names if name == leaving.message_id_of(attempt, name.rpartition("@")[2]))
    leaving.sent(message.id, attempt, answer="It was answered.", provider_id=next(known, ""), now=now)


def _saw(reply: Reply, now: datetime) -> None:
    reply.seen_at = now
    session().flush()


def _ours(match: Match | None) -> str:
    message: Message | None = match.message if match is not None else None
    return f"{message.subject}\n{message.text}" if message is not None else ""


def _source_of(reply: Reply) -> str:
    return f"reply:{reply.id}"
