"""On SIGTERM a gateway takes no more, finishes what runs, and sends everybody away in a way that they come back."""

import asyncio
import signal
import time
from collections.abc import AsyncIterator, Iterator

import asyncpg
import httpx
import pytest

from tests.accounts import FreshAccount
from tests.conftest import RunningGateway
from tests.house.houses import Gateway, House
from tests.live.conftest import Open, OpenStream
from tests.live.locks import until_waiting
from tests.live.sockets import COUNTS

QUERY = "{ users { nodes { licenses { assignedAt } } } }"


@pytest.fixture
async def locks(gateway: RunningGateway) -> AsyncIterator["asyncpg.Connection[asyncpg.Record]"]:
    """Give a connection that can get in the gateways' way, and is out of it in the end."""
    connection = await asyncpg.connect(gateway.database_url)
    yield connection
    await connection.close()


@pytest.fixture
def going(gateway: RunningGateway) -> Iterator[Gateway]:
    """Give a gateway that is gone in the end, whatever happens: it would take the jobs of other tests."""
    process = House(gateway.house.data_dir, environment=gateway.house.environment).serve()
    yield process
    if process.process.poll() is None:
        process.end(signal.SIGKILL)


async def test_finishes_what_runs_and_closes_with_1001(
    gateway: RunningGateway,
    going: Gateway,
    account: FreshAccount,
    open_client: Open,
    open_stream: OpenStream,
    locks: "asyncpg.Connection[asyncpg.Record]",
):
    await account.buy()
    token = gateway.token(account.admin)
    idle, busy = await open_client(account.admin, going.address), await open_client(account.admin, going.address)
    watching = [await client.subscribe(COUNTS, {"account": account.node}) for client in (idle, busy)]
    await busy.until(lambda: bool(watching[1].events))
    stream = open_stream(token, COUNTS, {"account": account.node}, going.address)
    await stream.until(1)

    held = locks.transaction()
    await held.start()
    async with httpx.AsyncClient(timeout=30) as client:
        await locks.execute("LOCK TABLE licenses IN ACCESS EXCLUSIVE MODE")
        told = await busy.subscribe(QUERY)
        await until_waiting(locks, 1)
        headers = {"authorization": f"Bearer {token}"}
        answer = asyncio.create_task(client.post(f"{going.address}/graphql", json={"query": QUERY}, headers=headers))
        await until_waiting(locks, 2)
        started = time.monotonic()
        going.process.send_signal(signal.SIGTERM)
        assert await idle.closed(5) == 1001
        await stream.end(5)
        assert [name for name, _ in stream.events] == ["next"], "without complete, so that the client comes back"
        assert not busy.is_closed
        await held.rollback()
        assert (await answer).json()["data"]["users"]["nodes"]
        assert await busy.closed(5) == 1001
        assert told.events[0]["data"]["users"]["nodes"]
        assert told.end == "complete"
    assert await asyncio.to_thread(going.process.wait, 10) == 0
    assert time.monotonic() - started < 10
    assert going.faults == ""


async def test_who_may_not_be_there_any_more_is_told_so_and_not_to_come_back(
    going: Gateway, account: FreshAccount, open_client: Open, locks: "asyncpg.Connection[asyncpg.Record]"
):  # P6
    idle, busy = await open_client(account.admin, going.address), await open_client(account.admin, going.address)
    held = locks.transaction()
    await held.start()
    await locks.execute("LOCK TABLE licenses IN ACCESS EXCLUSIVE MODE")
    await busy.subscribe(QUERY)
    await until_waiting(locks, 1)
    going.process.send_signal(signal.SIGTERM)
    assert await idle.closed(5) == 1001
    await account.sql.execute("UPDATE accounts SET is_active = false WHERE id = $1", account.id)
    assert await busy.closed(5) == 4403
    await held.rollback()
    assert await asyncio.to_thread(going.process.wait, 10) == 0


