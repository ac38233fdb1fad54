"""Writing a million rows without what keeps them in order one by one: indexes and triggers come after the rows."""

from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager

from persistence.copying import CopyConnection

_INDEXES = """
    SELECT indexrelid::regclass::text AS name, pg_get_indexdef(indexrelid) AS definition
    FROM pg_index JOIN pg_class ON pg_class.oid = indrelid
    WHERE relnamespace = 'public'::regnamespace AND relname = ANY(ARRAY['users', 'user_search', 'licenses'])
      AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid)
"""
_COPY_SEARCH = """
    INSERT INTO user_search SELECT id, account_id, name_key, email_key, search_text FROM users
    ON CONFLICT (id) DO NOTHING
"""
_COUNT_LICENSES = """
    UPDATE license_counts SET assigned = given.quantity, revision = revision + 1
    FROM (SELECT account_id, product_id, count(*) AS quantity FROM licenses GROUP BY account_id, product_id) AS given
    WHERE license_counts.account_id = given.account_id AND license_counts.product_id = given.product_id
"""
_COUNT_USERS = """
    INSERT INTO user_counts
    SELECT account_id, status, source, role, is_iot_connected, count(*) FROM users GROUP BY 1, 2, 3, 4, 5
    ON CONFLICT (account_id, status, source, role, is_iot_connected) DO UPDATE SET total = excluded.total
"""


@asynccontextmanager
async def left_out(connection: CopyConnection, progress: Callable[[str], None]) -> AsyncGenerator[None]:
    """Leave indexes and the checks of users and licenses out while the block writes, and make up for it in the end.

    The rows are trusted: nobody is given a license that is not there, and whom a license names was written before.
    """
    indexes = await connection.fetch(_INDEXES)
    for index in indexes:
        await connection.execute(f"DROP INDEX {index['name']}")
    for table in ("users", "licenses", "credentials", "source_records"):
        await connection.execute(f"ALTER TABLE {table} DISABLE TRIGGER ALL")
    yield
    await connection.execute("SET LOCAL maintenance_work_mem = '512MB'")
    await connection.execute(_COPY_SEARCH)
    for index in indexes:
        progress(f"Building the index {index['name']} ...")
        await connection.execute(index["definition"])
    await connection.execute(_COUNT_LICENSES)
    await connection.execute(_COUNT_USERS)
    for table in ("users", "licenses", "credentials", "source_records"):
        await connection.execute(f"ALTER TABLE {table} ENABLE TRIGGER ALL")
