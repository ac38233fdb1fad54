"""The start of a process that takes the place of a dead one: where the database is away, it waits for it."""

import asyncio
import signal
from collections.abc import AsyncGenerator, Generator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager, suppress
from typing import Final

import structlog
from uvicorn import Server

from gateway.services import Services, open_services
from gateway.settings import Settings
from persistence.failures import DatabaseUnavailable

_PAUSE_SECONDS: Final = 1.0

_log: Final = structlog.get_logger("gateway.process")


@asynccontextmanager
async def open_services_patiently(settings: Settings) -> AsyncGenerator[Services]:
    """Open all as soon as the database answers, and close all in the end. Raises SetupError."""
    async with AsyncExitStack() as opened:
        with _sigterm_ends_at_once():
            services = await _open_when_back(opened, settings)
        yield services


async def _open_when_back(opened: AsyncExitStack, settings: Settings) -> Services:
    try:
        return await opened.enter_async_context(open_services(settings))
    except DatabaseUnavailable as error:
        _log.warning("waiting for the database", reason=str(error))
    while True:
        await asyncio.sleep(_PAUSE_SECONDS)
        with suppress(DatabaseUnavailable):
            services = await opened.enter_async_context(open_services(settings))
            _log.info("the database is back")
            return services


@contextmanager
def _sigterm_ends_at_once() -> Generator[None]:
    """Let SIGTERM end the process, which has nothing to finish yet; uvicorn notes it, and looks after the start."""
    noted = signal.signal(signal.SIGTERM, signal.SIG_DFL)
    server = getattr(noted, "__self__", None)
    if isinstance(server, Server) and server.should_exit:
        signal.raise_signal(signal.SIGTERM)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, noted)
