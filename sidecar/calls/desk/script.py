"""What to say on this call: steps in service tone, filled with this cart's own words. Pure.

Nothing is promised that the shop has not said itself, and nothing that only a later message could keep.
Source: reference/ux.md A7. Words that belong to this customer are marked; `Said` keeps them apart from ours, so that
hostile text from an order stays text.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

_LONGEST_WORDS = 40  # letters of a name or product that can be said aloud
VOICEMAIL_WORDS = 60


@dataclass(frozen=True, slots=True)
class Said:
    """A sentence in pieces: (text, whether it is this customer's own word)."""

    pieces: tuple[tuple[str, bool], ...]

    def __str__(self) -> str:
        return "".join(text for text, _ in self.pieces)


@dataclass(frozen=True, slots=True)
class Step:
    """One step: its name, what to say, and a note for the rep."""

    name: str
    says: tuple[Said, ...]
    note: str = ""


@dataclass(frozen=True, slots=True)
class Script:
    """The whole of it. `answers` by reason code; `voicemail` is None when one was left already."""

    steps: tuple[Step, ...]
    answers: Mapping[str, Said]
    voicemail: Said | None
    voicemail_note: str


@dataclass(frozen=True, slots=True)
class Words:
    """What the script is filled with. Empty where nothing is known."""

    first_name: str
    rep: str
    store: str
    item: str
    delivery: str  # "$18.00", "" when none was quoted
    ring_back: str  # the shop's number
    failed: bool
    asked: bool  # asked us to call
    voicemail_left: bool


def script(words: Words) -> Script:
    """The script of one call."""
    return Script(
        steps=(
            Step("Open", (_opening(words),), "Not a good time? Choose Call back."),
            Step("Ask, then be quiet", (_plain("How can I help?"), _question(words))),
            Step("Solve", (), "Tick above what you hear. The answer opens here."),
            Step(
                "Reassure",
                (_plain(_REASSURE),),
                "No guarantees are filled in: promise only what you know.",
            ),
            Step("Next step", (_plain("Shall I send you a link with everything in it?"),), _NO_CARDS),
            Step("Close", (_plain("Is there anything we could do better?"),), "Write the answer into the note."),
        ),
        answers=_answers(words),
        voicemail=None if words.voicemail_left else voicemail(words),
        voicemail_note=_voicemail_note(words),
    )


def voicemail(words: Words) -> Said:
    """What to leave on a machine, in 60 words or less."""
    said = _fill(
        words,
        "Hi{, first}, this is {rep} from {store}. Your order{ for the item} did not complete, and I would like to help "
        "if something went wrong.{ring} Thank you, and have a good day.",
    )
    return (
        said
        if len(str(said).split()) <= VOICEMAIL_WORDS
        else _fill(
            words, "Hi, this is {rep} from {store}. Your order did not complete. I would like to help.{ring} Thank you."
        )
    )


_REASSURE = "If something is not right, tell me, and I will find out what we can do."
_NO_CARDS = "Send pay link writes the email. Never take card numbers on the phone."


def _opening(words: Words) -> Said:
    if words.asked:
        return _fill(
            words,
            "Hi, is that {first?}This is {rep} from {store}. You asked us to ring about your order{ for the item}. "
            "Is now a good time?",
        )
    return _fill(
        words,
        "Hi, is that {first?}This is {rep} from {store}. Your order{ for the item} didn't complete, and I'd like to "
        "help if something went wrong on our side. Do you have a minute?",
    )


def _question(words: Words) -> Said:
    if words.failed:
        return _plain("Did the payment give you trouble?")
    return _plain("Did you run into a problem at checkout?")


def _answers(words: Words) -> dict[str, Said]:
    """What to say to a reason, from what this order shows; the others are for the rep's own knowledge."""
    found = {
        "payment_declined": "Your bank turned it down; you did nothing wrong. Another card or way to pay often works.",
        "payment_method_missing": "Which way to pay would suit you? I will ask whether we can offer it.",
        "extra_costs": "Delivery for this order came to {delivery}. I can ask whether there is another way to send it."
        if words.delivery
        else "This order was quoted no delivery cost. Which amount surprised you?",
        "shipping_time": "When do you need it by? I will find out whether that works.",
        "product_question": "Tell me your question{ about the item}. If I don't know, I will find out and ring back.",
        "price_comparing": "That makes sense. Which offer are you comparing it with?",
        "returns_policy": "I will find out exactly how returns work for this, and tell you before you decide.",
        "just_looking": "That is fine. Shall I leave you the link for later?",
        "changed_mind": "That is fine. Thank you for telling me. Was there something we could do better?",
    }
    return {code: _fill(words, text) for code, text in found.items()}


def _voicemail_note(words: Words) -> str:
    if words.voicemail_left:
        return "A voicemail was left for this cart. Leave no second one."
    if not words.ring_back:
        return "No number to ring back is set, so the text names none. The owner can add it under Settings, Calls."
    return ""


def _plain(text: str) -> Said:
    return Said(((text, False),))


def _fill(words: Words, text: str) -> Said:
    """The text with its places filled; a place whose word is missing goes away with the words around it."""
    first, item = _sayable(words.first_name), _sayable(words.item)
    parts: dict[str, tuple[tuple[str, bool], ...]] = {
        "first?": ((first, True), ("? ", False)) if first else (("the person who ordered from us? ", False),),
        ", first": ((" ", False), (first, True)) if first else (),
        "rep": ((words.rep, False),),
        "store": ((words.store, False),),
        " for the item": ((" for the ", False), (item, True)) if item else (),
        " about the item": ((" about the ", False), (item, True)) if item else (),
        "delivery": ((words.delivery, True),),
        "ring": ((" You can reach me on ", False), (words.ring_back, True), (".", False)) if words.ring_back else (),
    }
    pieces: list[tuple[str, bool]] = []
    for part in text.split("{"):
        place, closed, rest = part.partition("}")
        if closed:
            pieces.extend(parts[place])
        pieces.append((rest if closed else part, False))
    return Said(tuple(piece for piece in pieces if piece[0]))


def _sayable(text: str) -> str:
    """One line, no longer than can be said aloud, cut at a word."""
    line = " ".join(text.split())
    if len(line) <= _LONGEST_WORDS:
        return line
    return line[:_LONGEST_WORDS].rsplit(" ", 1)[0].rstrip(" ,;-")
