"""The environment: what is taken, what is refused in one line, and the key that is made at the first start."""

from __future__ import annotations

import stat
import subprocess
import sys
from pathlib import Path

import pytest

from sidecar.config import ROOT, Config, ConfigError, load
from sidecar.errors import GatewayError
from sidecar.vault import Vault

KEY, OLD_KEY = "k" * 32, "o" * 32
STORE = {
    "SIDECAR_STORE_URL": "https://shop.example.com",
    "SIDECAR_STORE_KEY": "ck_1",
    "SIDECAR_STORE_SECRET": "cs_1",
}


def config_with(folder: Path, **environ: str) -> Config:
    return load({"SIDECAR_DATA_DIR": str(folder), **environ})


def refusal(folder: Path, **environ: str) -> str:
    """The one line that is shown."""
    with pytest.raises(ConfigError) as caught:
        config_with(folder, **environ)
    line = str(caught.value)
    assert "\n" not in line
    return line


def test_an_empty_environment_gives_a_working_configuration(tmp_path: Path) -> None:
    config = config_with(tmp_path)
    assert config.database_url == f"sqlite:///{tmp_path}/ringback.sqlite3"
    assert (config.host, config.port, config.base_url) == ("127.0.0.1", 8000, "http://127.0.0.1:8000")
    assert config.redis_url is None
    assert config.store_url is None
    assert config.allow_local_stores is False


def test_the_base_address_follows_the_port(tmp_path: Path) -> None:
    assert config_with(tmp_path, SIDECAR_PORT="8123").base_url == "http://127.0.0.1:8123"
    given = config_with(tmp_path, SIDECAR_PORT="8123", SIDECAR_BASE_URL="https://calls.example.com/")
    assert given.base_url == "https://calls.example.com"


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("SIDECAR_PORT", "abc", "a number from 1 to 65535, like 8000; it is 'abc'"),
        ("SIDECAR_PORT", "0", "a number from 1 to 65535"),
        ("SIDECAR_PORT", "70000", "a number from 1 to 65535"),
        ("SIDECAR_PORT", "８０", "a number from 1 to 65535"),
        ("SIDECAR_HOST", "my host", "an address like 127.0.0.1"),
        ("SIDECAR_DATABASE_URL", "mysql://u:p@h/d", "an address like postgresql://"),
        ("SIDECAR_DATABASE_URL", "postgresql://[bad", "an address like postgresql://"),
        ("SIDECAR_DATABASE_URL", "sqlite:///relative.sqlite3", "like sqlite:////srv/ringback.sqlite3"),
        ("SIDECAR_DATABASE_URL", "sqlite:////no/such/folder/x.sqlite3", "a folder that exists"),
        ("SIDECAR_REDIS_URL", "http://127.0.0.1", "an address like redis://"),
        ("SIDECAR_REDIS_URL", "redis://127.0.0.1/first", "the number of a database"),
        ("SIDECAR_BASE_URL", "calls.example.com", "an address like https://"),
        ("SIDECAR_BASE_URL", "https://", "an address like https://"),
        ("SIDECAR_BASE_URL", "https://x.example.com/?a=b", "a plain address"),
        ("SIDECAR_ALLOW_LOCAL_STORES", "yes", "0 or 1; it is 'yes'"),
        ("SIDECAR_SMTP_URL", "smtp.example.com", "an address like smtp://"),
        ("SIDECAR_SMTP_URL", "smtp://h:0", "an address like smtp://"),
        ("SIDECAR_SMTP_URL", "smtp://h?tls=maybe", "?tls=starttls or ?tls=none"),
        ("SIDECAR_SMTP_URL", "smtp://mail.example.com?tls=none", "only for a server on this machine"),
        ("SIDECAR_IMAP_URL", "pop://u:p@mail.example.com", "an address like imaps://"),
        ("SIDECAR_IMAP_URL", "imaps://mail.example.com/INBOX", "a user, a password and a folder"),
        ("SIDECAR_IMAP_URL", "imaps://u:p%0d%0a@mail.example.com", "a user, a password and a folder"),
        ("SIDECAR_IMAP_URL", "imaps://u:p@mail.example.com?delete=1", "?mark=seen"),
        ("SIDECAR_IMAP_URL", "imap://u:p@mail.example.com?tls=none", "only for a server on this machine"),
        ("SIDECAR_MAIL_FROM", "Aurora Audio", "an email address, like Aurora Audio <"),
        ("SIDECAR_MAIL_FROM", "a@example.com\nBcc: b@example.com", "one line of plain text"),
        ("SIDECAR_OWNER_EMAIL", "olive", "an email address, like owner@"),
        ("SIDECAR_OWNER_PASSWORD", "a long enough one", "needs SIDECAR_OWNER_EMAIL"),
        ("SIDECAR_SECRET_KEY", "short", "at least 32 characters"),
        ("SIDECAR_SECRET_KEY", f"{KEY},short", "at least 32 characters"),
        ("SIDECAR_SECRET_KEY", ",", "at least 32 characters"),
        ("SIDECAR_LOG_FORMAT", "xml", "text or json; it is 'xml'"),
        ("SIDECAR_STORE_URL", "https://shop.example.com", "belong together: set all three"),
        ("SIDECAR_STORE_KEY", "ck_1", "belong together: set all three"),
        ("SIDECAR_TWILIO_API_BASE", "localhost:4010", "an address like http://"),
    ],
)
def test_an_odd_value_is_refused_in_one_line_that_names_it(tmp_path: Path, name: str, value: str, says: str) -> None:
    line = refusal(tmp_path, **{name: value})
    assert name in line
    assert says in line


