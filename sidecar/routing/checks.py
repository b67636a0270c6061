"""The rules, each a small pure function of facts and settings. In doubt, don't, and say why. See product.md P2, P5."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import ROUND_CEILING, Decimal

from sidecar.carts import statuses
from sidecar.contacts.country_rules import rule_of
from sidecar.contacts.quiet_hours import next_call_time
from sidecar.money import is_currency, words
from sidecar.routing.facts import Check, Facts, Rules

CALL_DIES_AFTER = timedelta(days=14)  # reference/safety.md D2
MAIL_DIES_AFTER = timedelta(days=7)

Rule = Callable[[Facts, Rules, datetime], Check]


def unpaid(facts: Facts, rules: Rules, now: datetime) -> Check:
    """The order waits for payment, or WooCommerce cancelled it unpaid; on hold only if the owner follows those."""
    if facts.meaning == statuses.UNPAID:
        return Check("order.unpaid", True, "The order is unpaid.")
    if facts.meaning == statuses.CANCELLED:
        doubt = "" if facts.notes_read else " Its notes could not be read, so its time limit is taken as the cause."
        return Check("order.unpaid", True, f"WooCommerce cancelled the order unpaid.{doubt}")
    if facts.meaning == statuses.ON_HOLD:
        if rules.follow_on_hold:
            return Check("order.unpaid", True, "The order is on hold, and those are followed up.")
        says = "The order is on hold: a bank transfer or cheque may be on its way."
        return Check("order.unpaid", False, says, "on_hold")
    if facts.meaning == statuses.UNKNOWN:
        says = f"The store's own status “{facts.status}” has no meaning yet: say whether it is unpaid, paid or closed."
        return Check("order.unpaid", False, says, "unknown_status")
    return Check("order.unpaid", False, f"The order is {facts.meaning}.", facts.meaning)


def never_paid(facts: Facts, rules: Rules, now: datetime) -> Check:
    """It was never paid before: one set back to unpaid is the shop's business."""
    if facts.paid_at is None:
        return Check("order.never_paid", True, "It was never paid.")
    says = "The order was paid once and set back to unpaid in the store. Only the shop knows why."
    return Check("order.never_paid", False, says, "paid_before")


def worth(facts: Facts, rules: Rules, now: datetime) -> Check:
    """It has items, a currency we know, and something to pay."""
    if not facts.lines:
        return Check("order.items", False, "The order has no items.", "no_items")
    if not is_currency(facts.currency):
        return Check("order.items", False, "The order's currency is not one we know.", "unknown_currency")
    if facts.total_minor <= 0:
        return Check("order.items", False, "There is nothing to pay.", "nothing_to_pay")
    return Check("order.items", True, f"There is {words(facts.total_minor, facts.currency)} to pay.")


