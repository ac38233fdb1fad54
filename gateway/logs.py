"""Logs: one line an event on standard error, as JSON for machines or laid out for people.

What libraries write through `logging` takes the same way. Tracebacks are without the values of variables, since those
hold tokens and passwords, and without PostgreSQL's details, since those quote rows. A line that cannot be written is
left out: no work ends for its log.
"""

import asyncio
import logging
import sys
from collections.abc import Generator
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any, Final, cast

import asyncpg
import orjson
import structlog
from structlog.typing import EventDict, Processor

from gateway.settings import Settings
from persistence.failures import LOSSES

_LEVELS: Final = {"debug": logging.DEBUG, "info": logging.INFO, "warning": logging.WARNING, "error": logging.ERROR}

# What asyncpg says of a connection that has ended before; it has no class of its own for that.
_CLOSED: Final = "connection is closed"

# What the queue says five times over of each of its two buffers, when its connection is gone: the worker tells of that.
_LAST_WORDS: Final = "Shutdown flush failed"


def configure_logs(settings: Settings) -> None:
    """Decide once for the process what is logged, and how it looks."""
    level = _LEVELS[settings.log_level]
    structlog.configure(
        processors=_steps(settings),
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=lambda *_names: _Writer(sys.stderr.buffer),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=(structlog.stdlib.add_logger_name,),
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                *_steps(settings),
                _as_text,
            ],
        )
    )
    logging.basicConfig(handlers=[handler], level=level)
    # It tells of each start and end; whoever starts the gateway does so already.
    logging.getLogger("uvicorn.error").setLevel(max(level, logging.WARNING))
    # It tells of each look at the tables.
    logging.getLogger("alembic").setLevel(max(level, logging.WARNING))
    # It tells of each job; the gateway tells of what comes of it.
    queue = logging.getLogger("pgqueuer")
    queue.setLevel(max(level, logging.WARNING))
    queue.addFilter(_says_more)
    queue.addFilter(_as_warning_where_lost)
    logging.getLogger("uvicorn.error").addFilter(_as_warning_where_broken_off)


def _says_more(record: logging.LogRecord) -> bool:
    return not str(record.msg).startswith(_LAST_WORDS)


def _as_warning_where_lost(record: logging.LogRecord) -> bool:
    """Let it be a warning without a traceback that the queue lost its own connection: the worker begins again.

    What a job fails with is none of these: those that are lent a connection are told of its end in our own words.
    """
    error = record.exc_info[1] if record.exc_info else None
    if isinstance(error, LOSSES) or (isinstance(error, asyncpg.InterfaceError) and _CLOSED in str(error)):
        _make_warning(record, f"{record.getMessage()}: {error!r}")
    return True


def _as_warning_where_broken_off(record: logging.LogRecord) -> bool:
    """Let it be a warning without a traceback that a request took longer than a stop may, and was cancelled."""
    if record.exc_info and isinstance(record.exc_info[1], asyncio.CancelledError):
        _make_warning(record, "a request was broken off")
    return True


def _make_warning(record: logging.LogRecord, message: str) -> None:
    record.msg, record.args, record.exc_info = message, None, None
    record.levelno, record.levelname = logging.WARNING, "WARNING"


class _Writer(structlog.BytesLogger):
    """Writes lines, and goes on where one cannot be written, as the handlers of `logging` do."""

    __slots__ = ()

    def msg(self, message: bytes) -> None:
        """Write a line, if that can be done."""
        with suppress(OSError):
            super().msg(message)

    debug = info = warning = error = critical = msg


def _steps(settings: Settings) -> tuple[Processor, ...]:
    """Give what makes of an event the bytes of a line, which go out in one write."""
    if settings.logs_json:
        return (_without_rows, _as_json)
    return (
        _without_rows,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.dev.ConsoleRenderer(
            colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback, sort_keys=False
        ),
        _as_bytes,
    )


def _without_rows(_logger: Any, _method: str, event: EventDict) -> EventDict:
    """Take the details from all errors of an event, before it is left to Python to write them with those they chain."""
    if told := event.get("exc_info"):
        for one in _chained(_error_of(told)):
            if isinstance(one, asyncpg.PostgresError):
                one.detail = None
    return event


def _error_of(told: Any) -> BaseException | None:
    """Give the error that is meant by what is told of it, which may be no more than that there is one."""
    if isinstance(told, BaseException):
        return told
    if isinstance(told, tuple):
        return cast("tuple[Any, BaseException | None, Any]", told)[1]
    return sys.exception()


def _chained(error: BaseException | None) -> Generator[BaseException]:
    """Give an error, those that it came from, and those that it is a group of; each once, as they may form a circle."""
    known: set[int] = set()
    waiting = [error]
    while waiting:
        one = waiting.pop()
        if one is None or id(one) in known:
            continue
        known.add(id(one))
        yield one
        waiting += (one.__cause__, one.__context__)
        if isinstance(one, BaseExceptionGroup):
            waiting += cast("BaseExceptionGroup[BaseException]", one).exceptions


def _as_json(logger: Any, method: str, event: EventDict) -> bytes:
    """Do all in one step, since every request writes a line."""
    event = structlog.processors.format_exc_info(logger, method, structlog.stdlib.add_log_level(logger, method, event))
    event["timestamp"] = datetime.now(UTC)
    try:
        return orjson.dumps(event, default=repr, option=orjson.OPT_UTC_Z)
    except TypeError:  # half of a surrogate pair, or an integer of more than 64 bits
        return orjson.dumps({name: _plain(value) for name, value in event.items()}, option=orjson.OPT_UTC_Z)


def _plain(value: object) -> str | datetime:
    """Give what can be written of a value, whatever it is."""
    if isinstance(value, datetime) or (isinstance(value, str) and value.isascii()):
        return value
    return ascii(value)


def _as_bytes(_logger: Any, _method: str, line: Any) -> bytes:
    return str(line).encode("utf-8", "backslashreplace")


def _as_text(_logger: Any, _method: str, line: Any) -> str:
    return bytes(line).decode()
