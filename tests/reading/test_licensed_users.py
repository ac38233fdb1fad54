"""Users who are read with their licenses have those that the table holds, and are read by a plan that is kept."""

import asyncio
import re
from collections.abc import Awaitable, Callable, Sequence
from itertools import chain
from typing import Any, TypeAlias

import pytest

from domain.licenses import LicensedUser
from domain.paging import PageRequest, Position
from domain.user_filters import UserFilter, UserProperty, UserSelection, user_selection
from domain.users import User, UserOrder
from domain.viewers import Scope
from persistence.database import Connection
from persistence.user_pages import page_of_all_accounts, pages_by_account
from persistence.users import licensed_users_by_id
from tests.reading.counting import CountingDatabase

ReadPage: TypeAlias = Callable[[Connection, Scope, UserSelection, PageRequest], Awaitable[Sequence[User]]]

SELECTIONS = {
    "all": user_selection(None, None),
    "search": user_selection("an", None),
    "filter": user_selection(None, UserFilter(property=UserProperty.REGISTERED)),
}
ORDER = UserOrder()
_ACCOUNTS = """
    SELECT account_id AS id FROM licenses JOIN accounts ON accounts.id = account_id WHERE partner_id = $1
    GROUP BY account_id ORDER BY count(*) DESC LIMIT 3
"""
_SEVERAL = "SELECT user_id FROM licenses GROUP BY user_id HAVING count(*) > 1"
_LICENSES = """
    SELECT user_id, assigned_at, products.id, code, name FROM licenses JOIN products ON products.id = product_id
    WHERE user_id = ANY($1) ORDER BY name, products.id
"""


async def of_one_account(connection: Connection, scope: Scope, selection: UserSelection, page: PageRequest) -> Any:
    account_id = await connection.fetchval(_ACCOUNTS, scope.account_id)
    found = await pages_by_account(connection, scope, [account_id], selection, ORDER, page, with_licenses=True)
    return found[account_id].items


async def of_each_account(connection: Connection, scope: Scope, selection: UserSelection, page: PageRequest) -> Any:
    ids = [row["id"] for row in await connection.fetch(_ACCOUNTS, scope.account_id)]
    found = await pages_by_account(connection, scope, ids, selection, ORDER, page, with_licenses=True)
    return [*chain.from_iterable(one.items for one in found.values())]


async def of_all_accounts(connection: Connection, scope: Scope, selection: UserSelection, page: PageRequest) -> Any:
    return (await page_of_all_accounts(connection, scope, selection, ORDER, page, with_licenses=True)).items


async def of_own_account(connection: Connection, scope: Scope, selection: UserSelection, page: PageRequest) -> Any:
    """As `of_all_accounts`, but for a viewer who has one: nobody knows who else is on the first page of all."""
    own = Scope(await connection.fetchval(_ACCOUNTS, scope.account_id))
    return await of_all_accounts(connection, own, selection, page)


@pytest.fixture
async def scope(sql: Any) -> Scope:
    return Scope(await sql.fetchval("SELECT account_id FROM users WHERE email = 'partner@partner.example'"))


async def check(connection: Connection, users: Sequence[User]) -> None:
    """Hold the licenses of users, of whom some have none, against the table."""
    held = {
        user.id: [(one.assigned_at, one.product.id, one.product.code, one.product.name) for one in user.licenses]
        for user in users
        if isinstance(user, LicensedUser)
    }
    assert len(held) == len(users)
    stored: dict[str, list[Any]] = {user.id: [] for user in users}
    for user_id, *license_ in await connection.fetch(_LICENSES, list(held)):
        stored[user_id].append(tuple(license_))
    assert held == stored
    assert min(map(len, held.values())) == 0 < max(map(len, held.values()))


async def last_plan(database: CountingDatabase, connection: Connection, *, analyze: bool = False) -> str:
    """Give the plan of the statement that was run last, with what was bound to it."""
    await asyncio.sleep(0)  # for the driver to log it
    record = database.records[-1]
    plan = await connection.fetch(f"EXPLAIN (ANALYZE {analyze}) {record.query}", *record.args)
    return "\n".join(row[0] for row in plan)


@pytest.mark.parametrize("read", [of_one_account, of_each_account, of_own_account])
@pytest.mark.parametrize("selection", SELECTIONS.values(), ids=SELECTIONS.keys())
async def test_users_of_a_page_have_their_licenses(
    database: CountingDatabase, scope: Scope, read: ReadPage, selection: UserSelection
):
    async with database.connection() as connection:
        await check(connection, await read(connection, scope, selection, PageRequest(100)))


@pytest.mark.parametrize("read", [of_one_account, of_own_account])
@pytest.mark.parametrize("selection", SELECTIONS.values(), ids=SELECTIONS.keys())
async def test_so_have_those_of_a_page_before_or_behind_a_place(
    database: CountingDatabase, scope: Scope, read: ReadPage, selection: UserSelection
):
    async with database.connection() as connection:
        listed = await read(connection, scope, selection, PageRequest(101))
        place = Position(ORDER.key(listed[50]), listed[50].id)
        behind = await read(connection, scope, selection, PageRequest(50, place))
        before = await read(connection, scope, selection, PageRequest(50, place, backwards=True))
        assert [*before, listed[50], *behind] == listed
        await check(connection, behind)
        await check(connection, before)


async def test_users_by_id_have_their_licenses_by_product_name(database: CountingDatabase, sql: Any, scope: Scope):
    without = await sql.fetchval("SELECT id FROM users WHERE account_id = $1", scope.account_id)
    ids = [without, *[row["user_id"] for row in await sql.fetch(_SEVERAL)]]
    async with database.connection() as connection:
        users = [*(await licensed_users_by_id(connection, scope, ids)).values()]
        await check(connection, users)
    assert len(users) > 1


@pytest.mark.parametrize("read", [of_one_account, of_each_account, of_all_accounts])
@pytest.mark.parametrize("selection", SELECTIONS.values(), ids=SELECTIONS.keys())
async def test_licenses_are_read_of_nobody_beyond_the_page(
    database: CountingDatabase, scope: Scope, read: ReadPage, selection: UserSelection
):
    async with database.connection() as connection:
        found = await read(connection, scope, selection, PageRequest(5))
        plan = await last_plan(database, connection, analyze=True)
    (times,) = re.findall(r"Scan .*on licenses .*loops=(\d+)", plan)
    lists = 3 if read is of_each_account else 1
    assert int(times) <= len(found) + lists, plan  # one more of each tells that there are more


async def test_a_user_by_id_is_planned_as_many_are(database: CountingDatabase, sql: Any, scope: Scope):
    """So the plan is kept: PostgreSQL plans anew where it would do better for just so many."""
    ids = [row["user_id"] for row in await sql.fetch("SELECT user_id FROM licenses LIMIT 50")]
    async with database.connection() as connection:
        await licensed_users_by_id(connection, scope, ids[:1])
        one = await last_plan(database, connection)
        await licensed_users_by_id(connection, scope, ids)
        assert await last_plan(database, connection) == one


async def test_so_is_a_small_page_as_a_large_one(database: CountingDatabase, scope: Scope):
    async with database.connection() as connection:
        await of_one_account(connection, scope, SELECTIONS["all"], PageRequest(1))
        small = await last_plan(database, connection)
        await of_one_account(connection, scope, SELECTIONS["all"], PageRequest(200))
        assert await last_plan(database, connection) == small
