"""What lies outside a viewer's accounts does not exist (P1, P2, P3, P4): held by walking the schema."""

import itertools
import json
from collections.abc import Iterator
from typing import Any

import pytest
from graphql import (
    GraphQLArgument,
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    build_schema,
    get_named_type,
    is_leaf_type,
    is_object_type,
)

from schema.schema import build_schema as build_strawberry_schema
from tests.conftest import ADMIN, PARTNER, PLAIN_USER, RunningGateway

SCHEMA: GraphQLSchema = build_schema(build_strawberry_schema().as_str())
DEPTH = 4
KINDS = {
    "account": "SELECT id FROM accounts WHERE number = '2101'",
    "user": "SELECT id FROM users WHERE account_id = (SELECT id FROM accounts WHERE number = '2101') LIMIT 1",
    "count": "SELECT id FROM license_counts WHERE account_id = (SELECT id FROM accounts WHERE number = '2101') LIMIT 1",
    "subscription": "SELECT id FROM license_subscriptions"
    " WHERE account_id = (SELECT id FROM accounts WHERE number = '2101') LIMIT 1",
    "audit": "SELECT id FROM audit_events WHERE account_id = (SELECT id FROM accounts WHERE number = '2101') LIMIT 1",
}
MEMBERS = [member for member in SCHEMA.type_map.values() if is_object_type(member) and member.interfaces]
DIFFERING = {
    name
    for name, types in itertools.groupby(
        sorted((name, str(field.type)) for member in MEMBERS for name, field in member.fields.items()),
        key=lambda pair: pair[0],
    )
    if len(set(types)) > 1
}
"""Fields that have other types in other members of Node."""
NOBODYS = "01900000000070008000000000000000"


@pytest.fixture(scope="session")
async def foreign_ids(sql: Any) -> dict[str, str]:
    """Give an id of each kind that belongs to account 2101, which nobody of 1000 or 2001 may see."""
    await sql.execute(
        "INSERT INTO audit_events (account_id, actor_name, action, subject_name, changes, request_id)"
        " SELECT id, 'Somebody', 'createUser', 'Somebody else', '{}', 'r1' FROM accounts WHERE number = '2101'"
    )
    return {kind: f"{kind}_{await sql.fetchval(query)}" for kind, query in KINDS.items()}


@pytest.fixture(scope="session")
async def foreign_words(sql: Any) -> set[str]:
    """Give what would show that account 2101 or its partner leaked: ids and addresses."""
    rows = await sql.fetch(
        "SELECT id, account_id, email FROM users"
        " WHERE account_id IN (SELECT id FROM accounts WHERE number IN ('1100', '2101'))"
    )
    return {word for row in rows for word in row}


def arguments(field: GraphQLField, ids: str) -> Iterator[str]:
    """Write arguments for a field: every id that it takes is the one given."""
    for name, argument in field.args.items():
        kind = str(argument.type)
        if kind.startswith("ID"):
            yield f"{name}: {json.dumps(ids)}"
        elif kind.startswith("[ID"):
            yield f"{name}: [{json.dumps(ids)}]"
        elif name == "first":
            yield "first: 2"
        elif is_required(argument):
            raise AssertionError(f"teach this test a value for {name}: {kind}")


def is_required(argument: GraphQLArgument) -> bool:
    return str(argument.type).endswith("!")


def selection(kind: Any, ids: str, depth: int, prefix: str = "") -> str:
    """Select everything that a type has, to a depth; members of an interface may give one name different types."""
    named = get_named_type(kind)
    if is_leaf_type(named):
        return ""
    parts = ["__typename"]
    if isinstance(named, GraphQLInterfaceType):
        parts += [
            f"... on {member.name} {selection(member, ids, depth, f'{member.name}_')}"
            for member in SCHEMA.get_possible_types(named)
        ]
    elif isinstance(named, GraphQLObjectType):
        for name, field in named.fields.items():
            if depth > 1 or is_leaf_type(get_named_type(field.type)):
                written = ", ".join(arguments(field, ids))
                alias = f"{prefix}{name}: " if prefix and name in DIFFERING else ""
                inner = selection(field.type, ids, depth - 1)
                parts.append(f"{alias}{name}{f'({written})' if written else ''} {inner}")
    return f"{{ {' '.join(parts)} }}"


