"""A transaction ends with its block, however that ends."""

import asyncio
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import httpx
import pytest

from persistence.database import Database, DryRun
from persistence.failures import ChangeRefused, ConnectionLost, StatementTimeout
from tests.accounts import FreshAccount
from tests.conftest import PARTNER, RunningGateway
from tests.http.test_deadlines import Connection, wait_until

SLOW_COMMIT = """
CREATE TEMPORARY TABLE slow (number integer);
CREATE FUNCTION pg_temp.sleep() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(20); RETURN NULL; END';
CREATE CONSTRAINT TRIGGER sleep AFTER INSERT ON slow DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW EXECUTE FUNCTION pg_temp.sleep();
"""
TAKE = "SELECT FROM accounts WHERE id = $1 FOR UPDATE"
WAITING = "SELECT pid FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
STATE = "SELECT state FROM pg_stat_activity WHERE pid = $1"
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


@pytest.mark.parametrize("state", ["25006", "40001", "40P01", "53100"])
async def test_what_the_server_cannot_do_now_is_no_fault(single: Database, state: str):
    refusal = f"DO $$ BEGIN RAISE EXCEPTION 'not now' USING ERRCODE = '{state}'; END $$"
    with pytest.raises(ChangeRefused, match="not now"):
        async with single.transaction() as connection:
            await connection.execute(refusal)
    async with single.transaction(keeps=False) as connection:
        with pytest.raises(ChangeRefused, match="not now"):
            await DryRun(connection).read(lambda reading: reading.execute(refusal))
        assert await connection.fetchval("SELECT 1") == 1
    await single.ping()


@pytest.fixture
async def loop_faults() -> AsyncIterator[list[dict[str, Any]]]:
    """Give what the event loop is told of, as no caller hears of it."""
    faults: list[dict[str, Any]] = []
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda _loop, fault: faults.append(fault))
    yield faults
    loop.set_exception_handler(None)


async def test_who_gives_up_while_a_transaction_begins_leaves_nothing_behind(
    single: Database, loop_faults: list[dict[str, Any]]
):
    async def write() -> None:
        async with single.transaction() as connection:
            await connection.execute("SELECT 1")

    for moments in range(100):
        writing = asyncio.create_task(write())
        for _ in range(moments % 10):
            await asyncio.sleep(0)
        writing.cancel()
        (outcome,) = await asyncio.gather(writing, return_exceptions=True)
        assert outcome is None or isinstance(outcome, asyncio.CancelledError)
    assert loop_faults == []
    async with asyncio.timeout(20):
        await single.ping()


async def test_who_gives_up_as_the_answer_arrives_leaves_nothing_to_whoever_comes_next(
    gateway: RunningGateway, database: Connection
):
    single = await Database.open(gateway.database_url, pool_size=1, statement_timeout_seconds=1)
    async with single.connection() as connection:
        server = await connection.fetchval("SELECT pg_backend_pid()")
    reading = asyncio.create_task(single.read(lambda connection: connection.fetch("SELECT count(*) FROM users")))
    while (waits_for := reading._fut_waiter) is None or not waits_for.done():  # type: ignore[attr-defined]  # noqa: SLF001, ASYNC110
        await asyncio.sleep(0)
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading
    assert await database.fetchval(STATE, server) in {"idle", None}
    await asyncio.sleep(1.1)
    await single.ping()
    await single.close()


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
        await asyncio.gather(*(database.read(lambda connection: connection.execute("SELECT 1")) for _ in range(2)))
        goes_on.set()
    assert sorted(done) == [0, 1, 2, 3, 4]
    await database.close()


