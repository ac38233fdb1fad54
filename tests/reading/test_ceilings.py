"""No list takes more statements the longer it is."""

from datetime import UTC, datetime
from typing import Any

import pytest
from graphql import ExecutionResult, execute, parse

from events.broker import Broker
from resolvers.context import Context
from resolvers.viewers import authenticate
from schema.schema import build_schema
from tests.reading.counting import CountingDatabase

SCHEMA = build_schema()

USERS = """
query ($first: Int!, $search: String) {
  users(first: $first, search: $search) {
    nodes {
      id name email lockedFields
      licenses { assignedAt product { id code name } }
      account { id name integrations }
      viewerCan { edit { allowed } manageLicenses { reason } delete { reason } toggleAdmin { reason } }
    }
    pageInfo { hasNextPage endCursor }
  }
}
"""
ACCOUNTS = """
query ($first: Int!) {
  accounts(first: $first) {
    nodes {
      number
      licenseCounts { total assigned available product { name } }
      users(first: 5) { totalCount }
    }
    pageInfo { hasNextPage }
  }
}
"""


async def run(database: CountingDatabase, sql: Any, query: str, **variables: Any) -> tuple[Any, int]:
    """Answer as the gateway does, from the look-up of the viewer on; give the data and the number of statements.

    The first time lets the driver ask for the types that it meets on a new connection.
    """
    await answer(database, sql, query, variables)
    return await answer(database, sql, query, variables)


async def answer(database: CountingDatabase, sql: Any, query: str, variables: dict[str, Any]) -> tuple[Any, int]:
    partner = await sql.fetchval("SELECT id FROM users WHERE email = 'partner@partner.example'")
    database.records.clear()
    now = datetime.now(UTC)
    viewer = await authenticate(database, partner, now, None)
    context = Context(database, Broker.open("redis://127.0.0.1:1"), viewer, "test", now)
    running: Any = execute(
        SCHEMA._schema,  # noqa: SLF001  # pyright: ignore[reportPrivateUsage] - the schema as graphql-core knows it
        parse(query),
        context_value=context,
        variable_values=variables,
        executor_class=SCHEMA.execution_context_class,  # pyright: ignore[reportArgumentType] - Strawberry's own
    )
    result: ExecutionResult = await running
    assert result.errors is None, result.errors
    return result.data, len(database.statements)


@pytest.mark.parametrize("first", [1, 50, 200])
async def test_a_page_of_users_takes_4_statements(database: CountingDatabase, sql: Any, first: int):
    data, statements = await run(database, sql, USERS, first=first)
    assert len(data["users"]["nodes"]) == first
    assert statements <= 4, [text[-200:] for text in database.statements]


async def test_facets_are_counted_once_under_however_many_names(database: CountingDatabase, sql: Any):
    counts = " ".join(f"p{place}: products {{ count }} q{place}: properties {{ count }}" for place in range(40))
    _, statements = await run(database, sql, f'{{ users(first: 0, search: "a") {{ facets {{ {counts} }} }} }}')
    assert statements <= 5, [text[-200:] for text in database.statements]


async def test_a_search_takes_no_statement_more(database: CountingDatabase, sql: Any):
    data, statements = await run(database, sql, USERS, first=50, search="a e")
    assert len(data["users"]["nodes"]) == 50
    assert statements <= 4, [text[-200:] for text in database.statements]


async def test_a_page_of_accounts_with_counts_and_totals_takes_5_statements(database: CountingDatabase, sql: Any):
    data, statements = await run(database, sql, ACCOUNTS, first=50)
    assert len(data["accounts"]["nodes"]) > 10
    assert statements <= 5, [text[-200:] for text in database.statements]
