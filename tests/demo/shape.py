"""Comparing the shape of JSON: keys and types, all the way down."""

from __future__ import annotations

from typing import Any

# Objects whose keys are not names but content (currencies, sizes of pictures): their values alone are compared.
MAPS = ("options", "reviewer_avatar_urls", "routes")


def differences(ours: Any, theirs: list[Any], where: str = "body") -> list[str]:
    """How `ours` differs from the recorded values that stand at the same place, in words; empty when it fits."""
    if where == "body.routes":  # the recorder cut the list of routes down to their names
        return []
    if isinstance(ours, dict):
        return _object(ours, [value for value in theirs if isinstance(value, dict)], theirs, where)
    if isinstance(ours, list):
        lists = [value for value in theirs if isinstance(value, list)]
        if not lists:
            return [f"{where}: a list, recorded {_kinds(theirs)}"]
        inner = [item for value in lists for item in value]
        if not inner:
            return [f"{where}: has items, recorded none"] if ours else []
        return [line for item in ours for line in differences(item, inner, f"{where}[]")]
    if _kind(ours) not in _kinds(theirs):
        return [f"{where}: {_kind(ours)} ({ours!r:.40}), recorded {sorted(_kinds(theirs))}"]
    return []


def _object(ours: dict[str, Any], theirs: list[dict[str, Any]], all_there: list[Any], where: str) -> list[str]:
    if not theirs:
        return [f"{where}: an object, recorded {_kinds(all_there)}"]
    name = where.rsplit(".", 1)[-1]
    if name in MAPS:
        values = [value for there in theirs for value in there.values()]
        return [line for value in ours.values() for line in differences(value, values, f"{where}.*")]
    always = set.intersection(*(set(there) for there in theirs))
    ever = set.union(*(set(there) for there in theirs))
    found = [f"{where}: lacks {key}" for key in sorted(always - set(ours))]
    found += [f"{where}: has {key}, never recorded" for key in sorted(set(ours) - ever)]
    for key in ours.keys() & ever:
        found += differences(ours[key], [there[key] for there in theirs if key in there], f"{where}.{key}")
    return found


def _kind(value: Any) -> str:
    if isinstance(value, bool):
        return "boolean"
    return {int: "number", float: "number", str: "text", type(None): "null", dict: "object", list: "list"}[type(value)]


def _kinds(values: list[Any]) -> set[str]:
    return {_kind(value) for value in values}
