"""All pages together are the list: none missing, none twice, in order (F1 to F6)."""

import itertools
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.text import fold
from tests.conftest import RunningGateway
from tests.reading.oracle import KEYS, PROPERTIES, condition, listed

PAGE = """
query ($account: ID!, $first: Int, $after: String, $last: Int, $before: String, $search: String,
       $filter: UserFilter, $orderBy: UserOrder) {
  users(accountId: $account, first: $first, after: $after, last: $last, before: $before, search: $search,
        filter: $filter, orderBy: $orderBy) {
    nodes { id }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
  }
}
"""
TOTALS = """
query ($account: ID!, $search: String, $filter: UserFilter) {
  users(accountId: $account, search: $search, filter: $filter) {
    totalCount
    facets { properties { property count } products { count product { id } } }
  }
}
"""
SIZES = {"2007": 0, "2008": 1, "2009": 49, "2005": 50, "2006": 51}

conditions = st.one_of(
    st.fixed_dictionaries({"property": st.sampled_from(sorted(PROPERTIES))}),
    st.fixed_dictionaries({"source": st.sampled_from(["CONSOLE", "IMPORT", "SCIM", "PBX", "MICLOUD_CONNECT"])}),
    st.fixed_dictionaries({"role": st.sampled_from(["USER", "ACCOUNT_ADMIN", "PARTNER"])}),
    st.fixed_dictionaries({"createdAfter": st.sampled_from(["2024-01-01T00:00:00Z", "2026-01-01T00:00:00Z"])}),
    st.fixed_dictionaries({"createdBefore": st.sampled_from(["2024-06-01T00:00:00Z", "2026-06-01T00:00:00Z"])}),
)
filters: st.SearchStrategy[dict[str, Any]] = st.recursive(
    st.just({}) | conditions,
    lambda inner: st.one_of(
        st.fixed_dictionaries({"and": st.lists(inner, max_size=2)}),
        st.fixed_dictionaries({"or": st.lists(inner, max_size=3)}),
        st.fixed_dictionaries({"not": inner}),
    ),
    max_leaves=3,
)
searches = st.lists(
    st.sampled_from(
        ["a", "e", "O", "q", "José", "łu", "王", "nguyen", "@", ".example", "an", "'", "%", "_", "\\", "z"]
    ),
    max_size=2,
).map(" ".join)


@pytest.fixture(scope="session")
async def account_ids(sql: Any) -> dict[str, str]:
    return {row["number"]: row["id"] for row in await sql.fetch("SELECT number, id FROM accounts")}


def walk(ask: Callable[..., Any], size: int, *, backwards: bool) -> list[str]:
    """Go through a list from one end to the other, a page at a time."""
    found: list[str] = []
    cursor = None
    for page_number in itertools.count():
        arguments = {"last": size, "before": cursor} if backwards else {"first": size, "after": cursor}
        page = ask(**arguments)
        ids = [node["id"].removeprefix("user_") for node in page["nodes"]]
        info = page["pageInfo"]
        came_from = info["hasNextPage"] if backwards else info["hasPreviousPage"]
        assert came_from == (page_number > 0)
        found = ids + found if backwards else found + ids
        if not (info["hasPreviousPage"] if backwards else info["hasNextPage"]):
            return found
        cursor = info["startCursor"] if backwards else info["endCursor"]
    raise AssertionError


async def check(
    gateway: RunningGateway,
    sql: Any,
    account: str,
    search: str,
    user_filter: dict[str, Any],
    order: dict[str, str],
    size: int,
) -> None:
    """Compare both ways through a list with one plain statement."""
    expected = [
        row["id"]
        for row in await sql.fetch(
            listed(user_filter, order["field"], order["direction"]), account, fold(search).split()
        )
    ]

    def ask(**page: Any) -> Any:
        variables = {"account": f"account_{account}", "search": search, "filter": user_filter, "orderBy": order, **page}
        return gateway.data(PAGE, variables)["users"]

    assert walk(ask, size, backwards=False) == expected
    assert walk(ask, size, backwards=True) == expected


