"""A customer asked to be called: their cart comes to the top of the call queue, if it may be called about."""

from __future__ import annotations

from datetime import datetime

from sidecar.calls.tasks import queue
from sidecar.carts.cart import Cart
from sidecar.contacts import proof
from sidecar.outreach.replies.reply import Reply
from sidecar.ports import Sealer
from sidecar.recovery.decisions import deciding_rows, standing
from sidecar.recovery.decisions.deciding import FOLLOWED
from sidecar.routing.decide import Decision
from sidecar.routing.threshold import thresholds
from sidecar.settings import settings_of

REASON = "asked_for_call"


def ask_for_call(cart: Cart, reply: Reply, vault: Sealer, now: datetime) -> str:
    """Puts the cart of a proven reply into the call queue, and keeps the wish as the consent it is; the sentence for
    the story says which, or why not. Only the number on the order is ever called."""
    settings = settings_of(cart.store_id)
    against = standing.against_call(cart, settings=settings, vault=vault, now=now)
    if cart.state not in FOLLOWED or against is not None:
        return f"Not put into the call queue: {against.says if against else 'the cart has ended.'}"
    proof.keep_yes(
        cart.store_id, cart.contact_id, "calls", cart.phone_e164,
        source=f"reply {reply.id}", words=reply.text, said_at=reply.at, vault=vault,
    )  # fmt: skip
    threshold = thresholds(cart.store_id, {cart.currency}, settings["routing.call_threshold"], now=now)
    least = threshold[cart.currency].minor if cart.currency in threshold else 0
    if queue.ask(cart, threshold_minor=least, now=now) is None:
        return "Not put into the call queue: its calls have ended."
    who = cart.contact.first_name if cart.contact and cart.contact.first_name else "The customer"
    decision = Decision("call", REASON, f"{who} asked by email to be called.", (), due_at=now)
    due = deciding_rows.Due(cart, decision, "contacted", cart.abandoned_at or now, "")
    deciding_rows.write([due], [due], now)
    return "First in the call queue as soon as their call hours allow."
