"""A gateway without a worker, workers in the tests themselves, and mail servers that they send to."""

import asyncio
import signal
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest

from gateway.embedded import embedded_servers
from gateway.services import open_services
from gateway.settings import Settings
from gateway.worker import running_worker
from tests.accounts import FreshAccount, open_account
from tests.conftest import RunningGateway
from tests.house.houses import House
from tests.mails.post_offices import PostOffice

SENDER = "Accounts <accounts@console.example>"
LINK_BASE = "https://console.example"
PATIENCE_SECONDS = 60

Working = Callable[..., AbstractAsyncContextManager[None]]


async def until(holds: Callable[[], bool] | Callable[[], Awaitable[bool]]) -> None:
    """Wait until something holds."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while True:
            answer = holds()
            if answer if isinstance(answer, bool) else await answer:
                return
            await asyncio.sleep(0.02)


@pytest.fixture(scope="session")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningGateway]:
    """Give a gateway that promises mails and sends none."""
    with embedded_servers(tmp_path_factory.mktemp("servers"), durable=False) as servers:
        environment = {"DATABASE_URL": servers.database_url, "REDIS_URL": servers.redis_url}
        house = House(tmp_path_factory.mktemp("gateway"), environment=environment)
        process = house.serve("--no-worker")
        try:
            with httpx.Client(timeout=30) as client:
                yield RunningGateway(house, process.address, servers.database_url, client)
        finally:
            process.end(signal.SIGTERM)


@pytest.fixture(scope="session")
async def sql(gateway: RunningGateway) -> AsyncIterator[Any]:
    """Give a connection for plain SQL."""
    connection = await asyncpg.connect(gateway.database_url)
    await connection.set_type_codec(
        "uuid", schema="pg_catalog", encoder=bytes.fromhex, decoder=bytes.hex, format="binary"
    )
    yield connection
    await connection.close()


@pytest.fixture
async def account(sql: Any) -> AsyncIterator[FreshAccount]:
    """Give an account of the test's own; what mails it leaves behind are no longer sent."""
    yield await open_account(sql)
    await sql.execute("UPDATE mails SET state = 'FAILED', finished_at = now() WHERE state = 'PENDING'")


@pytest.fixture
def post_office() -> Iterator[PostOffice]:
    """Give a mail server."""
    office = PostOffice().open()
    yield office
    office.close()


@pytest.fixture
def working(gateway: RunningGateway, post_office: PostOffice, tmp_path: Path) -> Working:
    """Run a worker in the test, as a process runs it, with settings of the test's own."""
    environment = gateway.house.environment

    @asynccontextmanager
    async def work(**more: Any) -> AsyncGenerator[None]:
        chosen: dict[str, Any] = {
            "database_url": environment["DATABASE_URL"],
            "redis_url": environment["REDIS_URL"],
            "data_dir": tmp_path,
            "smtp_url": post_office.url,
            "smtp_timeout_seconds": 5,
            "mail_sender": SENDER,
            "link_base": LINK_BASE,
            "mails_per_second": 1000,
        }
        settings = Settings(**(chosen | more))
        async with open_services(settings) as services, running_worker(settings, services, processes=1):
            yield

    return work
