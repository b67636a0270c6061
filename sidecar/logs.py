"""Log lines: text people can read on a terminal, JSON elsewhere; never a secret, never a whole address or number.

Everything goes through here, our own lines and those of libraries (werkzeug, gunicorn, rq, alembic):
`logging.getLogger(__name__)` is all a module needs. `bind()` adds what belongs to every line of a request or job.
"""

from __future__ import annotations

import logging
import re
import secrets
import sys
from collections.abc import MutableMapping
from typing import Any, TextIO

import structlog
from structlog.contextvars import bind_contextvars, clear_contextvars

# Libraries whose every line at INFO is noise to an operator; what goes wrong still shows.
_QUIET = ("werkzeug", "rq.worker", "rq.scheduler", "rq.cron", "alembic", "urllib3", "gunicorn.access", "asyncio")

_HIDDEN_KEYS = re.compile(r"secret|password|passwd|token|authori[sz]ation|cookie|consumer_|oauth_|api_?key", re.I)
_EXCEPTION_KEYS = frozenset({"exception", "stack"})

# Order matters: whole query strings go first, so that what is left of an address is safe to look at.
_MASKS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"\?[^\s\"'<>]*(?:oauth_|consumer_)[^\s\"'<>]*", re.I), "?…"),
    (re.compile(r"([?&](?:token|key|secret|password|code|sig|signature)=)[^&\s\"'<>]+", re.I), r"\1…"),
    (re.compile(r"(/(?:c|u|p|f|call|sign-in|link)/)[\w.~-]{16,}"), r"\1…"),  # tokens of public and sign-in links
    (re.compile(r"(\w://)[^/\s:@]*:[^/\s@]*@"), r"\1…@"),
    (re.compile(r"\b(c[ks]_)\w{6,}"), r"\1…"),
    (re.compile(r"\b(Basic|Bearer) [\w+/=.~-]{8,}", re.I), r"\1 …"),
    (re.compile(r"(?<![\w.+-])([\w+])[\w.+%'-]*@([\w-]+(?:\.[\w-]+)+)"), r"\1…@\2"),
    (re.compile(r"\+\d(?:[ ().-]{0,2}\d){5,13}(\d\d)(?!\d)"), r"…\1"),  # +1 212 555 0123
    (re.compile(r"(?<![\w.-])\(?\d{3}\)?[ .-]\d{3}[ .-]\d{2}(\d\d)(?![\w-])"), r"…\1"),  # (212) 555-0123
    (re.compile(r"(?<![\w.-])0\d{2,4}[ -]\d{3,4}[ -]\d{1,2}(\d\d)(?![\w-])"), r"…\1"),  # 020 7946 0123
)
# C0, DEL, C1, and the characters that turn the direction of writing: a name must not forge or hide a line.
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")
_CONTROL_BUT_LINES = re.compile(_CONTROL.pattern.replace(r"\x00-\x1f", r"\x00-\x08\x0b-\x1f"))


def set_up(log_format: str, *, stream: TextIO | None = None, level: int = logging.INFO) -> None:
    """Sends every log line of this process to `stream` (standard error) as "text" or "json". May be called again."""
    out = stream or sys.stderr
    shared = _shared_steps()
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(out)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                mask,
                _renderer(log_format, out),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)
    _route_libraries()


def bind(**values: object) -> None:
    """Adds `values` to every line of this request or job, until `unbind()`."""
    bind_contextvars(**values)


def unbind() -> None:
    """Forgets what `bind` added; at the end of a request or job."""
    clear_contextvars()


def new_request_id() -> str:
    """A short id for one request, shown on error pages and in its log lines."""
    return secrets.token_hex(6)


def masked(text: str) -> str:
    """The text without keys, tokens, whole e-mail addresses and phone numbers."""
    for pattern, instead in _MASKS:
        text = pattern.sub(instead, text)
    return text


def mask(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Every value of the line, masked; values whose key names a secret are left out."""
    for key, value in list(event.items()):
        if _HIDDEN_KEYS.search(key):
            event[key] = "…"
        elif key in _EXCEPTION_KEYS:
            event[key] = _CONTROL_BUT_LINES.sub("·", masked(str(value)))
        elif not isinstance(value, bool | int | float | None):
            event[key] = _CONTROL.sub("·", masked(value if isinstance(value, str) else repr(value)))
    return event


def _shared_steps() -> list[Any]:
    return [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
    ]


def _renderer(log_format: str, out: TextIO) -> Any:
    if log_format == "json":
        return structlog.processors.JSONRenderer(ensure_ascii=False)
    return structlog.dev.ConsoleRenderer(colors=out.isatty(), pad_event_to=0)


def _route_libraries() -> None:
    """Lets libraries that bring their own handlers speak through ours, each line once."""
    logging.captureWarnings(True)
    for name in list(logging.Logger.manager.loggerDict):
        if name.partition(".")[0] in ("werkzeug", "gunicorn", "rq", "alembic", "sqlalchemy", "flask_migrate"):
            found = logging.getLogger(name)
            found.handlers, found.propagate = [], True
    for name in _QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
