"""Somebody at a browser without scripts: reads pages, fills in their forms, and goes where those lead."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urlsplit

import requests


@dataclass
class Form:
    """A form of a page: where it goes, and what it holds before anybody fills it in."""

    action: str
    fields: dict[str, str] = field(default_factory=dict)


class Page(HTMLParser):
    """A page as it was answered: its text, its forms, and what its marks for tests hold."""

    def __init__(self, answer: requests.Response) -> None:
        super().__init__()
        self.status, self.html, self.url = answer.status_code, answer.text, answer.url
        self.forms: list[Form] = []
        self.marked: dict[str, list[str]] = {}
        self.links: list[str] = []
        self.task = ""
        self._marks: list[str] = []
        self._texts: list[str] = []
        self.feed(self.html)

    def handle_starttag(self, tag: str, pairs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in pairs}
        if tag == "form":
            self.forms.append(Form(found.get("action", "")))
        elif tag == "input" and self.forms and found.get("type") == "hidden":
            self.forms[-1].fields[found["name"]] = found.get("value", "")
        elif tag == "a" and "href" in found:
            self.links.append(found["href"])
        if "data-testid" in found:
            self.marked.setdefault(found["data-testid"], []).append("")
            self._marks.append(found["data-testid"])
        if found.get("id") == "desk":
            self.task = found.get("data-task", "")

    def handle_data(self, text: str) -> None:
        self._texts.append(text)
        if self._marks:
            self.marked[self._marks[-1]][-1] += text

    @property
    def text(self) -> str:
        """What a person reads, in one line."""
        return " ".join(" ".join(self._texts).split())

    def form(self, action: str) -> Form:
        """The form that goes to `action`, a path; one that names none goes to the page's own."""
        here = urlsplit(self.url).path
        found = next((form for form in self.forms if (form.action or here) == action), None)
        assert found is not None, f"no form goes to {action}; there are {[form.action for form in self.forms]}"
        return found


class Visitor:
    """One person's browser."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._session = requests.Session()

    def look(self, path: str) -> Page:
        """The page at a path of the site, or at a whole address."""
        address = path if path.startswith("http") else self._url + path
        return Page(self._session.get(address, timeout=30))

    def submit(self, page: Page, action: str, *, in_place: bool = False, **filled_in: str) -> Page:
        """Sends the page's form that goes to `action`. With `in_place` as htmx does, which gets a part of a page."""
        marks = {"HX-Request": "true"} if in_place else {}
        form = page.form(action)
        address = self._url + action if form.action else page.url
        return Page(self._session.post(address, data=form.fields | filled_in, headers=marks, timeout=30))

    def follow_link(self, link: str) -> Page:
        """Signs in by a one-time link; the page it leads to."""
        page = self.look(link)
        return self.submit(page, link.removeprefix(self._url))

    def sign_in(self, email: str, password: str) -> Page:
        """Signs in at the door."""
        return self.submit(self.look("/sign-in"), "/sign-in", email=email, password=password)
