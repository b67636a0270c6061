"""Query strings as PHP and WordPress read them."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import parse_qsl, quote

Params = dict[str, Any]  # text, or a list of text for `name[]` and `name[0]`

_BRACKETS = re.compile(r"^([^\[]+)\[(\w*)\]$")


def read_query(raw: str) -> Params:
    """The parameters of a raw query string: a plain repeated name keeps the last, `name[]` gathers a list."""
    params: Params = {}
    for name, value in parse_qsl(raw, keep_blank_values=True):
        bracket = _BRACKETS.match(name)
        if bracket is None:
            params[name] = value
            continue
        held = params.setdefault(bracket[1], {})
        if not isinstance(held, dict):
            held = params[bracket[1]] = {}
        held[bracket[2] or str(len(held))] = value
    return {name: list(value.values()) if isinstance(value, dict) else value for name, value in params.items()}


def signed_pairs(raw: str) -> dict[str, str]:
    """The flat names and values an OAuth signature covers, lists numbered as PHP numbers them."""
    pairs: dict[str, str] = {}
    for name, value in parse_qsl(raw, keep_blank_values=True):
        bracket = _BRACKETS.match(name)
        if bracket and not bracket[2]:
            count = sum(1 for known in pairs if known.startswith(bracket[1] + "["))
            name = f"{bracket[1]}[{count}]"
        pairs[name] = value
    return pairs


def as_list(value: Any) -> list[str]:
    """A list parameter: already a list, or text parted at commas and blanks."""
    if isinstance(value, list):
        return [str(part) for part in value]
    return [part for part in re.split(r"[\s,]+", str(value)) if part]


def as_bool(value: Any) -> bool:
    """A boolean parameter: "false", "0" and "" are false."""
    return str(value).lower() not in ("false", "0", "", "none")


def write_query(params: Params) -> str:
    """A query string in PHP's own spelling, lists as `name[0]`."""
    parts = []
    for name, value in params.items():
        if isinstance(value, list):
            parts += [f"{quote(f'{name}[{i}]', safe='')}={quote(str(v), safe='')}" for i, v in enumerate(value)]
        else:
            parts.append(f"{quote(name, safe='')}={quote(str(value), safe='')}")
    return "&".join(parts)
