"""Which email follows a verdict, and how the rep is told. Pure. Source: reference/ux.md A6, A10."""

from __future__ import annotations

from dataclasses import replace

from sidecar.calls.outcomes.situation import Answers, NextStep, Situation

_UNANSWERED = ("no_answer", "busy_failed", "left_voicemail", "left_with_person")
_SAYS = {
    "voicemail": "An email about the voicemail leaves a minute after saving.",
    "tried": "One email says that you tried; it leaves a minute after saving.",
    "missed": "One email offers another time; it leaves a minute after saving.",
    "pay-link": "The pay link leaves by email a minute after saving.",
    "wrong-number": "One email asks for the right number; it leaves a minute after saving.",
    "language": "One email in their language leaves a minute after saving.",
}
KINDS = tuple(_SAYS)
_ASKED_FOR = ("pay-link", "missed")  # the owner's switch does not hold these back: they were asked for


def with_mail(step: NextStep, answers: Answers, situation: Situation) -> NextStep:
    """The same with the email that goes with it, and the sentence about that."""
    if answers.outcome == "link_sent" and situation.link_is_out:
        return replace(step, says=f"{step.says} The pay link left during the call.")
    if answers.outcome == "link_sent" and not situation.may_write and situation.why_not:
        return replace(step, says=f"{step.says} The link is not sent by email. {situation.why_not}")
    if not situation.may_write:
        return step
    mail = _mail_after(step, answers, situation)
    if not situation.writes_after_calls and mail not in _ASKED_FOR:
        return step
    return replace(step, mail=mail, says=f"{step.says} {_SAYS[mail]}") if mail else step


def _mail_after(step: NextStep, answers: Answers, situation: Situation) -> str:
    """The kind of email that follows: one of KINDS, or "". A cart gets one about a voicemail, and one after the last
    call."""
    if answers.outcome == "link_sent":
        return "pay-link"
    if answers.outcome == "wrong_number":
        return "wrong-number"
    if answers.outcome == "language_barrier" and step.done_reason == "language_barrier":
        return "language" if answers.language in situation.written else ""
    if answers.outcome not in _UNANSWERED:
        return ""
    if step.done_reason == "callback_missed":
        return "missed"
    if answers.outcome == "left_voicemail" and not situation.voicemail_left:
        return "voicemail"
    return "tried" if step.done_reason in ("attempts_used", "too_late") else ""
