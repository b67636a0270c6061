"""Where words come from: the owner's newest version, else ours; and how a source is laid out."""

from __future__ import annotations

from dataclasses import replace

import pytest
from flask import Flask

from sidecar.db import session
from sidecar.errors import Refused
from sidecar.outreach.letters.edited import WordingVersion
from sidecar.outreach.letters.language import TEMPLATES, languages
from sidecar.outreach.letters.letter import Letter, letter_of
from sidecar.outreach.letters.sources import KINDS, Source, ours, parse, source_of
from sidecar.outreach.letters.tokens import TOKENS, fields_in
from tests.factories import NOW, make_store

FILE = """Subject: Hello {{ first_name|there }}
Preheader: All is well.
--- page ---
# Hello

First line
second line

{{ items }}
--- text ---
Hello in plain text.
"""


def laid_out(body: str, *, text: str = "Hello", plain: bool = False, **facts: object) -> tuple[str, str]:
    """The page and the text part, without their foot."""
    letter = letter_of(Source("Hello", "", body, text), plain=plain)
    _, _, page, written = letter.filled(_known(letter) | facts)
    return page, written.partition("\n--\n")[0].strip()


def _known(letter: Letter) -> dict[str, object]:
    named = dict.fromkeys(letter.uses, "")
    links = {name: f"https://example.com/{name}" for name, token in TOKENS.items() if token.is_link}
    always = dict.fromkeys(("language", "why", "imprint", "total", "store_name"), "")
    return {**named, **links, **always, "words": languages()["en"].words}


def test_a_file_is_head_page_and_text():
    found = parse(FILE, "reminder-1/en")
    assert found.subject == "Hello {{ first_name|there }}"
    assert found.preheader == "All is well."
    assert found.body.startswith("# Hello")
    assert found.body.endswith("{{ items }}")
    assert found.text == "Hello in plain text."


@pytest.mark.parametrize("missing", ["Subject: ", "Preheader: ", "--- page ---", "--- text ---"])
def test_a_file_without_one_of_its_parts_is_refused_with_its_name(missing: str):
    with pytest.raises(Refused) as refused:
        parse(FILE.replace(missing, ""), "reminder-1/xx")
    assert refused.value.code == "cannot_compose"
    assert "reminder-1/xx" in refused.value.reason


@pytest.mark.parametrize("kind", KINDS)
def test_there_are_words_of_every_kind_in_every_language_and_all_their_fields_exist(kind: str):
    for language in languages():
        source = ours(kind, language)
        for part in (source.subject, source.preheader, source.body, source.text):
            for field in fields_in(part):
                assert field.token is not None
                assert field.token.is_block or not field.token.may_be_empty or field.fallback is not None
    assert {file.stem for file in (TEMPLATES / kind).iterdir()} == set(languages())


def test_words_that_do_not_exist_are_refused():
    paths = [("reminder-2/../reminder-1", "en"), ("reminder-1", "../reminder-2/en")]
    for kind, language in (("farewell", "en"), ("reminder-1", "xx"), *paths):
        with pytest.raises(Refused):
            ours(kind, language)


def test_the_newest_version_counts_in_its_own_store_kind_and_language(app: Flask):
    store, other = make_store(), make_store(url="https://other.example.com")
    common = {"kind": "reminder-1", "language": "en", "saved_at": NOW, "saved_by": "test", "text": "t"}
    for number, subject in ((1, "Old"), (2, "New")):
        session().add(WordingVersion(store_id=store.id, number=number, subject=subject, body="b", **common))
    session().flush()

    assert source_of(store.id, "reminder-1", "en") == Source("New", "", "b", "t")
    for place in ((other.id, "reminder-1", "en"), (store.id, "reminder-2", "en"), (store.id, "reminder-1", "de")):
        assert source_of(*place) == ours(place[1], place[2])

    session().add(WordingVersion(store_id=store.id, number=3, is_ours=True, **common))
    session().flush()
    assert source_of(store.id, "reminder-1", "en") == ours("reminder-1", "en")


def test_headings_paragraphs_breaks_and_links_are_made():
    page, _ = laid_out("# Your cart\n\nOne\ntwo\n\nSee [your order]({{ pay_url }}) or [us](https://example.com/a?b=1&c=2).")
    assert ">Your cart</h1>" in page
    assert "One<br>two" in page
    assert 'href="https://example.com/pay_url"' in page
    assert 'href="https://example.com/a?b=1&amp;c=2"' in page


def test_what_an_owner_writes_is_never_run_nor_markup():
    evil = "{% for x in [1] %}loop{% endfor %} {# gone #} { } <b>bold</b> & <mj-raw><script>x</script></mj-raw>"
    page, text = laid_out(evil, text=evil)
    assert text == evil.strip()
    assert "{% for x in [1] %}loop{% endfor %} {# gone #} { }" in page
    assert "&lt;b&gt;bold&lt;/b&gt; &amp; &lt;mj-raw&gt;" in page
    assert "<script" not in page


def test_values_are_escaped_on_the_page_and_left_alone_in_the_text():
    page, text = laid_out("Hi {{ first_name }}", text="Hi {{ first_name }}", first_name="<b>{{ 7*7 }}</b>")
    assert "Hi &lt;b&gt;{{ 7*7 }}&lt;/b&gt;" in page
    assert text == "Hi <b>{{ 7*7 }}</b>"


@pytest.mark.parametrize(("name", "greeting"), [("Dana", "Hi Dana,"), ("", "Hi there,")])
def test_a_fallback_stands_in_for_what_is_empty(name: str, greeting: str):
    for part in laid_out("Hi {{first_name|there}},", text="Hi {{ first_name | there }},", first_name=name):
        assert greeting in part


def test_a_fallback_may_hold_any_sign():
    odd = """it's "quoted" \\ 50 % <b> – 😀"""
    page, text = laid_out(f"Hi {{{{ first_name|{odd} }}}}", text=f"Hi {{{{ first_name|{odd} }}}}")
    assert text == f"Hi {odd}"
    assert "&lt;b&gt;" in page


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("See {{ items }} here", "block_in_line"),
        ("Hi {{ nobody }}", "unknown_token"),
        ("Hi {{ first_name", "unknown_token"),
        ("[x]({{ first_name }})", "bad_link"),
    ],
)
def test_words_that_cannot_be_laid_out_are_refused(body: str, code: str):
    with pytest.raises(Refused) as refused:
        laid_out(body)
    assert refused.value.code == code


def test_a_block_that_has_nothing_to_say_leaves_no_gap():
    source = "One\n\n{{ offer }}\n\nTwo"
    page, text = laid_out(source, text=source, offer=None)
    assert text == "One\n\nTwo"
    assert "e-box" not in page
    assert "Your code" not in page


def test_a_button_takes_another_label():
    page, text = laid_out("{{ button|Pay <now> }}", text="{{ button|Pay <now> }}", button=True)
    assert "Pay &lt;now&gt;</a>" in page
    assert text.startswith("Pay <now>:\nhttps://")


def test_a_personal_letter_has_no_card():
    assert "border-radius:12px" in laid_out("Hello")[0]
    assert "border-radius:12px" not in laid_out("Hello", plain=True)[0]


def test_one_source_is_laid_out_once():
    source = ours("reminder-1", "en")
    assert letter_of(source, plain=False) is letter_of(replace(source), plain=False)
