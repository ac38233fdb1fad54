"""What an operation costs: the most values that its answer can hold (gateway/documents/cost.py)."""

from typing import Any

import httpx
import pytest
from graphql import get_introspection_query

from tests.http.asking import ask, code_of

ASSIGN = "bulkAssignLicenses"
ASSIGN_GIVEN = f"mutation ($i: BulkAssignLicensesInput!) {{ {ASSIGN}(input: $i)"
ASSIGN_IDS = (
    f'mutation ($ids: [ID!]!) {{ {ASSIGN}(input: {{ accountId: "a", productId: "p", target: {{ ids: $ids }} }})'
)
ASSIGN_TARGET = (
    f'mutation ($target: UserTarget!) {{ {ASSIGN}(input: {{ accountId: "a", productId: "p", target: $target }})'
)
DELETE_GIVEN = "mutation ($i: DeleteUsersInput!) { deleteUsers(input: $i)"
DELETED = '{ accountId: "a", confirmation: "no", target: { ids: ["a"] } }'
DELETION = {"accountId": "a", "confirmation": "no"}
GONE = "{ deactivatedUsers { id } }"
GIVEN = {"accountId": "a", "productId": "p"}
ONE = GIVEN | {"target": {"ids": ["a"]}}
LITERAL = '{ accountId: "a", productId: "p", target: { ids: ["a", "b", "c"] } }'
ON_MUTATION = f"fragment m on Mutation {{ {ASSIGN}(input: {LITERAL}) {{ ...f }} }}"
COUNTED = "{ ...c } } fragment c on UserConnection { totalCount }"
FACETS = "facets { properties { count } }"
PRODUCTS = [{"productId": "a"}] * 5
NAMES = "fragment f on BulkAssignLicensesPayload { users { id name } }"


