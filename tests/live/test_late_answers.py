"""What is committed while an answer of the database is on its way is told too (S3)."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, TypeVar

import pytest

from domain.viewers import Scope
from events.cancelling import cancel
from events.doorbell import Doorbell
from persistence.database import Connection, Database
from persistence.lending import Lender
from resolvers.live.user_changes import UserChangeSource
from resolvers.live.watches import Watches
from tests.accounts import FreshAccount
from tests.conftest import RunningGateway
from tests.live.changes import log

Result = TypeVar("Result")


class LateDatabase(Database):
    """A database of whose answers one may be held up, when it is here."""

    def __init__(self, lender: Lender, url: str, **options: Any) -> None:
        super().__init__(lender, url, **options)
        self._holds_next = False
        self._here = asyncio.Event()
        self._goes_on = asyncio.Event()

    async def read(self, ask: Callable[[Connection], Awaitable[Result]]) -> Result:
        is_held, self._holds_next = self._holds_next, False
        found = await super().read(ask)
        if is_held:
            self._here.set()
            await self._goes_on.wait()
        return found

    async def hold(self, reading: Awaitable[Result]) -> "asyncio.Future[Result]":
        """Hold up what is read first, and give what waits for it when the answer is here."""
        self._holds_next = True
        waiting = asyncio.ensure_future(reading)
        await self._here.wait()
        return waiting

    def let_go(self) -> None:
        self._goes_on.set()


@pytest.fixture
async def database(gateway: RunningGateway) -> AsyncIterator[LateDatabase]:
    database = await LateDatabase.open(gateway.database_url, pool_size=2, statement_timeout_seconds=30)
    yield database
    await database.close()


@pytest.fixture
async def watches(gateway: RunningGateway, database: LateDatabase) -> AsyncIterator[Watches]:
    doorbell = Doorbell(gateway.house.environment["REDIS_URL"])
    watches = Watches(database, doorbell)
    running = asyncio.create_task(watches.run())
    yield watches
    await cancel(running)
    await doorbell.close()


async def test_a_change_that_is_committed_while_others_are_read_is_told(
    account: FreshAccount, database: LateDatabase, watches: Watches
):
    first, second = await account.add_user(), await account.add_user()
    source = UserChangeSource(watches, Scope(account.id), account.id)
    await source.catch_up()
    await log(account, "UPDATED", first)
    await source.catch_up()
    reading = await database.hold(source.changes())
    await log(account, "UPDATED", second)
    await source.catch_up()
    database.let_go()

    told = [event.id for event in await reading or ()]
    async with asyncio.timeout(5):
        while second not in told:
            told += [event.id for event in await source.changes() or ()]
    source.close()
    assert told == [first, second]
