"""Carry the reasons of a requirements.in over into the pinned file made from it."""

import re
import sys
from pathlib import Path

NAME = re.compile(r"^([A-Za-z0-9._-]+)(\[[^]]*\])?==")


def normal(name: str) -> str:
    """Return the name as package indexes compare it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def reasons(source: Path) -> dict[str, str]:
    """Return the comment beside each pinned line; empty where the line has none."""
    found: dict[str, str] = {}
    for line in source.read_text().splitlines():
        if match := NAME.match(line):
            found[normal(match[1])] = line.partition("  #")[2].strip()
        elif line.startswith("-r "):
            found |= reasons(source.parent / line[3:].strip())
    return found


def main(source: Path, pinned: Path) -> None:
    why = reasons(source)
    lines = [f"# Made by bin/pin from {source.name}. Change that file, then run bin/pin."]
    for line in pinned.read_text().splitlines():
        match = NAME.match(line)
        if match and (name := normal(match[1])) in why:
            lines.append(f"# {why[name] or 'one of the libraries the product was asked to stand on'}")
        lines.append(line)
    pinned.write_text("\n".join(lines) + "\n")


main(Path(sys.argv[1]), Path(sys.argv[2]))
