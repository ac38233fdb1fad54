"""Databases of their own, with the tables and nothing in them."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime

import asyncpg
import pytest
from sqlalchemy import make_url

from gateway.demo.seeding import seed_demo
from gateway.embedded import embedded_postgres
from persistence.copying import CopyConnection, copy_connection
from persistence.migrating import migrate


@pytest.fixture(scope="session")
def now() -> datetime:
    """Give the instant up to which the demonstration is made."""
    return datetime.now(UTC)


@pytest.fixture(scope="session")
def server_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Give the URL of a server with a migrated database `template` on it."""
    with embedded_postgres(tmp_path_factory.mktemp("demo") / "postgres", durable=False) as url:
        asyncio.run(execute(url, "CREATE DATABASE template"))
        migrate(database_url(url, "template"))
        yield url


@pytest.fixture(scope="session")
async def demo_template(server_url: str, now: datetime) -> str:
    """Give the name of a database with the demonstration, to be copied only."""
    url = await copy_database(server_url, "template")
    await seed_demo(url, now=now, progress=lambda _done, _total: None)
    return str(make_url(url).database)


@pytest.fixture
async def empty_database(server_url: str) -> str:
    """Give the URL of a database without rows."""
    return await copy_database(server_url, "template")


@pytest.fixture
async def demo_database(server_url: str, demo_template: str) -> str:
    """Give the URL of a database with the demonstration."""
    return await copy_database(server_url, demo_template)


@pytest.fixture
async def other_demo_database(server_url: str, demo_template: str) -> str:
    """Give the URL of another such database."""
    return await copy_database(server_url, demo_template)


@pytest.fixture(scope="session")
async def demo(server_url: str, demo_template: str) -> AsyncIterator[CopyConnection]:
    """Connect to a demonstration that is read only."""
    async with copy_connection(await copy_database(server_url, demo_template)) as connection:
        await connection.execute("SET default_transaction_read_only = on")
        yield connection


async def copy_database(server_url: str, template: str) -> str:
    name = f"copy_{uuid.uuid4().hex}"
    await execute(server_url, f"CREATE DATABASE {name} TEMPLATE {template}")
    return database_url(server_url, name)


async def execute(url: str, statement: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


def database_url(url: str, name: str) -> str:
    return make_url(url).set(database=name).render_as_string(hide_password=False)
