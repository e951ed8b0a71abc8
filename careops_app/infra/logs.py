"""Structured logging, set up once per process. No message bodies, no tokens, no cookies ever reach a log line."""

import logging
import re
import sys
from collections.abc import Iterable
from typing import Any

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from careops_app.infra.settings import LogFormat, settings

HIDDEN = "***"
SECRET_KEYS = frozenset(
    "authorization cookie set-cookie token client_token password app_password secret secret_key api_key key_hash "
    "encryption_key credentials body text html payload form router_data".split()
)
_SECRET_PLACES: tuple[tuple[re.Pattern[str], str], ...] = (
    # what Reflex prints of an event it does not know: {'cookie': 'sid=...', 'token': '...'}
    (
        re.compile(r"""(['"](?:cookie|authorization|token|client_token|password)['"]: )(?:'[^']*'|"[^"]*")""", re.I),
        r"\1'***'",
    ),
    (re.compile(r"((?:__Host-)?\bsid=)[^;\s'\"]+"), r"\1***"),
    (re.compile(r"((?:[?&]|\b)token=)[^&\s'\"]+", re.I), r"\1***"),
    (re.compile(r"(Bearer )\S+", re.I), r"\1***"),
    # customer links and reset links: the path is the credential
    (re.compile(r"(/(?:m|f|reset|invitation|bookings|forms)/)[A-Za-z0-9_\-]{20,}"), r"\1***"),
    (re.compile(r"(://[^:/@\s]+:)[^@/\s]+@"), r"\1***@"),
    (re.compile(r"(reflex_event\|[^|]*\|)[^|\]]+"), r"\1***"),
    (re.compile(r"(disconnected client )'[^']*'"), r"\1'***'"),
)
_QUIET = "httpx httpcore apscheduler alembic engineio socketio asyncio multipart python_multipart".split()


def redacted(text: str) -> str:
    """The text without credentials."""
    for place, replacement in _SECRET_PLACES:
        text = place.sub(replacement, text)
    return text


def _redact(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """Hides values by their name, and credentials inside any text."""
    return {name: _hidden(name, value) for name, value in event.items()}


def _hidden(name: str, value: Any) -> Any:
    if name.lower() in SECRET_KEYS:
        return HIDDEN
    return redacted(value) if isinstance(value, str) else value


def _shared() -> list[Processor]:
    return [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
    ]


def _last(form: LogFormat) -> list[Processor]:
    """Tracebacks become text before redaction, because an error's text may quote what it was given."""
    rendered: Processor = structlog.processors.JSONRenderer()
    if form is LogFormat.CONSOLE:
        rendered = structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), pad_event_to=0)
    return [
        structlog.stdlib.ProcessorFormatter.remove_processors_meta,
        structlog.processors.format_exc_info,
        _redact,
        rendered,
    ]


class _ToStandardError(logging.Handler):
    """Writes to whatever standard error is at that moment: it may be replaced while the process lives."""

    def emit(self, record: logging.LogRecord) -> None:
        try:
            print(self.format(record), file=sys.stderr, flush=True)
        except Exception:
            self.handleError(record)


def set_up() -> None:
    """Sends structlog and every library's logging through one redacting formatter to standard error."""
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *_shared(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = _ToStandardError()
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(foreign_pre_chain=_shared(), processors=_last(settings().log_format))
    )
    _replace_handlers(logging.getLogger(), [handler])
    logging.getLogger().setLevel(settings().log_level)
    for name in _QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)


def _replace_handlers(logger: logging.Logger, handlers: Iterable[logging.Handler]) -> None:
    for old in list(logger.handlers):
        logger.removeHandler(old)
    for new in handlers:
        logger.addHandler(new)


def server_logging() -> dict[str, Any]:
    """For the web server: its own few lines go the same way, and no access log, because paths hold customers' links."""
    return {"handlers": {}, "formatters": {}, "loggers": {"_granian": {"propagate": True}}}
