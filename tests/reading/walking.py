"""Lists over HTTP, walked from end to end, and the filters and searches that they are walked with."""

import itertools
from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st

from domain.text import fold
from tests.conftest import RunningGateway
from tests.reading.oracle import PROPERTIES, listed

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

conditions = st.one_of(
    st.fixed_dictionaries({"property": st.sampled_from(sorted(PROPERTIES))}),
    st.fixed_dictionaries({"source": st.sampled_from(["CONSOLE", "IMPORT", "SCIM", "PBX", "MICLOUD_CONNECT"])}),
    st.fixed_dictionaries({"role": st.sampled_from(["USER", "ACCOUNT_ADMIN", "PARTNER"])}),
    st.fixed_dictionaries(
        {"productId": st.sampled_from(["MITEAM_MEETINGS", "MITEL_ONE", "MICONTACT_CENTER", "CALL_RECORDING"])}
    ),
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
        # Of each length, what many have, some, few, and nobody; then what LIKE and grams could trip over.
        ["a", "e", "O", "q", "王", "an", "th", "łu", "José", "nguyen", ".example", "@", "zzzz", "'", "%", "_", "\\"]
    ),
    max_size=2,
).map(" ".join)


def with_product_ids(user_filter: dict[str, Any], product_ids: dict[str, str]) -> dict[str, Any]:
    """Put the ids of a database in the place of the products' codes."""
    chosen = dict(user_filter)
    if "productId" in chosen:
        chosen["productId"] = f"product_{product_ids[chosen['productId']]}"
    for name in chosen.keys() & {"and", "or"}:
        chosen[name] = [with_product_ids(part, product_ids) for part in chosen[name]]
    if "not" in chosen:
        chosen["not"] = with_product_ids(chosen["not"], product_ids)
    return chosen


def ids_of(page: Any) -> list[str]:
    """Give the ids of a page, as the database has them."""
    return [node["id"].removeprefix("user_") for node in page["nodes"]]


def facts(totals: Any) -> dict[str, int]:
    """Give the answer to TOTALS as the oracle gives it: by property and product, those that count none left out."""
    facets = totals["facets"]
    counts = {facet["property"]: facet["count"] for facet in facets["properties"]}
    counts |= {facet["product"]["id"].removeprefix("product_"): facet["count"] for facet in facets["products"]}
    return {"totalCount": totals["totalCount"]} | {name: count for name, count in counts.items() if count}


def walk(ask: Callable[..., Any], size: int, *, backwards: bool) -> list[str]:
    """Go through a list from one end to the other, a page at a time."""
    found: list[str] = []
    cursor = None
    for page_number in itertools.count():
        arguments = {"last": size, "before": cursor} if backwards else {"first": size, "after": cursor}
        page = ask(**arguments)
        ids = ids_of(page)
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
    expected = await listed(sql, user_filter, account, fold(search).split(), order)

    def ask(**page: Any) -> Any:
        variables = {"account": f"account_{account}", "search": search, "filter": user_filter, "orderBy": order, **page}
        return gateway.data(PAGE, variables)["users"]

    assert walk(ask, size, backwards=False) == expected
    assert walk(ask, size, backwards=True) == expected
