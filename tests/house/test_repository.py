"""What is committed speaks only of itself: no machine's paths, no package hosts; pinned and documented."""

from __future__ import annotations

import re

import pytest

from sidecar.config import ROOT
from sidecar.settings.catalog import CATALOG
from tests.house.source import files, modules, name_of, none

TEXT = (".py", ".md", ".toml", ".txt", ".in", ".html", ".css", ".js", ".json", ".sh", ".mako", ".ini", ".svg", "")

# Written in pieces, so that this file does not find itself.
FOREIGN = re.compile(
    "|".join((r"(?<![\w.])/" + r"(work|root|opt)/\w", r"(?<![\w.])/" + r"home/[a-z]+/", "pypi" + r"\.org",
              "python" + r"hosted\.", "registry" + r"\.npm", "npm" + r"js\.(org|com)", "/" + r"Users/\w+"))
)


def test_no_path_of_a_machine_and_no_package_host() -> None:
    found = [
        f"{name_of(path)}: {match[0]}"
        for path in files() if path.suffix in TEXT and "recordings" not in path.parts
        for match in [FOREIGN.search(path.read_text(encoding="utf-8", errors="replace"))] if match
    ]

    none(found)


@pytest.mark.parametrize("name", ["requirements", "requirements-dev", "requirements-node", "requirements-bench"])
def test_every_requirement_is_pinned_with_hashes_and_has_its_reason(name: str) -> None:
    wanted = [line for line in (ROOT / f"{name}.in").read_text().splitlines() if re.match(r"\w", line)]
    pinned = (ROOT / f"{name}.txt").read_text()

    for line in wanted:
        package = re.split(r"[=\[]", line)[0]
        version = re.search(r"==([\w.]+)", line)
        assert version, f"{line}: no version"
        name_of_it = re.escape(package).replace("_", "[-_]") + r"(?:\[\w+\])?"
        pin = re.search(rf"(?im)^{name_of_it}==([\w.]+) ", pinned)
        assert pin, f"run bin/pin: {package}"
        assert pin[1].startswith(version[1]), f"run bin/pin: {package}"
    for block in re.split(r"(?m)^(?=[\w-]+==)", pinned)[1:]:
        assert "--hash=sha256:" in block, block.splitlines()[0]


def test_every_library_beyond_the_given_ones_has_its_reason() -> None:
    given = {"Flask", "Flask-SQLAlchemy", "woocommerce", "rq", "redis", "phonenumbers", "twilio"}
    lines = [line for line in (ROOT / "requirements.in").read_text().splitlines() if re.match(r"\w", line)]

    assert given <= {line.split("==")[0] for line in lines}
    none([line for line in lines if line.split("==")[0] not in given and "  #" not in line])


IMPORTED_AS = {"Flask-SQLAlchemy": "flask_sqlalchemy", "argon2-cffi": "argon2", "mjml-python": "mjml"}
# Data; what SQLAlchemy loads by itself; and the given one whose turn comes with the first text message.
NOT_IMPORTED = {"tzdata", "psycopg", "twilio"}


def test_every_library_is_used() -> None:
    wanted = {line.split("==")[0].partition("[")[0] for line in (ROOT / "requirements.in").read_text().splitlines()}
    code = "\n".join(path.read_text(encoding="utf-8") for path in modules("sidecar", "workers"))
    imported = {name.lower() for name in re.findall(r"^\s*(?:from|import) (\w+)", code, re.MULTILINE)}
    names = {name: IMPORTED_AS.get(name, name.lower().replace("-", "_")) for name in wanted if re.match(r"\w", name)}

    none(sorted(name for name, module in names.items() if module not in imported and name not in NOT_IMPORTED))


def test_every_environment_variable_is_documented() -> None:
    named = re.compile(r"\bSIDECAR_[A-Z][A-Z_]*[A-Z]\b")
    code = {name for path in modules("sidecar", "workers") for name in named.findall(path.read_text(encoding="utf-8"))}
    documented = "\n".join(path.read_text(encoding="utf-8") for path in files(".md"))

    assert len(code) > 15
    none(sorted(name for name in code if name not in documented))


def test_every_setting_is_documented() -> None:
    documented = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")

    none(sorted(name for name in CATALOG if name not in documented))


def test_no_third_party_file_is_committed() -> None:
    none([name_of(path) for path in files(".js") if "htmx" in path.name])
