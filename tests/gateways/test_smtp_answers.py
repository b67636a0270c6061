"""The code table: what every kind of answer of a mail server means."""

from __future__ import annotations

import pytest

from sidecar.gateways.smtp_answers import CONNECT, DATA, END, RECIPIENT, SENDER, refusal, says_nobody

TABLE = [
    # An address that does not exist, as the big ones say it
    (550, "5.1.1 The email account that you tried to reach does not exist.", RECIPIENT, "bad_address"),
    (
        550,
        "5.1.1 <x@example.com>: Recipient address rejected: User unknown in virtual mailbox table",
        END,
        "bad_address",
    ),
    (
        550,
        "5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP address lookup",
        RECIPIENT,
        "bad_address",
    ),
    (550, "5.1.2 Host or domain name not found", RECIPIENT, "bad_address"),
    (556, "5.1.10 Recipient address has null MX", RECIPIENT, "bad_address"),
    (550, "5.2.1 The email account that you tried to reach is disabled", RECIPIENT, "bad_address"),
    (550, "5.5.0 Requested action not taken: mailbox unavailable", RECIPIENT, "bad_address"),
    (550, "No such user here", RECIPIENT, "bad_address"),
    (550, "unknown user", RECIPIENT, "bad_address"),
    (553, "sorry, invalid recipient", RECIPIENT, "bad_address"),
    (550, "No such user here", END, "refused"),  # without a code, words about content may say anything
    # This mail only
    (552, "5.2.2 The email account that you tried to reach is over quota", RECIPIENT, "refused"),
    (552, "5.3.4 Message too big for system", END, "refused"),
    (552, "message size exceeds fixed limit", SENDER, "refused"),
    (550, "5.6.0 content", END, "refused"),
    (500, "5.5.2 syntax error", DATA, "refused"),
    # About us, never about the person
    (550, "5.7.1 Our system has detected that this message is likely unsolicited mail", END, "blocked"),
    (
        550,
        "5.7.515 Access denied, sending domain does not meet the required authentication level",
        RECIPIENT,
        "blocked",
    ),
    (550, "5.7.26 Unauthenticated email is not accepted due to DMARC policy", END, "blocked"),
    (554, "Transaction failed", END, "blocked"),
    (554, "5.7.1 <x@example.com>: Relay access denied", RECIPIENT, "blocked"),
    (550, "blocked using zen.spamhaus.org; user unknown", RECIPIENT, "blocked"),
    (550, "rejected because of bad reputation", RECIPIENT, "blocked"),
    (553, "5.1.8 Sender address rejected: Domain not found", SENDER, "sender_blocked"),
    (550, "5.1.1 unknown user", SENDER, "sender_blocked"),
    (530, "5.7.0 Authentication required", SENDER, "sender_blocked"),
    (535, "5.7.8 credentials", CONNECT, "sender_blocked"),
    (554, "no SMTP service here", CONNECT, "sender_blocked"),
    # Later, perhaps
    (450, "4.2.0 Greylisted, see https://example.com", RECIPIENT, "try_later"),
    (451, "4.7.1 Please try again later", RECIPIENT, "try_later"),
    (452, "4.2.2 Mailbox full, limit exceeded", RECIPIENT, "try_later"),
    (451, "4.3.0 local error", END, "try_later"),
    # Fewer, please
    (421, "4.7.28 Our system has detected an unusual rate of mail", RECIPIENT, "slow_down"),
    (421, "closing", SENDER, "slow_down"),
    (421, "4.3.2 shutting down", END, "slow_down"),
    (454, "4.7.0 Throttling failure: Maximum sending rate exceeded", END, "slow_down"),
    (450, "too many mails from your host", CONNECT, "slow_down"),
    # Neither yes nor no
    (-1, "250ok", RECIPIENT, "answer_unclear"),
    (354, "go ahead", END, "answer_unclear"),
]


@pytest.mark.parametrize(("code", "words", "at", "meaning"), TABLE)
def test_every_answer_has_one_meaning(code: int, words: str, at: str, meaning: str) -> None:
    found = refusal(code, words, at=at)

    assert found.code == meaning
    assert found.permanent is (meaning in ("bad_address", "refused", "blocked", "sender_blocked"))
    assert found.reason.startswith(str(code))


@pytest.mark.parametrize("at", [CONNECT, SENDER, RECIPIENT, DATA, END])
def test_only_an_unclear_answer_after_the_end_of_the_data_leaves_it_unknown(at: str) -> None:
    codes = (421, 450, 550, 354, -1)

    assert {code: refusal(code, "", at=at).outcome_unknown for code in codes} == {
        code: at == END and code in (354, -1) for code in codes
    }


def test_a_report_names_its_status_apart_from_the_words() -> None:
    assert says_nobody(0, "smtp; 550 unknown", "5.1.1")
    assert not says_nobody(0, "user unknown", "5.7.1")
    assert not says_nobody(0, "no such user", "4.2.0")
    assert says_nobody(0, "smtp; no such user here", "5.0.0")
