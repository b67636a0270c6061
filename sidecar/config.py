"""What the operator sets from outside: the environment, read once into a frozen Config.

Every name may also be given as NAME_FILE, the path of a file that holds the value. An odd value stops the start
with one line; nothing is guessed. Source of the list: docs/running.md.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote, urlsplit

ROOT = Path(__file__).resolve().parent.parent


class ConfigError(Exception):
    """An environment variable has a value that cannot be used; the text is the one line to show."""


@dataclass(frozen=True)
class Config:
    """The effective settings of this installation. `sources` says where each came from: environment, file, default."""

    data_dir: Path
    database_url: str
    redis_url: str | None
    base_url: str
    host: str
    port: int
    secret_keys: tuple[str, ...] = field(repr=False)
    owner_email: str | None
    owner_password: str | None = field(repr=False)
    store_url: str | None
    store_key: str | None = field(repr=False)
    store_secret: str | None = field(repr=False)
    allow_local_stores: bool
    smtp_url: str | None = field(repr=False)
    mail_from: str | None
    twilio_account_sid: str | None
    twilio_auth_token: str | None = field(repr=False)
    twilio_from: str | None
    twilio_messaging_service: str | None
    twilio_api_base: str | None
    log_format: str
    sources: Mapping[str, str] = field(default_factory=dict, repr=False)

    @property
    def broker_socket(self) -> Path:
        """Where the bundled broker listens, if there is no `redis_url`: in the data folder, where its path fits.

        A socket's path is limited to 107 characters on Linux and 103 on macOS, so a deep data folder gets a short one.
        """
        socket = self.data_dir / "broker" / "broker.sock"
        if len(os.fsencode(socket)) <= 100:
            return socket
        digest = hashlib.blake2b(os.fsencode(self.data_dir), digest_size=8).hexdigest()
        return Path(tempfile.gettempdir()) / f"ringback-{os.getuid()}-{digest}" / "broker.sock"

    @property
    def broker_url(self) -> str:
        """The address of the broker: the operator's own, or the bundled one's socket."""
        return self.redis_url or f"unix://{quote(str(self.broker_socket))}?db=0"


def load(environ: Mapping[str, str] | None = None) -> Config:
    """The Config of `environ` (by default the process's own). Raises ConfigError with one line to show.

    Makes the data folder and, at the very first start, the secret key in it (0600).
    """
    read = _Reader(os.environ if environ is None else environ)
    data_dir = _data_dir(read)
    host = read.text("SIDECAR_HOST", "127.0.0.1")
    port = read.number("SIDECAR_PORT", 8000, 1, 65535)
    config = Config(
        data_dir=data_dir,
        database_url=_database_url(read, data_dir),
        redis_url=read.url("SIDECAR_REDIS_URL", ("redis", "rediss", "unix"), "redis://127.0.0.1:6379/0"),
        base_url=_base_url(read, port),
        host=host,
        port=port,
        secret_keys=_secret_keys(read, data_dir),
        owner_email=read.maybe("SIDECAR_OWNER_EMAIL"),
        owner_password=read.maybe("SIDECAR_OWNER_PASSWORD"),
        store_url=read.url("SIDECAR_STORE_URL", ("http", "https"), "https://shop.example.com"),
        store_key=read.maybe("SIDECAR_STORE_KEY"),
        store_secret=read.maybe("SIDECAR_STORE_SECRET"),
        allow_local_stores=read.switch("SIDECAR_ALLOW_LOCAL_STORES"),
        smtp_url=_smtp_url(read),
        mail_from=read.maybe("SIDECAR_MAIL_FROM"),
        twilio_account_sid=read.maybe("SIDECAR_TWILIO_ACCOUNT_SID"),
        twilio_auth_token=read.maybe("SIDECAR_TWILIO_AUTH_TOKEN"),
        twilio_from=read.maybe("SIDECAR_TWILIO_FROM"),
        twilio_messaging_service=read.maybe("SIDECAR_TWILIO_MESSAGING_SERVICE"),
        twilio_api_base=read.url("SIDECAR_TWILIO_API_BASE", ("http", "https"), "http://127.0.0.1:4010"),
        log_format=read.choice("SIDECAR_LOG_FORMAT", ("text", "json"), "text" if sys.stderr.isatty() else "json"),
        sources=read.sources,
    )
    _check_together(config)
    return config


class _Reader:
    """Reads names from the environment or the file that NAME_FILE points to, and remembers where from."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ
        self.sources: dict[str, str] = {}

    def maybe(self, name: str) -> str | None:
        direct = self._environ.get(name, "").strip()
        path = self._environ.get(f"{name}_FILE", "").strip()
        if direct and path:
            raise ConfigError(f"{name} and {name}_FILE are both set. Keep one of them.")
        self.sources[name] = "environment" if direct else f"file {path}" if path else "default"
        return direct or (self._from_file(name, path) if path else None)

    @staticmethod
    def _from_file(name: str, path: str) -> str | None:
        try:
            return Path(path).read_text(encoding="utf-8").strip() or None
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigError(f"{name}_FILE points to {path}, which cannot be read: {error}.") from error

    def text(self, name: str, default: str) -> str:
        return self.maybe(name) or default

    def number(self, name: str, default: int, least: int, most: int) -> int:
        found = self.maybe(name)
        if found is None:
            return default
        if not found.isascii() or not found.isdigit() or not least <= int(found) <= most:
            raise ConfigError(f"{name} must be a number from {least} to {most}, like {default}; it is {found[:40]!r}.")
        return int(found)

    def switch(self, name: str) -> bool:
        return self.choice(name, ("0", "1"), "0") == "1"

    def choice(self, name: str, allowed: tuple[str, ...], default: str) -> str:
        found = self.maybe(name)
        if found is not None and found not in allowed:
            raise ConfigError(f"{name} must be {' or '.join(allowed)}; it is {found[:40]!r}.")
        return found or default

    def url(self, name: str, schemes: tuple[str, ...], example: str) -> str | None:
        found = self.maybe(name)
        if found is None:
            return None
        try:
            parts = urlsplit(found)
            known = parts.scheme.lower() in schemes and bool(parts.hostname or parts.path.strip("/"))
            _ = parts.port
        except ValueError:
            known = False
        if not known:
            raise ConfigError(f"{name} must be an address like {example}.")
        return found


def _data_dir(read: _Reader) -> Path:
    path = Path(read.text("SIDECAR_DATA_DIR", str(ROOT / "var"))).expanduser().resolve()
    try:
        path.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise ConfigError(f"SIDECAR_DATA_DIR {path} cannot be made: {error.strerror}.") from error
    return path


def _database_url(read: _Reader, data_dir: Path) -> str:
    schemes = ("postgresql", "postgresql+psycopg", "sqlite")
    found = read.url("SIDECAR_DATABASE_URL", schemes, "postgresql://user:password@db.example.com/ringback")
    return found or f"sqlite:///{data_dir / 'ringback.sqlite3'}"


def _base_url(read: _Reader, port: int) -> str:
    found = read.url("SIDECAR_BASE_URL", ("http", "https"), "https://calls.example.com")
    return (found or f"http://127.0.0.1:{port}").rstrip("/")


def _smtp_url(read: _Reader) -> str | None:
    example = "smtp://user:password@smtp.example.com:587?tls=starttls"
    found = read.url("SIDECAR_SMTP_URL", ("smtp", "smtps"), example)
    if found and "tls=" in found and not re.search(r"[?&]tls=(starttls|none)(&|$)", found):
        raise ConfigError("SIDECAR_SMTP_URL may say ?tls=starttls or ?tls=none, or begin with smtps://.")
    return found


def _secret_keys(read: _Reader, data_dir: Path) -> tuple[str, ...]:
    given = read.maybe("SIDECAR_SECRET_KEY")
    keys = tuple(part.strip() for part in (given or _kept_key(data_dir)).split(",") if part.strip())
    if not keys or any(len(key) < 32 for key in keys):
        raise ConfigError("SIDECAR_SECRET_KEY needs at least 32 characters in each of its comma-separated keys.")
    return keys


def _kept_key(data_dir: Path) -> str:
    """The key in the data folder, made whole at the very first start: of two first starts, one link wins."""
    path = data_dir / "secret.key"
    if not path.exists():
        draft = data_dir / f".secret.key.{os.getpid()}"
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(os.urandom(32).hex() + "\n")
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(FileExistsError):
            os.link(draft, path)
        draft.unlink()
    return path.read_text(encoding="ascii").strip()


def _check_together(config: Config) -> None:
    store = (config.store_url, config.store_key, config.store_secret)
    if any(store) and not all(store):
        raise ConfigError(
            "SIDECAR_STORE_URL, SIDECAR_STORE_KEY and SIDECAR_STORE_SECRET belong together: set all three."
        )
    if config.owner_password and not config.owner_email:
        raise ConfigError("SIDECAR_OWNER_PASSWORD needs SIDECAR_OWNER_EMAIL.")
    if config.owner_email and "@" not in config.owner_email:
        raise ConfigError("SIDECAR_OWNER_EMAIL must be an e-mail address, like owner@example.com.")
    if config.mail_from and "@" not in config.mail_from:
        raise ConfigError("SIDECAR_MAIL_FROM must hold an e-mail address, like Aurora Audio <hello@example.com>.")
