"""What customers write back, and what it means."""

from __future__ import annotations

import time

import pytest

from sidecar.outreach.replies.quoting import fresh
from sidecar.outreach.replies.understanding import understand

STOPS = r"""
STOP
Stop.
stop please
Stopp
UNSUBSCRIBE
Please unsubscribe me from this list.
opt out
Opt-Out
Cancel
QUIT
End
Revoke
Please stop emailing me.
please stop sending me these emails
stop contacting me!!!
Can you please stop this
Don't contact me again.
Do not email me anymore
dont write to me
Never call me again
I don’t want any more emails from you.
I do not wish to be contacted.
I no longer wish to receive these messages
No more emails please
no more reminders
Remove me from your list.
Please delete my data.
Take me off your mailing list
leave me alone
Go away.
fuck off
I withdraw my consent.
This is spam and I reported it.
You are spamming me
I object to the processing of my data.
No thanks
No thank you, not interested.
not interested
Hi Sam,\nthanks, but please do not send me any further messages.\nDana
Hello\nSTOP\nDana Ruiz
Bitte keine weiteren E-Mails.
Ich möchte keine Mails mehr bekommen
Bitte keine Werbung!
Abmelden
Bitte melden Sie mich ab: abmelden.
Newsletter abbestellen
Schreiben Sie mir nicht mehr.
Bitte kontaktieren Sie mich nicht mehr
Rufen Sie mich nicht an.
Rufen Sie mich bitte nicht mehr an!
Hören Sie auf, mir zu schreiben.
Lassen Sie mich in Ruhe
Löschen Sie meine Daten
Bitte löschen Sie mich aus Ihrem Verteiler.
Ich widerspreche der Nutzung meiner Daten.
Ich widerrufe meine Einwilligung
Ich will nicht mehr angeschrieben werden
Bitte senden Sie mir nichts mehr
Bitte meine E-Mail-Adresse entfernen
Nein danke
Kein Interesse
Danke, nein
Unterlassen Sie das.
"""
CALLS = r"""
Please call me.
Could you call me tomorrow at 5?
can you ring me back please
Give me a call when you can
I'd prefer a phone call.
Call me on (212) 555-0123
You can reach me at +1 212 555 0123 after six
Could we talk about it on the phone?
call back please
Bitte rufen Sie mich an.
Ruf mich bitte morgen um 10 Uhr an
Bitte um Rückruf
Können Sie mich heute Nachmittag anrufen?
Ich bitte um einen kurzen Anruf
Rückruf erbeten
Melden Sie sich bitte telefonisch
Rufen Sie mich unter 0171 1234567 an.
Sie erreichen mich unter 030 12345678
"""
OTHERS = r"""
Is the walnut one still in stock?
I could not pay, the payment stopped at the last page.
Can I cancel my order and take the black one?
I will stop by your store on Friday.
Did you call me yesterday?
No need to call, an email is fine.
I have already called you twice, what about my refund?
My payment failed. What now?
I don't know which size to take
No
Yes please
Please don't forget the discount
Thanks, I paid.
I never received any confirmation
It is a non-stop flight case, right?
Dana Ruiz\nTel: +1 212 555 0123
Order 12345678 has not arrived
I have not received your email with the invoice, can you send it to me?
Liegt der Hörer auf der Gabel auf?
Wie lange ist das Widerrufsrecht?
Ich habe keine Mail erhalten, was nun?
Die Rechnung ist nicht gekommen.
Ich kann gerade nicht anrufen.
Sie haben mich gestern angerufen?
Nein
Ist der Artikel noch lieferbar? Ich warte auf den Versand.
Kann man das auch abholen?
Meine Telefonnummer hat sich geändert
Your mail was in my spam folder, sorry for the late answer
"""


def lines(texts: str) -> list[str]:
    return [text.replace("\\n", "\n") for text in texts.strip().splitlines()]


@pytest.mark.parametrize("text", lines(STOPS))
def test_a_no_is_understood_in_any_usual_wording(text: str) -> None:
    assert understand("Re: Your cart", text).meaning == "stop"


@pytest.mark.parametrize("text", lines(CALLS))
def test_a_wish_to_be_called_is_understood(text: str) -> None:
    assert understand("Re: Your cart", text).meaning == "call_me"


