"""The same in an account of 100,000 users, where lists are too long to walk all of them with every filter."""

from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.paging import Direction, Position, write_cursor
from domain.text import fold
from domain.users import UserOrder, UserOrderField
from tests.conftest import RunningGateway
from tests.reading.oracle import KEYS, counted, listed
from tests.reading.walking import PAGE, TOTALS, check, facts, filters, ids_of, searches, walk, with_product_ids

pytestmark = pytest.mark.xdist_group("large account")  # made once, and not by every worker

SIZE = 200
SHORT = 10 * SIZE
"""A list up to this long is walked from end to end. Of a longer one, the pages at both ends are read,"""
PLACES = 2
"""and those on both sides of some places between them."""


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
    expected = await sql.fetch(listed(user_filter, field, direction), large_account, parts)
    variables = {"account": f"account_{large_account}", "search": search, "filter": user_filter}
    totals = gateway.data(TOTALS, variables)["users"]
    assert facts(totals) == await counted(sql, user_filter, large_account, parts)
    assert totals["totalCount"] == len(expected)

    def ask(**page: Any) -> Any:
        order = {"field": field, "direction": direction}
        return gateway.data(PAGE, {**variables, "orderBy": order, **page})["users"]

    ids = [row["id"] for row in expected]
    if len(ids) <= SHORT:
        assert walk(ask, SIZE, backwards=False) == ids
        assert walk(ask, SIZE, backwards=True) == ids
        return
    assert ids_of(ask(first=SIZE)) == ids[:SIZE]
    assert ids_of(ask(last=SIZE)) == ids[-SIZE:]
    for place in chance.sample(range(len(ids)), PLACES):
        order = UserOrder(UserOrderField(field), Direction(direction))
        cursor = write_cursor(order, Position(expected[place]["key"], ids[place]))
        assert ids_of(ask(first=SIZE, after=cursor)) == ids[place + 1 : place + 1 + SIZE]
        assert ids_of(ask(last=SIZE, before=cursor)) == ids[max(0, place - SIZE) : place]