async def test_a_query_over_a_stream_has_its_answer(
    gateway: RunningGateway,
    going: Gateway,
    account: FreshAccount,
    open_stream: OpenStream,
    locks: "asyncpg.Connection[asyncpg.Record]",
):
    held = locks.transaction()
    await held.start()
    await locks.execute("LOCK TABLE licenses IN ACCESS EXCLUSIVE MODE")
    stream = open_stream(gateway.token(account.admin), QUERY, {}, going.address)
    await until_waiting(locks, 1)
    going.process.send_signal(signal.SIGTERM)
    async with asyncio.timeout(20):
        while await is_listening(going.address):  # noqa: ASYNC110 - nobody tells
            await asyncio.sleep(0.02)
    await held.rollback()
    await stream.end(5)
    assert [name for name, _ in stream.events] == ["next", "complete"]
    assert stream.events[0][1]["data"]["users"]["nodes"]
    assert await asyncio.to_thread(going.process.wait, 10) == 0


async def is_listening(url: str) -> bool:
    """Tell whether anything can be asked there."""
    try:
        async with httpx.AsyncClient() as client:
            return (await client.get(f"{url}/health/live")).is_success
    except httpx.HTTPError:
        return False


@pytest.mark.parametrize("processes", ["1", "2"])
async def test_refuses_connections_at_once_while_something_still_runs(
    gateway: RunningGateway, account: FreshAccount, locks: "asyncpg.Connection[asyncpg.Record]", processes: str
):
    await account.buy()
    headers = {"authorization": f"Bearer {gateway.token(account.admin)}"}
    house = House(gateway.house.data_dir, environment=gateway.house.environment)
    going = await asyncio.to_thread(house.serve, "--no-worker", "--workers", processes)
    held = locks.transaction()
    await held.start()
    await locks.execute("LOCK TABLE licenses IN ACCESS EXCLUSIVE MODE")
    async with httpx.AsyncClient(timeout=30) as client:
        answer = asyncio.create_task(client.post(f"{going.address}/graphql", json={"query": QUERY}, headers=headers))
        await until_waiting(locks, 1)
        going.process.send_signal(signal.SIGTERM)
        try:
            async with asyncio.timeout(5):
                while await is_open(house.port):  # noqa: ASYNC110 - only the port tells
                    await asyncio.sleep(0.05)
            assert not answer.done()
        finally:
            await held.rollback()
        assert (await answer).json()["data"]["users"]["nodes"]
    assert await asyncio.to_thread(going.process.wait, 10) == 0


async def test_a_request_that_takes_longer_than_a_stop_may_is_broken_off_with_a_warning(
    gateway: RunningGateway, account: FreshAccount, locks: "asyncpg.Connection[asyncpg.Record]"
):
    headers = {"authorization": f"Bearer {gateway.token(account.admin)}"}
    patience = {"GATEWAY_OPERATION_DEADLINE_SECONDS": "60", "GATEWAY_STATEMENT_TIMEOUT_SECONDS": "60"}
    held = locks.transaction()
    await held.start()
    await locks.execute("LOCK TABLE licenses IN ACCESS EXCLUSIVE MODE")
    house = House(gateway.house.data_dir, environment=gateway.house.environment | patience)
    going = await asyncio.to_thread(house.serve, "--no-worker")
    async with httpx.AsyncClient(timeout=30, base_url=going.address, headers=headers) as client:
        answer = asyncio.create_task(client.post("/graphql", json={"query": QUERY}))
        await until_waiting(locks, 1)
        assert await asyncio.to_thread(going.end, signal.SIGTERM) == 0
        assert (await answer).status_code == 500
    await held.rollback()
    assert "a request was broken off" in going.printed
    assert "Traceback" not in going.printed


async def is_open(port: int) -> bool:
    """Tell whether anything accepts a connection there."""
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except ConnectionRefusedError:
        return False
    writer.close()
    return True
