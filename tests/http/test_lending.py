"""Connections are lent in turn, whoever gives up waiting."""

import asyncio
from collections.abc import AsyncIterator

import asyncpg
import pytest

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


async def test_closes_though_a_connection_is_lent(lender: Lender):
    connection = await lender.lend()
    await lender.close()
    assert has_ended(connection)
