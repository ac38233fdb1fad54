"""What a gateway process keeps open from its start to its end, for all requests."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from events.broker import Broker
from gateway.settings import Mode, Settings
from gateway.setup_errors import SetupError
from gateway.tokens import Tokens
from persistence.database import Database


@dataclass(frozen=True, slots=True)
class Services:
    """The database, the broker and the tokens."""

    database: Database
    broker: Broker
    tokens: Tokens


def server_urls(settings: Settings) -> tuple[str, str]:
    """Tell where PostgreSQL and Redis are. Raises SetupError where that is not known."""
    if settings.database_url is None or settings.redis_url is None:
        raise SetupError("The gateway needs DATABASE_URL and REDIS_URL; `python -m gateway serve` brings both.")
    return settings.database_url, settings.redis_url


@asynccontextmanager
async def open_services(settings: Settings) -> AsyncGenerator[Services]:
    """Open all, and close all in the end. Raises SetupError, DatabaseUnavailable."""
    database_url, redis_url = server_urls(settings)
    tokens = Tokens.load(settings.signing_keys_dir, create=settings.mode is Mode.DEVELOPMENT)
    database = await Database.open(
        database_url,
        pool_size=settings.database_pool,
        statement_timeout_seconds=settings.statement_timeout_seconds,
    )
    try:
        broker = Broker.open(redis_url)
        try:
            yield Services(database, broker, tokens)
        finally:
            await broker.close()
    finally:
        await database.close()
