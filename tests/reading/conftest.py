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


@pytest.fixture(scope="session")
async def large_account(gateway: RunningGateway, sql: Any) -> str:
    """Give the id of an account of 100,000 users; who asks for it is in the xdist group of that name."""
    printed = gateway.house.run("seed", "--users", "100000").stdout
    number = printed.split("Account ")[1].split()[0]
    account: str = await sql.fetchval("SELECT id FROM accounts WHERE number = $1", number)
    assert await sql.fetchval("SELECT count(*) FROM users WHERE account_id = $1", account) == 100_000
    return account
