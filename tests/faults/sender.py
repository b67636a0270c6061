"""A sending worker that dies where it is told to: the real code against a real database and a real mail server.

Nothing in Ringback knows about this. The points are the commits of its database session and the calls of its mail
port, which are all the places where the outside can change.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import event
from sqlalchemy.orm import Session

from sidecar import clock
from sidecar.app import create_app
from sidecar.db import db, transaction
from sidecar.gateways.smtp import SmtpGateway
from sidecar.ports import Mail, MailConnection
from sidecar.recovery import sending
from tests.conftest import a_config
from tests.factories import an_order
from tests.recovery.writing import FROM, gateways
from tests.shop import Shop

POINTS = ("before_commit", "after_commit", "before_send", "after_send")


@dataclass(frozen=True)
class Errand:
    """One run of a worker. `alone`: no other is alive, so what they held may be swept at once. `die_at` names the
    point and how often it is passed before: ("after_send", 2) dies after the second message."""

    database_url: str
    data_dir: str
    smtp_url: str
    order_ids: list[int]
    ordered_at: str
    alone: bool = True
    limit: int = 50
    die_at: tuple[str, int] | None = None


def run(errand: Errand) -> None:
    """Sends everything that is due, then returns; unless it dies."""
    app = create_app(a_config(Path(errand.data_dir), errand.database_url))
    mail = SmtpGateway(errand.smtp_url, FROM)
    outside = gateways(_shop(errand), errand.smtp_url)
    if errand.die_at is not None:
        outside = replace(outside, mail=_arm(mail, *errand.die_at))
    with app.app_context():
        if errand.alone:
            with transaction():
                sending.sweep(now=clock.now() + timedelta(hours=1))
        while sending.send_due(gateways=outside, clock=clock.now, limit=errand.limit).reserved:
            pass
        db.session.remove()
        db.engine.dispose()


def _shop(errand: Errand) -> Shop:
    then = datetime.fromisoformat(errand.ordered_at)
    shop = Shop()
    for order_id in errand.order_ids:
        email = f"p{order_id}@example.com"
        shop.put(an_order(order_id, now=then, age=timedelta(0), email=email, phone="", first_name="Dana"))
    return shop


@dataclass
class _Fuse:
    point: str
    left: int

    def passed(self, point: str) -> None:
        if point == self.point:
            self.left -= 1
            if self.left <= 0:
                os.kill(os.getpid(), signal.SIGKILL)


def _arm(mail: SmtpGateway, point: str, count: int) -> _Deadly:
    fuse = _Fuse(point, count)
    event.listen(Session, "before_commit", lambda _session: fuse.passed("before_commit"))
    event.listen(Session, "after_commit", lambda _session: fuse.passed("after_commit"))
    return _Deadly(mail, fuse)


@dataclass
class _Deadly:
    """The mail port, with a fuse on both sides of every message."""

    mail: SmtpGateway
    fuse: _Fuse

    @property
    def sender(self) -> str:
        return self.mail.sender

    def connect(self) -> MailConnection:
        return _DeadlyConnection(self.mail.connect(), self.fuse)


@dataclass
class _DeadlyConnection:
    connection: MailConnection
    fuse: _Fuse

    def send(self, mail: Mail, look: Callable[[], None] | None = None) -> str:
        self.fuse.passed("before_send")
        answer = self.connection.send(mail, look)
        self.fuse.passed("after_send")
        return answer

    def close(self) -> None:
        self.connection.close()
