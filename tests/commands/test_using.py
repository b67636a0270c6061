"""How every command behaves: help, slips, odd configuration, `config`; and what a listing does not load."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from sidecar.config import ROOT
from tests.commands.conftest import Ringback

COMMANDS = ("up", "demo", "poll", "carts", "calls", "messages", "settings", "user", "go-live", "pause", "resume")


def test_help_names_every_command(ringback: Ringback) -> None:
    out = ringback("--help").out
    for name in (*COMMANDS, "config", "bench"):
        assert f"\n  {name} " in out


def test_a_slip_is_one_line_and_exit_code_two(ringback: Ringback) -> None:
    for arguments in (("nothing",), ("carts", "--jsn"), ("user", "add"), ("bench", "nothing")):
        ran = ringback(*arguments)
        assert ran.code == 2
        assert ran.line.startswith("ringback: ")


def test_an_odd_variable_is_one_line_and_exit_code_two(ringback: Ringback) -> None:
    for command in (("carts",), ("config",), ("up",), ("poll", "--once")):
        ran = ringback(*command, PORT="http")
        assert ran.code == 2
        assert ran.line.startswith("ringback: SIDECAR_PORT must be a number")


def test_a_store_address_that_cannot_be_is_refused(ringback: Ringback) -> None:
    ran = ringback("carts", STORE_URL="https://shop.example.com", STORE_KEY="hello", STORE_SECRET="cs_" + "1" * 40)
    assert ran.code == 2
    assert "SIDECAR_STORE" in ran.line


def test_an_unreachable_database_is_one_line(ringback: Ringback) -> None:
    ran = ringback("carts", DATABASE_URL="postgresql://nobody:hunter2pass@127.0.0.1:1/none")
    assert ran.code == 1
    assert "database" in ran.line
    assert "hunter2pass" not in ran.err


def test_config_shows_values_and_sources_but_no_secret(ringback: Ringback, tmp_path: Path) -> None:
    (tmp_path / "password").write_text("hunter2hunter2pass", encoding="utf-8")
    secrets = {
        "OWNER_EMAIL": "olive@example.com",
        "OWNER_PASSWORD_FILE": str(tmp_path / "password"),
        "SMTP_URL": "smtp://olive:hunter2pass@smtp.example.com:587",
    }
    ran = ringback("config", "--json", **secrets)
    rows = {row["name"]: row for row in ran.rows}
    assert "hunter2" not in ran.out
    assert rows["SIDECAR_PORT"] == {"name": "SIDECAR_PORT", "value": "8000", "source": "default"}
    assert rows["SIDECAR_OWNER_PASSWORD"]["source"] == f"file {tmp_path / 'password'}"
    assert rows["SIDECAR_SMTP_URL"]["value"] == "smtp://olive:…@smtp.example.com:587"
    assert rows["SIDECAR_OWNER_EMAIL"]["source"] == "environment"
    assert "hunter2" not in ringback("config").out


def test_a_listing_loads_neither_mail_layout_nor_vendors(tmp_path: Path) -> None:
    program = (
        "import sys; sys.argv = ['ringback', 'carts', '--json']\n"
        "from sidecar.__main__ import main\n"
        "assert main() == 0\n"
        "print([name for name in ('mjml', 'css_inline', 'woocommerce', 'twilio', 'alembic', 'gunicorn') "
        "if name in sys.modules], file=sys.stderr)"
    )
    environ = {"SIDECAR_DATA_DIR": str(tmp_path), "PYTHONPATH": str(ROOT)}
    for _ in range(2):  # the first one makes the database
        ran = subprocess.run(
            [sys.executable, "-c", program], env=environ, capture_output=True, text=True, check=True, timeout=60
        )
    assert ran.stdout == "[]\n"
    assert ran.stderr == "[]\n"
