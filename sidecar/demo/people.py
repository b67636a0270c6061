"""Invented people and the places they live in.

Telephone numbers are the ones kept for fiction: 555-0100 to 0199 in North America, Australia's 0491 57x xxx mobiles and
5550 landlines, London's 020 7946 0xxx, Berlin's 030 23125 xxx, France's 01 99 00. E-mail is at example.com.
American Samoa is missing: no 684-555 number counts as valid, so nobody there could be called.
"""

from __future__ import annotations

import random
import unicodedata
from dataclasses import dataclass, field

DEMO_KEY = "ck_5a6d706c6573746f72655f6175726f72615f617564"
DEMO_SECRET = "cs_736f756e642d77616c6e75742d616d706c69666965"


@dataclass(frozen=True)
class Place:
    """A town, with the area code of its telephones ("" where mobiles or a fixed pattern are used)."""

    city: str
    state: str
    postcode: str
    country: str
    area: str = ""

    @property
    def currency(self) -> str:
        """What people there pay in."""
        return {"CA": "CAD", "AU": "AUD", "NZ": "NZD", "GB": "GBP", "DE": "EUR", "FR": "EUR"}.get(self.country, "USD")


def _places(country: str, rows: str) -> list[Place]:
    parts = [[part.strip() for part in row.split("|")] for row in rows.strip().splitlines()]
    return [Place(city, state, postcode, country, area) for city, state, postcode, area in parts]


GUAM = _places("GU", "Tamuning||96913|671\nDededo||96929|671\nMangilao||96913|671") + _places(
    "MP", "Saipan||96950|670")
PERTH = _places("AU", "Fremantle|WA|6160|\nPerth|WA|6000|\nSubiaco|WA|6008|\nBunbury|WA|6230|")
ATLANTIC = _places("CA", "St. John's|NL|A1B 3X9|709\nHalifax|NS|B3H 4R2|902\nMoncton|NB|E1C 1A1|506\n"
                   "Dartmouth|NS|B2Y 1R4|902") + _places("PR", "San Juan||00901|787")
EASTERN = _places("US", "Boston|MA|02108|617\nAtlanta|GA|30303|404\nColumbus|OH|43215|614\nBurlington|VT|05401|802"
                  ) + _places("CA", "Toronto|ON|M5V 2T6|416")
CENTRAL = _places("US", "Chicago|IL|60601|312\nAustin|TX|78701|512\nBirmingham|AL|35203|205") + _places(
    "CA", "Winnipeg|MB|R3C 1A5|204")
MOUNTAIN = _places("US", "Denver|CO|80202|303\nSalt Lake City|UT|84101|801\nPhoenix|AZ|85004|602") + _places(
    "CA", "Calgary|AB|T2P 1J9|403")
PACIFIC = _places("US", "Portland|OR|97204|503\nSeattle|WA|98101|206\nOakland|CA|94607|510") + _places(
    "CA", "Vancouver|BC|V6B 1A1|604")
ALASKA = _places("US", "Anchorage|AK|99501|907\nJuneau|AK|99801|907")
HAWAII = _places("US", "Honolulu|HI|96813|808\nHilo|HI|96720|808")
EAST_AUSTRALIA = _places("AU", "Sydney|NSW|2000|\nMelbourne|VIC|3000|\nBrisbane|QLD|4000|\nAdelaide|SA|5000|")
NEW_ZEALAND = _places("NZ", "Auckland|AUK|1010|\nWellington|WGN|6011|\nDunedin|OTA|9016|")
BRITAIN = _places("GB", "London||SE1 7PB|\nLondon||N1 9GU|\nLondon||E2 8HD|")
GERMANY = _places("DE", "Berlin|DE-BE|10115|\nBerlin|DE-BE|10997|")
FRANCE = _places("FR", "Paris||75011|\nLille||59000|")