def left(facts: Facts, rules: Rules, now: datetime) -> Check:
    """Nothing changed for abandoned_after."""
    minutes = int(rules.abandoned_after.total_seconds() // 60)
    if now - facts.active_at >= rules.abandoned_after:
        return Check("cart.left", True, f"Nothing changed for {span(minutes)}.")
    return Check("cart.left", False, f"The customer was active less than {span(minutes)} ago.", "still_active")


def recent(facts: Facts, rules: Rules, now: datetime) -> Check:
    """It is younger than the 14 days after which a queue item dies."""
    if now - facts.active_at < CALL_DIES_AFTER:
        return Check("cart.recent", True, "It is less than 14 days old.")
    return Check("cart.recent", False, "The customer left more than 14 days ago. That is too late.", "too_late")


def human(facts: Facts, rules: Rules, now: datetime) -> Check:
    """It is not held back as a bot's."""
    if not facts.held_back:
        return Check("cart.human", True, "It does not look like a bot's.")
    return Check("cart.human", False, facts.held_back, "quarantine")


def reachable(facts: Facts, rules: Rules, now: datetime) -> Check:
    """There is a phone or an e-mail address that can be used."""
    if facts.phone_e164 or (facts.email and not facts.mail_dead):
        return Check("person.reach", True, "There is a way to reach the customer.")
    says = "There is no phone number or email address that can be used."
    return Check("person.reach", False, says, "no_contact")


def willing(facts: Facts, rules: Rules, now: datetime) -> Check:
    """The person did not say no to everything."""
    if "all" in facts.refused or {"calls", "email"} <= facts.refused:
        return Check("person.opt_out", False, f"{start(facts.who)} asked not to be contacted.", "opted_out")
    return Check("person.opt_out", True, f"{start(facts.who)} did not say no.")


def valuable(facts: Facts, rules: Rules, now: datetime) -> Check:
    """The goods reach the threshold; a lower one after a failed payment."""
    goods, least = words(facts.goods_minor, facts.currency), call_from(facts, rules)
    if least is None:
        return Check("call.value", False, "There is no call threshold in this currency.", "no_threshold")
    passed = facts.goods_minor >= least
    relation = "reach" if passed else "are below"
    says = f"Goods of {goods} {relation} {threshold_words(facts, rules)}."
    return Check("call.value", passed, says, "" if passed else "below_threshold")


def callable_phone(facts: Facts, rules: Rules, now: datetime) -> Check:
    """There is a number that can be dialled."""
    if facts.phone_e164:
        return Check("call.phone", True, f"{start(facts.who)} can be phoned.")
    if facts.phone_typed:
        return Check("call.phone", False, "The phone number on the order cannot be dialled.", "no_phone")
    return Check("call.phone", False, "There is no phone number.", "no_phone")


def call_willing(facts: Facts, rules: Rules, now: datetime) -> Check:
    """The person did not say no to calls."""
    if {"calls", "all"} & facts.refused:
        return Check("call.opt_out", False, f"{start(facts.who)} asked not to be called.", "opted_out")
    return Check("call.opt_out", True, f"{start(facts.who)} did not say no to calls.")


def call_basis(facts: Facts, rules: Rules, now: datetime) -> Check:
    """The customer's country or consent lets us call. Source: product.md P5."""
    basis = facts.call_basis
    return Check("call.basis", basis.allowed, basis.reason, "" if basis.allowed else basis.code, basis.rule)


def call_backlog(facts: Facts, rules: Rules, now: datetime) -> Check:
    """It was abandoned after connecting, or not too long before."""
    return _backlog("call", facts, rules, rules.call_backlog)


def call_hours(facts: Facts, rules: Rules, now: datetime) -> Check:
    """Some hour within two weeks is allowed for calling."""
    law = rule_of(facts.country, facts.region).rule
    if first_call(facts, rules, now) is not None:
        return Check("call.hours", True, "There is an hour at which calling is allowed.", law=law)
    says = "There is no hour at which calling is allowed in every place where the customer may be."
    return Check("call.hours", False, says, "no_call_hours", law)


def mail_address(facts: Facts, rules: Rules, now: datetime) -> Check:
    """There is an address that can be written to, and mail arrives there as far as we know."""
    if facts.mail_dead:
        says = f"Nothing arrives at the email address. The mail server said: {facts.mail_dead.rstrip('.')}."
        return Check("mail.address", False, says, "dead_address")
    if facts.email:
        return Check("mail.address", True, "There is an email address.")
    return Check("mail.address", False, "There is no email address that can be written to.", "no_email")


def mail_willing(facts: Facts, rules: Rules, now: datetime) -> Check:
    """The person did not say no to e-mails."""
    if {"email", "all"} & facts.refused:
        return Check("mail.opt_out", False, f"{start(facts.who)} asked not to be written to.", "opted_out")
    return Check("mail.opt_out", True, f"{start(facts.who)} did not say no to emails.")


def mail_basis(facts: Facts, rules: Rules, now: datetime) -> Check:
    """The customer's country or consent lets us write. Source: product.md P5."""
    basis = facts.mail_basis
    return Check("mail.basis", basis.allowed, basis.reason, "" if basis.allowed else basis.code, basis.rule)


def mail_on(facts: Facts, rules: Rules, now: datetime) -> Check:
    """The owner has e-mails switched on."""
    if rules.mail_steps > 0:
        return Check("mail.on", True, "Emails are switched on.")
    return Check("mail.on", False, "Emails are switched off.", "messages_off")


def mail_recent(facts: Facts, rules: Rules, now: datetime) -> Check:
    """It is younger than the 7 days after which an e-mail is too late."""
    if now - facts.active_at < MAIL_DIES_AFTER:
        return Check("mail.recent", True, "It is less than 7 days old.")
    return Check("mail.recent", False, "The customer left more than 7 days ago, too late for an email.", "too_late")


def mail_backlog(facts: Facts, rules: Rules, now: datetime) -> Check:
    """It was abandoned after connecting, or not too long before."""
    return _backlog("mail", facts, rules, rules.mail_backlog)


def not_held_out(facts: Facts, rules: Rules, now: datetime) -> Check:
    """The person is not among those left alone to measure."""
    percent = rules.holdout_percent
    if facts.draw > percent:
        return Check("person.holdout", True, "Not in the holdout." if percent else "There is no holdout.")
    says = f"{percent} % of people are left alone, to measure, and {facts.who} is one of them."
    return Check("person.holdout", False, says, "holdout")


ORDER: tuple[Rule, ...] = (unpaid, never_paid, human, worth)  # whether the order itself asks for anything
GENERAL: tuple[Rule, ...] = (*ORDER, left, recent, reachable, willing)
CALL: tuple[Rule, ...] = (valuable, callable_phone, call_willing, call_basis, call_backlog, call_hours)
MAIL: tuple[Rule, ...] = (mail_address, mail_willing, mail_basis, mail_on, mail_recent, mail_backlog)


def call_from(facts: Facts, rules: Rules) -> int | None:
    """The value in minor units from which this cart is called about; less after a failed payment."""
    threshold = rules.thresholds.get(facts.currency)
    if threshold is None:
        return None
    factor = rules.failed_factor if facts.failed_payments else Decimal(1)
    return int((threshold.minor * factor).to_integral_value(ROUND_CEILING))


def threshold_words(facts: Facts, rules: Rules) -> str:
    """How sentences call the threshold that counts for this cart."""
    threshold, least = rules.thresholds[facts.currency], call_from(facts, rules)
    amount = words(least or 0, facts.currency)
    if facts.failed_payments:
        return f"{amount}, the call threshold after a failed payment"
    if threshold.learned:
        return f"{amount}, the call threshold learned from your orders"
    return f"your call threshold of {amount}"


def first_call(facts: Facts, rules: Rules, now: datetime) -> datetime | None:
    """When the call is due: at the next allowed hour after the wait; a failed payment waits 30 minutes only."""
    wait = min(timedelta(minutes=30), rules.first_call_after) if facts.failed_payments else rules.first_call_after
    earliest = max(facts.active_at + wait, now)
    return next_call_time(facts.zones, facts.country, facts.region, rules.call_hours, at=earliest)


def span(minutes: int) -> str:
    """A duration in words: "15 minutes", "2 hours", "3 days"."""
    for size, unit in ((1440, "day"), (60, "hour")):
        if minutes >= size and minutes % size == 0:
            return f"{minutes // size} {unit}{'s' if minutes != size else ''}"
    return f"{minutes} minute{'s' if minutes != 1 else ''}"


def start(who: str) -> str:
    """A name, or "the customer", at the beginning of a sentence."""
    return who[:1].upper() + who[1:]


def _backlog(what: str, facts: Facts, rules: Rules, within: timedelta) -> Check:
    abandoned_at = facts.active_at + rules.abandoned_after
    length = span(int(within.total_seconds() // 60))
    if abandoned_at >= facts.connected_at:
        return Check(f"{what}.backlog", True, "The customer left after the store was connected.")
    if abandoned_at >= facts.connected_at - within:
        says = f"The customer left before the store was connected, but no more than {length} before."
        return Check(f"{what}.backlog", True, says)
    least = f"more than {length} " if within else ""
    says = f"The customer left {least}before the store was connected."
    return Check(f"{what}.backlog", False, says, "backlog")
