"""All pages together are the list: none missing, none twice, in order (F1, F2, F3, F4, F5, F6)."""

from base64 import urlsafe_b64encode
from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.text import fold
from tests.conftest import RunningGateway
from tests.reading.oracle import KEYS, condition, counted
from tests.reading.walking import TOTALS, check, facts, filters, searches, with_product_ids

SIZES = {"2007": 0, "2008": 1, "2009": 49, "2005": 50, "2006": 51}


@pytest.fixture(scope="session")
async def account_ids(sql: Any) -> dict[str, str]:
    return {row["number"]: row["id"] for row in await sql.fetch("SELECT number, id FROM accounts")}


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
    product_ids: dict[str, str],
    number: str,
    search: str,
    user_filter: dict[str, Any],
    field: str,
    direction: str,
    size: int,
):
    account = account_ids[number]
    user_filter = with_product_ids(user_filter, product_ids)
    await check(gateway, sql, account, search, user_filter, {"field": field, "direction": direction}, size)
    variables = {"account": f"account_{account}", "search": search, "filter": user_filter}
    totals = gateway.data(TOTALS, variables)["users"]
    assert facts(totals) == await counted(sql, user_filter, account, fold(search).split())


@pytest.mark.parametrize(
    "instant",
    [
        "0001-01-01T00:00:00+01:00",
        "9999-12-31T23:59:59-01:00",
        "2024-13-01T00:00:00Z",
        "2024-06-30T23:59:60Z",
        "2024-01-01T00:00:00+24:00",
        "2024-01-01T00:00:00",
        "2024-01-01T00:00:00+05:60",
        "2024-01-01T00:00Z",
        "2024-W01-1T00:00:00Z",
        "20240101T000000Z",
        "do not repeat this",
    ],
)
async def test_refuses_an_instant_that_rfc_3339_has_not(gateway: RunningGateway, instant: str):
    query = "query ($at: DateTime) { users(filter: { createdAfter: $at }) { totalCount } }"
    assert gateway.code(query, {"at": instant}) == "BAD_USER_INPUT"
    (error,) = gateway.answer(f'{{ users(filter: {{ createdAfter: "{instant}" }}) {{ totalCount }} }}')["errors"]
    assert "error 'DateTime " in error["message"]
    assert instant not in error["message"]


def test_takes_an_instant_in_every_way_in_which_rfc_3339_writes_it(gateway: RunningGateway):
    query = "query ($at: DateTime) { users(filter: { createdAfter: $at }) { totalCount } }"
    for instant in ("1985-04-12T23:20:50.52Z", "1996-12-19t16:39:57-08:00", "1937-01-01T12:00:27.8765432+00:20"):
        assert gateway.data(query, {"at": instant})["users"]["totalCount"] > 0


@pytest.mark.parametrize(
    "arguments",
    [
        "first: 1, last: 1",
        "first: -1",
        "first: 201",
        'after: "x"',
        'first: 1, before: "x"',
        'search: "\\u0000"',
        f'search: "{"a" * 255}"',
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


@pytest.mark.parametrize("at", ["2024-01-01T00:00:00+20:00", "2024-01-01T00:00:00+00:00:30", "2024-01-01T00:00:00"])
def test_refuses_a_cursor_with_an_instant_that_is_none_of_ours(gateway: RunningGateway, at: str):
    forged = urlsafe_b64encode(orjson.dumps(["users CREATED_AT ASC", at, "0" * 32])).rstrip(b"=").decode()
    query = "query ($c: String) { users(after: $c, orderBy: {field: CREATED_AT, direction: ASC}) { nodes { id } } }"
    assert gateway.code(query, {"c": forged}) == "BAD_USER_INPUT"


def test_the_oracle_tells_filters_apart():
    assert condition({"not": {"property": "INACTIVE"}}) != condition({"property": "INACTIVE"})
