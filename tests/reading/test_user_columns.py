"""Users are read with what is looked at of them, in one statement."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from domain.users import User
from events.broker import Broker
from gateway.documents.operations import Operation
from resolvers.context import Context
from resolvers.viewers import authenticate
from schema.user_columns import ColumnsRead
from tests.completion.comparing import DOCUMENTS, Answer, run
from tests.reading.counting import CountingDatabase

NAMES = ("id", "email", "lockedFields", "viewerCan")


def operation_of(selected: str) -> Operation:
    """Give the operation that selects this of a few users."""
    return DOCUMENTS.prepare(f"{{ users(first: 5) {{ nodes {{ {selected} }} }} }}").choose(None)


async def context_for(database: CountingDatabase, sql: Any, selected: frozenset[str] | None) -> Context:
    """Make the context in which the partner runs an operation that selects fields with these names."""
    partner = await sql.fetchval("SELECT id FROM users WHERE email = 'partner@partner.example'")
    now = datetime.now(UTC)
    viewer = await authenticate(database, partner, now + timedelta(minutes=15), None)
    return Context(database, Broker.open("redis://127.0.0.1:1"), viewer, "test", now, selected=selected)


def test_what_is_selected_tells_which_fields_are_read():
    read = ColumnsRead(NAMES)
    assert read.of(frozenset({"users", "nodes", "id", "email"})) == frozenset({"id", "email"})
    assert read.of(frozenset({"users", "nodes", "lockedFields"})) == frozenset({"source"})
    assert read.of(frozenset({"nodes", "id", "viewerCan"})) is None  # whose answer may hang on anything
    assert read.of(None) is None


def test_people_cannot_make_up_statements_without_end():
    names = [name for name in User.__struct_fields__ if "_" not in name]
    read = ColumnsRead(names)
    sets = [frozenset(name for place, name in enumerate(names) if number >> place & 1) for number in range(100)]
    narrow = [one for one in sets if read.of(one) is not None]
    assert len(narrow) == 64
    assert read.of(narrow[0]) == narrow[0]


@pytest.mark.parametrize(
    ("selected", "is_read"), [("id mobile", True), ("id name", False), ("viewerCan { edit { allowed } }", True)]
)
async def test_a_page_has_no_column_that_nobody_looks_at(
    monkeypatch: pytest.MonkeyPatch,
    database: CountingDatabase,
    sql: Any,
    selected: str,
    is_read: bool,  # noqa: FBT001
):
    # The one of this process may have had as many queries as it takes.
    monkeypatch.setattr("schema.users.COLUMNS_READ", ColumnsRead((*NAMES, "name", "mobile")))
    operation = operation_of(selected)
    context = await context_for(database, sql, operation.selected)
    database.records.clear()
    answer = await run(operation, {}, context)
    assert not answer.errors
    (page, *_) = [text for text in database.statements if "LIMIT" in text]
    assert ("page.mobile" in page) is is_read


LICENSES = "licenses { assignedAt product { id code name } }"


@pytest.mark.parametrize(
    "selected",
    [
        f'users(search: "%(email)s") {{ nodes {{ id {LICENSES} }} }}',
        f'users(search: "%(email)s") {{ nodes {{ id {LICENSES} viewerCan {{ edit {{ allowed }} }} }} }}',
        f'user(id: "user_%(id)s") {{ id {LICENSES} }}',
        f'node(id: "user_%(id)s") {{ ... on User {{ {LICENSES} }} }}',
        f'nodes(ids: ["user_%(id)s", "user_%(id)s"]) {{ ... on User {{ id {LICENSES} }} }}',
    ],
)
async def test_licenses_are_read_in_the_statement_of_their_users(database: CountingDatabase, sql: Any, selected: str):
    somebody = await sql.fetchrow("SELECT id, email FROM users WHERE id IN (SELECT user_id FROM licenses) LIMIT 1")
    operation = DOCUMENTS.prepare(f"{{ {selected % dict(somebody)} }}").choose(None)
    answers: list[Answer] = []
    statements: list[int] = []
    for names in (operation.selected, None):
        context = await context_for(database, sql, names)
        await asyncio.sleep(0)  # for the driver to log what has found the viewer
        database.records.clear()
        answers.append(await run(operation, {}, context))
        statements.append(sum("users.email_key" in text for text in database.statements))
    assert statements == [1, 2]
    assert answers[0] == answers[1]
    assert b"assignedAt" in answers[0].data


@pytest.mark.parametrize("name", ["email", "firstName", "role", "isIotConnected", "version", "createdAt"])
async def test_what_was_not_read_is_no_value(database: CountingDatabase, sql: Any, name: str):
    context = await context_for(database, sql, frozenset({"users", "nodes", "id"}))
    answer = await run(operation_of(f"id {name}"), {}, context)
    assert answer.errors
    assert f'"{name}":"'.encode() not in answer.data


@pytest.mark.parametrize("name", ["email", "firstName", "isIotConnected"])
async def test_a_plan_that_takes_what_was_not_read_for_a_value_has_it_written_nowhere(
    database: CountingDatabase, sql: Any, name: str
):
    context = await context_for(database, sql, frozenset({"users", "nodes", "id"}))
    operation = operation_of(f"{name} id")
    await run(operation, {}, context)  # the first time without a plan, see gateway.execution
    with pytest.raises(TypeError):
        await run(operation, {}, context)
