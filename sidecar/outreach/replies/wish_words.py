"""The wordings of a no and of a wish to be called, in English and German: one pattern a line, for text that is in
lower case with ä ö ü ß written as ae oe ue ss. `<name>` stands for a group of words given below."""

from __future__ import annotations

import re

_GROUPS = {
    "mail": r"(?:e-?mails?|mails?|nachrichten|messages?|reminders?|newsletters?|erinnerung\w*|werb\w*|spam|texts?|sms)",
    "reach": (
        r"(?:e-?mail|mail|messag|contact|writ|text|call|phon|ring|send|spam|bother|harass|pester|remind|notif|advert"
        r"|market|newsletter|disturb)"
    ),
    "erreich": (
        r"(?:kontakt|angeschr|anschreib|anzuschr|belaestig|anruf|angerufen|anzurufen|benachrichtig|erinner|zuschick"
        r"|zusend|melden)"
    ),
    "nolike": r"\b(?:not|never|no longer|don'?t)(?: ever| really)? (?:wish|want|like|care|agree)",
    "mine": r"(?:e-?mail|mail|address|name|details|data|number|contact|account)",
    "meine": r"(?:daten|kontaktdaten|adresse|e-?mail|mail|konto|nummer)",
    "some": r"(?: [a-z']+){0,2}?",
    "more": r"(?: [a-z]+){0,4}?",
    "when": r"(?: [a-z0-9:.,+/-]+){0,8}?",
}

NO = r"""
\bunsubscrib\w*
\bopt(?:ing|ed)?[ -]?(?:me |us )?out\b
\b(?:stop|quit|cease)(?! by\b| at\b| in\b| over\b)<some> <reach>\w*
\b(?:stop|quit) (?:it|this|that|now)\b
\b(?:do not|don'?t|never)(?: ever| please| you dare)? <reach>\w*(?: to)? (?:me|us|any\w*|more|again|these|your)\b
\b(?:do not|don'?t|never)(?: ever| please)? (?:e-?mail|contact|write|call|text|disturb|bother)(?:[.!,]|$)
\bno (?:more|further)<some> (?:<mail>|calls?|contact|marketing)\b
\bno <mail>(?: any ?more|,? please|,? thank)
\b(?:remove|delete|erase) (?:me\b|us\b|my <mine>|this (?:e-?mail|address|mail))
\btake (?:me|us|my [a-z]+) (?:off|out of)\b
\bleave (?:me|us) alone\b
\b(?:get lost|go away|(?:fuck|piss|bugger|sod|buzz) off)\b
<nolike>(?: you)?(?: to)?(?: be)? (?:receiv|get|hear)\w*
<nolike>(?: you)?(?: to)?(?: be)? <reach>\w*
\b(?:don'?t|do not|no longer) (?:want|need|wish for)(?: any| these| your| more| this)+ <mail>
\bnot (?:to )?be (?:contacted|e-?mailed|called|messaged|bothered|disturbed)
\b(?:revok|withdraw|cancel)\w*(?: all| any| my| the| our| this)* (?:consent|permission|subscription|<mail>)
\b(?:this is|it'?s|as|for|stop) spam\b
\bspamm(?:ing|ers?)\b|\bunsolicited\b
\bobject to<some> (?:processing|use|marketing|contact)
\babmeld\w*|\babgemeldet\b|\babbestell\w*|\baustragen\b|\btrag(?:en|t)?(?: sie)? mich(?: bitte)? aus\b
\bkein\w* weitere\w*(?: [a-z]+)? (?:<mail>|anrufe?|kontakt\w*)
\bkein\w*<some> (?:<mail>|anrufe?|kontakt\w*)(?: [a-z]+){0,3}? mehr\b
\bkein\w* mehr <mail>
\b(?:moechte|will|wuensche|wollen|bitte|brauche)<some> kein\w*<some> (?:<mail>|anrufe?|kontakt\w*)
\bkein(?:e|en)? (?:werb|spam)\w*
\bnicht (?:mehr|weiter|laenger)<some> <erreich>\w*
\b(?:bitte|moechte|will|wollen|wuensche|sollen|duerfen)<more> nicht<some> <erreich>\w*
\b(?:schreib|kontaktier|ruf|belaestig|stoer|nerv)(?:en|t|e)?(?: sie)?(?: bitte)? (?:mich|mir|uns)(?: bitte)? nicht\b
\b(?:schick|send|meld)(?:en|t|e)?(?: sie| sich| bitte| mir| uns){0,4} nichts? mehr\b
\bhoer(?:t|en sie|en)?(?: bitte| endlich| doch| damit)* auf\b|\bunterlass(?:en|t)?\b
\blass(?:en|t)?(?: sie)? (?:mich|uns)<some> in (?:ruhe|frieden)\b
\b(?:loesch|entfern|streich|nehm|nimm)(?:en|t|e)?(?: sie| bitte){0,2} (?:mich\b|uns\b|mein\w*(?: [a-z]+)? ?<meine>)
\b(?:loesch|entfern|streich|nehm|nimm)(?:en|t|e)?(?: sie| bitte){0,2} diese (?:adresse|e-?mail|mail)
\bmein\w* <meine>[\w-]*<more> (?:loeschen|entfernen|streichen)\b
\bverteiler\b|\bmailingliste\b
\bwiderrufe\b|\bwiderspreche\b|\b(?:einwilligung|zustimmung)(?: [a-z]+){0,3}? (?:zurueck|widerr)\w*
\bals spam (?:meld|gemeldet|markier)\w*|\bdas ist spam\b|\bspamm(?:en|t)\b|\bverpiss\w*
"""

