"""Plain SQL beside the gateway, and its database with a count of the statements."""

from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import pytest

from tests.conftest import RunningGateway
from tests.reading.counting import CountingDatabase


@pytest.fixture(scope="session")
async def sql(gateway: RunningGateway) -> AsyncIterator[Any]:
    """Give a connection for plain SQL, which the gateway's answers are compared with."""
    connection = await asyncpg.connect(gateway.database_url)
    await connection.set_type_codec(
        "uuid", schema="pg_catalog", encoder=bytes.fromhex, decoder=bytes.hex, format="binary"
    )
    yield connection
    await connection.close()


@pytest.fixture(scope="session")
async def database(gateway: RunningGateway) -> AsyncIterator[CountingDatabase]:
    """Give the gateway's database, opened as it opens it."""
    database = await CountingDatabase.open(gateway.database_url, pool_size=1, statement_timeout_seconds=30)
    yield database
    await database.close()
