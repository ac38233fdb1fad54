"""What lies outside a viewer's accounts cannot be written (P3, P4): held by walking the schema."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from graphql import GraphQLInputObjectType, GraphQLObjectType, build_schema, get_named_type, is_required_input_field

from schema.schema import PUBLIC_FIELDS
from schema.schema import build_schema as build_strawberry_schema
from tests.accounts import FreshAccount
from tests.conftest import ADMIN, PARTNER, PLAIN_USER, RunningGateway

SCHEMA = build_schema(build_strawberry_schema().as_str())
MUTATIONS = SCHEMA.mutation_type
assert MUTATIONS is not None
NAMES = [name for name in MUTATIONS.fields if name not in PUBLIC_FIELDS]
STRANGERS = "1100"
NOBODYS = "01900000000070008000000000000000"

VALUES: dict[str, Any] = {
    "email": "ada@acme.example",
    "name": "Ada",
    "target": {"all": True},
    "isAccountAdmin": True,
    "confirmation": "delete",
}
"""What is given for fields that are no ids."""


def input_type(name: str) -> GraphQLInputObjectType:
    assert MUTATIONS is not None
    named = get_named_type(MUTATIONS.fields[name].args["input"].type)
    assert isinstance(named, GraphQLInputObjectType)
    return named


def inputs(name: str, ids: dict[str, str]) -> Iterator[dict[str, Any]]:
    """Give inputs for a mutation that use these ids wherever it takes one, also in its target."""
    given = {field: ids[field] for field in input_type(name).fields if field in ids}
    for field, spec in input_type(name).fields.items():
        if is_required_input_field(spec) and field not in given:
            assert field in VALUES, f"teach this test a value for {name}({field}:)"
        if field in VALUES and field not in given:
            given[field] = VALUES[field]
    yield given
    if "target" in given:
        yield given | {"target": {"ids": [ids["userId"]]}}


def mutation(name: str) -> str:
    assert MUTATIONS is not None
    payload = get_named_type(MUTATIONS.fields[name].type)
    assert isinstance(payload, GraphQLObjectType)
    kind = input_type(name).name
    return f"mutation ($input: {kind}!) {{ {name}(input: $input) {{ userErrors {{ code message path }} }} }}"


@pytest.fixture
async def strangers(open_fresh: Any) -> FreshAccount:
    """Give an account that nobody of 1000 or 2001 may see, with users and licenses."""
    account: FreshAccount = await open_fresh(partner=STRANGERS)
    await account.give(await account.buy(), account.admin, await account.add_user())
    return account


def ids_of(account: str, user: str, product: str) -> dict[str, str]:
    return {"accountId": f"account_{account}", "userId": f"user_{user}", "productId": f"product_{product}"}


@pytest.mark.parametrize("who", [ADMIN, PARTNER])
@pytest.mark.parametrize("name", NAMES)
async def test_another_accounts_ids_are_as_those_never_given(
    gateway: RunningGateway, strangers: FreshAccount, name: str, who: str
):  # P4
    product = await strangers.value("SELECT product_id FROM license_counts WHERE account_id = $1")
    before = await strangers.traces()
    theirs = inputs(name, ids_of(strangers.id, strangers.admin, product))
    nobodys = inputs(name, ids_of(NOBODYS, NOBODYS, product))
    for their, nobody in zip(theirs, nobodys, strict=True):
        answer = gateway.data(mutation(name), {"input": their}, who=who)[name]
        assert [error["code"] for error in answer["userErrors"]] == ["NOT_FOUND"]
        assert answer == gateway.data(mutation(name), {"input": nobody}, who=who)[name]
        assert strangers.id not in json.dumps(answer)
    assert await strangers.traces() == before


@pytest.mark.parametrize("name", NAMES)
async def test_their_own_people_may(gateway: RunningGateway, strangers: FreshAccount, name: str):
    """Without this the walk might be refused because it asks for nonsense."""
    product = await strangers.value("SELECT product_id FROM license_counts WHERE account_id = $1")
    for given in inputs(name, ids_of(strangers.id, strangers.admin, product)):
        answer = gateway.data(mutation(name), {"input": given}, who=strangers.admin)[name]
        assert answer["userErrors"] in ([], [{**error, "code": "EMAIL_TAKEN"} for error in answer["userErrors"]])


@pytest.mark.parametrize("name", NAMES)
async def test_a_plain_user_changes_nothing(gateway: RunningGateway, account: FreshAccount, name: str):  # P3
    user = await account.add_user(status="REGISTERED")
    product = await account.buy()
    before = await account.traces()
    for given in inputs(name, ids_of(account.id, user, product)):
        assert gateway.code(mutation(name), {"input": given}, who=user) == "FORBIDDEN"
        assert gateway.code(mutation(name), {"input": given}, who=PLAIN_USER) == "FORBIDDEN"
        assert gateway.code(mutation(name), {"input": given}, who=None) == "UNAUTHENTICATED"
    assert await account.traces() == before


@pytest.mark.parametrize("name", NAMES)
async def test_a_plain_user_is_not_told_what_is_wrong_with_the_input(
    gateway: RunningGateway, account: FreshAccount, name: str
):  # P3
    user = await account.add_user(status="REGISTERED")
    wrong = {"email": "x", "target": {"ids": []}, "confirmation": "no"}
    for given in inputs(name, ids_of(account.id, user, NOBODYS)):
        refused = given | {field: value for field, value in wrong.items() if field in given}
        assert gateway.code(mutation(name), {"input": refused}, who=user) == "FORBIDDEN"


@pytest.mark.parametrize("name", NAMES)
async def test_nothing_is_written_on_a_deactivated_account(gateway: RunningGateway, open_fresh: Any, name: str):  # P5
    account = await open_fresh(is_active=False)
    product = await account.buy()
    before = await account.traces()
    for given in inputs(name, ids_of(account.id, account.admin, product)):
        answer = gateway.data(mutation(name), {"input": given})[name]
        assert [error["code"] for error in answer["userErrors"]] == ["ACCOUNT_DEACTIVATED"]
        assert gateway.code(mutation(name), {"input": given}, who=account.admin) == "UNAUTHENTICATED"
    assert await account.traces() == before
