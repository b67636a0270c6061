"""What somebody said on the phone for good: "do not call me", "this is not my number". And the owner's way back."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, exists, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import aliased

from sidecar import audit
from sidecar.accounts import User
from sidecar.calls.outcomes.dispositions import DISPOSITIONS
from sidecar.calls.outcomes.situation import Answers
from sidecar.calls.task import Call, CallTask, is_open
from sidecar.calls.tasks import queue
from sidecar.carts.cart import Cart
from sidecar.carts.story import tell
from sidecar.contacts import consent, opt_outs, silence
from sidecar.contacts.contact import OptOut
from sidecar.db import session
from sidecar.errors import Refused
from sidecar.outreach.sequences import enrollment
from sidecar.ports import Sealer
from sidecar.recovery.answers.heeding import start_again
from sidecar.recovery.decisions.deciding import redecide_person

SOURCE = "call"
KEPT = ("do_not_call", "wrong_number")
_KEPT_AS = {"do_not_call": "keep do not call", "wrong_number": "keep wrong number"}
_LIFTED = "lift do not call"

log = logging.getLogger(__name__)


def keep(task: CallTask, answers: Answers, *, by: User, vault: Sealer, now: datetime) -> list[int]:
    """Keeps "do not call" and "wrong number" for good, and ends the other open tasks that they touch: their ids."""
    cart = task.cart
    if answers.outcome == "do_not_call":
        channel = "all" if answers.scope == "all" else "calls"
        addresses = _every_address(task) if channel == "all" else _every_number(task)
        others = CallTask.contact_id == task.contact_id
    elif answers.outcome == "wrong_number":
        channel, addresses = "calls", {cart.phone_e164} - {""}
        others = CallTask.cart_id.in_(
            select(Cart.id).where(Cart.store_id == cart.store_id, Cart.phone_e164 == cart.phone_e164)
        )
    else:
        return []
    for address in sorted(addresses):
        consent.opt_out(task.store_id, channel, address, source=SOURCE, vault=vault, now=now)
    if channel == "all":
        enrollment.stop_person(task.contact_id, "opted_out", now=now)
    query = select(CallTask.id, CallTask.cart_id).where(others, is_open(), CallTask.id != task.id)
    ended = list(session().execute(query).all())
    for _, cart_id in ended:
        queue.withdraw(cart_id, answers.outcome, now=now)
    redecide_person(task.contact_id, now=now)
    detail = {"channel": channel, "ended": len(ended)}
    audit.record(by.email, _KEPT_AS[answers.outcome], f"cart {cart.id}", detail, now=now)
    return [task_id for task_id, _ in ended]


def forget(task: CallTask, call: Call, *, vault: Sealer) -> int:
    """Forgets what this very call had kept; how many addresses. What was said before, or elsewhere, stands."""
    marks = [opt_outs.fingerprint(address, vault) for address in _every_address(task)]
    gone = session().execute(
        delete(OptOut).where(
            OptOut.store_id == task.store_id,
            OptOut.source == SOURCE,
            OptOut.said_at == call.at,
            OptOut.address_fingerprint.in_(marks),
        )
    )
    return int(getattr(gone, "rowcount", 0))


def reopen(task_ids: Sequence[int], call: Call, *, now: datetime) -> None:
    """The tasks that this call had ended wait again, unless their cart has ended or has another one by now."""
    newer = aliased(CallTask)
    going_on = select(Cart.id).where(Cart.state.not_in(("recovered", "closed")))
    again = (
        update(CallTask)
        .where(CallTask.id.in_(task_ids), CallTask.done_reason == call.disposition, CallTask.done_at == call.at)
        .where(CallTask.cart_id.in_(going_on), CallTask.cart_id.not_in(select(newer.cart_id).where(is_open(newer))))
        .values(state="waiting", done_at=None, done_reason=None, changed_at=now)
        .returning(CallTask.id, CallTask.contact_id, CallTask.due_at)
        .execution_options(synchronize_session=False)
    )
    try:
        with session().begin_nested():
            found = session().execute(again).all()
    except IntegrityError:  # somebody gave one of these carts a new task in this very moment
        log.warning("tasks %s could not be opened again: their carts have others", task_ids)
        return
    for task_id, contact_id, due_at in found:
        silence.hold(contact_id, queue.source_of(task_id), "a call is planned", max(due_at, now) + queue.SILENCE)


def find_kept(cart_id: int) -> Call | None:
    """The call in which this cart's person said for good that they are not to be called, while that stands."""
    person = select(Cart.contact_id).where(Cart.id == cart_id).scalar_subquery()
    stands = exists().where(OptOut.store_id == CallTask.store_id, OptOut.source == SOURCE, OptOut.said_at == Call.at)
    query = select(Call).join(CallTask, CallTask.id == Call.task_id).where(CallTask.contact_id == person, stands)
    return session().scalar(query.where(Call.disposition.in_(KEPT)).order_by(Call.id.desc()).limit(1))


def lift(cart_id: int, by: User, *, vault: Sealer, now: datetime) -> Call:
    """The owner takes back what a call had kept, at any time; the verdict itself stays in the story. The person's carts
    are decided anew, and each call and message still goes through every check.

    Raises Refused when the person asking is not the owner, or there is nothing to take back.
    """
    if by.role != "owner":
        raise Refused("Only the owner can take this back after 15 minutes.", code="owner_only")
    call = find_kept(cart_id)
    if call is None:
        raise Refused("There is nothing to take back: nobody said on the phone not to call.", code="nothing_kept")
    task = session().get_one(CallTask, call.task_id)
    count = forget(task, call, vault=vault)
    start_again(task.contact_id, now=now)
    ended = select(CallTask.id).where(CallTask.store_id == task.store_id, CallTask.done_at == call.at)
    reopen(list(session().scalars(ended)), call, now=now)
    label = DISPOSITIONS[call.disposition].label.lower()
    tell(call.cart_id, "called", f"{by.first_name} took back for good: {label}.", at=now)
    audit.record(by.email, _LIFTED, f"cart {cart_id}", {"verdict": call.disposition, "addresses": count}, now=now)
    return call


def _every_number(task: CallTask) -> set[str]:
    """The person's numbers as we know them: the order may have changed, or been erased, during the call."""
    return {task.cart.phone_e164, *opt_outs.addresses_of(task.contact_id, "phone")} - {""}


def _every_address(task: CallTask) -> set[str]:
    return (_every_number(task) | {task.cart.email, *opt_outs.addresses_of(task.contact_id, "email")}) - {""}