_FIRST = (
    "Ada", "Bea", "Cass", "Dara", "Elio", "Fern", "Gus", "Hana", "Ivo", "Juno", "Kit", "Lena", "Milo", "Nora", "Otis",
    "Pia", "Quin", "Rosa", "Sol", "Tess", "Uma", "Vera", "Wyn", "Xena", "Yuri", "Zoe", "Arlo", "Britt", "Cleo", "Dev",
    "Edda", "Finn", "Greta", "Hugo", "Iris", "Jonas", "Kaya", "Leif", "Maya", "Nico", "Orla", "Piet", "Remy", "Suri")
_LAST = (
    "Abbot", "Brisk", "Calder", "Dunmore", "Elland", "Farrow", "Garland", "Hollin", "Ingram", "Jessop", "Kestrel",
    "Larkin", "Marlow", "Nettle", "Orchard", "Pickett", "Quill", "Rowan", "Sorrel", "Thorne", "Underhill", "Vesper",
    "Wexley", "Yarrow", "Ashdown", "Birch", "Crane", "Dovey", "Eastman", "Fenwick", "Gorse", "Heron", "Ivory",
    "Juniper", "Knoll", "Linden", "Moss", "Norwood", "Oakes", "Plover", "Reed", "Starling", "Tansy", "Upton", "Vale")
_STREETS = ("Elm", "Quay", "Mill", "Lark", "High")
_MOBILES = (
    "570 006", "570 156", "570 157", "570 158", "570 159", "570 110", "570 737", "571 266", "571 491", "571 804",
    "572 549", "572 665", "572 983", "573 770", "573 087", "574 118", "574 632", "575 254", "575 789", "576 398",
    "576 801", "577 426", "577 644", "578 957", "578 148", "578 888", "579 212", "579 760", "579 455")
_STYLES = ("({area}) 555-{last}", "{area}-555-{last}", "+1 {area} 555 {last}", "{area}555{last}", "1-{area}-555-{last}")


@dataclass(frozen=True)
class Person:
    """Somebody who shops."""

    first: str
    last: str
    place: Place
    email: str
    phone: str
    street: str
    customer_id: int = 0

    def billing(self, **other: str) -> dict[str, str]:
        """The billing address as the checkout fills it in; `other` overwrites parts."""
        place = self.place
        return {"first_name": self.first, "last_name": self.last, "company": "", "address_1": self.street,
                "address_2": "", "city": place.city, "state": place.state, "postcode": place.postcode,
                "country": place.country, "email": self.email, "phone": self.phone, **other}


@dataclass
class Town:
    """Makes people, each with a name, an e-mail address and a telephone number nobody else has."""

    chance: random.Random
    _numbers: dict[str, int] = field(default_factory=dict)
    _emails: set[str] = field(default_factory=set)

    def person(self, place: Place) -> Person:
        """A new person in this place."""
        first, last = self.chance.choice(_FIRST), self.chance.choice(_LAST)
        street = f"{self.chance.randint(2, 480)} {self.chance.choice(_STREETS)} Street"
        return Person(first, last, place, self._email(first, last), self._phone(place), street)

    def _email(self, first: str, last: str) -> str:
        plain = unicodedata.normalize("NFKD", f"{first}.{last}").encode("ascii", "ignore").decode().lower()
        email, more = f"{plain}@example.com", 2
        while email in self._emails:
            email, more = f"{plain}{more}@example.com", more + 1
        self._emails.add(email)
        return email

    def _next(self, what: str) -> int:
        number = self._numbers.get(what, -1) + 1
        self._numbers[what] = number
        return number

    def _phone(self, place: Place) -> str:
        if place.area:
            number = self._next(place.area)
            style = _STYLES[sum(self._numbers.values()) % len(_STYLES)]
            return style.format(area=place.area, last=f"01{number % 100:02d}")
        number = self._next(place.country)
        if place.country == "AU":
            if number < len(_MOBILES):
                return f"0491 {_MOBILES[number]}"
            code = {"WA": "08", "SA": "08", "QLD": "07", "VIC": "03"}.get(place.state, "02")
            return f"({code}) 5550 {number:04d}"
        paris = f"01 99 00 {number // 100:02d} {number % 100:02d}"
        return {"GB": f"020 7946 0{number:03d}", "NZ": f"(09) 555 {100 + number:04d}",
                "DE": f"030 23125 {number:03d}", "FR": paris}[place.country]
