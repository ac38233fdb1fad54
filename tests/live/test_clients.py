"""The clients that people use get what was subscribed to, and come back when the gateway goes."""

import asyncio
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, TypeAlias

import pytest
from gql import Client as GqlClient
from gql import GraphQLRequest
from gql.transport.websockets import WebsocketsTransport

from tests.accounts import FreshAccount
from tests.conftest import RunningGateway
from tests.house.houses import House
from tests.live.conftest import Assign
from tests.live.programs import Program
from tests.live.sockets import COUNTS

Start: TypeAlias = Callable[..., Awaitable[Program]]

WITH_USER = """subscription ($account: ID!) {
  userChanges(accountId: $account) { kind userId user { name viewerCan { edit { allowed } } } }
}"""


@pytest.fixture
async def start(gateway: RunningGateway) -> AsyncIterator[Start]:
    """Start clients of npm as somebody."""
    programs: list[Program] = []

    async def start_one(transport: str, who: str, query: str, variables: dict[str, Any], url: str = "") -> Program:
        programs.append(await Program.start(transport, url or gateway.url, gateway.token(who), query, variables))
        return programs[-1]

    yield start_one
    for program in programs:
        await program.end()


@pytest.mark.parametrize("transport", ["graphql-ws", "graphql-sse"])
async def test_npm_clients_are_told(account: FreshAccount, start: Start, assign: Assign, transport: str):
    meetings = await account.buy()
    user = await account.add_user("Zoë")
    counts = await start(transport, account.admin, COUNTS, {"account": account.node})
    await counts.until(lambda: len(counts.data) == 1)

    await assign(account, meetings, user)
    await counts.until(lambda: len(counts.data) == 2)
    assert counts.data[1]["licenseCounts"]["assigned"] == 1


@pytest.mark.parametrize("transport", ["graphql-ws", "graphql-sse"])
async def test_npm_clients_are_told_of_refusals(account: FreshAccount, start: Start, transport: str):
    user = await account.add_user(status="REGISTERED")
    counts = await start(transport, user, COUNTS, {"account": account.node})
    await counts.until(lambda: bool(counts.reported))
    assert "FORBIDDEN" in str(counts.reported)

    invalid = await start(transport, account.admin, "subscription { nothing }", {})
    await invalid.until(lambda: bool(invalid.reported))
    assert "GRAPHQL_VALIDATION_FAILED" in str(invalid.reported)


@pytest.mark.parametrize("transport", ["graphql-ws", "graphql-sse"])
async def test_npm_clients_come_back_when_the_gateway_does(
    gateway: RunningGateway, account: FreshAccount, start: Start, transport: str
):
    await account.buy()
    house = House(gateway.house.data_dir, environment=gateway.house.environment)
    going = house.serve("--no-worker")
    counts = await start(transport, account.admin, COUNTS, {"account": account.node}, going.address)
    await counts.until(lambda: len(counts.data) == 1)

    assert going.end(signal.SIGTERM) == 0
    assert going.faults == ""
    await account.buy(quantity=5)
    back = house.serve("--no-worker")
    await counts.until(lambda: len(counts.data) == 2, 20)
    assert counts.data[1]["licenseCounts"]["total"] == 15
    if transport == "graphql-ws":
        assert counts.reported[1] == {"kind": "closed", "value": {"code": 1001, "reason": "Going away"}}
    back.end(signal.SIGTERM)


async def test_gql_is_told(gateway: RunningGateway, account: FreshAccount):
    url = gateway.url.replace("http", "ws") + "/graphql"
    init = {"authorization": f"Bearer {gateway.token(account.admin)}"}
    transport = WebsocketsTransport(url, init_payload=init, subprotocols=[WebsocketsTransport.GRAPHQLWS_SUBPROTOCOL])
    async with GqlClient(transport=transport) as session:
        changes = session.subscribe(GraphQLRequest(WITH_USER, variable_values={"account": account.node}))
        await session.execute(GraphQLRequest("{ viewer { role } }"))
        first = anext(changes)
        edit = """mutation ($user: ID!, $name: String) {
          editUser(input: { userId: $user, name: $name }) { userErrors { code } }
        }"""
        waiting = asyncio.ensure_future(first)
        while not waiting.done():
            gateway.data(edit, {"user": f"user_{account.admin}", "name": f"Anna {gateway.url}"}, who=account.admin)
            gateway.data(edit, {"user": f"user_{account.admin}", "name": "Anna"}, who=account.admin)
            await asyncio.sleep(0.2)
        told = (await waiting)["userChanges"]
    assert told["kind"] == "UPDATED"
    assert told["userId"] == f"user_{account.admin}"
    assert told["user"]["viewerCan"]["edit"]["allowed"] is True
