"""A database that is being restored is away: nobody's fault, and all is well when its tables are back."""

import asyncio
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import httpx
import pytest

from gateway.embedded import embedded_servers
from persistence.database import Database
from persistence.failures import TablesMissing
from persistence.lending import Lender
from tests.conftest import PARTNER, RunningGateway
from tests.house.houses import Gateway, House
from tests.http.asking import code_of

QUERY = "{ viewer { role } products { name } }"
ADMINISTRATION, RESTORED = "/template1?", "/restored?"


async def run(url: str, *statements: str) -> None:
    """Run statements, each by itself."""
    connection = await asyncpg.connect(url)
    for statement in statements:
        await connection.execute(statement)
    await connection.close()


@pytest.fixture
async def served(tmp_path: Path) -> AsyncIterator[tuple[House, Gateway, str]]:
    """Give a gateway on a database that may be dropped, and the URL of another one beside it."""
    with embedded_servers(tmp_path / "servers", durable=False) as servers:
        beside = servers.database_url.replace("/postgres?", ADMINISTRATION)
        await run(beside, "CREATE DATABASE restored")
        url = servers.database_url.replace("/postgres?", RESTORED)
        house = House(tmp_path / "gateway", environment={"DATABASE_URL": url, "REDIS_URL": servers.redis_url})
        gateway = await asyncio.to_thread(house.serve)
        yield house, gateway, beside
        gateway.end(signal.SIGTERM)


async def test_tells_that_the_tables_are_missing_and_answers_when_they_are_back(served: tuple[House, Gateway, str]):
    house, gateway, beside = served
    token = house.run("token", "--email", PARTNER).stdout.strip()
    headers = {"authorization": f"Bearer {token}", "accept": "application/graphql-response+json"}
    async with httpx.AsyncClient(base_url=gateway.address, headers=headers, timeout=60) as client:

        async def ask_many() -> list[httpx.Response]:
            return await asyncio.gather(*(client.post("/graphql", json={"query": QUERY}) for _ in range(30)))

        assert {answer.status_code for answer in await ask_many()} == {200}
        await run(beside, "DROP DATABASE restored WITH (FORCE)", "CREATE DATABASE restored")
        for _ in range(3):
            asking = asyncio.create_task(ask_many())
            assert (await client.get("/health/ready")).status_code == 503
            assert {(answer.status_code, code_of(answer)) for answer in await asking} == {(503, "SERVICE_UNAVAILABLE")}
        assert "its tables are missing: migrate or restore it" in gateway.printed
        assert (await asyncio.to_thread(house.run, "migrate")).returncode == 0
        assert (await client.get("/health/ready")).status_code == 200
        assert {code_of(answer) for answer in await ask_many()} == {"UNAUTHENTICATED"}, "nobody is there yet"
    assert gateway.faults == ""


async def test_old_connections_make_room_for_new_ones_when_the_tables_are_made_anew(served: tuple[House, Gateway, str]):
    house, gateway, beside = served
    headers = {"authorization": f"Bearer {house.run('token', '--email', PARTNER).stdout.strip()}"}
    async with httpx.AsyncClient(base_url=gateway.address, headers=headers, timeout=60) as client:
        assert (await client.post("/graphql", json={"query": QUERY})).status_code == 200
        await run(beside.replace(ADMINISTRATION, RESTORED), "DROP SCHEMA public CASCADE", "CREATE SCHEMA public")
        async with asyncio.timeout(10):
            while (await client.post("/graphql", json={"query": QUERY})).status_code != 503:
                pass


async def test_a_sign_of_life_without_tables_is_none(gateway: RunningGateway):
    without = gateway.database_url.replace("/postgres?", ADMINISTRATION)
    lender = Lender(await asyncpg.create_pool(without, min_size=0, max_size=1))
    database = Database(lender, without, turn_seconds=8, bulk_timeout_seconds=60)
    lender.take_back(await lender.lend())
    await database.ping()
    lent = await lender.lend()
    with pytest.raises(TablesMissing):
        await database.ping()
    lender.take_back(lent)
    await database.close()
