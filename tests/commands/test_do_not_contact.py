"""`do-not-contact import FILE`: what was taken on standard output, what was not on standard error."""

from __future__ import annotations

import json
from pathlib import Path

from tests.commands.conftest import Ringback

LIST = b"Email;Phone\r\ndana@example.com;\r\n;(212) 555-0123\r\nnobody\x1b[2J;\r\n"


def test_a_list_is_taken_in_and_what_is_not_is_named(connected: Ringback, tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_bytes(LIST)
    ran = connected("do-not-contact", "import", str(path), "--country", "us")
    assert ran.code == 0
    assert ran.out.startswith("2 taken in, 0 known already, 0 twice in the list, 1 not taken")
    assert ran.line == "row 4: nobody·[2J: This cannot be an email address."
    again = connected("do-not-contact", "import", str(path), "--country", "us", "--json")
    assert json.loads(again.out) == {"taken": 0, "known": 2, "twice": 0, "refused": 1, "people": 0, "stopped": 0}


def test_what_is_no_list_is_refused_in_one_line(connected: Ringback, tmp_path: Path) -> None:
    path = tmp_path / "list.xlsx"
    path.write_bytes(b"PK\x03\x04")
    ran = connected("do-not-contact", "import", str(path))
    assert ran.code == 1
    assert "Save it as CSV" in ran.line
    assert connected("do-not-contact", "import", str(tmp_path / "none.csv")).code == 2
    path.write_bytes(LIST)
    assert connected("do-not-contact", "import", str(path), "--country", "Germany").code == 1
