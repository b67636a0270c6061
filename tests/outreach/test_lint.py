"""The twenty rules of the service tone: each finds what it is for, and leaves good writing alone."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sidecar.outreach.letters.gsm import foreign_signs, segments
from sidecar.outreach.letters.language import languages
from sidecar.outreach.letters.lint import Finding, LintFacts, has_block, lint
from sidecar.outreach.letters.sources import KINDS, Source, ours
from sidecar.outreach.letters.tokens import TOKENS

WAY_OUT = "https://ringback.invalid/u/preview"
FACTS = LintFacts("Aurora Audio", "1 Main St, New York", html=f"<a href='{WAY_OUT}'>", plain=WAY_OUT, way_out=WAY_OUT)
GOOD = Source(
    "Your {{ store_name }} cart is saved",
    "Reply if something went wrong.",
    "Hi {{ first_name|there }},\nyour cart is saved. Reply if you need anything.\n\n{{ items }}\n\n{{ button }}",
    "Hi {{ first_name|there }},\n\nyour cart is saved. Reply if you need anything.\n\n{{ button }}",
)
SMS = "{{ store_name }}: Hi, your cart is saved. Reply here, or see it: {{ pay_url }} STOP to opt out"


def found(rule: str, source: Source, facts: LintFacts = FACTS, channel: str = "email") -> list[Finding]:
    return [finding for finding in lint(source, channel=channel, facts=facts) if finding.rule == rule]


def body(more: str) -> Source:
    return replace(GOOD, body=f"{GOOD.body}\n\n{more}")


def subject(words: str) -> Source:
    return replace(GOOD, subject=words)


def text_message(words: str) -> Source:
    return Source("", "", "", words)


def one(rule: str, level: str, where: str, findings: list[Finding]) -> Finding:
    assert [(each.rule, each.level, each.where) for each in findings] == [(rule, level, where)]
    return findings[0]


def test_calm_writing_passes_every_rule() -> None:
    assert lint(GOOD, facts=FACTS) == ()
    assert lint(text_message(SMS), channel="sms", facts=FACTS) == ()


def test_l01_a_message_without_a_way_out_is_blocked() -> None:
    bare = replace(FACTS, html="", plain="")
    assert [finding.where for finding in found("L01", GOOD, bare)] == ["body", "text"]
    with_link = replace(GOOD, body=GOOD.body + "\n\n{{ unsubscribe_url }}", text=GOOD.text + " {{ unsubscribe_url }}")
    assert found("L01", with_link, bare) == []
    one("L01", "block", "text", found("L01", text_message("Aurora Audio: your cart is saved"), channel="sms"))


def test_l02_there_are_one_or_two_ways_to_pay_and_no_other_button() -> None:
    one("L02", "block", "body", found("L02", replace(GOOD, body="Reply to us.")))
    assert found("L02", body("[Pay]({{ pay_url }})")) == []
    one("L02", "block", "body", found("L02", body("{{ button }}\n\n[Pay]({{ pay_url }})")))
    competing = one("L02", "block", "body", found("L02", body("[All our offers]({{ store_url }})")))
    assert competing.excerpt == "[All our offers]({{ store_url }})"
    assert found("L02", body("You find more at [the store]({{ store_url }}).")) == []


def test_l03_an_unknown_field_is_blocked_with_the_one_that_was_meant() -> None:
    finding = one("L03", "block", "body", found("L03", body("Dear {{fist_name}}, reply.")))
    assert finding.words == "There is no field called {{fist_name}}. Did you mean {{first_name}}?"
    assert finding.excerpt == "{{fist_name}}"


def test_l03_a_field_that_may_be_empty_says_what_stands_there_instead() -> None:
    finding = one("L03", "block", "body", found("L03", body("Dear {{ first_name }}, reply.")))
    assert "{{first_name|there}}" in finding.words
    assert found("L03", body("Dear {{ first_name| }}, reply to {{ store_name }}.")) == []


def test_l03_warns_with_the_number_of_carts_that_had_nothing_to_say() -> None:
    facts = replace(FACTS, empty={"order_number": 12}, carts=100)
    finding = one("L03", "warn", "body", found("L03", body("Order {{ order_number }}."), facts))
    assert "empty in 12 of the last 100 carts" in finding.words
    assert found("L03", body("Order {{ order_number|of yours }}."), facts) == []


@pytest.mark.parametrize("broken", ["Hi {{ first_name", "Hi first_name }}", "{% if x %}"])
def test_l03_braces_are_closed(broken: str) -> None:
    assert one("L03", "block", "body", found("L03", body(broken)))


@pytest.mark.parametrize(("source", "where"), [
    (subject("Your cart is saved!"), "subject"),
    (replace(GOOD, preheader="Reply!"), "preheader"),
    (body("Good! Great!"), "body"),
    (replace(GOOD, text=GOOD.text + "\n\nHello! Reply!"), "text"),
])  # fmt: skip
def test_l04_exclamation_marks_are_counted(source: Source, where: str) -> None:
    one("L04", "block", where, found("L04", source))
    assert found("L04", body("Good to hear from you!")) == []


def test_l04_a_text_message_has_none() -> None:
    one("L04", "block", "text", found("L04", text_message(SMS + "!"), channel="sms"))


def test_l05_capitals_are_for_names() -> None:
    assert one("L05", "block", "body", found("L05", body("This is FREE for you."))).excerpt == "FREE"
    assert found("L05", body("Reply STOP or HELP. 20 EUR for the SKU1234.")) == []
    assert found("L05", body("IKEA writes to you."), replace(FACTS, store_name="IKEA Berlin")) == []
    assert found("L05", body("The NIKON for you."), replace(FACTS, capitals=frozenset({"NIKON"}))) == []
    assert found("L05", body("See https://example.com/LONG for yours.")) == []


@pytest.mark.parametrize("hurry", [
    "Last chance to order.", "This is the final notice.", "Hurry.", "Act now.", "Don’t miss this.", "Soon too late.",
    "Your code expires soon.", "It ends today.", "Only 2 left.", "Only two pieces left.", "Limited stock.",
    "For a limited time.", "It is selling fast.", "Almost gone.", "While stocks last.", "Letzte Chance.",
    "Nur noch 2 Stück.", "Solange der Vorrat reicht.", "Jetzt zugreifen.", "Das Angebot endet heute.",
])  # fmt: skip
def test_l06_hurry_is_blocked(hurry: str) -> None:
    assert [finding.level for finding in found("L06", body(hurry))] == ["block"]
    assert found("L06", subject(hurry))


def test_l06_hurry_that_is_true_is_said_with_its_fact_in_the_same_sentence() -> None:
    assert found("L06", body("Only {{ stock_left|a few }} left.")) == []
    assert found("L06", body("Your code ends soon, at {{ coupon_expires_at|its end }}.")) == []
    assert found("L06", body("It ends {{ coupon_expires_at|soon }}. Hurry.")) != []
    assert found("L06", body("It is only left to say thank you. You are almost there.")) == []


def test_l07_a_cart_expires_only_where_it_does() -> None:
    one("L07", "block", "body", found("L07", body("Your cart will expire on Friday.")))
    one("L07", "block", "body", found("L07", body("Ihr Warenkorb wird am Freitag gelöscht.")))
    assert found("L07", body("Your cart will expire on Friday."), replace(FACTS, cart_expires=True)) == []


@pytest.mark.parametrize("watched", ["We saw you looking.", "We tracked your visit.", "We’ve been watching.",
                                     "We noticed you left.", "Wir haben gesehen, dass Sie da waren."])  # fmt: skip
def test_l08_nobody_is_watched(watched: str) -> None:
    assert found("L08", body(watched))[0].level == "block"


@pytest.mark.parametrize("guilt", ["You forgot something.", "We miss you.", "Why didn't you order?",
                                   "You left your lamp behind.", "Haben Sie etwas vergessen?"])  # fmt: skip
def test_l09_guilt_is_warned_of(guilt: str) -> None:
    one("L09", "warn", "body", found("L09", body(guilt)))


def test_l10_it_is_about_the_customer() -> None:
    us = replace(GOOD, body="We love our shop. We make our lamps. I like us. Reply.\n\n{{ button }}")
    one("L10", "warn", "body", found("L10", us))
    assert found("L10", replace(GOOD, body="Sie haben Ihre Auswahl noch. Antworten Sie uns.\n\n{{ button }}")) == []


@pytest.mark.parametrize("fake", ["Re: your order", "RE : your order", "Fwd: order", "AW: Bestellung", "[x] Re[2]: hi"])
def test_l11_no_fake_thread_in_the_subject(fake: str) -> None:
    one("L11", "block", "subject", found("L11", subject(fake)))
    assert found("L11", subject("Regarding your order: a question")) == []


@pytest.mark.parametrize("crowd", ["Thousands of happy customers agree.", "5,000+ happy customers.", "Join thousands.",
                                   "Tausende zufriedene Kunden."])  # fmt: skip
def test_l12_crowds_are_counted_or_left_out(crowd: str) -> None:
    assert found("L12", body(crowd))[0].level == "block"
    assert found("L12", body(f"{crowd[:-1]}, {{{{ review_count|some }}}} of them wrote.")) == []


def test_l13_emoji_and_sales_talk_are_warned_of() -> None:
    one("L13", "warn", "subject", found("L13", subject("Your cart 🛒")))
    assert found("L13", body("Thank you 🛒")) == []
    one("L13", "warn", "body", found("L13", body("Thank you 🛒🛒")))
    assert {finding.excerpt for finding in found("L13", body("Save $$$. 100 % free."))} == {"$$$", "100 % free"}


def test_l14_sentences_and_letters_are_short() -> None:
    one("L14", "warn", "body", found("L14", body("word " * 26)))
    assert found("L14", body("word " * 25)) == []
    one("L14", "warn", "body", found("L14", body("You read this. " * 60)))


def test_l15_the_foot_says_who_writes_and_from_where() -> None:
    one("L15", "block", "foot", found("L15", GOOD, replace(FACTS, postal_address="")))
    one("L15", "block", "foot", found("L15", GOOD, replace(FACTS, store_name="")))


def test_l15_a_text_message_begins_with_the_store() -> None:
    late = text_message("Hello there, your cart at {{ store_name }} is saved. STOP to opt out")
    one("L15", "block", "text", found("L15", late, channel="sms"))
    assert found("L15", text_message(SMS), replace(FACTS, store_name="A shop with a very long name"), "sms") == []


def test_l16_text_messages_are_short() -> None:
    one("L16", "warn", "text", found("L16", text_message(SMS + " x" * 60), channel="sms"))
    one("L16", "block", "text", found("L16", text_message(SMS + " x" * 150), channel="sms"))


def test_l17_signs_that_halve_a_text_message_are_shown() -> None:
    finding = one("L17", "warn", "text", found("L17", text_message(SMS + " ń ł"), channel="sms"))
    assert finding.excerpt == "ń ł"


def test_l18_no_discount_in_the_first_message() -> None:
    first = replace(FACTS, is_first=True)
    one("L18", "warn", "body", found("L18", body("You get 10 % off."), first))
    one("L18", "warn", "body", found("L18", body("{{ offer }}"), first))
    assert found("L18", body("You get 10 % off.")) == []


@pytest.mark.parametrize("dead_end", ["Your cart is saved.", "Do not reply to this email.", "Reply STOP to end this."])
def test_l19_there_is_a_way_back_to_a_person(dead_end: str) -> None:
    one("L19", "warn", "text", found("L19", replace(GOOD, text=f"{dead_end}\n\n{{{{ button }}}}")))
    assert found("L19", replace(GOOD, text=f"{dead_end}\n\n{{{{ button }}}}\n\n{{{{ talk }}}}")) == []


def test_l20_everybody_can_read_it() -> None:
    assert {finding.level for finding in found("L20", replace(GOOD, text=" "))} == {"block"}
    one("L20", "block", "body", found("L20", GOOD, replace(FACTS, html=f"<img src='x'>{WAY_OUT}")))
    assert found("L20", GOOD, replace(FACTS, html=f"<img src='x' alt=''>{WAY_OUT}")) == []


@pytest.mark.parametrize("language", sorted(languages()))
@pytest.mark.parametrize("kind", KINDS)
def test_our_own_words_pass(kind: str, language: str) -> None:
    findings = lint(ours(kind, language), facts=replace(FACTS, is_first=kind == "reminder-1"))
    assert findings == ()


def test_blocks_come_first() -> None:
    findings = lint(body("You forgot this. Hurry!!"), facts=FACTS)
    assert [finding.level for finding in findings] == sorted(finding.level for finding in findings)
    assert has_block(findings)
    assert not has_block(lint(GOOD, facts=FACTS))


@given(st.text(max_size=300), st.sampled_from(["email", "sms"]))
def test_whatever_is_typed_is_judged(typed: str, channel: str) -> None:
    for finding in lint(Source(typed, typed, typed, typed), channel=channel, facts=FACTS):
        assert finding.level in ("block", "warn")
        assert finding.words


@given(st.lists(st.sampled_from([*TOKENS, "Hi. ", "{{", "}}", "|x", "\n\n", "hurry ", "[a](", ")"]), max_size=20))
def test_no_order_of_fields_and_braces_breaks_it(pieces: list[str]) -> None:
    typed = "".join(f"{{{{ {piece} }}}}" if piece in TOKENS else piece for piece in pieces)
    lint(Source(typed, typed, typed, typed), facts=FACTS)


@given(st.text(alphabet="ab€[é ", max_size=400))
def test_a_longer_text_never_needs_fewer_parts(text: str) -> None:
    assert foreign_signs(text) == ()
    assert segments(text) <= segments(text + "a") <= segments(text) + 1


@pytest.mark.parametrize(("text", "parts"), [("a" * 160, 1), ("a" * 161, 2), ("a" * 306, 2), ("a" * 307, 3),
                                             ("ł" * 70, 1), ("ł" * 71, 2), ("€" * 80, 1), ("€" * 81, 2)])  # fmt: skip
def test_text_messages_are_counted_as_networks_do(text: str, parts: int) -> None:
    assert segments(text) == parts


@pytest.mark.parametrize("piece", ["[", "[a](", "<img ", "{{ ", "you left ", "only ", "!"])
def test_a_page_full_of_anything_is_judged_in_no_time(piece: str) -> None:
    full = (piece * 20_000)[:20_000]
    began = time.perf_counter()
    lint(Source(full[:200], full[:200], full, full), facts=FACTS)
    assert time.perf_counter() - began < 2
