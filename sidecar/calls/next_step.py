"""What each verdict leads to: the same plan is shown before saving and carried out after it. Pure.

Source: reference/ux.md A6. A message is promised only where the customer may be written to.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from sidecar.calls.dispositions import DISPOSITIONS, LANGUAGES
from sidecar.calls.follow_up import with_mail
from sidecar.calls.situation import Answers, NextStep, Situation
from sidecar.contacts.local_time import clock_time as clock
from sidecar.contacts.local_time import day, place

__all__ = ["Answers", "NextStep", "Situation", "next_step"]

MOST_ATTEMPTS = 3
ATTEMPTS_WITHIN = timedelta(days=5)
REST = timedelta(minutes=60)  # between any two attempts at one person
_BUSY = timedelta(minutes=30)
_DAY = timedelta(hours=24)
_PAYMENT = timedelta(hours=2)  # how long "recovered" waits for the money
_SKIP = timedelta(minutes=60)
_CALLBACK_TRIES = (timedelta(minutes=10), timedelta(minutes=60))  # then it is an attempt like any other
TEAM_AFTER = timedelta(minutes=10)  # when others may take a callback


def next_step(answers: Answers, situation: Situation, *, now: datetime) -> NextStep:
    """The plan for one verdict. A cart that was settled meanwhile is only told about."""
    if situation.settled:
        return NextStep("The cart is settled; the call stands in its story.", done_reason="settled", is_attempt=False)
    step = with_mail(_PLANS[answers.outcome](answers, situation, now), answers.outcome, situation)
    if not DISPOSITIONS[answers.outcome].attempt:
        return replace(step, is_attempt=False)
    return step if step.rest_until else replace(step, rest_until=now + REST)


def _try_again(situation: Situation, due_at: datetime, now: datetime, then: str = "") -> NextStep:
    """Another try, unless three are used up or five days are over."""
    if situation.is_callback and situation.callback_tries < len(_CALLBACK_TRIES):
        return _ring_back_again(situation, now)
    made = situation.attempts + 1
    began = situation.first_attempt_at or now
    if made >= MOST_ATTEMPTS:
        return NextStep(
            f"That was try {made} of {MOST_ATTEMPTS}: {situation.who} is not called again about this cart.",
            done_reason="attempts_used",
        )
    if due_at > began + ATTEMPTS_WITHIN:
        return NextStep(
            f"The five days for this cart are over: {situation.who} is not called again about it.",
            done_reason="too_late",
        )
    says = f"Next try {_when(due_at, situation, now)}. It is try {made + 1} of {MOST_ATTEMPTS}."
    return NextStep(f"{says} {then}".strip(), due_at=due_at)


def _ring_back_again(situation: Situation, now: datetime) -> NextStep:
    due_at = situation.window.next(now + _CALLBACK_TRIES[situation.callback_tries])
    return NextStep(
        f"{_start(situation.who)} asked for this call, so the next try is {_when(due_at, situation, now)}.",
        due_at=due_at,
        callback_at=due_at,
        rest_until=due_at - timedelta(minutes=2),
        callback_tries=situation.callback_tries + 1,
    )


def _no_answer(_: Answers, situation: Situation, now: datetime) -> NextStep:
    tried = (*situation.tried_parts, situation.window.part(now))
    return _try_again(situation, situation.window.retry(tried, now=now), now)


def _busy(answers: Answers, situation: Situation, now: datetime) -> NextStep:
    if situation.busy_before:
        return _no_answer(answers, situation, now)
    due_at = situation.window.next(now + _BUSY)
    return replace(_try_again(situation, due_at, now), rest_until=now + _BUSY)


def _voicemail(_: Answers, situation: Situation, now: datetime) -> NextStep:
    return _try_again(situation, situation.window.next(now + _DAY), now, "Leave no second voicemail then.")


def _left_word(_: Answers, situation: Situation, now: datetime) -> NextStep:
    return _try_again(situation, situation.window.next(now + timedelta(hours=4)), now)


def _link_sent(_: Answers, situation: Situation, now: datetime) -> NextStep:
    due_at = situation.window.next(now + _DAY)
    says = "When the order is paid, the cart closes by itself. If not, "
    if situation.attempts + 1 >= MOST_ATTEMPTS:
        return NextStep(f"{says}{situation.who} is not called again about it.", done_reason="attempts_used")
    return NextStep(f"{says}{situation.who} is back in the queue {_when(due_at, situation, now)}.", due_at=due_at)


def _recovered(answers: Answers, situation: Situation, now: datetime) -> NextStep:
    step = _link_sent(answers, situation, now)
    due_at = step.due_at or situation.window.next(now + _DAY)
    return NextStep(
        f"Waiting for the payment until {_when(now + _PAYMENT, situation, now, place_too=False)}. "
        f"If it does not come, this counts as Link sent and {situation.who} is back in the queue "
        f"{_when(due_at, situation, now)}.",
        due_at=due_at,
        unpaid_look_at=now + _PAYMENT,
    )


def _callback(answers: Answers, situation: Situation, now: datetime) -> NextStep:
    at = answers.when
    if at is None:
        says = f"At that time {situation.who} is at the top of your queue."
    else:
        says = f"{_start(_when(at, situation, now))} {situation.who} is at the top of your queue."
    return NextStep(
        f"{says} Until then no message goes out. If you are away for 10 minutes, the team takes it.",
        due_at=at or now,
        callback_at=at,
        rest_until=(at or now) - timedelta(minutes=2),
    )


def _not_interested(_: Answers, situation: Situation, now: datetime) -> NextStep:
    return NextStep("No more calls and messages about this cart.", done_reason="not_interested", closes_cart=True)


def _wrong_number(_: Answers, situation: Situation, now: datetime) -> NextStep:
    return NextStep("This number is not called again, and the cart leaves the queue.", done_reason="wrong_number")


def _language(answers: Answers, situation: Situation, now: datetime) -> NextStep:
    due_at = situation.window.next(now + timedelta(hours=4))
    named = LANGUAGES.get(answers.language, "")
    card = f"The card says {named} from then on." if named else "The card names the language from then on."
    return _try_again(situation, due_at, now, card)


def _do_not_call(answers: Answers, situation: Situation, now: datetime) -> NextStep:
    says = f"Nobody calls {situation.who} any more: every open call closes at once."
    if answers.scope == "all":
        says = f"Nobody calls or writes to {situation.who} any more: every open call and message ends at once."
    return NextStep(says, done_reason="do_not_call")


def _already_bought(_: Answers, situation: Situation, now: datetime) -> NextStep:
    return NextStep(
        "The cart closes: no more calls and messages about it.", done_reason="already_bought", closes_cart=True
    )


def _support(_: Answers, situation: Situation, now: datetime) -> NextStep:
    due_at = situation.window.next(now + _DAY)
    says = (
        f"Your note stands on the cart. {_start(situation.who)} is back in the queue {_when(due_at, situation, now)}."
    )
    return NextStep(says, due_at=due_at)


def _skip(_: Answers, situation: Situation, now: datetime) -> NextStep:
    asked = situation.is_callback  # a promise to ring back is not put off for long
    due_at = situation.window.next(now + (_CALLBACK_TRIES[0] if asked else _SKIP))
    return NextStep(
        f"Back in the queue {_when(due_at, situation, now)}, for whoever is free.",
        due_at=due_at,
        callback_at=due_at if asked else None,
        callback_tries=situation.callback_tries,
    )


_PLANS: dict[str, Callable[[Answers, Situation, datetime], NextStep]] = {
    "no_answer": _no_answer,
    "busy_failed": _busy,
    "left_voicemail": _voicemail,
    "left_with_person": _left_word,
    "link_sent": _link_sent,
    "recovered_on_call": _recovered,
    "callback": _callback,
    "not_interested": _not_interested,
    "wrong_number": _wrong_number,
    "language_barrier": _language,
    "do_not_call": _do_not_call,
    "already_bought": _already_bought,
    "support_issue": _support,
    "skip": _skip,
}


def _when(at: datetime, situation: Situation, now: datetime, *, place_too: bool = True) -> str:
    """As in "today at 16:00 in New York"."""
    zone = situation.window.zone
    where = f" in {place(zone)}" if place_too and place(zone) else ""
    return f"{day(at, zone, now=now)} at {clock(at, zone)}{where}"


def _start(text: str) -> str:
    return text[:1].upper() + text[1:]
