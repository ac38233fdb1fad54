"""What a gateway process keeps open from its start to its end, for all requests."""

from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import datetime, timedelta
from typing import Final

from msgspec import Struct, field

from domain.viewers import Viewer
from events.attempts import Attempts
from events.broker import Broker
from gateway.identity.tokens import Tokens
from gateway.identity.viewers import RecentViewers
from gateway.settings import Mode, Settings
from gateway.setup_errors import SetupError
from loaders.sharing import SharedReads
from persistence.database import Database
from persistence.lending import PATIENCE_SECONDS
from resolvers.context import Context
from resolvers.entrance import Entrance
from resolvers.password_hashes import PasswordHashes

SERVICES: Final = "gateway.services"
"""Where the state of an ASGI scope holds them."""


class Services(Struct, frozen=True):
    """What reads and writes, the tokens, what signing in needs beside, and who was seen just now."""

    database: Database
    reads: SharedReads
    broker: Broker
    tokens: Tokens
    passwords: PasswordHashes
    attempts: Attempts
    session_lasts: timedelta
    viewers: RecentViewers = field(default_factory=RecentViewers)

    def make_context(
        self,
        viewer: Viewer | None,
        *,
        request_id: str,
        now: datetime,
        client: str,
        selected: frozenset[str] | None = None,
    ) -> Context:
        """Make what one operation works with; `client` is the network address that it came from, if known."""
        entrance = Entrance(self.tokens.issue, self.passwords, self.attempts, self.session_lasts, client)
        return Context(
            self.database,
            self.broker,
            viewer,
            request_id,
            now,
            entrance=entrance,
            reads=self.reads,
            selected=selected,
        )


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
        bulk_timeout_seconds=settings.bulk_deadline_seconds,
        # A dry run is held while its answer is completed, which takes no longer than other answers do.
        idle_timeout_seconds=settings.operation_deadline_seconds + PATIENCE_SECONDS,
    )
    async with AsyncExitStack() as opened:
        opened.push_async_callback(database.close)
        broker = Broker.open(redis_url)
        opened.push_async_callback(broker.close)
        attempts = Attempts.open(redis_url)
        opened.push_async_callback(attempts.close)
        passwords = PasswordHashes()
        opened.callback(passwords.close)
        lasts = timedelta(days=settings.session_days)
        yield Services(database, SharedReads(database), broker, tokens, passwords, attempts, lasts)
