"""Our sender beside one job a message on Celery, Dramatiq and Huey: the same mail server, the same broker, one worker
process each, in turn. The floor is one SMTP connection that sends ready mails.

The others' packages live in an environment of their own, made when first needed (requirements-bench.txt).
"""

from __future__ import annotations

import contextlib
import os
import smtplib
import subprocess
import sys
import sysconfig
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from bench import outbox as outboxes
from bench.figures import Effort, Figure, seconds
from bench.ground import Ground
from bench.messages import send
from bench.outbox import Outbox, listening, prepare
from bench.tally import Tally
from sidecar.config import ROOT, Config
from sidecar.db import db, session
from sidecar.outreach.message import Message
from workers import broker

EACH = {"bare": 200, "same": 25}  # jobs a round
OURS = 100  # messages a round
PATIENCE_SECONDS = 120
WORKERS = {
    "celery": ("-m", "celery", "-A", "bench.rival", "worker", "--concurrency", "1", "--loglevel", "ERROR"),
    "dramatiq": ("-m", "dramatiq", "--processes", "1", "--threads", "1", "bench.rival"),
    "huey": ("-m", "huey.bin.huey_consumer", "bench.rival.app", "--workers", "1", "--quiet"),
}


@dataclass
class Place:
    """Where the rivals work: their Python, the broker's socket, and what else their jobs need to know."""

    python: Path
    environ: dict[str, str]
    tally: Path


def measure(ground: Ground, effort: Effort) -> Figure:
    """Our messages a second in relation to the fastest of the others that does the same for each message."""
    rounds = min(effort.rounds, 3)
    python = _environment()
    with ground.application() as app, listening("bench.sink") as port, _broker(app.extensions["ringback.config"]) as at:
        url = app.config["SQLALCHEMY_DATABASE_URI"]
        outbox = prepare(OURS, port)
        mail = ground.folder / "mail.eml"
        mail.write_bytes(_ready_mail(outbox))
        environ = ground.environment(url, BENCH_SOCKET=str(at), BENCH_SMTP_PORT=str(port), BENCH_MAIL=str(mail))
        environ |= {"BENCH_TALLY": str(ground.folder / "tally"), "BENCH_LEFT_AT": outboxes.LEFT_AT.isoformat()}
        place = Place(python, environ, ground.folder / "tally")
        found = [_round(place, outbox, port) for _ in range(rounds)]
    return _figure(found, ground)


def _round(place: Place, outbox: Outbox, port: int) -> dict[str, float]:
    """Messages a second of each."""
    found = {"floor": EACH["bare"] / seconds(lambda: _floor(port, Path(place.environ["BENCH_MAIL"])))}
    outbox.plan(anew=True)
    found["ours"] = OURS / seconds(lambda: send(outbox.gateways, OURS))
    for name in WORKERS:
        with _worker(name, place) as run:
            run("bare", 5)  # whatever is loaded late
            found[f"{name} bare"] = run("bare", EACH["bare"])
            outbox.plan(anew=True)
            db.session.remove()
            run("same", 2)
            found[f"{name} same"] = run("same", EACH["same"])
    return found


def _figure(found: list[dict[str, float]], ground: Ground) -> Figure:
    rivals = [name for name in found[0] if name.endswith("same")]
    ratios = [one["ours"] / max(one[name] for name in rivals) for one in found]
    speeds = {name: round(median(one[name] for one in found), 1) for name in found[0]}
    to_floor = {name: round(median(one[name] / one["floor"] for one in found), 3) for name in found[0]}
    return Figure(
        "queues",
        f"messages/s beside the fastest of one job a message, {ground.database_name}",
        median(one["ours"] for one in found),
        median(max(one[name] for name in rivals) for one in found),
        median(ratios),
        "ratio",
        len(found),
        min(ratios),
        max(ratios),
        1.0,
        {"messages_a_second": speeds, "of_the_bare_smtp_loop": to_floor},
    )


def _floor(port: int, mail: Path) -> None:
    smtp, content = smtplib.SMTP("127.0.0.1", port, local_hostname="example.com"), mail.read_bytes()
    for number in range(EACH["bare"]):
        smtp.sendmail("hello@example.com", [f"person{number}@example.com"], content)
    smtp.quit()


def _ready_mail(outbox: Outbox) -> bytes:
    """One of our mails as it leaves."""
    from sidecar.gateways import mime
    from sidecar.recovery.delivery.outgoing import mail_of
    from sidecar.settings import settings_of

    outbox.plan()
    outbox.compose_most()
    message = session().query(Message).filter_by(state="due").first()
    if message is None:
        raise RuntimeError("no message was composed")
    message.attempt = "bench"
    return mime.to_bytes(mail_of(message, settings_of(outbox.store_id), outbox.gateways), at=outboxes.LEFT_AT)


@contextlib.contextmanager
def _worker(name: str, place: Place) -> Iterator[_Run]:
    environ = {**os.environ, **place.environ, "BENCH_RIVAL": name, "PYTHONPATH": str(ROOT)}
    process = subprocess.Popen(
        [str(place.python), *WORKERS[name]], cwd=ROOT, env=environ, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        yield _Run(place, environ)
    finally:
        process.terminate()
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(5)


class _Run:
    """Puts jobs into a rival's queue and waits until they are done."""

    def __init__(self, place: Place, environ: dict[str, str]) -> None:
        self._place, self._environ = place, environ

    def __call__(self, kind: str, count: int) -> float:
        """Jobs a second, from the begin of the first to the end of the last."""
        tally = Tally(self._place.tally)
        tally.reset()
        enqueue = [str(self._place.python), "-m", "bench.rival", kind, str(count)]
        subprocess.run(enqueue, cwd=ROOT, env=self._environ, check=True, timeout=PATIENCE_SECONDS)
        deadline = time.monotonic() + PATIENCE_SECONDS
        while tally.read()[0] < count:
            if time.monotonic() > deadline:
                raise RuntimeError(f"{self._environ['BENCH_RIVAL']} has done {tally.read()[0]} of {count} jobs")
            time.sleep(0.02)
        _, first, last = tally.read()
        return count / (last - first)


@contextlib.contextmanager
def _broker(config: Config) -> Iterator[Path]:
    """The bundled broker; gives its socket."""
    broker.make_folders(config)
    process = subprocess.Popen(broker.command(config))
    try:
        deadline = time.monotonic() + 10
        while not broker.answers(config):
            if time.monotonic() > deadline:
                raise RuntimeError("the broker did not start")
            time.sleep(0.05)
        yield config.broker_socket
    finally:
        process.terminate()
        process.wait(10)


def _environment() -> Path:
    """The Python of an environment with the others' packages before ours; made when what it should hold has changed."""
    folder, wanted = ROOT / ".tools" / "bench", ROOT / "requirements-bench.txt"
    python, holds = folder / "bin" / "python", folder / "installed.txt"
    if holds.exists() and holds.read_bytes() == wanted.read_bytes():
        return python
    subprocess.run([sys.executable, "-m", "venv", "--clear", str(folder)], check=True)
    install = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--require-hashes", "-r", str(wanted)]
    subprocess.run([str(python), *install], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    packages = Path(sysconfig.get_path("purelib", vars={"base": str(folder)}))
    (packages / "ours.pth").write_text(f"{sysconfig.get_path('purelib')}\n", encoding="utf-8")
    holds.write_bytes(wanted.read_bytes())
    return python
