"""Names that say something, and docstrings that say what comes back."""

from __future__ import annotations

import ast
import re

from tests.house.source import domain, functions, modules, name_of, none, tree, where

EMPTY_NAMES = {"utils", "util", "helpers", "helper", "services", "service", "common", "misc", "manager", "handlers"}
EMPTY_WORDS = re.compile(r"(^|_)(process|handle|manager|service|helper|util|utils)(_|$)")
EMPTY_ENDINGS = re.compile(r"(Manager|Service|Helper|Handler|Util|Utils|Processor)$")


def test_no_file_has_an_empty_name() -> None:
    paths = modules("sidecar", "workers", "tests", "bench")

    none([name_of(path) for path in paths if EMPTY_NAMES & {path.stem, *name_of(path).split("/")}])


def test_no_function_or_class_has_an_empty_name() -> None:
    found = []
    for path in modules("sidecar", "workers", "bench"):
        names = [node for node in functions(path) if EMPTY_WORDS.search(node.name) and not _is_foreign(node)]
        classes = [node for node in ast.walk(tree(path)) if isinstance(node, ast.ClassDef)]
        found += [f"{where(path, node)} {node.name}" for node in names]
        found += [f"{where(path, node)} {node.name}" for node in classes if _says_nothing(node)]

    none(found)


def _says_nothing(node: ast.ClassDef) -> bool:
    bases = {ast.unparse(base) for base in node.bases}  # a library's own word may be kept: BaseHTTPRequestHandler
    return bool(EMPTY_ENDINGS.search(node.name)) and not any(EMPTY_ENDINGS.search(base) for base in bases)


def _is_foreign(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    # Names that a library asks for: SQLAlchemy's column types, the standard library's HTML parser.
    return function.name in {"process_bind_param", "process_result_value"} or function.name.startswith("handle_")


def _public(nodes: list[ast.stmt]) -> list[ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef]:
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    return [node for node in nodes if isinstance(node, kinds) and not node.name.startswith("_")]


def test_public_functions_of_domain_ports_and_gateways_have_docstrings() -> None:
    paths = [*domain(), *(path for path in modules("sidecar", "workers") if {"gateways", "workers"} & set(path.parts))]
    missing = []
    for path in paths:
        for node in _public(tree(path).body):
            missing += [] if ast.get_docstring(node) else [f"{where(path, node)} {node.name}"]
            if isinstance(node, ast.ClassDef) and not _is_protocol(node):
                missing += [f"{where(path, inner)} {inner.name}" for inner in _public(node.body)
                            if not ast.get_docstring(inner) and not _is_setter(inner)]

    assert len(paths) > 50
    none(missing)


def _is_protocol(node: ast.ClassDef) -> bool:
    return any(isinstance(base, ast.Name) and base.id == "Protocol" for base in node.bases)


def _is_setter(node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> bool:
    return any(isinstance(mark, ast.Attribute) and mark.attr == "setter" for mark in node.decorator_list)


def test_every_module_says_what_it_is_for() -> None:
    silent = [name_of(path) for path in modules("sidecar", "workers", "bench") if not ast.get_docstring(tree(path))]

    none(silent)
