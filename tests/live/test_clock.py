"""What begins and ends by itself is told within a minute (L1, L7), and the command tells of plain SQL."""

import asyncio
from datetime import UTC, datetime, timedelta

from persistence.clock import raise_revisions, take_clock
from tests.accounts import FreshAccount, open_account
from tests.conftest import RunningGateway, plain_sql
from tests.live.conftest import Open
from tests.live.sockets import COUNTS
from tests.live.test_user_changes import watch


async def test_tells_of_what_begins_and_ends_by_the_clock(account: FreshAccount, open_client: Open):
    await account.buy(quantity=10)
    soon = datetime.now(UTC) + timedelta(seconds=2)
    await account.buy(quantity=5, starts_at=soon)
    await account.buy(quantity=3, expires_at=soon)
    client = await open_client(account.admin)
    told = await client.subscribe(COUNTS, {"account": account.node})
    await client.until(lambda: bool(told.events))
    assert told.counts[0]["total"] == 13
    before = told.counts[0]["revision"]

    await client.until(lambda: told.counts[-1]["total"] == 15, 60)
    assert told.counts[-1]["revision"] > before
    later = await client.subscribe(COUNTS, {"account": account.node})
    await client.until(lambda: bool(later.events))
    assert later.counts == told.counts[-1:]


async def test_a_count_that_somebody_holds_is_left_for_the_next_time(gateway: RunningGateway, account: FreshAccount):
    other = await open_account(account.sql)
    async with plain_sql(gateway) as clock, clock.transaction(), asyncio.timeout(30):
        while not await take_clock(clock):
            await clock.execute("SELECT pg_sleep(0.05)")
        for bought in (account, other):
            await bought.buy()
            await bought.sql.execute(
                "UPDATE license_counts SET counted_until = now() - interval '2 days' WHERE account_id = $1", bought.id
            )
        async with plain_sql(gateway) as holder, holder.transaction():
            await holder.execute("SELECT FROM license_counts WHERE account_id = $1 FOR UPDATE", account.id)
            raised = await raise_revisions(clock)
            assert other.id in raised
            assert account.id not in raised
        raised = await raise_revisions(clock)
        assert other.id not in raised
        assert account.id in raised


async def test_forgets_changes_after_ten_minutes(account: FreshAccount, open_client: Open):
    await account.sql.execute(
        "INSERT INTO user_changes (account_id, kind, user_ids, at)"
        " SELECT $1, 'UPDATED', '{}', now() - minutes * interval '1 minute' FROM unnest('{9, 11}'::int[]) AS minutes",
        account.id,
    )
    client = await open_client(account.admin)
    await client.subscribe(COUNTS, {"account": account.node})
    left = "SELECT count(*) FROM user_changes WHERE account_id = $1"
    await account.buy(quantity=1, starts_at=datetime.now(UTC) + timedelta(seconds=1))
    told = await client.subscribe(COUNTS, {"account": account.node}, id_="2")
    await client.until(lambda: bool(told.events) and told.counts[-1]["total"] == 1, 60)
    assert await account.value(left) == 1


async def test_the_command_tells_of_plain_sql(gateway: RunningGateway, account: FreshAccount, open_client: Open):
    meetings = await account.buy()
    client = await open_client(account.admin)
    counts = await client.subscribe(COUNTS, {"account": account.node}, id_="c")
    changes = await watch(client, account)
    await client.until(lambda: bool(counts.counts))
    await account.give(meetings, account.admin)
    assert gateway.house.run("announce", "--account", account.number, "--users").stdout == "Announced: 1 account.\n"
    await client.until(lambda: counts.counts[-1]["assigned"] == 1, 5)
    await client.until(lambda: bool(changes.events), 5)
    assert changes.changes == [
        {
            "kind": "UPDATED",
            "userId": f"user_{account.admin}",
            "user": {"name": "Admin 0", "role": "ACCOUNT_ADMIN", "version": 1},
        }
    ]
    assert gateway.house.complaint("announce", "--account", "nothing") == "There is no account nothing."
