"""What begins and ends by itself is told within seconds (L1, L7), and the command tells of plain SQL."""

import asyncio
from datetime import UTC, datetime, timedelta

from tests.accounts import FreshAccount
from tests.conftest import RunningGateway
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

    await client.until(lambda: told.counts[-1]["total"] == 15, 10)
    assert told.counts[-1]["revision"] > before
    later = await client.subscribe(COUNTS, {"account": account.node})
    await client.until(lambda: bool(later.events))
    assert later.counts == told.counts[-1:]


async def test_no_two_totals_have_one_revision(gateway: RunningGateway, account: FreshAccount):  # L7
    meetings = await account.buy(quantity=10)
    query = "query ($account: ID!) { account(id: $account) { licenseCounts { total revision } } }"
    seen: list[tuple[int, int]] = []

    def look() -> None:
        (count,) = gateway.data(query, {"account": account.node})["account"]["licenseCounts"]
        if not seen or seen[-1] != (count["revision"], count["total"]):
            seen.append((count["revision"], count["total"]))

    await asyncio.to_thread(look)
    before = seen.pop()
    now = datetime.now(UTC)
    for start, end in ((1, 2), (2, 3), (2, 4)):
        await account.buy(quantity=1, starts_at=now + timedelta(seconds=start), expires_at=now + timedelta(seconds=end))
    while datetime.now(UTC) < now + timedelta(seconds=4.5):
        await asyncio.to_thread(look)
        await asyncio.sleep(0.05)
    changed = "UPDATE license_subscriptions SET quantity = quantity + 1 WHERE product_id = $2 AND account_id = $1"
    gone = "DELETE FROM license_subscriptions WHERE product_id = $2 AND account_id = $1 AND expires_at IS NOT NULL"
    for statement in (changed, gone):
        await account.sql.execute(statement, account.id, meetings)
        await asyncio.to_thread(look)
    assert [total for _, total in seen] == [10, 11, 12, 11, 10, 11, 11]
    revisions = [revision for revision, _ in (before, *seen)]
    assert revisions == sorted(set(revisions))


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
