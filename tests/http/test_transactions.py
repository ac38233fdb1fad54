"""A transaction ends with its block, however that ends."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from persistence.database import Database
from tests.conftest import RunningGateway
from tests.http.test_deadlines import Connection

SLOW_COMMIT = """
CREATE TEMPORARY TABLE slow (number integer);
CREATE FUNCTION pg_temp.sleep() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(20); RETURN NULL; END';
CREATE CONSTRAINT TRIGGER sleep AFTER INSERT ON slow DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW EXECUTE FUNCTION pg_temp.sleep();
"""
SLEEPING = "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND query = 'COMMIT;'"


@pytest.fixture
async def single(gateway: RunningGateway) -> AsyncIterator[Database]:
    """Give a database with one connection, in which a commit takes long."""
    single = await Database.open(gateway.database_url, pool_size=1, statement_timeout_seconds=30)
    async with single.connection() as connection:
        await connection.execute(SLOW_COMMIT)
    yield single
    await single.close()


async def test_a_commit_that_is_cancelled_says_so(single: Database, database: Connection):
    async def write() -> None:
        async with single.transaction() as connection:
            await connection.execute("INSERT INTO slow VALUES (1)")

    writing = asyncio.create_task(write())
    async with asyncio.timeout(10):
        while not await database.fetchval(SLEEPING):  # noqa: ASYNC110 - only the database knows
            await asyncio.sleep(0.02)
    writing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await writing
    await single.ping()
    async with single.connection() as connection:
        assert not connection.is_in_transaction()


async def test_transactions_leave_connections_to_those_who_read(gateway: RunningGateway):
    database = await Database.open(gateway.database_url, pool_size=3, statement_timeout_seconds=30)
    goes_on = asyncio.Event()
    done: list[int] = []

    async def write(number: int) -> None:
        async with database.transaction() as connection:
            await goes_on.wait()
            done.append(await connection.fetchval("SELECT $1::int", number))

    async with asyncio.timeout(20), asyncio.TaskGroup() as tasks:
        for number in range(5):
            tasks.create_task(write(number))
        await asyncio.gather(database.ping(), database.ping())
        goes_on.set()
    assert sorted(done) == [0, 1, 2, 3, 4]
    await database.close()
