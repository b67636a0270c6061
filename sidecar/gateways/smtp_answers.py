"""What a mail server's answer means: the code table. Pure.

Codes: RFC 5321 4.2.2 and 4.2.3. Enhanced status codes: RFC 3463 and its registry, RFC 7372, RFC 7505. Words are looked
at only where a server gives no enhanced code, or one that says nothing ("5.0.0"): big providers always give one.
"""

from __future__ import annotations

import re

from sidecar.errors import GatewayError

CONNECT, HELLO, SENDER, RECIPIENT, DATA, END = "connect", "hello", "sender", "recipient", "data", "end"

_ENHANCED = re.compile(r"^([245])[. ](\d{1,3})\.(\d{1,3})\b")
# The mailbox, or its domain, is not there: 1.1 to 1.3 bad address, 1.6 moved, 1.10 takes no mail, 2.1 switched off.
_NOBODY = frozenset({(1, 1), (1, 2), (1, 3), (1, 6), (1, 10), (2, 1)})
_SAYS_NOTHING = frozenset({(0, 0), (5, 0)})  # "other"; some servers give 5.5.0 for everything
_OUR_SENDER = frozenset({(1, 7), (1, 8)})  # what we send from is malformed or unknown

_BLOCKED_WORDS = re.compile(
    r"\b(?:spam\w*|blocked|block ?list\w*|black ?list\w*|rbl|dnsbl|spamhaus|spamcop|barracuda|reputation|polic(?:y|ies)"
    r"|dmarc|dkim|spf|banned|abuse|denied|not (?:allowed|authori[sz]ed|permitted)|authentication|unauthenticated"
    r"|relay\w*|unsolicited|complaints?|suspended|quota of messages|sending limits?)\b",
    re.IGNORECASE,
)
_NOBODY_WORDS = re.compile(
    r"\b(?:(?:user|recipient|mailbox|account|address|alias)[^.;]{0,60}?(?:unknown|not (?:found|exist\w*|here|listed)|"
    r"does(?: not|n'?t) exist|disabled|unavailable|inactive|invalid)|"
    r"(?:unknown|no such|invalid|bad destination|nonexistent|undeliverable|unroutable|unrouteable)"
    r" (?:local )?(?:user|recipient|mailbox|account|address|part|domain|person|here)|"
    r"no (?:such )?(?:mailbox|user|account)|not our customer|host or domain name not found|null mx)\b",
    re.IGNORECASE,
)
_SLOW_WORDS = re.compile(
    r"\b(?:too (?:many|fast|much)|rate|throttl\w*|slow down|limit exceeded|connections? limit|maximum send)\b",
    re.IGNORECASE,
)


def refusal(code: int, words: str, *, at: str) -> GatewayError:
    """The GatewayError for an answer that is not the hoped-for one, given to the command `at`.

    Its `code` is one of: bad_address (permanent: nothing arrives there), refused (permanent, this mail only), blocked
    (permanent: policy or reputation, no recipient's fault), sender_blocked (permanent: whoever it is for), slow_down
    and try_later (not taken, later perhaps), answer_unclear (`outcome_unknown` after the end of the data).
    """
    said = line(code, words)
    if 400 <= code < 500:
        return GatewayError(said, code="slow_down" if _is_haste(code, words, at) else "try_later")
    if 500 <= code < 600:
        kind = _permanent(code, words, at)
        return GatewayError(said, code=kind, permanent=True)
    # Neither yes nor no. Before the end of the data nothing can have been taken; after it, nobody knows.
    return GatewayError(said, code="answer_unclear", outcome_unknown=at == END)


def line(code: int, words: str) -> str:
    """The answer on one line, as people are shown it."""
    return " ".join(f"{code} {words}".split())[:400]


def says_nobody(code: int, words: str, status: str = "") -> bool:
    """Whether a permanent answer, or a report about one, says that nothing arrives at the address.

    `status` is the enhanced code of a report ("5.1.1"), when it stands apart from the words.
    """
    detail = _detail(status) or _detail(words)
    if detail is not None and detail not in _SAYS_NOTHING:
        return detail in _NOBODY
    if _BLOCKED_WORDS.search(words):
        return False
    return code in (0, 550, 551, 553) and bool(_NOBODY_WORDS.search(words))


def _permanent(code: int, words: str, at: str) -> str:
    detail = _detail(words)
    # Before a recipient was named nothing can be the recipient's fault; 53x is about signing in (RFC 4954).
    if at in (CONNECT, HELLO, SENDER) or code in (521, 530, 534, 535, 538) or detail in _OUR_SENDER:
        return "refused" if at == SENDER and code == 552 else "sender_blocked"
    if says_nobody(code, words) and (at == RECIPIENT or detail in _NOBODY):
        return "bad_address"
    if detail is not None and detail not in _SAYS_NOTHING:
        return "blocked" if detail[0] == 7 else "refused"
    return "blocked" if _BLOCKED_WORDS.search(words) or (code == 554 and at != RECIPIENT) else "refused"


def _is_haste(code: int, words: str, at: str) -> bool:
    """Whether the server wants fewer mails from us, rather than not this one now (greylisting, a full mailbox)."""
    is_full = _detail(words) == (2, 2)
    return code == 421 or at in (CONNECT, HELLO) or bool(_SLOW_WORDS.search(words) and not is_full)


def _detail(words: str) -> tuple[int, int] | None:
    """Subject and detail of the enhanced code that the words begin with."""
    found = _ENHANCED.match(words.strip())
    return (int(found[2]), int(found[3])) if found else None
