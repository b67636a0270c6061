"""What each verdict leads to: the same plan is shown before saving and carried out after it. Pure.

Source: reference/ux.md A6. A message is promised only where the customer may be written to.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from sidecar.calls.outcomes.dispositions import DISPOSITIONS, LANGUAGES
from sidecar.calls.outcomes.follow_up import with_mail
from sidecar.calls.outcomes.situation import Answers, NextStep, Situation
from sidecar.contacts.local_time import clock_time as clock
from sidecar.contacts.local_time import day, place

__all__ = ["Answers", "NextStep", "Situation", "next_step"]

ATTEMPTS_WITHIN = timedelta(days=5)
REST = timedelta(minutes=60)  # between any two attempts at one person
_BUSY = timedelta(minutes=30)
_DAY = timedelta(hours=24)
_PAYMENT = timedelta(hours=2)  # how long "recovered" waits for the money
_SKIP = timedelta(minutes=60)
_CALLBACK_TRIES = (timedelta(minutes=10), timedelta(minutes=60))  # then one message, and no more calls
TEAM_AFTER = timedelta(minutes=10)  # when others may take a callback


def next_step(answers: Answers, situation: Situation, *, now: datetime) -> NextStep:
    """The plan for one verdict. A cart that was settled meanwhile is only told about."""
    if situation.settled:
        says, to = "The cart is settled; the call stands in its story.", situation.support_to
        to_support = answers.outcome == "support_issue" and bool(to)
        says = f"{says} Your note goes to {to} a minute after saving." if to_support else says
        return NextStep(says, done_reason="settled", is_attempt=False, to_support=to_support)
    step = with_mail(_PLANS[answers.outcome](answers, situation, now), answers, situation)
    if not DISPOSITIONS[answers.outcome].attempt:
        return replace(step, is_attempt=False)
    return step if step.rest_until else replace(step, rest_until=now + REST)


def _try_again(situation: Situation, due_at: datetime, now: datetime, then: str = "") -> NextStep:
    """Another try, unless all are used up or five days are over."""
    if situation.is_callback:
        return _ring_back_again(situation, now)
    made, most = situation.attempts + 1, situation.most_tries
    began = situation.first_attempt_at or now
    if made >= most:
        return NextStep(
            f"That was try {made} of {most}: {situation.who} is not called again about this cart.",
            done_reason="attempts_used",
        )
    if due_at > began + ATTEMPTS_WITHIN:
        return NextStep(
            f"The five days for this cart are over: {situation.who} is not called again about it.",
            done_reason="too_late",
        )
    says = f"Next try {_when(due_at, situation, now)}. It is try {made + 1} of {most}."
    return NextStep(f"{says} {then}".strip(), due_at=due_at)


def _ring_back_again(situation: Situation, now: datetime) -> NextStep:
    """Who asked for the call is rung after ten minutes and once more after an hour; then they choose another time."""
    tries = situation.callback_tries
    if tries >= len(_CALLBACK_TRIES):
        return NextStep(
            f"That was the third try of a call that {situation.who} asked for. There is no other about this cart.",
            done_reason="callback_missed",
        )
    due_at = situation.window.next(now + _CALLBACK_TRIES[tries])
    return NextStep(
        f"{_start(situation.who)} asked for this call, so the next try is {_when(due_at, situation, now)}.",
        due_at=due_at,
        callback_at=due_at,
        rest_until=due_at - timedelta(minutes=2),
        callback_tries=tries + 1,
    )


def _no_answer(_: Answers, situation: Situation, now: datetime) -> NextStep:
    tried = (*situation.tried_parts, situation.window.part(now))
    return _try_again(situation, situation.window.retry(tried, now=now), now)


def _busy(answers: Answers, situation: Situation, now: datetime) -> NextStep:
    if situation.busy_before:
        return _no_answer(answers, situation, now)
    step = _try_again(situation, situation.window.next(now + _BUSY), now)
    return step if situation.is_callback else replace(step, rest_until=now + _BUSY)


def _voicemail(_: Answers, situation: Situation, now: datetime) -> NextStep:
    return _try_again(situation, situation.window.next(now + _DAY), now, "Leave no second voicemail then.")


def _left_word(_: Answers, situation: Situation, now: datetime) -> NextStep:
    due_at = situation.window.next(now + timedelta(hours=4))
    return _try_again(situation, due_at, now, "To anybody else: your name and number, nothing about the cart.")


def _link_sent(_: Answers, situation: Situation, now: datetime) -> NextStep:
    due_at = situation.window.next(now + _DAY)
    says = "When the order is paid, the cart closes by itself. If not, "
    if _is_last(situation):
        return NextStep(f"{says}{situation.who} is not called again about it.", done_reason="attempts_used")
    return NextStep(f"{says}{situation.who} is back in the queue {_when(due_at, situation, now)}.", due_at=due_at)


def _recovered(_: Answers, situation: Situation, now: datetime) -> NextStep:
    """The task stays open while the payment is waited for, also after the last call (recovery.calls.calling.tick)."""
    due_at = situation.window.next(now + _DAY)
    back = f"{situation.who} is back in the queue {_when(due_at, situation, now)}"
    return NextStep(
        f"Waiting for the payment until {_when(now + _PAYMENT, situation, now, place_too=False)}. "
        "If it does not come, this counts as Link sent and "
        f"{f'{situation.who} is not called again about it' if _is_last(situation) else back}.",
        due_at=due_at,
        unpaid_look_at=now + _PAYMENT,
    )


def _is_last(situation: Situation) -> bool:
    """Whether this was the last call about the cart that may be made unasked."""
    return situation.attempts + 1 >= situation.most_tries


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
    situation = replace(situation, is_callback=False)  # whoever promised to ring back is not who calls next
    due_at, spoken = situation.window.next(now + REST), situation.spoken
    if spoken is None:
        return _try_again(situation, due_at, now, "A colleague who speaks it takes it; without one, calls end.")
    named = LANGUAGES.get(answers.language, "") if answers.language != "other" else ""
    if answers.language not in spoken:
        nobody = f"Nobody else here speaks {named}" if named else "Nobody here is known to speak it"
        return NextStep(f"{nobody}, so {situation.who} is not called again.", done_reason="language_barrier")
    step = _try_again(situation, due_at, now, f"A colleague who speaks {named} takes it.")
    return replace(step, language=answers.language)


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
    due_at, to = situation.window.next(now + _DAY), situation.support_to
    says = f"Your note goes to {to} a minute after saving." if to else "Your note stands on the cart."
    if _is_last(situation):
        says = f"{says} {_start(situation.who)} is not called again about it."
        return NextStep(says, done_reason="attempts_used", to_support=bool(to))
    says = f"{says} {_start(situation.who)} is back in the queue {_when(due_at, situation, now)}."
    return NextStep(says, due_at=due_at, to_support=bool(to))


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
