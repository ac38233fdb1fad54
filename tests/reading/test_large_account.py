"""Reading in an account of 100,000 users, where lists are too long to walk all of them with every filter.

Every list is right. None is read, and nothing is counted, from one end of the table of users to the other: the way is
held, and not the time, which is in docs/performance.md.
"""

import asyncio
import re
from collections.abc import Awaitable, Callable
from random import Random
from typing import Any, TypeAlias

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.nodes import NO_ID
from domain.paging import Direction, PageRequest, Position, write_cursor
from domain.text import fold
from domain.user_filters import UserFilter, UserProperty, UserSelection, user_selection
from domain.users import Role, UserOrder, UserOrderField
from domain.viewers import Scope
from persistence.database import Connection
from persistence.user_pages import pages_by_account
from persistence.user_predicates import SelectionShape, selection_shape, selection_values
from persistence.user_totals import product_counts, property_counts, totals_by_account
from tests.conftest import RunningGateway
from tests.reading.counting import CountingDatabase
from tests.reading.oracle import KEYS, counted, listed
from tests.reading.walking import PAGE, TOTALS, check, facts, filters, ids_of, searches, walk, with_product_ids

SIZE = 200
SHORT = 10 * SIZE
"""A list up to this long is walked from end to end. Of a longer one, the pages at both ends are read,"""
PLACES = 2
"""and those on both sides of some places between them."""

Read: TypeAlias = Callable[[Connection, Scope, list[str], UserSelection], Awaitable[Any]]

WRONG = re.compile(r"Seq Scan on user(s|_search)\b|Filter: .*search_grams")
BY_NAME = UserOrder(UserOrderField.NAME, Direction.ASC)
SELECTIONS = {
    "all": user_selection(None, None),
    "one letter": user_selection("a", None),
    "two letters": user_selection("th", None),
    "many letters": user_selection("leutheusser", None),
    "two parts": user_selection("jose gon", None),
    "few by filter": user_selection(None, UserFilter(property=UserProperty.INACTIVE)),
    "most by filter": user_selection(None, UserFilter(none_of=UserFilter(property=UserProperty.INACTIVE))),
    "both": user_selection("an", UserFilter(property=UserProperty.REGISTERED)),
}


@pytest.fixture(scope="module")
async def large_account(gateway: RunningGateway, sql: Any) -> str:
    """Give the id of an account of 100,000 users."""
    printed = gateway.house.run("seed", "--users", "100000").stdout
    number = printed.split("Account ")[1].split()[0]
    account: str = await sql.fetchval("SELECT id FROM accounts WHERE number = $1", number)
    assert await sql.fetchval("SELECT count(*) FROM users WHERE account_id = $1", account) == 100_000
    return account


@pytest.mark.parametrize("field", KEYS)
@pytest.mark.parametrize("direction", ["ASC", "DESC"])
async def test_walks_an_account_of_100000_users_in_every_order(
    gateway: RunningGateway, sql: Any, large_account: str, field: str, direction: str
):
    await check(gateway, sql, large_account, "", {}, {"field": field, "direction": direction}, 200)


@given(
    search=searches,
    user_filter=filters,
    field=st.sampled_from(sorted(KEYS)),
    direction=st.sampled_from(["ASC", "DESC"]),
    chance=st.randoms(use_true_random=False),
)
@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_random_searches_and_filters_in_an_account_of_100000_users(
    gateway: RunningGateway,
    sql: Any,
    large_account: str,
    product_ids: dict[str, str],
    search: str,
    user_filter: dict[str, Any],
    field: str,
    direction: str,
    chance: Random,
):
    user_filter, parts = with_product_ids(user_filter, product_ids), fold(search).split()
    order = {"field": field, "direction": direction}
    ids = await listed(sql, user_filter, large_account, parts, order)
    variables = {"account": f"account_{large_account}", "search": search, "filter": user_filter}
    totals = gateway.data(TOTALS, variables)["users"]
    assert facts(totals) == await counted(sql, user_filter, large_account, parts)
    assert totals["totalCount"] == len(ids)

    def ask(**page: Any) -> Any:
        return gateway.data(PAGE, {**variables, "orderBy": order, **page})["users"]

    if len(ids) <= SHORT:
        assert walk(ask, SIZE, backwards=False) == ids
        assert walk(ask, SIZE, backwards=True) == ids
        return
    assert ids_of(ask(first=SIZE)) == ids[:SIZE]
    assert ids_of(ask(last=SIZE)) == ids[-SIZE:]
    for place in chance.sample(range(len(ids)), PLACES):
        key = await sql.fetchval(f"SELECT {KEYS[field]} FROM users WHERE id = $1", ids[place])
        cursor = write_cursor(UserOrder(UserOrderField(field), Direction(direction)), Position(key, ids[place]))
        assert ids_of(ask(first=SIZE, after=cursor)) == ids[place + 1 : place + 1 + SIZE]
        assert ids_of(ask(last=SIZE, before=cursor)) == ids[max(0, place - SIZE) : place]


