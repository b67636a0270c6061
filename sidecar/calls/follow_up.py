"""Which email follows a verdict, and how the rep is told. Pure. Source: reference/ux.md A6, A10."""

from __future__ import annotations

from dataclasses import replace

from sidecar.calls.situation import NextStep, Situation

_UNANSWERED = ("no_answer", "busy_failed", "left_voicemail", "left_with_person")
_SAYS = {
    "voicemail": "An email about the voicemail leaves a minute after saving.",
    "tried": "One email says that you tried; it leaves a minute after saving.",
    "pay-link": "The pay link leaves by email a minute after saving.",
}


def with_mail(step: NextStep, outcome: str, situation: Situation) -> NextStep:
    """The same with the email that goes with it, and the sentence about that."""
    if outcome == "link_sent" and not situation.may_write and situation.why_not:
        return replace(step, says=f"{step.says} The link is not sent by email. {situation.why_not}")
    if not situation.may_write:
        return step
    mail = _mail_after(
        outcome,
        done_reason=step.done_reason,
        voicemail_left=situation.voicemail_left,
        is_on=situation.writes_after_calls,
    )
    return replace(step, mail=mail, says=f"{step.says} {_SAYS[mail]}") if mail else step


def _mail_after(outcome: str, *, done_reason: str | None, voicemail_left: bool, is_on: bool) -> str:
    """The kind of email that follows: one of _SAYS, or "". A cart gets one about a voicemail, and one after the last
    call. `is_on` is the owner's switch; it does not hold back what was asked for on the phone."""
    if outcome == "link_sent":
        return "pay-link"
    if outcome not in _UNANSWERED or not is_on:
        return ""
    if outcome == "left_voicemail" and not voicemail_left:
        return "voicemail"
    return "tried" if done_reason in ("attempts_used", "too_late") else ""