@pytest.mark.parametrize("number", SIZES)
@pytest.mark.parametrize("field", KEYS)
@pytest.mark.parametrize("direction", ["ASC", "DESC"])
async def test_every_order_of_every_size_of_account(
    gateway: RunningGateway, sql: Any, account_ids: dict[str, str], number: str, field: str, direction: str
):
    account = account_ids[number]
    assert await sql.fetchval("SELECT count(*) FROM users WHERE account_id = $1", account) == SIZES[number]
    await check(gateway, sql, account, "", {}, {"field": field, "direction": direction}, 50)


@given(
    number=st.sampled_from([*SIZES, "2001", "2010"]),
    search=searches,
    user_filter=filters,
    field=st.sampled_from(sorted(KEYS)),
    direction=st.sampled_from(["ASC", "DESC"]),
    size=st.integers(20, 200),
)
@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_random_searches_and_filters(
    gateway: RunningGateway,
    sql: Any,
    account_ids: dict[str, str],
    number: str,
    search: str,
    user_filter: dict[str, Any],
    field: str,
    direction: str,
    size: int,
):
    account = account_ids[number]
    await check(gateway, sql, account, search, user_filter, {"field": field, "direction": direction}, size)
    variables = {"account": f"account_{account}", "search": search, "filter": user_filter}
    totals = gateway.data(TOTALS, variables)["users"]
    parts = fold(search).split()

    async def count(more: dict[str, Any]) -> int:
        both = {"and": [user_filter, more]}
        return len(await sql.fetch(listed(both, "NAME", "ASC"), account, parts))

    assert totals["totalCount"] == await count({})
    for facet in totals["facets"]["properties"]:
        assert facet["count"] == await count({"property": facet["property"]})
    for facet in totals["facets"]["products"]:
        assert facet["count"] == await count({"productId": facet["product"]["id"]})


@pytest.fixture(scope="session")
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


@given(search=searches, user_filter=filters, field=st.sampled_from(sorted(KEYS)))
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_random_searches_and_filters_in_an_account_of_100000_users(
    gateway: RunningGateway, sql: Any, large_account: str, search: str, user_filter: dict[str, Any], field: str
):
    await check(gateway, sql, large_account, search, user_filter, {"field": field, "direction": "ASC"}, 200)
    expected = await sql.fetch(listed(user_filter, "NAME", "ASC"), large_account, fold(search).split())
    variables = {"account": f"account_{large_account}", "search": search, "filter": user_filter}
    assert gateway.data(TOTALS, variables)["users"]["totalCount"] == len(expected)


@pytest.mark.parametrize(
    "arguments",
    [
        "first: 1, last: 1",
        "first: -1",
        "first: 201",
        'after: "x"',
        'first: 1, before: "x"',
        'search: "\\u0000"',
        f'search: "{"a" * 201}"',
        "filter: {not: {not: {not: {not: {not: {}}}}}}",
    ],
)
async def test_refuses_arguments_that_cannot_be_taken(gateway: RunningGateway, arguments: str):
    assert gateway.code(f"{{ users({arguments}) {{ totalCount nodes {{ id }} }} }}") == "BAD_USER_INPUT"


async def test_refuses_the_cursor_of_another_order(gateway: RunningGateway):
    cursor = gateway.data("{ users(first: 1) { pageInfo { endCursor } } }")["users"]["pageInfo"]["endCursor"]
    query = "query ($c: String) { users(after: $c, orderBy: {field: EMAIL, direction: ASC}) { nodes { id } } }"
    assert gateway.code(query, {"c": cursor}) == "BAD_USER_INPUT"
    assert gateway.data("query ($c: String) { users(after: $c) { nodes { id } } }", {"c": cursor})["users"]["nodes"]


def test_the_oracle_tells_filters_apart():
    assert condition({"not": {"property": "INACTIVE"}}) != condition({"property": "INACTIVE"})
