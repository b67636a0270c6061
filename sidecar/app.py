"""The one place that wires: configuration, database, gateways and pages become an application."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Flask

from sidecar import tables
from sidecar.config import ROOT, Config, load
from sidecar.db import db

if TYPE_CHECKING:
    from sidecar.ports import Gateways


def create_app(config: Config | None = None, gateways: Gateways | None = None) -> Flask:
    """The application. `app.extensions["ringback.config"]` and `["ringback.gateways"]` hold what was given or built.

    Raises ConfigError when the environment has an odd value.
    """
    from sidecar import gateways as gateway_fitting
    from sidecar import web

    config = config or load()
    app = create_core(config)
    app.extensions["ringback.gateways"] = gateways or gateway_fitting.build(config)
    web.register(app)
    return app


def create_core(config: Config) -> Flask:
    """The application without pages and gateways: configuration and database, which is all that a listing needs.

    The imports of pages and vendors stand in `create_app`, so that the command line starts without them.
    """
    app = Flask(
        "sidecar",
        root_path=str(ROOT / "sidecar"),
        template_folder=str(ROOT / "templates"),
        static_folder=str(ROOT / "static"),
    )
    app.config.update(
        SQLALCHEMY_DATABASE_URI=config.database_url,
        # Every thread keeps its connection; one that went stale (a restarted server) is replaced before its use.
        SQLALCHEMY_ENGINE_OPTIONS={
            "pool_size": 20,
            "max_overflow": 10,
            "pool_pre_ping": config.database_url.startswith("postgresql"),
            "hide_parameters": True,  # letters and addresses of customers would stand in every failed statement's text
        },
        SECRET_KEY=config.secret_keys[0],
        SECRET_KEY_FALLBACKS=list(config.secret_keys[1:]),
    )
    app.extensions["ringback.config"] = config
    tables.register()
    db.init_app(app)
    return app