# A line that is nothing but this, wherever it stands.
NO_LINE = r"""
(?:please |bitte )?stop+(?: please| bitte| it| now| jetzt| all)?
(?:please |bitte )?(?:stopall|unsubscribe|opt[ -]?out|revoke|remove)(?: please| me)?
(?:please |bitte )?(?:abmelden|abmeldung|abbestellen|austragen|stoppen|aufhoeren)(?: bitte)?
"""

# All that somebody wrote.
NO_WHOLE = r"""
(?:please |bitte )?(?:end|quit|cancel|loeschen|ende|schluss|stornieren)(?: please| bitte| it)?
(?:bitte )?keine (?:e-?mails?|mails?|nachrichten)(?: bitte)?
(?:no|nein),? (?:thanks|thank you|danke|dankeschoen)|danke,? nein
(?:(?:no|nein),? (?:thanks|thank you|danke),? )?(?:i'?m |i am )?(?:not|no longer) interested(?:,? (?:thanks|thank you))?
(?:(?:nein),? (?:danke),? )?(?:ich habe )?(?:leider )?kein(?:en|e)? (?:interesse|bedarf)(?: mehr)?|nicht interessiert
(?:please |bitte )?(?:not any ?more|nicht mehr)
"""

CALL = r"""
\b(?:call|phone|ring|telephone) (?:me|us)\b
\bgive (?:me|us) a (?:quick |short |phone )*(?:call|ring|bell|buzz)\b
\b(?:please|can|could|would|kindly)(?: [a-z]+){0,3}? (?:call(?: me)? ?back|phone me|ring back)\b
\b(?:talk|speak)(?: [a-z]+){0,3}? (?:by|on the|over the|via) (?:tele)?phone\b
\b(?:reach|contact) (?:me|us)(?: [a-z]+){0,3}? (?:by|via|on the) (?:tele)?phone\b
\b(?:like|prefer|appreciate|love|request|want|need)(?: to (?:get|receive|have))? a (?:phone |quick |short )*call\b
\bcall ?back,? please\b
\bruf(?:en|e|t)?(?: sie| ihr)?<some> (?:mich|uns)<when> (?:an|zurueck)\b
\b(?:um|ueber|auf) (?:einen |ihren |deinen )?(?:kurzen )?(?:rueckruf|anruf)\b
\b(?:bitte|erbitte)(?: [a-z]+){0,3}? (?:rueckruf|zurueckrufen|anrufen|anruf)\b
\brueckruf<some> (?:erbeten|gewuenscht|bitte)\b
\b(?:koennen|koennten|kannst|koenntest|wuerden)<more> (?:mich|uns)<when> (?:anrufen|zurueckrufen)\b
\bmeld(?:en|e|et)(?: sie)?(?: sich| dich)?(?: [a-z]+){0,3}? telefonisch\b
\berreich\w*<more> telefonisch\b|\btelefonisch(?: [a-z]+){0,3}? erreich\w*
"""


def any_of(patterns: str) -> re.Pattern[str]:
    """One pattern that fits where any of the lines does."""
    filled = re.sub(r"<(\w+)>", lambda name: _GROUPS[name[1]], patterns)
    return re.compile("|".join(f"(?:{line})" for line in filled.strip().splitlines()))
