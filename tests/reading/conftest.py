"""The gateway's database with a count of the statements, and what is in it."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.conftest import RunningGateway
from tests.reading.counting import CountingDatabase


@pytest.fixture(scope="session")
async def database(gateway: RunningGateway) -> AsyncIterator[CountingDatabase]:
    """Give the gateway's database, opened as it opens it."""
    database = await CountingDatabase.open(gateway.database_url, pool_size=1, statement_timeout_seconds=30)
    yield database
    await database.close()


@pytest.fixture(scope="session")
async def product_ids(sql: Any) -> dict[str, str]:
    """Give the ids of all products by their codes."""
    return {row["code"]: row["id"] for row in await sql.fetch("SELECT code, id FROM products")}
