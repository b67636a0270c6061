"""Imports go downward, and every module has its place."""

from __future__ import annotations

import tomllib

from importlinter.cli import lint_imports

from sidecar.config import ROOT

WITHOUT_A_LAYER = {"sidecar.__init__"}


def test_import_contracts_are_kept() -> None:
    assert lint_imports(config_filename=str(ROOT / "pyproject.toml"), cache_dir=None) == 0


def test_every_module_stands_in_a_layer() -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    layers = next(contract["layers"] for contract in contracts if contract["type"] == "layers")
    placed = {name.strip(" ()") for layer in layers for name in layer.replace("|", ":").split(":")}
    found = {
        f"sidecar.{path.stem}" for path in (ROOT / "sidecar").iterdir()
        if path.suffix == ".py" or (path / "__init__.py").exists()
    }

    assert found - WITHOUT_A_LAYER <= placed
