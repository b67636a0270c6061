from __future__ import annotations

import pytest

from sidecar.accounts import check_password, set_password, why_too_weak
from sidecar.errors import Refused
from tests.cast import REP
from tests.factories import make_user


@pytest.mark.parametrize(
    "password",
    [
        "password", "Password1", "P@ssw0rd!", "passw0rd123", "12345678", "1234567890", "qwertyuiop", "QWERTY123",
        "letmein!!", "iloveyou1", "aaaaaaaa", "abcabcab", "11111111", "19840517", "0151-23456", "monkey123!",
        "Sunshine2026", "welcome01", "dragondragon", "zxcvbnm1", "asdfghjkl", "qazwsxedc", "trustno1", "Football!",
        "ringback2026", "WooCommerce1", "correcthorsebatterystaple", "87654321", "abcdefgh", "hgfedcba",
    ],
)  # fmt: skip
def test_what_everybody_picks_is_refused(password: str) -> None:
    assert why_too_weak(password)


@pytest.mark.parametrize(
    "password", ["four quiet yellow trams", "kv7#pLm2xQ", "Blaubeere-Tintenfass", "日本語のとても長い言葉"]
)
def test_what_nobody_guesses_is_taken(password: str) -> None:
    assert why_too_weak(password) is None


def test_length_is_asked_for_with_advice() -> None:
    assert why_too_weak("k7#pLm2") == "Password must have 8 characters or more. 15 or more is better."
    assert why_too_weak("ab cd" * 60) == "Password must have 256 characters or less."


def test_own_name_and_address_are_refused() -> None:
    assert why_too_weak("Reinhardt1", name="Sam Reinhardt")
    assert why_too_weak("samreyes99", email="samreyes@example.com")


def test_password_is_kept_as_an_argon2id_hash_and_checked(app) -> None:
    user = make_user(REP)
    set_password(user, "four quiet yellow trams")
    assert str(user.password_hash).startswith("$argon2id$")
    assert check_password(user, "four quiet yellow trams")
    assert not check_password(user, "four quiet yellow tram")


def test_nobody_and_somebody_without_a_password_cannot_get_in(app) -> None:
    user = make_user(REP)
    assert not check_password(None, "nobody has this password")
    assert not check_password(user, "nobody has this password")


def test_weak_password_is_refused_with_its_field(app) -> None:
    with pytest.raises(Refused) as refused:
        set_password(make_user(REP), "password1")
    assert refused.value.field == "password"