@pytest.mark.parametrize("text", lines(OTHERS))
def test_anything_else_is_left_for_a_person(text: str) -> None:
    assert understand("Re: Your cart", text).meaning == "other"


def test_a_no_to_mails_with_a_wish_to_be_called_closes_mails_only() -> None:
    both = understand("Re: x", "Please stop emailing me. Call me instead.")
    assert (both.meaning, both.channel, both.wants_call) == ("stop", "email", True)
    assert understand("Re: x", "Stop. Do not call me.").channel == "all"


def test_a_subject_counts_only_when_it_is_their_own() -> None:
    assert understand("unsubscribe", "").meaning == "stop"
    assert understand("Please call me", "Dana").meaning == "call_me"
    assert understand("Re: Stop losing your cart", "Is it in stock?").meaning == "other"
    assert understand("Stop losing your cart", "In stock?", ours="Stop losing your cart\nHello").meaning == "other"


def test_a_machines_answer_says_nothing_unless_it_is_only_a_no() -> None:
    away = "I am out of the office. To unsubscribe from our newsletter click here. Call me on +1 212 555 0123."
    assert understand("Out of office", away, is_automatic=True).meaning == "away"
    assert understand("unsubscribe", "unsubscribe", is_automatic=True).meaning == "stop"


OURS = "Hello Dana,\nyour cart is still here.\nTo stop these emails: https://shop.example.com/u/1\nSam"
QUOTED = "\n".join(f"> {line}" for line in OURS.splitlines())
WAYS_TO_QUOTE = {
    "gmail": f"Is it in stock?\n\nOn Tue, Nov 17, 2026 at 4:12 PM Sam <sam@example.com> wrote:\n\n{QUOTED}",
    "broken line": f"Is it in stock?\n\nOn Tue, Nov 17, 2026 at 4:12 PM Aurora <\nsam@example.com> wrote:\n{QUOTED}",
    "outlook": f"Is it in stock?\n\nFrom: Sam <sam@example.com>\nSent: Tuesday\nTo: Dana\nSubject: Cart\n\n{OURS}",
    "outlook, german": f"Is it in stock?\n\nVon: Sam\nGesendet: Dienstag\nAn: Dana\nBetreff: Cart\n\n{OURS}",
    "apple, german": f"Is it in stock?\n\nAm 17.11.2026 um 16:12 schrieb Sam <sam@example.com>:\n\n{QUOTED}",
    "gmx": f"Is it in stock?\n\nGesendet: Dienstag, 17. November 2026\nVon: Sam\nAn: Dana\nBetreff: C\n{OURS}",
    "original": f"Is it in stock?\n\n-----Original Message-----\n{OURS}",
    "below": f"On Tue, Nov 17, 2026, Sam <sam@example.com> wrote:\n{QUOTED}\n\nIs it in stock?",
    "without a mark": f"Is it in stock?\n\n{OURS}",
    "signature": "Is it in stock?\n\n-- \nDana\nCall me: +1 212 555 0123\nunsubscribe",
    "phone": "Is it in stock?\n\nSent from my iPhone",
}


@pytest.mark.parametrize("text", WAYS_TO_QUOTE.values(), ids=WAYS_TO_QUOTE.keys())
def test_what_is_quoted_is_not_what_they_say(text: str) -> None:
    understood = understand("Re: Cart", text, ours=OURS)
    assert understood.meaning == "other"
    assert understood.text.startswith("Is it in stock?")


def test_short_lines_of_ours_are_theirs_too() -> None:
    assert fresh("Thanks\nSam", ours="Thanks\nSam") == "Thanks\nSam"


@pytest.mark.parametrize(
    "text",
    ["stop " * 4000, "please " * 3000, "bitte " * 3000 + "x", "ruf mich " * 2000, "+1 212 " * 3000, "\n" * 20000,
     "On a " * 4000, "kein e " * 3000, "a" * 20000, "> " * 9000, "from: x\n" * 3000],
)  # fmt: skip
def test_nothing_somebody_writes_takes_long(text: str) -> None:
    began = time.monotonic()
    understand("Re: x", text[:20000], ours=OURS)
    assert time.monotonic() - began < 0.5
