"""Why a message stands where it stands: every code with the sentence a person reads."""

from __future__ import annotations

SENTENCES = {
    # planned
    "in_sequence": "It is written when its time comes.",
    "follows_call": "It follows a call, and waits a minute so that the rep can take it back.",
    "moved": "The email before it left later than planned, so this one follows later.",
    "at_checkout": "The customer opened the pay link a moment ago. It waits an hour.",
    # due, and waiting
    "not_live": "Composed and kept. Nothing leaves before Go live.",
    "paused": "Sending is paused.",
    "store_unreadable": "The store cannot be read, so the order cannot be checked.",
    "store_disconnected": "The store is not connected.",
    "no_transport": "No mail server is set: SIDECAR_SMTP_URL and SIDECAR_MAIL_FROM.",
    "person_held": "A rep has this person. No message while somebody talks to them.",
    "pacing": "Slowed down for this mail provider.",
    "blocked": "The mail provider refuses mail from us.",
    "mail_stopped": "All mail has stopped: mail servers refuse what we send.",
    "too_close": "Less than 12 hours after the last email to this person.",
    "try_later": "The mail server asked to try later.",
    "mail_unreachable": "The mail server cannot be reached.",
    "cart_changed": "The cart has just changed, so it waits again.",
    "stumbled": "Something unexpected happened. The log says what.",
    "not_now": "Not allowed at this hour.",
    "send_again": "It did not arrive. It is sent again after every check.",
    # cancelled
    "too_late": "Too late to be useful: 7 days after the customer left, or a day after the call.",
    "paid": "Paid before it was sent.",
    "gone": "The order is gone.",
    "closed": "The cart is closed.",
    "emptied": "The cart has nothing in it any more.",
    "rerouted": "The cart now takes another way.",
    "opted_out": "This person asked for no more messages.",
    "switched_off": "Written reminders are switched off.",
    "ordered_again": "The customer placed the order anew. That one is followed instead.",
    "replied": "The customer replied. A person answers.",
    "overtaken": "Its time passed while it waited. The next email takes its place.",
    "stale": "Its time had passed by hours. The next email follows at its own time.",
    "taken_back": "The rep took the call's outcome back before it left.",
    "cap_cart": "This cart has had its 3 emails.",
    "cap_person": "4 emails in 30 days is the most one person gets.",
    # failed, review
    "dead_address": "Nothing arrives at this email address.",
    "refused_by_server": "The mail server refused it. Not tried again.",
    "cannot_compose": "It could not be written.",
    "no_address": "There is no email address to write to.",
    "answer_lost": "The connection ended before the mail server answered. It may have arrived; it is not sent again.",
    "asks_provider": "The provider did not answer. It is asked whether it took the message.",
    "cannot_ask": "The provider cannot say whether it took the message. It may have arrived, so it is not sent again.",
    "restored": "The database is a copy that came into use after its time. It may have been sent before.",
    "left_in_doubt": "Nobody knows whether it arrived. It is left at that.",
}


def code_and_words(reason: str) -> tuple[str, str | None]:
    """A reason as it is stored on a message: one of the codes, or "closed" with the sentence that was given."""
    return (reason, None) if reason in SENTENCES or " " not in reason else ("closed", reason)


def sentence(code: str | None, words: str | None = None) -> str:
    """What to show: the message's own words if it has any, else the code's sentence, else the code itself."""
    if words:
        return words
    return SENTENCES.get(code or "", code or "")
