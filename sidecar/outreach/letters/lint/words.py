"""The words that the lint looks for, in English and German. Patterns only; what they mean stands in tone and form."""

from __future__ import annotations

import re


def _any(*patterns: str) -> re.Pattern[str]:
    return re.compile("|".join(rf"(?:{pattern})" for pattern in patterns), re.IGNORECASE)


# Words in capitals that nobody takes for shouting. Currencies have three letters and never come up.
CAPITALS = frozenset({"STOP", "STOPP", "HELP", "HILFE", "START"})

URGENCY = _any(
    r"\b(?:last|final) (?:chance|call|notice|warning)\b",
    r"\bhurry\b",
    r"\bact (?:now|fast|quickly)\b",
    r"\bdon[’']?t miss\b",
    r"\btoo late\b",
    r"\b(?:expir(?:es?|ing)|ends?|ending|runs? out|running out) (?:very )?(?:soon|today|tonight|shortly)\b",
    r"\bonly (?:\w+ ){1,2}left\b",
    r"\blimited[ -](?:stock|time|offer|quantit(?:y|ies))\b",
    r"\b(?:selling|going) (?:out )?fast\b",
    r"\balmost (?:gone|sold out)\b",
    r"\bwh(?:ile|ilst) (?:stocks?|supplies) lasts?\b",
    r"\b(?:letzte|allerletzte) (?:chance|gelegenheit|warnung|mahnung)\b",
    r"\b(?:beeilen|beeil)\b",
    r"\bschnell sein\b",
    r"\b(?:jetzt|schnell) (?:handeln|zugreifen|zuschlagen)\b",
    r"\bnicht (?:verpassen|entgehen)\b",
    r"\bzu spät\b",
    r"\b(?:endet|läuft|verfällt) (?:bald|heute|in kürze|demnächst)\b",
    r"\bnur noch (?:\w+ ){0,2}(?:übrig|stück|auf lager|da|verfügbar|heute)\b",
    r"\bbegrenzte[rns]? (?:stückzahl|zeit|menge|vorrat)\b",
    r"\bsolange (?:der )?vorrat reicht\b",
    r"\b(?:fast|bald) (?:weg|ausverkauft|vergriffen)\b",
)

CART_ENDS = _any(
    r"\b(?:cart|basket|order|items?) (?:will |is going to |is about to |is )?"
    r"(?:soon )?(?:be )?(?:expires?|expired?|expiring|deleted?|emptied|lost|released|cancel+ed)\b",
    r"\b(?:warenkorb|bestellung)\b[^.?!]{0,40}\b(?:verfällt|verfallen|gelöscht|geleert|läuft ab|ablaufen)\b",
)

SURVEILLANCE = _any(
    r"\bwe(?:[’']ve| have)? (?:just )?(?:saw|seen|noticed|spotted) (?:that )?you\b",
    r"\bwe(?:[’']ve| have)?(?: been)? (?:track|follow|monitor|record)(?:ed|ing)\b",
    r"\bwe(?:[’']ve| have| are|[’']re) (?:been )?watch(?:ed|ing)\b",
    r"\bwe watched\b",
    r"\bwir haben (?:gesehen|bemerkt|beobachtet|festgestellt|verfolgt)\b",
    r"\b(?:uns|mir) ist aufgefallen\b",
    r"\bwir beobachten\b",
)

GUILT = _any(
    r"\b(?:did )?you forgot(?:ten)?\b",
    r"\bdid you forget\b",
    r"\b(?:we|i) (?:really )?miss(?:ed)? you\b",
    r"\bwhy didn[’']?t you\b",
    r"\byou (?:have |[’']ve )?(?:left|abandoned) [^.?!]{0,40}\bbehind\b",
    r"\byou (?:have |[’']ve )?abandoned\b",
    r"\b(?:haben sie|hast du)\b[^.?!]{0,30}\bvergessen\b",
    r"\b(?:sie|du) (?:haben|hast)\b[^.?!]{0,30}\b(?:vergessen|zurückgelassen|stehen ?lassen)\b",
    r"\bwir vermissen (?:sie|dich)\b",
    r"\bwarum (?:haben sie|hast du) nicht\b",
)

_PEOPLE = r"(?:customers|people|shoppers|buyers|users)"
CROWD = _any(
    rf"\b(?:thousands|hundreds|millions)(?: of)? (?:\w+ ){{0,2}}{_PEOPLE}\b",
    rf"\b\d[\d.,]*\+? (?:\w+ ){{0,2}}(?:happy|satisfied|delighted) {_PEOPLE}\b",
    r"\b(?:everyone|everybody)(?: is|[’']s)? (?:buying|loves|talking)\b",
    r"\bjoin (?:thousands|hundreds|millions)\b",
    r"\b(?:best[- ]?seller|most popular|trusted by)\b",
    r"\b(?:tausende|hunderte|millionen)(?: von)? (?:\w+ ){0,2}(?:kunden|kundinnen|menschen|käufer\w*)\b",
    r"\b\d[\d.,]* (?:\w+ ){0,2}(?:glückliche|zufriedene) (?:kunden|kundinnen|käufer\w*)\b",
    r"\b(?:verkaufsschlager|alle lieben)\b",
)

SALES_TALK = _any(r"\${2,}", r"€{2,}", r"\b100 ?% (?:free|gratis|kostenlos|risikofrei|risk[- ]free)")

DISCOUNT = _any(
    r"\bdiscounts?\b",
    r"\b\d+ ?% (?:off|rabatt|weniger|günstiger)",
    r"[$€£]\s?\d+ off\b",
    r"\b(?:coupon|voucher|promo)s?(?: code)?\b",
    r"\bfree (?:shipping|delivery)\b",
    r"\b(?:rabatt\w*|gutschein\w*|preisnachlass|nachlass)\b",
    r"\b(?:kostenloser|gratis|kostenfreier) versand\b",
)

HUMAN = _any(
    r"\breply\b",
    r"\brepl(?:ies|ying) to\b",
    r"\bwrite (?:back|to (?:us|me))\b",
    r"\b(?:call|ring|phone) (?:us|me)\b",
    r"\bantwort\w*\b",
    r"\b(?:rufen sie|ruf) (?:uns|mich)\b",
    r"\bschreib\w* (?:sie )?(?:uns|mir)\b",
)

# What is no way back to a person, though it says reply.
NOT_HUMAN = _any(
    r"\b(?:do not|don[’']?t|cannot|can[’']?t) reply\b",
    r"\bno-?reply\b",
    r"\breply stop\b",
    r"\bnicht (?:auf \w+ \w+ )?(?:zu )?(?:antworten|beantworten)\b",
    r"\bantwort\w* (?:sie )?(?:mit )?(?:dem wort )?stopp?\b",
)

ME = re.compile(
    r"\b(?:we|our|ours|us|i|me|my|mine|wir|uns|unser(?:e|er|em|en|es)?|ich|mich|mir|mein(?:e|er|em|en|es)?)\b", re.I
)
# German Sie and Ihr are "you" only with a capital.
YOU = re.compile(
    r"\b(?:(?i:you|your|yours|yourself|du|dich|dir|dein(?:e|er|em|en|es)?)|Sie|Ihnen|Ihr(?:e|er|em|en|es)?)\b"
)

FAKE_THREAD = re.compile(r"\s*(?:\[[^\]]*\]\s*)?(?:re|fwd?|aw|wg|antw|antwort)\s*(?:\[\d+\])?\s*[:：]", re.I)

EMOJI = re.compile("[\U0001f000-\U0001faff\u2600-\u27bf\u2b00-\u2bff\u231a-\u23ff]")
