"""A gateway whose worker sends mails to a real mail server, on servers of its own."""

import signal
from collections.abc import AsyncIterator, Iterator
from typing import Any

import asyncpg
import httpx
import pytest

from gateway.embedded import embedded_servers
from tests.conftest import RunningGateway
from tests.house.houses import House
from tests.mails.post_offices import PostOffice
from tests.scenario.screens import Screen


@pytest.fixture(scope="session")
def post_office() -> Iterator[PostOffice]:
    office = PostOffice().open()
    yield office
    office.close()


@pytest.fixture(scope="session")
def gateway(tmp_path_factory: pytest.TempPathFactory, post_office: PostOffice) -> Iterator[RunningGateway]:
    with embedded_servers(tmp_path_factory.mktemp("servers"), durable=False) as servers:
        environment = {
            "DATABASE_URL": servers.database_url,
            "REDIS_URL": servers.redis_url,
            "SMTP_URL": post_office.url,
            "GATEWAY_MAILS_PER_SECOND": "500",
        }
        house = House(tmp_path_factory.mktemp("gateway"), environment=environment)
        process = house.serve()
        try:
            with httpx.Client(timeout=30) as client:
                yield RunningGateway(house, process, process.address, servers.database_url, client)
        finally:
            process.end(signal.SIGTERM)


@pytest.fixture(scope="session")
async def sql(gateway: RunningGateway) -> AsyncIterator[Any]:
    connection = await asyncpg.connect(gateway.database_url)
    await connection.set_type_codec(
        "uuid", schema="pg_catalog", encoder=bytes.fromhex, decoder=bytes.hex, format="binary"
    )
    yield connection
    await connection.close()


@pytest.fixture(scope="session")
def screen(gateway: RunningGateway, post_office: PostOffice) -> Screen:
    return Screen(gateway, post_office)
