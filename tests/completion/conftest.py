"""The gateway's database, with an account in which every column is null that can be."""

from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import pytest

from persistence.database import Database
from tests.conftest import RunningGateway

SPARSE = "2990"

_ROWS = """
INSERT INTO accounts (id, number, name, name_key, search_text, kind, partner_id, is_active, created_at)
SELECT gen_random_uuid(), '{sparse}', 'Sparse', 'sparse', ' sparse {sparse}', 'CUSTOMER', id, true, '0001-01-01Z'
FROM accounts WHERE number = '1000';

INSERT INTO users (id, account_id, given_name, name_key, email, email_key, search_text, role, status, inactive_reason,
                   source, is_iot_connected, version, created_at, updated_at)
SELECT gen_random_uuid(), accounts.id, 'Sparse ' || n, 'sparse ' || n, n || '@sparse.example', n || '@sparse.example',
       'sparse ' || n, 'USER', (CASE WHEN n % 3 = 0 THEN 'INACTIVE' ELSE 'UNREGISTERED' END)::user_status,
       (CASE WHEN n % 3 = 0 THEN 'ACCOUNT_REMOVED' END)::inactive_reason, 'CONSOLE', false, 1,
       '9999-12-31 23:59:59.999999Z', '2000-01-01 00:00:00.000001Z'
FROM accounts, generate_series(1, 5) n WHERE number = '{sparse}';

INSERT INTO audit_events (id, account_id, at, actor_id, actor_name, action, subject_kind, subject_id, subject_name,
                          changes, request_id)
SELECT gen_random_uuid(), accounts.id, now(), CASE WHEN n = 1 THEN gen_random_uuid() END, '', 'import',
       (CASE WHEN n > 2 THEN 'USER' END)::subject_kind, CASE WHEN n > 2 THEN gen_random_uuid() END, '',
       changes::jsonb, ''
FROM accounts, unnest(ARRAY['null', '{{}}', '[null, {{"a": null}}]', '"text"', '0']) WITH ORDINALITY AS of (changes, n)
WHERE number = '{sparse}';
"""


@pytest.fixture(scope="session")
async def sql(gateway: RunningGateway) -> AsyncIterator[Any]:
    """Give a connection for plain SQL."""
    connection = await asyncpg.connect(gateway.database_url)
    await connection.set_type_codec(
        "uuid", schema="pg_catalog", encoder=bytes.fromhex, decoder=bytes.hex, format="binary"
    )
    if not await connection.fetchval("SELECT count(*) FROM accounts WHERE number = $1", SPARSE):
        await connection.execute(_ROWS.format(sparse=SPARSE))
    yield connection
    await connection.close()


@pytest.fixture(scope="session")
async def database(gateway: RunningGateway, sql: Any) -> AsyncIterator[Database]:
    """Give the gateway's database, opened as it opens it, with the sparse account in it."""
    assert await sql.fetchval("SELECT count(*) FROM accounts WHERE number = $1", SPARSE)
    database = await Database.open(gateway.database_url, pool_size=4, statement_timeout_seconds=30)
    yield database
    await database.close()
