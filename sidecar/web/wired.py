"""What create_app wired, for the views: configuration, gateways, static files with their version."""

from __future__ import annotations

import functools
import hashlib
from pathlib import Path
from typing import cast

from flask import current_app

from sidecar.config import Config
from sidecar.ports import Gateways


def config() -> Config:
    """The configuration this application was made with."""
    return cast(Config, current_app.extensions["ringback.config"])


def gateways() -> Gateways:
    """The way to the outside that this application was made with."""
    return cast(Gateways, current_app.extensions["ringback.gateways"])


def asset(name: str) -> str:
    """The address of a static file; it changes with the contents, so that browsers may keep the file for good."""
    return f"{current_app.static_url_path}/{name}?v={_version(str(current_app.static_folder), name)}"


def has_asset(name: str) -> bool:
    """Whether the file is there: third-party files are installed, never committed, and pages work without them."""
    return (Path(str(current_app.static_folder)) / name).is_file()


@functools.cache
def _version(folder: str, name: str) -> str:
    path = Path(folder) / name
    return hashlib.sha256(path.read_bytes()).hexdigest()[:10] if path.is_file() else "none"


def is_demo() -> bool:
    """Whether this is the demo, where nothing leaves the computer whatever is pressed: its data folder is marked."""
    return (config().data_dir / "demo").exists()
