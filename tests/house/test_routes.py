"""Every page says who may see it."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask

from sidecar.accounts import ROLES
from sidecar.app import create_app
from tests.conftest import a_config
from tests.house.source import none

PUBLIC_PAGES = {"/livez", "/readyz", "/metrics", "/sign-in", "/setup", "/call"}


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    """The application; no database is touched."""
    folder: Path = tmp_path_factory.mktemp("house")
    return create_app(a_config(folder, f"sqlite:///{folder / 'never.sqlite3'}"))


def _access(app: Flask) -> dict[str, object]:
    return {
        rule.rule: getattr(app.view_functions[rule.endpoint], "access", None)
        for rule in app.url_map.iter_rules() if rule.endpoint != "static"
    }


def test_every_page_has_an_access_rule(pages: Flask) -> None:
    access = _access(pages)

    assert len(access) > 20
    none([rule for rule, allowed in access.items() if allowed is None])


def test_access_rules_name_known_roles(pages: Flask) -> None:
    named = {role for allowed in _access(pages).values() if isinstance(allowed, frozenset) for role in allowed}

    assert named
    assert named <= set(ROLES)


def test_only_pages_with_a_token_and_a_few_others_are_public(pages: Flask) -> None:
    public = {rule for rule, allowed in _access(pages).items() if allowed == "public"}

    assert {rule for rule in public if "<" not in rule} <= PUBLIC_PAGES
