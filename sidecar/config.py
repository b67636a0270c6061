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
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from urllib.parse import quote, urlsplit

from sidecar.environment import ConfigError, Environment, is_loopback

__all__ = ["ROOT", "Config", "ConfigError", "load"]

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Config:
    """The effective settings of this installation.

    `sources` says where each came from: environment, file, default. `unknown` names what is set and nobody reads.
    """

    data_dir: Path
    database_url: str = field(repr=False)
    redis_url: str | None = field(repr=False)
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
    imap_url: str | None = field(repr=False)
    twilio_account_sid: str | None
    twilio_auth_token: str | None = field(repr=False)
    twilio_from: str | None
    twilio_messaging_service: str | None
    twilio_api_base: str | None
    log_format: str
    sources: Mapping[str, str] = field(default_factory=dict, repr=False)
    unknown: tuple[str, ...] = ()

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
    read = Environment(os.environ if environ is None else environ)
    data_dir = _data_dir(read)
    host = read.host("SIDECAR_HOST", "127.0.0.1")
    port = read.number("SIDECAR_PORT", 8000, 1, 65535)
    config = Config(
        data_dir=data_dir,
        database_url=_database_url(read, data_dir),
        redis_url=_redis_url(read),
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
        imap_url=_imap_url(read),
        twilio_account_sid=read.maybe("SIDECAR_TWILIO_ACCOUNT_SID"),
        twilio_auth_token=read.maybe("SIDECAR_TWILIO_AUTH_TOKEN"),
        twilio_from=read.maybe("SIDECAR_TWILIO_FROM"),
        twilio_messaging_service=read.maybe("SIDECAR_TWILIO_MESSAGING_SERVICE"),
        twilio_api_base=read.url("SIDECAR_TWILIO_API_BASE", ("http", "https"), "http://127.0.0.1:4010"),
        log_format=read.choice("SIDECAR_LOG_FORMAT", ("text", "json"), "text" if sys.stderr.isatty() else "json"),
        sources=read.sources,
    )
    _check_together(config)
    return replace(config, unknown=tuple(read.unknown()))


def _data_dir(read: Environment) -> Path:
    path = Path(read.text("SIDECAR_DATA_DIR", str(ROOT / "var"))).expanduser().resolve()
    try:
        path.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise ConfigError(f"SIDECAR_DATA_DIR {path} cannot be made: {error.strerror}.") from error
    if not os.access(path, os.W_OK | os.X_OK):
        raise ConfigError(f"SIDECAR_DATA_DIR {path} may not be written to by this user.")
    return path


def _database_url(read: Environment, data_dir: Path) -> str:
    schemes = ("postgresql", "postgresql+psycopg", "sqlite")
    found = read.url("SIDECAR_DATABASE_URL", schemes, "postgresql://user:password@db.example.com/ringback")
    if found and found.startswith("sqlite"):
        path = Path(found.removeprefix("sqlite:///").partition("?")[0])
        if not path.is_absolute() or not path.parent.is_dir():
            raise ConfigError(
                "SIDECAR_DATABASE_URL must name a file in a folder that exists, like sqlite:////srv/ringback.sqlite3."
            )
    return found or f"sqlite:///{data_dir / 'ringback.sqlite3'}"


def _redis_url(read: Environment) -> str | None:
    example = "redis://127.0.0.1:6379/0"
    found = read.url("SIDECAR_REDIS_URL", ("redis", "rediss", "unix"), example)
    if found and not found.startswith("unix") and not re.fullmatch(r"(/\d{0,3})?", urlsplit(found).path):
        raise ConfigError(f"SIDECAR_REDIS_URL must end with the number of a database, like {example}.")
    return found


def _base_url(read: Environment, port: int) -> str:
    example = "https://calls.example.com"
    found = read.url("SIDECAR_BASE_URL", ("http", "https"), example)
    if found and (urlsplit(found).query or urlsplit(found).fragment or "@" in urlsplit(found).netloc):
        raise ConfigError(f"SIDECAR_BASE_URL must be a plain address like {example}.")
    return (found or f"http://127.0.0.1:{port}").rstrip("/")


