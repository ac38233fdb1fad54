"""Redis may stop, hang, lose and cut off: queries work, subscriptions stay, and every reader ends at the truth (S3)."""

import asyncio
import re
import signal
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from typing import Any

import pytest

from gateway.live.announcing import announce
from gateway.settings import Settings
from tests.accounts import FreshAccount
from tests.conftest import PARTNER, RunningGateway
from tests.house.houses import Gateway, House
from tests.live.conftest import Open, stored_counts
from tests.live.proxies import Redis
from tests.live.sockets import COUNTS, Client, Told

CREATE = """mutation ($account: ID!, $email: String!) {
  createUser(input: { accountId: $account, email: $email, name: "New" }) { user { id } userErrors { code } }
}"""
CHANGES = "subscription ($account: ID!) { userChanges(accountId: $account) { kind user { email } } }"


@dataclass
class Pair:
    """Two gateways on a Redis of their own."""

    redis: Redis
    database_url: str
    gateways: list[Gateway]

    async def ring(self, account: FreshAccount) -> None:
        await announce(Settings(), self.database_url, self.redis.url, account.number, users=False)


@pytest.fixture(scope="module")
async def pair(gateway: RunningGateway, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Pair]:
    async with Redis.behind_proxy(tmp_path_factory.mktemp("redis")) as redis:
        environment = {"DATABASE_URL": gateway.database_url, "REDIS_URL": redis.proxy.url}
        houses = [House(gateway.house.data_dir, environment=environment) for _ in range(2)]
        gateways = await asyncio.gather(*[asyncio.to_thread(house.serve) for house in houses])
        yield Pair(redis, gateway.database_url, list(gateways))
        await asyncio.gather(*[asyncio.to_thread(one.end, signal.SIGTERM) for one in gateways])
        assert [one.faults for one in gateways] == ["", ""]


async def watch(pair: Pair, account: FreshAccount, open_client: Open) -> list[tuple[Client, Told]]:
    """Watch the counts of an account on both gateways."""
    watching: list[tuple[Client, Told]] = []
    for one, who in zip(pair.gateways, (account.admin, PARTNER), strict=True):
        client = await open_client(who, one.address)
        told = await client.subscribe(COUNTS, {"account": account.node})
        await client.until(lambda told=told: bool(told.events))  # type: ignore[misc]
        watching.append((client, told))
    return watching


async def assert_told(account: FreshAccount, watching: list[tuple[Client, Told]], seconds: float) -> None:
    """Hold that every reader is told how it stands, that none went back, and that none was ended."""
    stored = await stored_counts(account)
    for client, told in watching:
        await client.until(lambda told=told: told.newest == stored, seconds)  # type: ignore[misc]
        revisions = [count["revision"] for count in told.counts]
        assert revisions == sorted(set(revisions))
        assert told.end is None


async def test_tells_through_one_connection_of_each_gateway(
    pair: Pair, account: FreshAccount, open_fresh: Any, open_client: Open
):
    other = await open_fresh()
    await other.buy()
    await watch(pair, other, open_client)
    meetings = await account.buy()
    watching = await watch(pair, account, open_client)
    for _ in range(3):
        await account.give(meetings, await account.add_user())
        await pair.ring(account)
        await assert_told(account, watching, 1)
    assert await pair.redis.count_listeners() == len(pair.gateways)


async def test_stays_open_while_redis_is_away(
    gateway: RunningGateway, pair: Pair, account: FreshAccount, open_client: Open
):
    meetings = await account.buy()
    watching = await watch(pair, account, open_client)
    here = replace(gateway, url=pair.gateways[0].address)
    client, _ = watching[1]
    changes = await client.subscribe(CHANGES, {"account": account.node})
    pair.redis.stop()
    pair.redis.proxy.cut_off()
    try:
        await asyncio.sleep(1)
        for place in range(5):
            started = time.monotonic()
            email = f"away{place}@{account.number}.example"
            assert here.data(CREATE, {"account": account.node, "email": email})["createUser"]["user"]
            assert here.data("{ viewer { role } }") == {"viewer": {"role": "PARTNER"}}
            assert time.monotonic() - started < 2
        await account.give(meetings, await account.add_user())
        await assert_told(account, watching, 5)
        await client.until(lambda: len(changes.events) == 5, 5)
    finally:
        pair.redis.start()
    await account.give(meetings, await account.add_user())
    await assert_told(account, watching, 5)
    await asyncio.sleep(3)
    await account.give(meetings, await account.add_user())
    await pair.ring(account)
    await assert_told(account, watching, 1)
    for one in pair.gateways:
        away = r"Redis is away +reason=.ConnectionError: \w.+Redis is back"
        assert re.search(away, one.printed, re.DOTALL), one.printed


async def test_goes_on_after_connections_were_cut_off(pair: Pair, account: FreshAccount, open_client: Open):
    meetings = await account.buy(quantity=100)
    watching = await watch(pair, account, open_client)
    for _ in range(5):
        await account.give(meetings, await account.add_user())
        pair.redis.proxy.cut_off()
        await account.give(meetings, await account.add_user())
        await asyncio.sleep(0.3)
    await assert_told(account, watching, 5)

    async with asyncio.timeout(20):
        while await pair.redis.count_listeners_on(account.id) < len(pair.gateways):  # noqa: ASYNC110 - only Valkey knows
            await asyncio.sleep(0.02)
    for _ in range(4):
        await account.give(meetings, await account.add_user())
        await pair.ring(account)
        await assert_told(account, watching, 1)


async def test_leaves_a_connection_that_has_fallen_silent(pair: Pair, account: FreshAccount, open_client: Open):
    meetings = await account.buy(quantity=100)
    watching = await watch(pair, account, open_client)
    pair.redis.proxy.deafen()
    await account.give(meetings, await account.add_user())
    await pair.ring(account)
    await assert_told(account, watching, 5)

    await asyncio.sleep(6)
    for _ in range(4):
        await account.give(meetings, await account.add_user())
        await pair.ring(account)
        await assert_told(account, watching, 1)


async def test_never_goes_back_when_messages_are_late(pair: Pair, account: FreshAccount, open_client: Open):
    meetings = await account.buy(quantity=100)
    watching = await watch(pair, account, open_client)
    pair.redis.proxy.delay_seconds = 0.4
    try:
        for _ in range(10):
            await account.give(meetings, await account.add_user())
            await pair.ring(account)
        await assert_told(account, watching, 5)
    finally:
        pair.redis.proxy.delay_seconds = 0


async def test_tells_what_a_gateway_left_that_was_killed(
    gateway: RunningGateway, pair: Pair, account: FreshAccount, open_client: Open
):
    environment = {"DATABASE_URL": gateway.database_url, "REDIS_URL": pair.redis.proxy.url}
    dying = await asyncio.to_thread(House(gateway.house.data_dir, environment=environment).serve)
    client = await open_client(PARTNER, pair.gateways[0].address)
    changes = await client.subscribe(CHANGES, {"account": account.node})
    await asyncio.sleep(1)
    here = replace(gateway, url=dying.address)
    pair.redis.proxy.swallows = True
    try:
        here.data(CREATE, {"account": account.node, "email": f"last@{account.number}.example"})
        await asyncio.to_thread(dying.end, signal.SIGKILL)
    finally:
        pair.redis.proxy.swallows = False
    await client.until(lambda: len(changes.events) == 1, 5)
    assert changes.changes[0]["user"]["email"] == f"last@{account.number}.example"