def root_queries(ids: str) -> Iterator[tuple[str, str]]:
    for name, field in SCHEMA.query_type.fields.items() if SCHEMA.query_type else ():
        written = ", ".join(arguments(field, ids))
        depth = 2 if isinstance(get_named_type(field.type), GraphQLInterfaceType) else DEPTH - 1
        yield name, f"{{ {name}{f'({written})' if written else ''} {selection(field.type, ids, depth)} }}"


@pytest.mark.parametrize("who", [ADMIN, PARTNER, PLAIN_USER])
@pytest.mark.parametrize("kind", KINDS)
async def test_nothing_of_another_account_shows_anywhere(
    gateway: RunningGateway, foreign_ids: dict[str, str], foreign_words: set[str], who: str, kind: str
):
    for name, query in root_queries(foreign_ids[kind]):
        answer = gateway.answer(query, who=who)
        codes = {error["extensions"]["code"] for error in answer.get("errors", ())}
        assert codes <= {"FORBIDDEN"}, (name, answer["errors"])
        text = json.dumps(answer, ensure_ascii=False)
        assert not [word for word in foreign_words if word in text], name


@pytest.mark.parametrize("who", [ADMIN, PARTNER, PLAIN_USER])
@pytest.mark.parametrize("kind", KINDS)
async def test_another_accounts_id_answers_as_one_never_given(
    gateway: RunningGateway, foreign_ids: dict[str, str], who: str, kind: str
):
    for given, unknown in zip(root_queries(foreign_ids[kind]), root_queries(f"{kind}_{NOBODYS}"), strict=True):
        if given[1] == unknown[1]:
            continue  # takes no id
        answer, expected = gateway.answer(given[1], who=who), gateway.answer(unknown[1], who=who)
        assert answer.get("data") == expected.get("data"), given[0]
        assert refusals(answer) == refusals(expected), given[0]


def refusals(answer: Any) -> list[tuple[str, str]]:
    """Give the codes and messages of an answer."""
    return sorted((error["extensions"]["code"], error["message"]) for error in answer.get("errors", ()))


async def test_the_walk_finds_what_is_in_sight(gateway: RunningGateway, sql: Any):
    """Without this the walk might find nothing because it asks for nothing."""
    own = await sql.fetchval("SELECT id FROM accounts WHERE number = '2101'")
    email = await sql.fetchval(
        "SELECT email FROM users WHERE account_id = (SELECT partner_id FROM accounts WHERE id = $1)", own
    )
    found = [
        name for name, query in root_queries(f"account_{own}") if own in json.dumps(gateway.answer(query, who=email))
    ]
    assert {"account", "accounts", "node", "nodes", "users"} <= set(found)


async def test_a_malformed_id_is_not_found(gateway: RunningGateway):
    query = '{ node(id: "x") { id } user(id: "user_1") { id } account(id: "") { id } nodes(ids: ["y"]) { id } }'
    assert gateway.data(query) == {"node": None, "user": None, "account": None, "nodes": [None]}


@pytest.mark.parametrize(
    "query",
    [
        "{ users { totalCount } }",
        "{ accounts { totalCount } }",
        "{ products { name } }",
        '{ account(id: "account_01900000000070008000000000000000") { name } }',
        "{ viewer { account { licenseCounts { total } } } }",
        "{ viewer { account { users { totalCount } } } }",
        "{ viewer { account { auditEvents { nodes { id } } } } }",
    ],
)
async def test_a_plain_user_reads_no_list(gateway: RunningGateway, query: str):  # P3
    assert gateway.code(query, who=PLAIN_USER) == "FORBIDDEN"


async def test_a_plain_user_reads_only_their_own_record(gateway: RunningGateway, sql: Any):  # P3
    own = gateway.data("{ viewer { role user { id email viewerCan { edit { reason } } } } }", who=PLAIN_USER)["viewer"]
    assert own["role"] == "USER"
    assert own["user"]["viewerCan"]["edit"]["reason"] == "FORBIDDEN"
    other = await sql.fetchval("SELECT id FROM users WHERE email = 'admin@acme.example'")
    query = "query ($own: ID!, $other: ID!) { own: user(id: $own) { email } other: user(id: $other) { email } }"
    answer = gateway.data(query, {"own": own["user"]["id"], "other": f"user_{other}"}, who=PLAIN_USER)
    assert answer == {"own": {"email": PLAIN_USER}, "other": None}


async def test_nobody_signed_in_is_unauthenticated(gateway: RunningGateway):
    assert gateway.code("{ viewer { role } }", who=None) == "UNAUTHENTICATED"
    assert gateway.data("{ __typename }", who=None) == {"__typename": "Query"}