async def test_a_transaction_that_stands_still_lets_others_on(
    gateway: RunningGateway, database: Connection, account: FreshAccount
):
    idle = await Database.open(
        gateway.database_url, pool_size=1, statement_timeout_seconds=30, idle_timeout_seconds=0.5
    )

    async def stand_still() -> None:
        async with idle.transaction() as connection:
            await connection.execute(TAKE, account.id)
            async with asyncio.timeout(20):
                await database.execute(TAKE, account.id)
            await connection.execute("SELECT 1")

    with pytest.raises(ConnectionLost):
        await stand_still()
    await idle.ping()
    await idle.close()


async def test_a_gateway_that_stands_still_lets_others_on(
    gateway: RunningGateway, database: Connection, account: FreshAccount
):
    create = "mutation ($input: CreateUserInput!) { createUser(input: $input) { userErrors { code } } }"
    user = {"accountId": account.node, "name": "New", "email": "new@still.example"}
    body = {"query": create, "variables": {"input": user}}
    headers = {"authorization": f"Bearer {gateway.token(PARTNER)}", "accept": "application/graphql-response+json"}
    with gateway.beside(GATEWAY_OPERATION_DEADLINE_SECONDS="5") as frozen:
        async with httpx.AsyncClient(base_url=frozen.address, headers=headers, timeout=60) as client:
            async with account.sql.transaction():
                await account.sql.execute(TAKE, account.id)
                creating = asyncio.create_task(client.post("/graphql", json=body))
                await wait_until(database, 1)
                waiting = await database.fetchval(WAITING)
                frozen.process.send_signal(signal.SIGSTOP)
            try:
                async with asyncio.timeout(30):
                    while await database.fetchval(STATE, waiting) == "active":  # noqa: ASYNC110 - only the database knows
                        await asyncio.sleep(0.02)
                    await database.execute(TAKE, account.id)
            finally:
                frozen.process.send_signal(signal.SIGCONT)
            (error,) = (await creating).json()["errors"]
            assert error["extensions"]["code"] in {"SERVICE_UNAVAILABLE", "DEADLINE_EXCEEDED"}
            assert (await client.post("/graphql", json=body)).json()["data"]["createUser"] == {"userErrors": []}
        assert frozen.faults == ""


async def test_who_waits_for_a_busy_account_keeps_no_other_from_being_written_on(
    gateway: RunningGateway, account: FreshAccount, open_fresh: Callable[[], Awaitable[FreshAccount]]
):
    other = await open_fresh()
    users = [await account.add_user() for _ in range(4)]
    create = "mutation ($input: CreateUserInput!) { createUser(input: $input) { userErrors { code } } }"
    edit = "mutation ($input: EditUserInput!) { editUser(input: $input) { userErrors { code } } }"
    headers = {"authorization": f"Bearer {gateway.token(PARTNER)}"}

    async with httpx.AsyncClient(base_url=gateway.url, headers=headers, timeout=30) as client:

        async def ask(query: str, **given: str) -> None:
            answer = await client.post("/graphql", json={"query": query, "variables": {"input": given}})
            (payload,) = answer.json()["data"].values()
            assert payload == {"userErrors": []}

        async with asyncio.TaskGroup() as tasks, account.sql.transaction():
            await account.sql.execute(TAKE, account.id)
            for place, user in enumerate(users):
                email = f"{place}@busy.example"
                tasks.create_task(ask(create, accountId=account.node, name="New", email=email))
                tasks.create_task(ask(edit, userId=f"user_{user}", name="Edited"))
            await asyncio.sleep(1)
            async with asyncio.timeout(5):
                await ask(create, accountId=other.node, name="New", email="new@idle.example")


async def test_nobody_waits_for_a_turn_for_longer_than_for_a_statement(gateway: RunningGateway):
    database = await Database.open(gateway.database_url, pool_size=4, statement_timeout_seconds=0.3)
    with pytest.raises(StatementTimeout):
        async with database.transaction(turn="one"), database.transaction(turn="other"):
            await database.transaction(turn="one").__aenter__()
    async with database.transaction(turn="one") as connection:
        assert await connection.fetchval("SELECT 1") == 1
    await database.close()
