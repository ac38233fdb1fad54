"""Whatever happens in whatever order: when all is quiet, every reader has been told how it stands (S3)."""

import asyncio
import signal
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.live.announcing import announce
from gateway.settings import Settings
from tests.accounts import FreshAccount, open_account
from tests.conftest import PARTNER, RunningGateway
from tests.house.houses import Gateway, House
from tests.live.conftest import stored_counts
from tests.live.proxies import Redis
from tests.live.sockets import COUNTS, Client, Told

EXAMPLES = 8
CHANGES = ["assign", "assign", "assign", "assign silently", "unassign", "delete", "buy", "end"]
READERS = ["subscribe", "subscribe", "unsubscribe", "tear off"]
FAULTS = ["restart redis", "cut off redis"]
STEPS = st.lists(st.one_of(*map(st.sampled_from, (CHANGES, CHANGES, READERS, FAULTS))), min_size=8, max_size=24)


@dataclass
class World:
    """Two gateways, one Redis, one account, and who watches it."""

    gateway: RunningGateway
    redis: Redis
    gateways: list[Gateway]
    account: FreshAccount
    product: str = ""
    holders: list[str] = field(default_factory=list[str])
    watching: list[tuple[Client, Told]] = field(default_factory=list[tuple[Client, Told]])
    opened: int = 0

    async def do(self, step: str) -> None:
        """Take one step."""
        if step in READERS:
            await self.come_or_go(step)
        elif step in FAULTS:
            if step == "restart redis":
                self.redis.stop()
                self.redis.start()
            self.redis.proxy.cut_off()
        else:
            await self.change(step)
            if step != "assign silently":
                url = self.gateway.database_url
                await announce(Settings(), url, self.redis.url, self.account.number, users=False)

    async def change(self, step: str) -> None:
        """Change a count."""
        match step:
            case "assign" | "assign silently":
                self.holders.append(await self.account.add_user())
                await self.account.give(self.product, self.holders[-1])
            case "unassign" if self.holders:
                await self.account.sql.execute("DELETE FROM licenses WHERE user_id = $1", self.holders.pop())
            case "delete" if self.holders:
                await self.account.sql.execute("DELETE FROM users WHERE id = $1", self.holders.pop())
            case "buy":
                await self.account.buy(quantity=3)
            case _:
                await self.account.sql.execute(
                    "UPDATE license_subscriptions SET expires_at = now() WHERE account_id = $1 AND quantity = 3"
                    " AND expires_at IS NULL",
                    self.account.id,
                )

    async def come_or_go(self, step: str) -> None:
        """Open a subscription, or end one in either way."""
        if step == "subscribe":
            await self.subscribe()
        elif self.watching:
            client, _ = self.watching.pop(0)
            if step == "tear off":
                client.tear_off()
            await client.close()

    async def subscribe(self) -> None:
        """Watch on the one gateway and the other in turn, as an admin and as the partner in turn."""
        self.opened += 1
        url = self.gateways[self.opened % len(self.gateways)].address
        who = self.account.admin if self.opened % 3 else PARTNER
        client = await Client.open(url, self.gateway.token(who))
        self.watching.append((client, await client.subscribe(COUNTS, {"account": self.account.node})))

    async def hold(self) -> None:
        """Hold that every reader ends at the truth, and that none went back."""
        stored = await stored_counts(self.account)
        for client, told in self.watching:
            await client.until(lambda told=told: told.newest == stored, 8)  # type: ignore[misc]
            revisions = [count["revision"] for count in told.counts]
            assert revisions == sorted(set(revisions))

    async def end(self) -> None:
        for client, _ in self.watching:
            await client.close()


@pytest.fixture(scope="module")
async def redis(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Redis]:
    async with Redis.behind_proxy(tmp_path_factory.mktemp("model")) as redis:
        yield redis


@pytest.fixture(scope="module")
async def gateways(gateway: RunningGateway, redis: Redis) -> AsyncIterator[list[Gateway]]:
    started = [await start(gateway, redis), await start(gateway, redis)]
    yield started
    for one in started:
        await asyncio.to_thread(one.end, signal.SIGTERM)


async def start(gateway: RunningGateway, redis: Redis) -> Gateway:
    environment = {"DATABASE_URL": gateway.database_url, "REDIS_URL": redis.proxy.url}
    return await asyncio.to_thread(House(gateway.house.data_dir, environment=environment).serve)


@given(steps=STEPS)
@settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
async def test_every_reader_ends_at_the_truth(
    gateway: RunningGateway, redis: Redis, gateways: list[Gateway], sql: object, steps: list[str]
):
    world = World(gateway, redis, gateways, await open_account(sql))
    world.product = await world.account.buy(quantity=50)
    try:
        for step in steps:
            await world.do(step)
        await world.subscribe()
        await world.hold()
    finally:
        await world.end()


async def test_readers_of_a_gateway_that_was_killed_end_at_the_truth_elsewhere(
    gateway: RunningGateway, redis: Redis, gateways: list[Gateway], sql: object
):
    dying = await start(gateway, redis)
    world = World(gateway, redis, [dying, *gateways], await open_account(sql))
    world.product = await world.account.buy(quantity=50)
    for step in ["subscribe"] * 6 + ["assign", "assign silently"]:
        await world.do(step)
    await asyncio.to_thread(dying.end, signal.SIGKILL)
    await world.do("assign silently")
    world.gateways.remove(dying)
    lost = [one for one in world.watching if one[0].is_closed]
    assert len(lost) == 2
    for one in lost:
        world.watching.remove(one)
        await world.subscribe()
    await world.do("unassign")
    await world.hold()
    await world.end()
