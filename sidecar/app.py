"""The one place that wires: configuration, database, gateways and pages become an application."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Flask

from sidecar import gateways as gateway_fitting
from sidecar import tables, web
from sidecar.config import ROOT, Config, load
from sidecar.db import db

if TYPE_CHECKING:
    from sidecar.ports import Gateways


def create_app(config: Config | None = None, gateways: Gateways | None = None) -> Flask:
    """The application. `app.extensions["ringback.config"]` and `["ringback.gateways"]` hold what was given or built.

    Raises ConfigError when the environment has an odd value.
    """
    config = config or load()
    app = Flask(
        "sidecar",
        root_path=str(ROOT / "sidecar"),
        template_folder=str(ROOT / "templates"),
        static_folder=str(ROOT / "static"),
    )
    app.config.update(
        SQLALCHEMY_DATABASE_URI=config.database_url,
        SECRET_KEY=config.secret_keys[0],
        SECRET_KEY_FALLBACKS=list(config.secret_keys[1:]),
    )
    app.extensions["ringback.config"] = config
    app.extensions["ringback.gateways"] = gateways or gateway_fitting.build(config)
    tables.register()
    db.init_app(app)
    web.register(app)
    return app
