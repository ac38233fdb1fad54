"""A database that says nothing takes nobody with it: requests end in time, and so does the gateway."""

import asyncio
import gc
import signal
import time
from collections.abc import Iterator
from contextlib import AsyncExitStack
from pathlib import Path

import asyncpg
import httpx
import pytest

from persistence.connecting import CONNECT_SECONDS
from persistence.database import Database
from persistence.lending import PATIENCE_SECONDS, Lender
from tests.conftest import PARTNER, RunningGateway, running_gateway
from tests.house.houses import House
from tests.http.test_health import stopped

DEADLINE_SECONDS = 2
QUERY = "{ products { name } }"
CREATE = """mutation { createUser(input: { accountId: "%s", name: "New", email: "new@silent.example" }) {
  userErrors { code }
} }"""


@pytest.fixture
def served(tmp_path: Path) -> Iterator[RunningGateway]:
    """Give a gateway on a database of its own, with few connections to it."""
    limits = {"GATEWAY_DATABASE_POOL": "2", "GATEWAY_OPERATION_DEADLINE_SECONDS": str(DEADLINE_SECONDS)}
    with running_gateway(tmp_path, "--no-worker", **limits) as gateway:
        yield gateway


async def test_requests_end_in_time_and_work_again(tmp_path: Path, served: RunningGateway):
    headers = {"authorization": f"Bearer {served.token(PARTNER)}", "accept": "application/graphql-response+json"}
    account = served.data("{ viewer { account { id } } }")["viewer"]["account"]["id"]
    async with httpx.AsyncClient(base_url=served.url, headers=headers, timeout=60) as client:

        async def ask(query: str) -> int:
            return (await client.post("/graphql", json={"query": query})).status_code

        assert [await ask(QUERY) for _ in range(2)] == [200, 200]
        with stopped(tmp_path / "servers/postgres"):
            async with asyncio.timeout(DEADLINE_SECONDS + 10):
                asked = await asyncio.gather(*[ask(CREATE % account), *[ask(QUERY) for _ in range(6)]])
            assert set(asked) <= {503, 504}
        assert [await ask(QUERY) for _ in range(4)] == [200] * 4
        assert (await client.get("/health/ready")).status_code == 200


async def test_stops_in_time(tmp_path: Path, served: RunningGateway):
    gateway = House(served.house.data_dir, environment=served.house.environment).serve("--no-worker")
    headers = {"authorization": f"Bearer {served.token(PARTNER)}"}
    async with httpx.AsyncClient(base_url=gateway.address, headers=headers, timeout=60) as client:
        assert (await client.post("/graphql", json={"query": QUERY})).status_code == 200
        with stopped(tmp_path / "servers/postgres"):
            asking = asyncio.create_task(client.post("/graphql", json={"query": QUERY}))
            await asyncio.sleep(0.5)
            async with asyncio.timeout(25):
                assert await asyncio.to_thread(gateway.end, signal.SIGTERM) == 0
            await asyncio.gather(asking, return_exceptions=True)


async def test_closes_as_soon_however_many_connections_rest(tmp_path: Path, served: RunningGateway):
    database = await Database.open(served.database_url, pool_size=4, statement_timeout_seconds=5)
    async with AsyncExitStack() as lent:
        for _ in range(4):
            await lent.enter_async_context(database.connection())
    with stopped(tmp_path / "servers/postgres"):
        closing = asyncio.create_task(database.close())
        closed, _ = await asyncio.wait([closing], timeout=PATIENCE_SECONDS + 1)
    assert closed == {closing}
    await closing


async def test_whoever_stops_waiting_for_a_connection_to_be_cleaned_leaves_no_fault(
    tmp_path: Path, served: RunningGateway
):
    faults: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda _loop, context: faults.append(context))
    lender = Lender(await asyncpg.create_pool(served.database_url, min_size=0, max_size=1))
    connection = await lender.lend()
    with stopped(tmp_path / "servers/postgres"):
        retiring = asyncio.create_task(lender.retire(connection))
        await asyncio.sleep(0.5)
        retiring.cancel()
        await asyncio.sleep(PATIENCE_SECONDS)
    gc.collect()
    assert faults == []
    await lender.close()


@pytest.mark.parametrize("command", ["serve", "worker", "migrate"])
def test_a_command_says_soon_that_nothing_answers(tmp_path: Path, served: RunningGateway, command: str):
    house = House(tmp_path / "another", environment=served.house.environment)
    with stopped(tmp_path / "servers/postgres"):
        started = time.monotonic()
        assert house.complaint(command).endswith("does not answer: it took too long.")
        assert time.monotonic() - started < CONNECT_SECONDS + 10
