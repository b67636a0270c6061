"""The fields about how somebody works, the same on their own profile and on their page under Team."""

from __future__ import annotations

from typing import Any

from flask import request

from sidecar.accounts import User
from sidecar.accounts.working import WEEKDAYS, Work, hours_words, read_work, time_zones
from sidecar.calls.outcomes.dispositions import LANGUAGES
from sidecar.calls.priority.facts import shop_zone_of
from sidecar.contacts import phone
from sidecar.contacts.local_time import place
from sidecar.web.filters import phone_number
from sidecar.web.shell import current_store

SPOKEN = {code: word for code, word in LANGUAGES.items() if code != "other"}


def read(*, goal: int | None = None) -> tuple[Work, list[dict[str, str]]]:
    """The form that was sent, and its errors as the page shows them. With `goal` the form has no say in it."""
    store = current_store()
    country = (store.country or "").partition(":")[0] if store else ""
    work, problems = read_work(
        request.form,
        request.form.getlist("languages"),
        known=SPOKEN,
        number_of=lambda typed: phone.e164(typed, country),
        goal=goal,
    )
    return work, [{"field": problem.field, "text": problem.text} for problem in problems]


def fields(user: User, errors: list[dict[str, str]], *, goal: bool) -> dict[str, Any]:
    """What team/_work.html shows: what was typed when something in it is wrong, else what is kept."""
    zone = shop_zone_of(current_store())
    sent = request.form if errors else None
    texts = {
        "phone": phone_number(user.phone),
        "time_zone": user.time_zone,
        "daily_goal": str(user.daily_goal),
    } | {f"hours-{day}": hours_words(user.hours, day) for day in range(7)}
    return {
        "values": {name: sent.get(name, text) if sent is not None else text for name, text in texts.items()},
        "days": [(f"hours-{day}", name) for day, name in enumerate(WEEKDAYS)],
        "languages": list(SPOKEN.items()),
        "ticked": sent.getlist("languages") if sent is not None else user.languages,
        "shop_place": place(zone) or zone,
        "zones": time_zones(),
        "goal": goal,
    }