def test_a_store_without_https_needs_permission(tmp_path: Path) -> None:
    local = STORE | {"SIDECAR_STORE_URL": "http://127.0.0.1:8080"}
    assert "SIDECAR_ALLOW_LOCAL_STORES=1" in refusal(tmp_path, **local)
    assert config_with(tmp_path, **local, SIDECAR_ALLOW_LOCAL_STORES="1").store_url == "http://127.0.0.1:8080"


def test_a_refusal_never_repeats_a_secret(tmp_path: Path) -> None:
    for name, value in (
        ("SIDECAR_SMTP_URL", "smtp://olive:hunter2pass@h?tls=maybe"),
        ("SIDECAR_DATABASE_URL", "mysql://olive:hunter2pass@h/d"),
        ("SIDECAR_SECRET_KEY", "hunter2pass"),
    ):
        assert "hunter2pass" not in refusal(tmp_path, **{name: value})


def test_showing_a_configuration_hides_its_secrets(tmp_path: Path) -> None:
    shown = repr(config_with(tmp_path, SIDECAR_SECRET_KEY=KEY, **STORE))
    assert KEY not in shown
    assert "cs_1" not in shown


def test_a_value_may_come_from_a_file(tmp_path: Path) -> None:
    (tmp_path / "from").write_text("Aurora Audio <hello@example.com>\n", encoding="utf-8")
    config = config_with(tmp_path, SIDECAR_MAIL_FROM_FILE=str(tmp_path / "from"))
    assert config.mail_from == "Aurora Audio <hello@example.com>"
    assert config.sources["SIDECAR_MAIL_FROM"] == f"file {tmp_path / 'from'}"
    assert config.sources["SIDECAR_DATA_DIR"] == "environment"
    assert config.sources["SIDECAR_PORT"] == "default"


def test_a_file_that_cannot_be_used_is_refused(tmp_path: Path) -> None:
    (tmp_path / "bytes").write_bytes(b"\xff\xfe\x00")
    (tmp_path / "two").write_text("a@example.com\nb@example.com", encoding="utf-8")
    assert "No such file" in refusal(tmp_path, SIDECAR_MAIL_FROM_FILE="/no/such/file")
    assert "not text in UTF-8" in refusal(tmp_path, SIDECAR_MAIL_FROM_FILE=str(tmp_path / "bytes"))
    assert "one line" in refusal(tmp_path, SIDECAR_MAIL_FROM_FILE=str(tmp_path / "two"))
    both = {"SIDECAR_MAIL_FROM": "a@example.com", "SIDECAR_MAIL_FROM_FILE": str(tmp_path / "two")}
    assert "both set" in refusal(tmp_path, **both)


def test_a_slip_in_a_name_is_pointed_out_but_stops_nothing(tmp_path: Path) -> None:
    config = config_with(tmp_path, SIDECAR_STROE_URL="https://shop.example.com", SIDECAR_PORT="8001")
    assert config.unknown == ("SIDECAR_STROE_URL is not a name Ringback knows. SIDECAR_STORE_URL?",)


def test_a_data_folder_that_cannot_be_used_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    assert "SIDECAR_DATA_DIR" in refusal(tmp_path / "file")
    assert "SIDECAR_DATA_DIR" in refusal(tmp_path / "file" / "below")


def test_the_key_of_the_first_start_is_kept_to_its_owner(tmp_path: Path) -> None:
    first = config_with(tmp_path)
    assert config_with(tmp_path).secret_keys == first.secret_keys
    assert len(first.secret_keys[0]) == 64
    path = tmp_path / "secret.key"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [left.name for left in tmp_path.iterdir()] == ["secret.key"]


def test_first_starts_at_the_same_time_agree_on_one_key(tmp_path: Path) -> None:
    program = "from sidecar.config import load; print(load().secret_keys[0])"
    environ = {"SIDECAR_DATA_DIR": str(tmp_path / "new"), "PYTHONPATH": str(ROOT)}
    starts = [
        subprocess.Popen([sys.executable, "-c", program], env=environ, stdout=subprocess.PIPE, text=True)
        for _ in range(6)
    ]
    keys = {start.communicate(timeout=30)[0].strip() for start in starts}
    assert len(keys) == 1
    assert len(keys.pop()) == 64


def test_a_broken_key_file_is_refused_with_its_path(tmp_path: Path) -> None:
    (tmp_path / "secret.key").write_text("", encoding="utf-8")
    assert f"{tmp_path / 'secret.key'} needs at least 32 characters" in refusal(tmp_path)


def test_a_new_key_in_front_still_opens_what_the_old_one_sealed(tmp_path: Path) -> None:
    before = Vault(config_with(tmp_path, SIDECAR_SECRET_KEY=OLD_KEY).secret_keys)
    after = Vault(config_with(tmp_path, SIDECAR_SECRET_KEY=f"{KEY}, {OLD_KEY}").secret_keys)
    assert after.open(before.seal("ck_1")) == "ck_1"
    assert after.fingerprint("address", "dana@example.com") == before.fingerprint("address", "dana@example.com")
    with pytest.raises(GatewayError, match="SIDECAR_SECRET_KEY"):
        before.open(after.seal("ck_1"))


def test_no_password_stands_in_what_a_traceback_shows_of_the_configuration(tmp_path: Path) -> None:
    config = config_with(
        tmp_path,
        SIDECAR_DATABASE_URL="postgresql://ringback:hunter2@db.example.com/ringback",
        SIDECAR_REDIS_URL="redis://:hunter2@broker.example.com:6379/0",
        SIDECAR_SMTP_URL="smtp://ringback:hunter2@mail.example.com:587",
        **STORE,
    )
    assert "hunter2" not in repr(config)
    assert "cs_1" not in repr(config)