@pytest.mark.parametrize(
    ("query", "variables", "cost"),
    [
        ("{ __typename }", {}, 1),
        ("{ viewer { role } }", {}, 2),
        ("{ viewer { role ...f ...f } } fragment f on Viewer { account { id name } }", {}, 5),
        ("{ users { nodes { id name } } }", {}, 1 + 50 * 3),
        ("{ users(first: 10) { nodes { id name } } }", {}, 1 + 10 * 3),
        ("{ users(last: 10) { nodes { id name } } }", {}, 1 + 10 * 3),
        ("{ users(first: 0) { nodes { id name } } }", {}, 1),
        ("{ users(first: 10) { edges { cursor node { id } } pageInfo { hasNextPage } } }", {}, 1 + 10 * 4 + 2),
        ("{ users(first: 10) { totalCount } }", {}, 1 + 50),
        ("{ users(first: 1) { facets { properties { count } } } }", {}, 1 + 1 + 500 + 1 * (10 * 1 + 1)),
        ("{ users(first: 10) { ...f } } fragment f on UserConnection { totalCount nodes { id } }", {}, 1 + 50 + 10 * 2),
        ("{ users(first: 10) { nodes { licenses { product { id } } } } }", {}, 1 + 10 * (1 + 1 + 10 * 2)),
        ("{ accounts(first: 3) { nodes { users(first: 5) { nodes { id } } } } }", {}, 1 + 3 * (1 + 1 + 5 * 2)),
        ("query ($n: Int) { users(first: $n) { nodes { id name } } }", {"n": 10}, 1 + 10 * 3),
        ("query ($n: Int) { users(first: $n) { nodes { id name } } }", {"n": 10.0}, 1 + 10 * 3),
        ("query ($n: Int) { users(first: $n) { nodes { id name } } }", {"n": None}, 1 + 50 * 3),
        ("query ($n: Int) { users(first: $n) { nodes { id name } } }", {}, 1 + 50 * 3),
        ("query ($n: Int = 7) { users(first: $n) { nodes { id name } } }", {}, 1 + 7 * 3),
        (
            "query ($n: Int) { users(first: $n) { ...f ...f } } fragment f on UserConnection { nodes { id } }",
            {"n": 4},
            9,
        ),
        (
            (
                "query ($n: Int) { a: accounts(first: 2) { nodes { ...f } } b: accounts(first: 3) { nodes { ...f } } } "
                "fragment f on Account { users(first: $n) { nodes { id } totalCount } }"
            ),
            {"n": 4},
            2 + (2 + 3) * (1 + 1 + 4 * 2 + 50),
        ),
        ("{ users(filter: { property: ADMINS, not: { role: USER, source: PBX } }) { totalCount } }", {}, 1 + 50),
        ("{ users(filter: { and: [{ role: USER }, { source: PBX }], or: [{}] }) { totalCount } }", {}, 1 + 50),
        (
            '{ users(filter: { productId: "a", property: ADMINS, not: { role: USER, source: PBX } }) { totalCount } }',
            {},
            551,
        ),
        (f"query ($f: UserFilter) {{ users(first: 0, filter: $f) {{ {FACETS} }} }}", {"f": {"or": PRODUCTS[:3]}}, 513),
        (f"query ($f: UserFilter) {{ users(first: 0, filter: $f) {{ {FACETS} }} }}", {"f": {"or": PRODUCTS}}, 2013),
        ("query ($f: UserFilter) { users(first: 0, filter: $f) { totalCount } }", {"f": None}, 1 + 50),
        (f"query ($f: UserFilter) {{ users(filter: $f) {COUNTED}", {"f": {"or": PRODUCTS}}, 1 + 50 + 2 * 2 * 250),
        ("query ($f: [UserFilter!]) { users(filter: { or: $f, role: USER }) { totalCount } }", {"f": PRODUCTS}, 1551),
        (
            "query ($f: UserFilter) { accounts(first: 3) { nodes { users(first: 5, filter: $f) { nodes { id } } } } }",
            {"f": {"not": {"or": PRODUCTS}}},
            1 + 3 * (1 + 1 + 5 * 2 + 2 * 250),
        ),
        ('{ nodes(ids: ["a", "b", "c"]) { id } }', {}, 1 + 3),
        ("{ users(first: 2) { nodes { sourceRecord { attributes } lockedFields } } }", {}, 1 + 2 * (1 + 1 + 50 + 1)),
        ("query ($ids: [ID!]!) { nodes(ids: $ids) { id } }", {"ids": ["a", "b"]}, 1 + 2),
        ("query ($ids: [ID!]!) { nodes(ids: $ids) { id } }", {"ids": "a"}, 1 + 1),
        (f"{ASSIGN_GIVEN} {{ outcome {{ matched }} }} }}", {"i": GIVEN | {"target": {"all": True}}}, 1 + 1 + 1),
        (f"{ASSIGN_GIVEN} {{ users {{ id name }} }} }}", {"i": GIVEN | {"target": {"all": True}}}, 1 + 1),
        (f"{ASSIGN_GIVEN} {{ users {{ id name }} }} }}", {"i": GIVEN | {"target": {"ids": ["a", "b"]}}}, 1 + 1 + 2 * 2),
        (f"{ASSIGN_GIVEN} {{ ...f }} }} {NAMES}", {"i": GIVEN | {"target": {"ids": ["a", "b"]}}}, 1 + 1 + 2 * 2),
        (f"mutation {{ {ASSIGN}(input: {LITERAL}) {{ ...f }} }} {NAMES}", {}, 1 + 1 + 3 * 2),
        (f"{ASSIGN_IDS} {{ ...f }} }} {NAMES}", {"ids": ["a", "b"]}, 1 + 1 + 2 * 2),
        (f"{ASSIGN_IDS} {{ ...f }} }} {NAMES}", {"ids": ["a"] * 300}, 1 + 1 + 300 * 2),
        (f"{ASSIGN_TARGET} {{ ...f }} }} {NAMES}", {"target": {"ids": ["a", "b"]}}, 1 + 1 + 2 * 2),
        (
            f"{ASSIGN_GIVEN} {{ ...f }} b: {ASSIGN}(input: {LITERAL}) {{ ...f }} }} {NAMES}",
            {"i": ONE},
            2 * (1 + 1 + 3 * 2),
        ),
        (f"mutation {{ ... {{ {ASSIGN}(input: {LITERAL}) {{ ...f }} }} }} {NAMES}", {}, 1 + 1 + 3 * 2),
        (f"mutation {{ ...m }} {ON_MUTATION} {NAMES}", {}, 1 + 1 + 3 * 2),
        (f"{DELETE_GIVEN} {GONE} }}", {"i": DELETION | {"target": {"ids": ["a", "b"]}}}, 1 + 1 + 2),
        (f"{DELETE_GIVEN} {GONE} }}", {"i": DELETION | {"target": {"all": True}}}, 1 + 1 + 1_000),
        (f"{DELETE_GIVEN} {{ deletedUserIds }} }}", {"i": DELETION | {"target": {"all": True}}}, 1 + 100),
        (f"mutation {{ deleteUsers(input: {DELETED}) {GONE} }}", {}, 1 + 1 + 1),
        (f"mutation {{ deleteUsers(input: {DELETED}) {GONE} b: deleteUsers(input: {DELETED}) {GONE} }}", {}, 2 * 1_002),
        (f"mutation {{ {ASSIGN}(input: {LITERAL}) {{ ...f }} deleteUsers(input: {DELETED}) {GONE} }} {NAMES}", {}, 11),
    ],
)
def test_tells_what_an_operation_costs(
    client: httpx.Client, signed_in: dict[str, str], query: str, variables: dict[str, Any], cost: int
):
    response = ask(client, query, variables=variables, headers=signed_in)
    assert response.json()["extensions"]["cost"] == {"requested": cost, "maximum": 50_000}, response.text


