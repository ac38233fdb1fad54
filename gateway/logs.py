"""Logs: one line an event on standard error, as JSON for machines or laid out for people.

What libraries write through `logging` takes the same way. Tracebacks are without the values of variables, since those
hold tokens and passwords.
"""

import logging
import sys
from datetime import UTC, datetime
from typing import Any, Final

import orjson
import structlog
from structlog.typing import EventDict, Processor

from gateway.settings import Settings

_LEVELS: Final = {"debug": logging.DEBUG, "info": logging.INFO, "warning": logging.WARNING, "error": logging.ERROR}

_STAMPS: Final[tuple[Processor, ...]] = (
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
)


def configure_logs(settings: Settings) -> None:
    """Decide once for the process what is logged, and how it looks."""
    level = _LEVELS[settings.log_level]
    structlog.configure(
        processors=[_write_json] if settings.logs_json else [*_STAMPS, *_looks(settings), _as_bytes],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.BytesLoggerFactory(sys.stderr.buffer),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=(structlog.stdlib.add_logger_name, *_STAMPS),
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *_looks(settings)],
        )
    )
    logging.basicConfig(handlers=[handler], level=level)
    # It tells of each start and end; whoever starts the gateway does so already.
    logging.getLogger("uvicorn.error").setLevel(max(level, logging.WARNING))
    # It tells of each job; the gateway tells of what comes of it.
    logging.getLogger("pgqueuer").setLevel(max(level, logging.WARNING))


def _looks(settings: Settings) -> tuple[Processor, ...]:
    """Give the last steps of a line."""
    if settings.logs_json:
        return structlog.processors.format_exc_info, structlog.processors.JSONRenderer(_dumps)
    return (
        structlog.dev.ConsoleRenderer(
            colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback, sort_keys=False
        ),
    )


def _dumps(event: Any, default: Any) -> str:
    return orjson.dumps(event, default=default).decode()


def _write_json(logger: Any, method: str, event: EventDict) -> bytes:
    """Do at once what the steps of a line do one by one, since every request writes one."""
    event = structlog.processors.format_exc_info(logger, method, structlog.stdlib.add_log_level(logger, method, event))
    event["timestamp"] = datetime.now(UTC)
    return orjson.dumps(event, default=repr, option=orjson.OPT_UTC_Z)


def _as_bytes(_logger: Any, _method: str, line: Any) -> bytes:
    """Make of a line what goes out in one write."""
    return str(line).encode("utf-8", "backslashreplace")
