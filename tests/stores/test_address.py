"""A store's address and keys as people type them."""

from __future__ import annotations

import pytest

from sidecar.errors import Refused
from sidecar.stores.address import check_key, check_secret, normal_url


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("https://shop.example.com", "https://shop.example.com"),
        ("  HTTPS://Shop.Example.COM/  ", "https://shop.example.com"),
        ("shop.example.com", "https://shop.example.com"),
        ("shop.example.com:8443/de/", "https://shop.example.com:8443/de"),
        ("https://shop.example.com:443/", "https://shop.example.com"),
        ("http://127.0.0.1:18080/", "http://127.0.0.1:18080"),
        ("http://shop.example.com:80", "http://shop.example.com"),
        ("https://shop.example.com/wp-admin/admin.php?page=wc", "https://shop.example.com"),
        ("https://shop.example.com/shop/wp-json/wc/v3/", "https://shop.example.com/shop"),
        ("https://shop.example.com/?utm=1#top", "https://shop.example.com"),
        ("https://bücher.example", "https://xn--bcher-kva.example"),
        ("https://[2606:4700::1]:8443", "https://[2606:4700::1]:8443"),
    ],
)
def test_address_is_kept_in_one_form(typed, kept):
    assert normal_url(typed) == kept
    assert normal_url(kept) == kept


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("", "Enter your store address"),
        ("my shop", "must start with https://"),
        ("ftp://shop.example.com", "must start with https://"),
        ("https://", "must start with https://"),
        ("https://user:pass@shop.example.com", "user name and password"),
        ("https://shop.example.com:port", "Enter your store address"),
        ("https://shop_.example.com\x00", "Enter your store address"),
        ("https://shop.example.com/" + "a" * 400, "Enter your store address"),
        ("javascript:alert(1)", "must start with https://"),
    ],
)
def test_what_is_no_address_is_refused_with_what_to_do(typed, says):
    with pytest.raises(Refused) as refused:
        normal_url(typed)

    assert says in refused.value.reason
    assert refused.value.field == "url"


def test_keys_are_trimmed_and_told_apart():
    assert check_key(" ck_abc123 ") == "ck_abc123"
    assert check_secret("cs_abc123\n") == "cs_abc123"
    with pytest.raises(Refused, match="Consumer key must start with ck_"):
        check_key("cs_abc123")
    with pytest.raises(Refused, match="Consumer secret must start with cs_"):
        check_secret("ck_abc123")
    with pytest.raises(Refused, match="Copy it again"):
        check_key("ck_abc 123")