def _smtp_url(read: Environment) -> str | None:
    example = "smtp://user:password@smtp.example.com:587?tls=starttls"
    found = read.url("SIDECAR_SMTP_URL", ("smtp", "smtps"), example)
    if found and "tls=" in found and not re.search(r"[?&]tls=(starttls|none)(&|$)", found):
        raise ConfigError("SIDECAR_SMTP_URL may say ?tls=starttls or ?tls=none, or begin with smtps://.")
    _check_plain("SIDECAR_SMTP_URL", found)
    return found


def _imap_url(read: Environment) -> str | None:
    example = "imaps://user:password@imap.example.com/INBOX"
    found = read.url("SIDECAR_IMAP_URL", ("imap", "imaps"), example)
    if found is None:
        return None
    parts = urlsplit(found)
    if not parts.username or not parts.password or "%0" in found.lower() or not found.isascii():
        raise ConfigError(f"SIDECAR_IMAP_URL needs a user, a password and a folder, like {example}.")
    if not set(filter(None, parts.query.split("&"))) <= {"tls=starttls", "tls=none", "mark=seen"}:
        raise ConfigError("SIDECAR_IMAP_URL may end with ?tls=starttls, ?tls=none or ?mark=seen.")
    _check_plain("SIDECAR_IMAP_URL", found)
    return found


def _check_plain(name: str, url: str | None) -> None:
    """Letters and passwords leave this machine encrypted, or not at all."""
    if url and "tls=none" in urlsplit(url).query and not is_loopback(urlsplit(url).hostname or ""):
        raise ConfigError(f"{name} may say ?tls=none only for a server on this machine, like 127.0.0.1.")


def _secret_keys(read: Environment, data_dir: Path) -> tuple[str, ...]:
    given = read.maybe("SIDECAR_SECRET_KEY")
    path = data_dir / "secret.key"
    keys = tuple(part.strip() for part in (given or _kept_key(path)).split(",") if part.strip())
    if not keys or any(len(key) < 32 for key in keys):
        where = "SIDECAR_SECRET_KEY" if given else f"The file {path}"
        raise ConfigError(f"{where} needs at least 32 characters in each of its comma-separated keys.")
    return keys


def _kept_key(path: Path) -> str:
    """The key in the data folder, made whole at the very first start: of two first starts, one link wins."""
    try:
        if not path.exists():
            draft = path.with_name(f".secret.key.{os.getpid()}.{threading.get_ident()}")
            handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(handle, "w", encoding="ascii") as file:
                file.write(os.urandom(32).hex() + "\n")
                file.flush()
                os.fsync(file.fileno())
            with contextlib.suppress(FileExistsError):
                os.link(draft, path)
            draft.unlink()
        return path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"The secret key {path} cannot be read or made: {error}.") from error


def _check_together(config: Config) -> None:
    store = (config.store_url, config.store_key, config.store_secret)
    if any(store) and not all(store):
        raise ConfigError(
            "SIDECAR_STORE_URL, SIDECAR_STORE_KEY and SIDECAR_STORE_SECRET belong together: set all three."
        )
    if config.store_url and config.store_url.startswith("http:") and not config.allow_local_stores:
        raise ConfigError(
            "SIDECAR_STORE_URL must begin with https://. For a store on this machine, set SIDECAR_ALLOW_LOCAL_STORES=1."
        )
    if config.owner_password and not config.owner_email:
        raise ConfigError("SIDECAR_OWNER_PASSWORD needs SIDECAR_OWNER_EMAIL.")
    if config.owner_email and "@" not in config.owner_email:
        raise ConfigError("SIDECAR_OWNER_EMAIL must be an email address, like owner@example.com.")
    if config.mail_from and "@" not in config.mail_from:
        raise ConfigError("SIDECAR_MAIL_FROM must hold an email address, like Aurora Audio <hello@example.com>.")
