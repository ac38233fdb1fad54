"""Tables are brought forth: revisions of license counts go on (L7), and nobody waits for long."""
# pyright: reportPrivateUsage=false

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import asyncpg
from alembic import command

from domain.licenses import LicenseCount
from gateway.embedded import embedded_servers
from persistence import migrating
from persistence.database import Connection, Database
from persistence.watches import counts_of_accounts
from tests.house.houses import House

BUY = """
    WITH account AS (
        INSERT INTO accounts (kind, name, name_key, number, search_text, is_active)
        VALUES ('PARTNER', 'Partner', 'partner', '1', 'partner', true) RETURNING id
    ), product AS (INSERT INTO products (code, name) VALUES ('P', 'P') RETURNING id)
    INSERT INTO license_subscriptions (account_id, product_id, order_number, quantity, starts_at, expires_at)
    SELECT account.id, product.id, '1', 1, now() - interval '2 days', now() - interval '1 day' FROM account, product
"""


async def told(url: str) -> int:
    """Give the one revision as the gateway tells it."""
    database = await Database.open(url, pool_size=1, statement_timeout_seconds=5)
    try:
        (count,) = await database.read(everything)
    finally:
        await database.close()
    return count.revision


async def everything(connection: Connection) -> Sequence[LicenseCount]:
    ids = [row["id"] for row in await connection.fetch("SELECT id FROM accounts")]
    return await counts_of_accounts(connection, ids)


def move(url: str, revision: str) -> None:
    """Bring the tables of a database forth, or back, to a revision."""
    move_to = command.downgrade if revision < "0006" else command.upgrade
    on_connection, config = migrating._on_connection, migrating._config  # noqa: SLF001 - only tests go back
    asyncio.run(on_connection(url, lambda connection: move_to(config(connection), revision)))


def test_no_revision_goes_back_with_the_tables(tmp_path: Path):
    with embedded_servers(tmp_path, durable=False) as servers:
        url = servers.database_url
        migrating.migrate(url)
        asyncio.run(run(url, BUY))
        before = asyncio.run(told(url))
        move(url, "0005")
        assert asyncio.run(run(url, "SELECT revision FROM license_counts")) >= before
        move(url, "0006")
        assert asyncio.run(told(url)) >= before


@asynccontextmanager
async def forgotten_transaction(url: str) -> AsyncGenerator["asyncpg.Connection[asyncpg.Record]"]:
    """Have a transaction that has read a table go on for as long as the block runs."""
    connection = await asyncpg.connect(url)
    await connection.execute("BEGIN; SELECT FROM license_subscriptions")
    try:
        yield connection
    finally:
        await connection.close()


async def test_gives_up_where_a_table_is_held_and_keeps_nobody_waiting_for_it(tmp_path: Path):
    with embedded_servers(tmp_path, durable=False) as servers:
        url = servers.database_url
        await asyncio.to_thread(migrating.migrate, url)
        await asyncio.to_thread(move, url, "0005")
        house = House(tmp_path / "house", environment={"DATABASE_URL": url})
        async with forgotten_transaction(url):
            told = asyncio.create_task(asyncio.to_thread(house.complaint, "migrate"))
            while not told.done():
                async with asyncio.timeout(8):
                    await run(url, "SELECT count(*) FROM license_subscriptions")
                await asyncio.sleep(0.05)
            assert (await told).startswith("Something holds a lock on the tables")
        assert await asyncio.to_thread(migrating.tables_of, url) is migrating.Tables.OLDER


async def test_goes_on_when_a_table_is_let_go(tmp_path: Path):
    with embedded_servers(tmp_path, durable=False) as servers:
        url = servers.database_url
        await asyncio.to_thread(migrating.migrate, url)
        await asyncio.to_thread(move, url, "0005")
        async with forgotten_transaction(url):
            migrated = asyncio.create_task(asyncio.to_thread(migrating.migrate, url))
            await asyncio.sleep(migrating._LOCK_SECONDS + 1)  # noqa: SLF001 - longer than its first try
            assert not migrated.done()
        assert await migrated is migrating.Tables.AS_NEEDED


async def run(url: str, statement: str) -> Any:
    """Run one statement, and give the first value of its answer."""
    connection = await asyncpg.connect(url)
    try:
        return await connection.fetchval(statement)
    finally:
        await connection.close()
