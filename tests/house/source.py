"""The project's own source, as the house tests read it."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path

from sidecar.config import ROOT

# What set-up, tests and use put into the checkout (.gitignore); a clone without git is read the same way.
NOT_OURS = {
    ".git", ".venv", ".tools", "node_modules", "vendor", "var", "__pycache__", "test-results",
    ".mypy_cache", ".ruff_cache", ".pytest_cache", ".import_linter_cache", ".hypothesis",
}

# From the spine down: what decides, and knows neither framework nor vendor.
DOMAIN = (
    "recovery", "attribution", "outreach", "calls", "routing", "incentives", "carts", "stores", "contacts", "settings",
    "accounts", "audit", "money", "ports", "vault",
)


@cache
def files(*suffixes: str) -> tuple[Path, ...]:
    """Every file of ours that ends with one of `suffixes`, or every file."""
    return tuple(sorted(path for path in _walk(ROOT) if not suffixes or path.suffix in suffixes))


def _walk(folder: Path) -> Iterator[Path]:
    for path in folder.iterdir():
        if path.is_symlink() or path.name in NOT_OURS or path.name.startswith(".venv"):
            continue
        if path.is_dir():
            yield from _walk(path)
        else:
            yield path


def name_of(path: Path) -> str:
    """The path as people write it, from the top of the project."""
    return path.relative_to(ROOT).as_posix()


def modules(*folders: str) -> list[Path]:
    """Every Python file below the folders, migrations left out: those are generated and never change again."""
    return [
        path for path in files(".py")
        if path.relative_to(ROOT).parts[0] in folders and "versions" not in path.parts
    ]


def domain() -> list[Path]:
    """Every Python file of the domain."""
    return [path for path in modules("sidecar") if path.relative_to(ROOT).parts[1].removesuffix(".py") in DOMAIN]


@cache
def tree(path: Path) -> ast.Module:
    """The file, parsed."""
    return ast.parse(path.read_text(encoding="utf-8"))


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Every function and method of the file."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def none(found: Sequence[str]) -> None:
    """Fails when anything was found, and names all of it."""
    assert not found, "\n".join(["", *found])


def where(path: Path, node: ast.expr | ast.stmt) -> str:
    """A place people can open."""
    return f"{name_of(path)}:{node.lineno}"
