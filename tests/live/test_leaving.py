"""A thousand subscriptions that are torn off leave nothing behind: no channel, no statement, no memory."""

import asyncio
import signal

import psutil

from tests.accounts import FreshAccount
from tests.conftest import RunningGateway
from tests.house.houses import House
from tests.live.conftest import channels_of
from tests.live.sockets import COUNTS, Client

SOCKETS = 250
OPERATIONS = 4
CHANGES = "subscription ($account: ID!) { userChanges(accountId: $account) { kind } }"
LOOKING = """SELECT count(*) FROM pg_stat_activity
  WHERE query_start > $1 AND query LIKE '%max(user_changes.id)%' AND pid <> pg_backend_pid()"""


async def open_and_tear_off(url: str, token: str, account: FreshAccount) -> None:
    """Open a thousand subscriptions, hold that they are told, and reset their connections."""
    clients: list[Client] = []
    for _ in range(SOCKETS // 25):
        clients += await asyncio.gather(*[Client.open(url, token) for _ in range(25)])
    for client in clients:
        told = [await client.subscribe(COUNTS, {"account": account.node}) for _ in range(OPERATIONS - 1)]
        await client.subscribe(CHANGES, {"account": account.node})
        await client.until(lambda told=told: all(one.events for one in told))  # type: ignore[misc]
    for client in clients:
        client.tear_off()
    for client in clients:
        await client.closed()


async def until_nobody_listens(gateway: RunningGateway, account: FreshAccount) -> None:
    """Wait until no gateway has the account's channel open."""
    async with asyncio.timeout(10):
        while await channels_of(gateway, account):  # noqa: ASYNC110 - only Valkey knows
            await asyncio.sleep(0.1)


async def test_a_thousand_that_are_torn_off_leave_nothing(gateway: RunningGateway, account: FreshAccount):
    await account.buy()
    process = await asyncio.to_thread(House(gateway.house.data_dir, environment=gateway.house.environment).serve)
    memory = psutil.Process(process.process.pid)
    token = gateway.token(account.admin)
    after: list[int] = []
    for _ in range(5):
        await open_and_tear_off(process.address, token, account)
        await until_nobody_listens(gateway, account)
        after.append(memory.memory_info().rss)
    # An open socket takes some 28 kB: the sockets of three rounds would be 21 MB.
    assert min(after[3:]) - after[1] < 8 * 1024 * 1024, after
    connections = [one for one in memory.net_connections() if one.status == psutil.CONN_ESTABLISHED]
    assert not [one for one in connections if one.laddr.port == int(process.address.rpartition(":")[2])]

    await asyncio.sleep(1)
    now = await account.sql.fetchval("SELECT now()")
    await asyncio.sleep(3)
    assert await account.sql.fetchval(LOOKING, now) == 0, "nobody looks for changes that nobody waits for"
    process.end(signal.SIGTERM)
    assert process.faults == ""
