"""Two questions of a machine that watches us: are you alive, are you ready?"""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, jsonify
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from sidecar.db import session
from sidecar.stores.connection import connected_stores
from sidecar.web.access import public

bp = Blueprint("health", __name__)


@bp.get("/livez")
@public
def livez() -> Response:
    """Alive: this process answers. Depends on nothing, so that trouble elsewhere does not get it restarted."""
    return Response("ok\n", mimetype="text/plain")


@bp.get("/readyz")
@public
def readyz() -> tuple[Response, int]:
    """Ready: each check in words; 503 only when pages cannot work, that is without the database."""
    checks: dict[str, Any] = {"database": _database()}
    ready = checks["database"] == "ok"
    if ready:
        checks["stores"] = [{"store": store.id, "health": store.health} for store in connected_stores()]
    return jsonify({"ready": ready, "checks": checks}), 200 if ready else 503


def _database() -> str:
    try:
        session().execute(text("SELECT 1"))
    except SQLAlchemyError:
        return "unreachable"
    return "ok"
