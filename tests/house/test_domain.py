"""The domain is told the time, and leaves commits and queues to the edge."""

from __future__ import annotations

import ast

from tests.house.source import domain, functions, none, tree, where

READS_THE_CLOCK = {"now", "utcnow", "today", "time", "monotonic"}
OPENS_TRANSACTIONS_BETWEEN_VENDOR_CALLS = ("polling", "sending", "rereading", "connecting")


def _calls(name: str) -> list[str]:
    return [
        where(path, node)
        for path in domain() for node in ast.walk(tree(path))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == name
    ]


def test_domain_never_commits_or_enqueues() -> None:
    none(_calls("commit"))
    none(_calls("enqueue"))
    none(_calls("enqueue_call"))


def test_domain_never_reads_the_clock() -> None:
    read = [
        where(path, node)
        for path in domain() for node in ast.walk(tree(path))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in READS_THE_CLOCK
        and isinstance(node.func.value, ast.Name) and node.func.value.id in {"clock", "datetime", "date", "time"}
    ]

    none(read)


def test_now_is_a_keyword() -> None:
    positional = [
        f"{where(path, function)} {function.name}"
        for path in domain() for function in functions(path)
        if not function.name.startswith("_") and "now" in [argument.arg for argument in function.args.args]
    ]

    none(positional)


def test_only_flows_that_span_vendor_calls_open_transactions() -> None:
    opened = [
        where(path, node)
        for path in domain() if path.stem not in OPENS_TRANSACTIONS_BETWEEN_VENDOR_CALLS
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "transaction"
    ]

    none(opened)
