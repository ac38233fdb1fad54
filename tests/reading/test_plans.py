"""In a large account no list and no count reads the table of users from one end to the other.

What is held here is the way and not the time: how long each takes is in docs/performance.md.
"""

import asyncio
import re
from collections.abc import Awaitable, Callable
from typing import Any, TypeAlias

import pytest

from domain.nodes import NO_ID
from domain.paging import Direction, PageRequest
from domain.user_filters import UserFilter, UserProperty, UserSelection, user_selection
from domain.users import Role, UserOrder, UserOrderField
from domain.viewers import Scope
from persistence.database import Connection
from persistence.user_pages import pages_by_account
from persistence.user_predicates import SelectionShape, selection_shape, selection_values
from persistence.user_totals import product_counts, property_counts, totals_by_account
from tests.reading.counting import CountingDatabase

pytestmark = pytest.mark.xdist_group("large account")

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
