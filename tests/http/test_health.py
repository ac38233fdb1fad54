"""What an orchestrator is told."""

import asyncio
import signal
import time
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import httpx
import psutil
import pytest

from gateway.embedded import embedded_servers
from tests.accounts import FreshAccount
from tests.conftest import RunningGateway
from tests.house.houses import House
from tests.http.test_deadlines import Connection, wait_until


@contextmanager
def stopped(directory: Path) -> Generator[None]:
    """Let the processes that were started on a directory stand still."""
    processes = [
        process
        for process in psutil.process_iter(["cmdline"])
        if any(str(directory) in word for word in process.info["cmdline"] or [])
    ]
    processes += [child for process in processes for child in process.children(recursive=True)]
    assert processes
    for process in processes:
        process.send_signal(signal.SIGSTOP)
    try:
        yield
    finally:
        for process in processes:
            process.send_signal(signal.SIGCONT)


def test_says_that_it_lives_and_is_ready(client: httpx.Client):
    live, ready = client.get("/health/live"), client.get("/health/ready")
    assert (live.status_code, live.json()) == (200, {"status": "ok"})
    assert (ready.status_code, ready.json()) == (200, {"status": "ok", "database": "ok", "redis": "ok"})
    assert ready.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(("server", "folder"), [("redis", "valkey"), ("database", "postgres")])
def test_says_within_a_second_which_server_does_not_answer(tmp_path: Path, server: str, folder: str):
    with embedded_servers(tmp_path, durable=False) as servers:
        environment = {"DATABASE_URL": servers.database_url, "REDIS_URL": servers.redis_url}
        gateway = House(tmp_path / "house", environment=environment).serve()
        with httpx.Client(base_url=gateway.address, timeout=10) as client:
            with stopped(tmp_path / folder):
                started = time.monotonic()
                response = client.get("/health/ready")
                assert time.monotonic() - started < 6
                assert client.get("/health/live").is_success
            assert response.status_code == 503
            expected = {"status": "unavailable", "database": "ok", "redis": "ok", server: "unavailable"}
            assert response.json() == expected
            assert _ready_again(client)
        gateway.end(signal.SIGTERM)


@asynccontextmanager
async def busy_gateway(
    gateway: RunningGateway, account: FreshAccount, database: Connection
) -> AsyncGenerator[httpx.AsyncClient]:
    """Ask a gateway whose one connection waits for a table."""
    headers = {"authorization": f"Bearer {gateway.token(account.admin)}"}
    with gateway.beside(GATEWAY_DATABASE_POOL="1", GATEWAY_OPERATION_DEADLINE_SECONDS="60") as busy:
        async with httpx.AsyncClient(base_url=busy.address, headers=headers, timeout=60) as client:
            async with database.transaction():
                await database.execute("LOCK TABLE users IN ACCESS EXCLUSIVE MODE")
                asking = asyncio.create_task(client.post("/graphql", json={"query": "{ viewer { role } }"}))
                await wait_until(database, 1)
                yield client
            assert (await asking).json()["data"] == {"viewer": {"role": "ACCOUNT_ADMIN"}}


async def test_is_ready_while_all_connections_are_busy(
    gateway: RunningGateway, account: FreshAccount, database: Connection
):
    async with busy_gateway(gateway, account, database) as client:
        ready = await client.get("/health/ready")
        assert (ready.status_code, ready.json()["database"]) == (200, "ok")


async def test_takes_one_connection_however_many_ask(
    gateway: RunningGateway, account: FreshAccount, database: Connection
):
    async with busy_gateway(gateway, account, database) as client:
        before = most = await count_connections(database)
        asking = asyncio.gather(*[client.get("/health/ready") for _ in range(90)])
        while not asking.done():
            most = max(most, await count_connections(database))
        assert {ready.status_code for ready in await asking} == {200}
        # One that ends may be counted beside the next one.
        assert most - before <= 3


async def count_connections(database: Connection) -> int:
    await database.execute("SELECT pg_stat_clear_snapshot()")
    count: int = await database.fetchval("SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend'")
    return count


def _ready_again(client: httpx.Client) -> bool:
    for _ in range(50):
        if client.get("/health/ready").is_success:
            return True
        time.sleep(0.1)
    return False
