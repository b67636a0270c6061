"""Passwords: argon2id, and a rule that turns away the ones everybody guesses first."""

from __future__ import annotations

import functools
import re

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from sidecar.accounts.user import User
from sidecar.errors import Refused

LEAST, MOST = 8, 256
# Source: OWASP Password Storage Cheat Sheet, the setting with the least memory (19 MiB), read 2026-11.
_hasher = PasswordHasher(time_cost=2, memory_cost=19456, parallelism=1)

# What people pick, without its decoration: capitals, digits and signs around it, 0 for o and so on are undone first.
_COMMON = frozenset(
    """
    password passwort passord parole motdepasse contrasena senha wachtwoord haslo secret secrets secretword letmein
    letmeinnow welcome welcomehome willkommen bienvenue hello hellohello helloworld goodmorning admin administrator
    adminadmin root rootroot superuser user username guest guestguest test tester testtest testing demo default
    changeme changethis temp temporary login signin logmein access access account master mastermaster trustno
    iloveyou ilovegod lovelove loveyou lovely love forever princess sunshine shadow dragon monkey donkey tigger
    tiger lion eagle panther butterfly flower flowers rainbow unicorn angel angels jesus jesuschrist heaven blessed
    football baseball basketball soccer hockey tennis golf golfer cricket rugby liverpool arsenal chelsea barcelona
    juventus realmadrid manchester yankees cowboys lakers steelers packers patriots superman batman spiderman
    starwars pokemon pikachu naruto minecraft fortnite samsung iphone android google facebook twitter instagram
    youtube yahoo hotmail gmail microsoft windows apple macintosh computer internet laptop keyboard office
    summer winter spring autumn fall monday tuesday wednesday thursday friday saturday sunday january february march
    april june july august september october november december michael jennifer jessica jordan charlie daniel thomas
    andrew joshua matthew anthony robert william ashley nicole michelle amanda samantha hannah olivia maria anna
    chocolate cookie cookies coffee cheese pepper ginger banana orange pizza whiskey vodka purple yellow silver golden
    diamond mustang corvette ferrari porsche mercedes yamaha harley honda toyota freedom america england germany
    france canada london paris berlin newyork chicago boston texas dallas hunter killer ranger soldier marine police
    phoenix thunder lightning hammer warrior maverick matrix hacker ninja wizard merlin gandalf whatever nothing
    something anything someone somebody correcthorse correcthorsebatterystaple opensesame abracadabra money business
    company shop store woocommerce wordpress ringback sales support marketing customer service manager
    qwerty qwertz azerty qwertyuiop qwertyui qwertyu asdf asdfgh asdfghjk asdfghjkl zxcv zxcvbn zxcvbnm qazwsx
    qazwsxedc qweasd qweasdzxc qweqwe asdasd zxczxc qwer qwerasdf poiuytrewq mnbvcxz abcd abcde abcdef abcdefg
    abcdefgh abcdefghi abcdefghij abcabc aaa bbb xxx zzz passw pass passpass passwd pwd passphrase
    """.split()  # noqa: SIM905 - a wall of quoted words would be no easier to read
)
_ROWS = ("01234567890", "09876543210", "abcdefghijklmnopqrstuvwxyz", "qwertyuiop", "asdfghjkl", "zxcvbnm")
_UNDONE = str.maketrans("013457@$!|", "oleastasil")


def set_password(user: User, password: str) -> None:
    """Keeps the hash. Raises Refused, field "password", when it is too easy to guess."""
    reason = why_too_weak(password, email=user.email, name=user.name)
    if reason:
        raise Refused(reason, code="weak_password", field="password")
    user.password_hash = _hasher.hash(password)


def check_password(user: User | None, password: str) -> bool:
    """Whether it is theirs. Takes as long for nobody, and for somebody without a password, as for a wrong one."""
    stored = user.password_hash if user and user.password_hash else None
    try:
        _hasher.verify(stored or _nobodys_hash(), password[:MOST])
    except (VerificationError, InvalidHashError):
        return False
    return stored is not None and user is not None and user.disabled_at is None


def why_too_weak(password: str, *, email: str = "", name: str = "") -> str | None:
    """The sentence that says why, or None when it will do. Source: reference/safety.md C9, ASVS 6.2."""
    if len(password) < LEAST:
        return f"Password must have {LEAST} characters or more. 15 or more is better."
    if len(password) > MOST:
        return f"Password must have {MOST} characters or less."
    if _is_common(password):
        return "This password is among the first that get guessed. Choose several words that do not belong together."
    mine = [part for part in re.split(r"[\s@._-]+", f"{email} {name}".lower()) if len(part) >= 4]
    if any(re.sub(r"[^a-z]", "", password.lower()) == re.sub(r"[^a-z]", "", part) for part in mine):
        return "Password must not be your own name or address."
    return None


def _is_common(password: str) -> bool:
    lowered = password.lower()
    if len(set(lowered)) <= 3 or any(_walks(lowered, row) for row in _ROWS):
        return True
    if re.fullmatch(r"[\d\W_]+", lowered) and len(lowered) < 12:
        return True  # digits only: dates and telephone numbers
    trimmed = re.sub(r"^[\d\W_]+|[\d\W_]+$", "", lowered)
    for plain in (trimmed, trimmed.translate(_UNDONE), lowered.translate(_UNDONE)):
        core = re.sub(r"[\W_]+", "", plain)
        if core in _COMMON or re.sub(r"\d+", "", core) in _COMMON:
            return True
        half = len(core) // 2
        if len(core) % 2 == 0 and core[:half] == core[half:] and core[:half] in _COMMON:
            return True
    return False


def _walks(text: str, row: str) -> bool:
    """Whether it is nothing but a walk along a row of keys, forward or back, perhaps twice."""
    half = text[: len(text) // 2]
    return any(text in line or (half * 2 == text and half in line) for line in (row * 2, row[::-1] * 2))


@functools.cache
def _nobodys_hash() -> str:
    return _hasher.hash("nobody has this password")
