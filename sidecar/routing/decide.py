"""The decision about one cart: call, sequence, personal e-mail or hold, with one sentence why. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from sidecar.routing import checks
from sidecar.routing.checks import Rule, first_call, start
from sidecar.routing.facts import Check, Decision, Facts, Rules

__all__ = ["Check", "Decision", "Facts", "Rules", "call_off", "decide"]


def decide(facts: Facts, rules: Rules, *, now: datetime) -> Decision:
    """What is to be done about a cart at `now`. Every rule is asked, so that "why not?" has an answer too.

    Whoever opted out, paid, or whose country gives no basis is never routed to contact. Source: product.md P2, P5.
    """
    general, call, mail = (_ask(group, facts, rules, now) for group in (checks.GENERAL, checks.CALL, checks.MAIL))
    holdout = checks.not_held_out(facts, rules, now)
    asked = (*general, *call, *mail, holdout)
    failed = _first_failed(general)
    if failed:
        return _hold(failed, asked, facts, rules)
    route, reason = _route(facts, call, mail)
    if route == "hold":
        return _hold(_hold_reason(call, mail), asked, facts, rules)
    if not holdout.passed:
        return _hold(holdout, asked, facts, rules)
    return _contact(route, reason, asked, facts, rules, now)


def call_off(stands: str | None, facts: Facts, rules: Rules, *, now: datetime) -> Decision | None:
    """A hold for a cart that somebody has claimed or contacted, when its order no longer asks for that; None while it
    keeps its course. `stands` is the reason code of the decision that stands: the same hold is not decided twice."""
    asked = _ask(checks.ORDER, facts, rules, now)
    failed = _first_failed(asked)
    if failed is not None:
        return None if failed.code == stands else _hold(failed, asked, facts, rules)
    if stands in _CALLED_OFF:
        says = "Nothing speaks against it any more, but it was followed up before, so it is left alone now."
        return Decision("hold", "followed_up", says, asked)
    return None


# The codes of checks.ORDER.
_CALLED_OFF = frozenset({"on_hold", "unknown_status", "paid_before", "quarantine", "no_items", "nothing_to_pay"})


def _ask(group: Iterable[Rule], facts: Facts, rules: Rules, now: datetime) -> tuple[Check, ...]:
    return tuple(rule(facts, rules, now) for rule in group)


def _first_failed(group: Sequence[Check]) -> Check | None:
    return next((check for check in group if not check.passed), None)


def _route(facts: Facts, call: Sequence[Check], mail: Sequence[Check]) -> tuple[str, str]:
    """The route and its sentence, holdout aside."""
    value, phone = call[0], call[1]
    against_call, against_mail = _first_failed(call), _first_failed(mail)
    if against_call is None:
        return "call", f"{value.says[:-1]}, and {facts.who} can be phoned."
    if against_mail is not None:
        return "hold", ""
    if not value.passed:
        return "sequence", f"{value.says[:-1]}, so {facts.who} gets an email."
    if not phone.passed:
        lack = "there is no phone number" if not facts.phone_typed else "the phone number cannot be dialled"
        return "personal", f"{value.says[:-1]}, but {lack}: one personal email."
    return "sequence", f"{against_call.says[:-1]}, so {facts.who} gets an email instead of a call."


def _hold_reason(call: Sequence[Check], mail: Sequence[Check]) -> Check:
    """What to say when neither calling nor writing is possible: the call's obstacle where it was to be called."""
    value, phone = call[0], call[1]
    called_for = value.passed and phone.passed
    found = _first_failed(call if called_for else mail) or _first_failed(mail)
    return found or value


def _hold(failed: Check, asked: tuple[Check, ...], facts: Facts, rules: Rules) -> Decision:
    look_again = facts.active_at + rules.abandoned_after if failed.code == "still_active" else None
    return Decision("hold", failed.code, failed.says, asked, look_again_at=look_again)


def _contact(route: str, reason: str, asked: tuple[Check, ...], facts: Facts, rules: Rules, now: datetime) -> Decision:
    if route == "call":
        code = "failed_payment" if facts.failed_payments else "above_threshold"
        due_at, look_again = first_call(facts, rules, now), facts.active_at + checks.CALL_DIES_AFTER
        # The currency's own threshold, not the lower one after a failed payment: calls are ranked by shares of it.
        threshold = rules.thresholds[facts.currency].minor
        return Decision("call", code, start(reason), asked, due_at, look_again, threshold)
    codes = {"personal": "no_phone", "sequence": "below_threshold" if not _is_valuable(asked) else "not_by_phone"}
    return Decision(route, codes[route], start(reason), asked, facts.active_at + rules.first_mail_after)


def _is_valuable(asked: Iterable[Check]) -> bool:
    return any(check.rule == "call.value" and check.passed for check in asked)
