"""Who opened a link: people are told from programs by what they send and when they come."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from sidecar.outreach.visits.visiting import PERSON, SCANNER, Visit, sign_of_a_program, visitor

IPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 19_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
    "Version/19.1 Mobile/15E148 Safari/604.1"
)
DANA = Visit("GET", IPHONE, timedelta(minutes=4))

BROWSERS = [
    IPHONE,
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36",
    "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0",
    "Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 Chrome/142.0 Mobile Safari/537.36 [FBAN/EMA;FBLC/en]",
    "Mozilla/5.0 (Linux; Android 15; SM-S938B; wv) AppleWebKit/537.36 Version/4.0 Chrome/142.0 Mobile Safari/537.36",
    "Opera/9.80 (Windows NT 6.1; WOW64) Presto/2.12.388 Version/12.18",
    "Mozilla/5.0 (Linux; Android 14; CUBOT KINGKONG) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0 Safari/537.36",
]
PROGRAMS = [
    "",
    "  ",
    "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
    "Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)",
    "python-requests/2.34.2",
    "curl/8.9.1",
    "Wget/1.24",
    "Go-http-client/2.0",
    "BarracudaCentral-Scanner",
    "Mozilla/5.0 (compatible; Mimecast Targeted Threat Protection)",
    "Microsoft Office Existence Discovery",
    "Mozilla/5.0 (Windows NT 6.1; WOW64) SkypeUriPreview Preview/0.5",
    "WhatsApp/2.24.1 A",
    "Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)",
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/142.0 Safari/537.36",
    "facebookexternalhit/1.1",
]


@pytest.mark.parametrize("name", BROWSERS)
def test_a_browser_some_minutes_after_sending_is_a_person(name: str) -> None:
    assert visitor(replace(DANA, user_agent=name)) == PERSON


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_program_that_says_what_it_is_or_says_nothing_is_a_scanner(name: str) -> None:
    assert visitor(replace(DANA, user_agent=name)) == SCANNER


@pytest.mark.parametrize(
    ("changes", "sign"),
    [
        ({"method": "HEAD"}, "method"),
        ({"looks_ahead": "prefetch;prerender"}, "looks_ahead"),
        ({"destination": "image"}, "not_a_page"),
        ({"destination": "empty"}, "not_a_page"),
        ({"destination": "document"}, ""),
        ({"since_sent": None}, "too_soon"),
        ({"since_sent": timedelta(0)}, "too_soon"),
        ({"since_sent": timedelta(seconds=9.9)}, "too_soon"),
        ({"since_sent": timedelta(seconds=10)}, ""),
        ({"since_sent": timedelta(days=13)}, ""),
        ({"other_links": 1}, "at_once"),
        ({"other_messages": 1}, ""),
        ({"other_messages": 2}, "at_once"),
    ],
)
def test_behaviour_tells_them_apart_where_the_name_is_a_browsers(changes: dict[str, object], sign: str) -> None:
    assert sign_of_a_program(replace(DANA, **changes)) == sign  # type: ignore[arg-type]
