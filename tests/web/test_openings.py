"""What was opened at about the same moment, and from where."""

from __future__ import annotations

from dataclasses import dataclass, field

from sidecar.web.openings import Openings

HOME, OFFICE = "203.0.113.7 ", "198.51.100.9 "


@dataclass
class Seconds:
    """A clock moved by hand."""

    at: float = 1000.0

    def __call__(self) -> float:
        return self.at


@dataclass
class Minute:
    """A minute of openings."""

    clock: Seconds = field(default_factory=Seconds)

    def __post_init__(self) -> None:
        self.openings = Openings(self.clock)

    def beside(self, kind: str, token: str, place: str, *, after: float = 0.0) -> tuple[int, int]:
        """Opens a link; how many other links of its message, and of other messages from the same place, are near."""
        self.clock.at += after
        same, others = self.openings.beside(self.openings.note(kind, token, place), within=3)
        return len(same), len({one.token for one in others})


def test_other_links_of_the_same_message_are_seen_wherever_they_are_opened_from() -> None:
    minute = Minute()
    assert minute.beside("c", "dana", HOME) == (0, 0)
    assert minute.beside("u", "dana", OFFICE, after=2.9) == (1, 0)
    assert minute.beside("p", "dana", OFFICE, after=3.1) == (0, 0)


def test_links_of_other_messages_are_seen_from_the_same_place_alone() -> None:
    minute = Minute()
    minute.beside("c", "dana", HOME)
    assert minute.beside("c", "jo", OFFICE) == (0, 0)
    assert minute.beside("c", "piotr", HOME) == (0, 1)
    assert minute.beside("c", "lars", HOME) == (0, 2)


def test_same_link_again_is_a_repetition_and_not_another_link() -> None:
    minute = Minute()
    minute.beside("c", "dana", HOME)
    assert minute.beside("c", "dana", HOME, after=1) == (0, 0)
    again = minute.openings.note("c", "dana", HOME)
    assert minute.openings.is_repeated(again, within=5)
    minute.clock.at += 6
    assert not minute.openings.is_repeated(minute.openings.note("c", "dana", HOME), within=5)


def test_a_minute_later_everything_is_forgotten() -> None:
    minute = Minute()
    for _ in range(5):
        minute.beside("c", "dana", HOME)
    assert minute.openings.count(token="dana") == 5
    assert minute.openings.count(place=OFFICE) == 0
    minute.clock.at += 61
    assert minute.openings.count(token="dana") == 0


def test_memory_is_bounded_whoever_knocks() -> None:
    minute = Minute()
    for number in range(6000):
        minute.openings.note("?", str(number), HOME)
    assert minute.openings.count(place=HOME) == 5000
