"""Bulk actions may take longer than other operations, and nobody else waits longer for it."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from typing import Any, TypeAlias

import httpx
import pytest

from gateway.documents.root_fields import bulk_fields
from schema.schema import build_schema, core_schema
from tests.accounts import FreshAccount
from tests.bulk.actions import ALL, SELECTED, extras, mutation, numbers
from tests.conftest import PARTNER, RunningGateway
from tests.house.houses import Gateway
from tests.live.sockets import Client
from tests.live.streams import Stream

OpenFresh: TypeAlias = Callable[..., Awaitable[FreshAccount]]

# The driver waits for two seconds more than a statement may take.
LONGER_SECONDS = 3.5
SOON_SECONDS = 6
"""Before any bulk action, and any statement of a gateway as it is delivered, would have to end."""
LIMITS = {
    "GATEWAY_OPERATION_DEADLINE_SECONDS": "1",
    "GATEWAY_STATEMENT_TIMEOUT_SECONDS": "1",
    "GATEWAY_BULK_DEADLINE_SECONDS": "20",
}
WRITTEN = {
    "bulkAssignLicenses": "licenses",
    "bulkUnassignLicenses": "licenses",
    "bulkResetPasswords": "mails",
    "bulkSendWelcomeEmails": "mails",
    "deleteUsers": "credentials",
}
"""A table that an action writes into."""


@pytest.fixture(scope="module")
def impatient(gateway: RunningGateway) -> Iterator[Gateway]:
    """Give a gateway on whose other operations nobody waits for long."""
    with gateway.beside(**LIMITS) as impatient:
        yield impatient


async def by_http(url: str, token: str, query: str, variables: Any) -> Any:
    headers = {"authorization": f"Bearer {token}"}
    async with httpx.AsyncClient(base_url=url, headers=headers, timeout=30) as client:
        return (await client.post("/graphql", json={"query": query, "variables": variables})).json()


async def by_stream(url: str, token: str, query: str, variables: Any) -> Any:
    stream = Stream(url, token, query, variables)
    await stream.end()
    return stream.events[0][1]


async def by_socket(url: str, token: str, query: str, variables: Any) -> Any:
    client = await Client.open(url, token)
    told = await client.subscribe(query, variables)
    await client.until(lambda: told.end is not None)
    await client.close()
    return told.events[0] if told.events else {"errors": told.errors}


BY = pytest.mark.parametrize("ask", [by_http, by_stream, by_socket])


def code_in(answer: Any) -> str:
    (error,) = answer["errors"]
    code: str = error["extensions"]["code"]
    return code


def only(user: str) -> dict[str, Any]:
    """Target one user by a search, which might find very many."""
    return {"matching": {"search": user}}


def deletion(account: FreshAccount) -> dict[str, Any]:
    """Give the variables that delete all users of an account."""
    return {"input": {"accountId": account.node, "target": ALL, "confirmation": "delete"}}


def test_the_bulk_actions_are_those_that_take_a_target():
    assert bulk_fields(core_schema(build_schema())) == set(SELECTED) == set(WRITTEN)


async def test_each_bulk_action_may_wait_longer_than_other_statements(
    gateway: RunningGateway, impatient: Gateway, open_fresh: OpenFresh, sql: Any
):
    asked: dict[str, Any] = {}
    for name in SELECTED:
        account = await open_fresh()
        user = await account.add_user(status="UNREGISTERED" if "Welcome" in name else "REGISTERED")
        given: dict[str, Any] = {"accountId": account.node, "target": only(user)} | await extras(account, name)
        if name == "bulkUnassignLicenses":
            await account.give(given["productId"].removeprefix("product_"), user)
        asked[name] = mutation(name), {"input": given}
    async with sql.transaction():
        for table in set(WRITTEN.values()):
            await sql.execute(f"LOCK TABLE {table} IN SHARE MODE")
        waiting = {
            name: asyncio.create_task(by_http(impatient.address, gateway.token(PARTNER), *asked[name]))
            for name in asked
        }
        await asyncio.sleep(LONGER_SECONDS)
        assert not any(task.done() for task in waiting.values())
    for name, answer in waiting.items():
        assert numbers((await answer)["data"][name])[:2] == (1, 1), name


@BY
async def test_a_bulk_action_may_take_longer_than_other_operations(
    gateway: RunningGateway, impatient: Gateway, account: FreshAccount, ask: Any
):
    user = await account.add_user()
    async with account.sql.transaction():
        await account.sql.fetch("SELECT FROM users WHERE id = $1 FOR UPDATE", user)
        waiting = asyncio.create_task(
            ask(impatient.address, gateway.token(PARTNER), mutation("deleteUsers"), deletion(account))
        )
        await account.somebody_waits()
        await asyncio.sleep(LONGER_SECONDS)
    assert numbers((await waiting)["data"]["deleteUsers"])[:2] == (2, 2)


@BY
async def test_another_write_may_not(gateway: RunningGateway, impatient: Gateway, account: FreshAccount, ask: Any):
    user = await account.add_user("Ada")
    edit = 'mutation ($id: ID!) { editUser(input: { userId: $id, name: "New" }) { userErrors { code } } }'
    async with account.sql.transaction():
        await account.sql.fetch("SELECT FROM users WHERE id = $1 FOR UPDATE", user)
        async with asyncio.timeout(SOON_SECONDS):
            answer = await ask(impatient.address, gateway.token(PARTNER), edit, {"id": f"user_{user}"})
        assert code_in(answer) == "DEADLINE_EXCEEDED"
    assert await account.value("SELECT name FROM users WHERE account_id = $1 AND id = $2", user) == "Ada"


async def test_nobody_waits_longer_for_the_turn_of_an_account(
    gateway: RunningGateway, impatient: Gateway, account: FreshAccount
):
    before = await account.traces()
    async with account.sql.transaction():
        await account.sql.fetch("SELECT FROM accounts WHERE id = $1 FOR NO KEY UPDATE", account.id)
        async with asyncio.timeout(SOON_SECONDS):
            answer = await by_http(
                impatient.address, gateway.token(PARTNER), mutation("deleteUsers"), deletion(account)
            )
    assert code_in(answer) == "DEADLINE_EXCEEDED"
    assert await account.traces() == before


@BY
async def test_a_bulk_action_ends_at_its_own_deadline(gateway: RunningGateway, account: FreshAccount, ask: Any):
    before = await account.traces()
    with gateway.beside(GATEWAY_BULK_DEADLINE_SECONDS="1") as impatient:
        async with account.sql.transaction():
            await account.sql.fetch("SELECT FROM users WHERE account_id = $1 FOR UPDATE", account.id)
            async with asyncio.timeout(SOON_SECONDS):
                answer = await ask(
                    impatient.address, gateway.token(PARTNER), mutation("deleteUsers"), deletion(account)
                )
    assert code_in(answer) == "DEADLINE_EXCEEDED"
    assert await account.traces() == before