async def first_page(connection: Connection, scope: Scope, ids: list[str], selection: UserSelection) -> Any:
    return await pages_by_account(connection, scope, ids, selection, BY_NAME, PageRequest())


@pytest.mark.parametrize("read", [first_page, totals_by_account, property_counts, product_counts])
@pytest.mark.parametrize("selection", SELECTIONS.values(), ids=SELECTIONS.keys())
async def test_reads_users_by_an_index(
    database: CountingDatabase, sql: Any, large_account: str, read: Read, selection: UserSelection
):
    scope = Scope(await sql.fetchval("SELECT partner_id FROM accounts WHERE id = $1", large_account))
    plan = await explained(database, lambda connection: read(connection, scope, [large_account], selection))
    wrong = [line for line in plan if WRONG.search(line)]
    assert wrong == [], "\n".join(plan)


@pytest.mark.parametrize("nobody", [UserFilter(role=Role.PARTNER), UserFilter(product_id=NO_ID)])
async def test_asks_no_grams_where_most_match_and_a_filter_leaves_few(
    database: CountingDatabase, sql: Any, large_account: str, nobody: UserFilter
):  # F3
    scope = Scope(await sql.fetchval("SELECT partner_id FROM accounts WHERE id = $1", large_account))
    selection = user_selection("a", nobody)
    plan = await explained(
        database, lambda connection: first_page(connection, scope, [large_account], selection), how="ANALYZE"
    )
    by_gram = [line for line in plan if "users_by_gram" in line]
    assert by_gram
    assert all("never executed" in line for line in by_gram), "\n".join(plan)


async def test_looks_at_no_licenses_but_of_the_users_of_the_window(
    database: CountingDatabase, sql: Any, large_account: str, product_ids: dict[str, str]
):
    scope = Scope(await sql.fetchval("SELECT partner_id FROM accounts WHERE id = $1", large_account))
    any_product = UserFilter(any_of=tuple(UserFilter(product_id=product) for product in product_ids.values()))
    selection = user_selection(None, UserFilter(none_of=any_product))
    plan = await explained(
        database, lambda connection: first_page(connection, scope, [large_account], selection), how="ANALYZE"
    )
    joined = [line for line in plan if "Anti Join" in line]
    assert joined
    assert all("never executed" in line for line in joined), "\n".join(plan)


def test_asks_in_one_way_for_however_many_products():
    def shape(*products: str) -> SelectionShape:
        alternatives = tuple(UserFilter(product_id=product) for product in products)
        return selection_shape(user_selection(None, UserFilter(any_of=(*alternatives, UserFilter(role=Role.USER)))))

    assert shape("a") == shape("a", "b", "a", "c")
    assert selection_values(
        user_selection(None, UserFilter(any_of=(UserFilter(product_id="a"), UserFilter(product_id="a"))))
    )["filter_0"] == ["a"]


async def explained(
    database: CountingDatabase, ask: Callable[[Connection], Awaitable[Any]], *, how: str = "VERBOSE FALSE"
) -> list[str]:
    """Give the plan of the last statement of a read, as PostgreSQL tells it."""
    async with database.connection() as connection:
        await ask(connection)
        await asyncio.sleep(0)  # for the driver to log it
        record = database.records[-1]
        return [row[0] for row in await connection.fetch(f"EXPLAIN ({how}) {record.query}", *record.args)]
