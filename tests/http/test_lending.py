"""Connections are lent in turn, whoever gives up waiting."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
import pytest

from persistence.database import Database
from persistence.lending import Lender, has_ended
from tests.conftest import RunningGateway


@pytest.fixture
async def lender(gateway: RunningGateway) -> AsyncIterator[Lender]:
    """Give a lender of one connection."""
    lender = Lender(await asyncpg.create_pool(gateway.database_url, min_size=0, max_size=1))
    yield lender
    await lender.close()


async def test_who_gives_up_in_the_moment_of_a_return_is_passed_over(lender: Lender):
    connection = await lender.lend()
    waiting = [asyncio.create_task(lender.lend()) for _ in range(2)]
    await asyncio.sleep(0)
    waiting[0].cancel()
    lender.take_back(connection)
    with pytest.raises(asyncio.CancelledError):
        await waiting[0]
    assert await waiting[1] is connection
    lender.take_back(connection)


@asynccontextmanager
async def lender_of_role(gateway: RunningGateway, sql: Any, *, limit: int) -> AsyncGenerator[Lender]:
    """Give a lender of four connections as a role that the server allows fewer, for as long as the block runs."""
    await sql.execute(f"CREATE ROLE few LOGIN CONNECTION LIMIT {limit}")
    lender = Lender(await asyncpg.create_pool(gateway.database_url, user="few", min_size=0, max_size=4))
    try:
        yield lender
    finally:
        await lender.close()
        await sql.execute("DROP ROLE few")


async def test_who_gets_no_new_connection_waits_for_one_that_is_there(gateway: RunningGateway, sql: Any):
    async with asyncio.timeout(60), lender_of_role(gateway, sql, limit=2) as lender:

        async def ask() -> int:
            connection = await lender.lend()
            answer: int = await connection.fetchval("SELECT 1 FROM pg_sleep(0.01)")
            lender.take_back(connection)
            return answer

        for _ in range(5):
            assert await asyncio.gather(*(ask() for _ in range(40))) == [1] * 40
        lent = [await lender.lend() for _ in range(2)]
        waiting = asyncio.create_task(lender.lend())
        await sql.execute("ALTER ROLE few CONNECTION LIMIT 1")
        for connection in lent:
            await lender.retire(connection)
        lender.take_back(await waiting)


async def test_who_can_wait_for_no_connection_is_told(gateway: RunningGateway, sql: Any):
    async with lender_of_role(gateway, sql, limit=0) as lender:
        asking = await asyncio.gather(*(lender.lend() for _ in range(10)), return_exceptions=True)
        assert [type(told) for told in asking] == [asyncpg.TooManyConnectionsError] * 10


async def test_who_has_waited_longest_is_first_though_others_try_in_vain(gateway: RunningGateway, sql: Any):
    served: list[int] = []
    async with asyncio.timeout(60), lender_of_role(gateway, sql, limit=1) as lender:

        async def ask(number: int) -> None:
            connection = await lender.lend()
            served.append(number)
            lender.take_back(connection)

        connection = await lender.lend()
        waiting = [asyncio.create_task(ask(0))]
        await asyncio.sleep(0.5)  # it was refused a new connection
        waiting.append(asyncio.create_task(ask(1)))
        await asyncio.sleep(1)  # until one is worth a try again
        waiting.append(asyncio.create_task(ask(2)))
        await asyncio.sleep(0.3)
        lender.take_back(connection)
        await asyncio.gather(*waiting)
    assert served == [0, 1, 2]


async def test_a_sign_of_life_waits_for_no_connection(gateway: RunningGateway, sql: Any):
    async with asyncio.timeout(60), lender_of_role(gateway, sql, limit=1) as lender:
        database = Database(lender, gateway.database_url, turn_seconds=8, bulk_timeout_seconds=60)
        connection = await lender.lend()
        waiting = asyncio.create_task(lender.lend())
        await asyncio.sleep(1.2)  # until a new connection is worth a try again
        async with asyncio.timeout(1):
            await database.ping()
        assert not waiting.done(), "all were lent"
        lender.take_back(connection)
        lender.take_back(await waiting)


async def test_closes_though_a_connection_is_lent(lender: Lender):
    connection = await lender.lend()
    await lender.close()
    assert has_ended(connection)