def test_weighs_each_request_with_its_own_variables(client: httpx.Client, signed_in: dict[str, str]):
    query = "query ($n: Int) { users(first: $n) { nodes { id } } }"
    costs = [
        ask(client, query, variables={"n": size}, headers=signed_in).json()["extensions"]["cost"]["requested"]
        for size in (1, 100, 1)
    ]
    assert costs == [3, 201, 3]


@pytest.mark.parametrize("size", [199, 200])
def test_refuses_what_costs_too_much_before_it_runs(client: httpx.Client, signed_in: dict[str, str], size: int):
    query = "query ($n: Int) { accounts(first: 124) { nodes { users(first: $n) { nodes { id } } } } }"
    response = ask(client, query, variables={"n": size}, headers=signed_in)
    cost = 1 + 124 * (1 + 1 + size * 2)
    if cost <= 50_000:
        assert response.status_code == 200
    else:
        assert response.status_code == 400
        assert code_of(response) == "QUERY_TOO_COMPLEX"
    assert response.json()["extensions"]["cost"]["requested"] == cost


def test_takes_one_list_with_as_many_conditions_as_there_may_be(client: httpx.Client, signed_in: dict[str, str]):
    users = f"users(first: 0, filter: $f) {{ totalCount {FACETS} }}"
    given = {"f": {"or": PRODUCTS * 10}}
    one, two = f"query ($f: UserFilter) {{ {users} }}", f"query ($f: UserFilter) {{ {users} other: {users} }}"
    assert "errors" not in ask(client, one, variables=given, headers=signed_in).json()
    assert code_of(ask(client, two, variables=given, headers=signed_in)) == "QUERY_TOO_COMPLEX"


def test_leaves_it_to_the_field_to_refuse_a_page_that_is_too_large(client: httpx.Client, signed_in: dict[str, str]):
    response = ask(client, "{ users(first: 1000000) { nodes { id } } }", headers=signed_in)
    assert response.json()["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"


def test_lets_nobody_ask_for_all_types_many_times(client: httpx.Client):
    types = " ".join(f"t{place}: types {{ fields {{ args {{ type {{ name }} }} }} }}" for place in range(90))
    assert code_of(ask(client, f"{{ __schema {{ {types} }} }}")) == "QUERY_TOO_COMPLEX"


def test_lets_introspection_through(client: httpx.Client):
    query = get_introspection_query(specified_by_url=True, input_value_deprecation=True, schema_description=True)
    response = ask(client, query)
    assert response.status_code == 200, response.text
    assert response.json()["data"]["__schema"]["queryType"]["name"] == "Query"
