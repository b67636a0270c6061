"""The domain is told the time, and leaves commits and queues to the edge."""

from __future__ import annotations

import ast
from pathlib import Path

from tests.house.source import domain, functions, none, tree, where

READS_THE_CLOCK = {"now", "utcnow", "today", "time", "monotonic"}


def _spans_vendor_calls(path: Path) -> bool:
    """Flows of the spine that wait for a vendor are given a clock, because one `now` would be old by the end.

    They alone open and end transactions, between two calls.
    """
    return "recovery" in path.parts and "clock: Callable[[], datetime]" in path.read_text(encoding="utf-8")


def _calls(*names: str, flows: bool) -> list[str]:
    return [
        f"{where(path, node)} {ast.unparse(node.func)}"
        for path in domain() if flows or not _spans_vendor_calls(path)
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[2] in names
    ]


def test_domain_never_puts_anything_in_a_queue() -> None:
    none(_calls("enqueue", "enqueue_call", flows=True))


def test_only_flows_that_span_vendor_calls_open_and_end_transactions() -> None:
    none(_calls("transaction", "commit", "rollback", flows=False))


def test_domain_never_reads_the_clock() -> None:
    read = [
        where(path, node)
        for path in domain() for node in ast.walk(tree(path))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in READS_THE_CLOCK
        and isinstance(node.func.value, ast.Name) and node.func.value.id in {"clock", "datetime", "date", "time"}
    ]

    none(read)


def test_now_comes_last() -> None:
    elsewhere = []
    for path in domain():
        for function in functions(path):
            positional = [argument.arg for argument in function.args.args]
            public = not function.name.startswith("_")
            if public and "now" in positional and (positional[-1] != "now" or function.args.defaults):
                elsewhere.append(f"{where(path, function)} {function.name}")

    none(elsewhere)
