"""Counts are told as they stand, then with each change, on every gateway (S1, S2)."""

from typing import Any

from tests.accounts import FreshAccount
from tests.conftest import PARTNER, RunningGateway
from tests.house.houses import Gateway
from tests.live.conftest import Assign, Open, ring, stored_counts
from tests.live.sockets import COUNTS


async def test_tells_the_counts_at_once_then_each_change(account: FreshAccount, open_client: Open, assign: Assign):
    meetings = await account.buy()
    await account.buy("MITEL_ONE", 5)
    client = await open_client(account.admin)

    told = await client.subscribe(COUNTS, {"account": account.node})
    await client.until(lambda: len(told.events) == 2)
    assert told.newest == await stored_counts(account)

    await assign(account, meetings, await account.add_user())
    await client.until(lambda: len(told.events) == 3, 10)
    assert told.counts[2]["assigned"] == 1
    assert told.newest == await stored_counts(account)


async def test_tells_on_every_gateway(account: FreshAccount, open_client: Open, second: Gateway, assign: Assign):
    meetings = await account.buy()
    here, there = await open_client(account.admin), await open_client(PARTNER, second.address)
    at_here = await here.subscribe(COUNTS, {"account": account.node})
    at_there = await there.subscribe(COUNTS, {"account": account.node})
    await here.until(lambda: len(at_here.events) == 1)
    await there.until(lambda: len(at_there.events) == 1)

    await assign(account, meetings, await account.add_user(), await account.add_user())
    await here.until(lambda: at_here.counts[-1]["assigned"] == 2, 1)
    await there.until(lambda: at_there.counts[-1]["assigned"] == 2, 1)
    assert at_here.newest == at_there.newest == await stored_counts(account)


async def test_notices_what_nobody_announced(account: FreshAccount, open_client: Open, assign: Assign):
    """S3: a gateway that dies between commit and publish leaves just this behind."""
    meetings = await account.buy()
    client = await open_client(account.admin)
    told = await client.subscribe(COUNTS, {"account": account.node})
    await client.until(lambda: len(told.events) == 1)

    await assign(account, meetings, await account.add_user(), announced=False)
    await client.until(lambda: len(told.events) == 2, 5)
    assert told.newest == await stored_counts(account)


async def test_tells_of_some_products_only(account: FreshAccount, open_client: Open, assign: Assign):
    meetings, one = await account.buy(), await account.buy("MITEL_ONE")
    client = await open_client(account.admin)
    query = "subscription ($a: ID, $p: [ID!]) { licenseCounts(accountId: $a, productIds: $p) { assigned } }"
    told = await client.subscribe(query, {"a": account.node, "p": [f"product_{one}"]})
    await client.until(lambda: len(told.events) == 1)

    await assign(account, meetings, await account.add_user())
    await assign(account, one, await account.add_user())
    await client.until(lambda: len(told.events) == 2)
    assert told.counts[1]["assigned"] == 1


async def test_tells_a_partner_of_every_account_and_of_new_ones(
    gateway: RunningGateway, open_fresh: Any, open_client: Open, assign: Assign
):
    known = await open_fresh()
    meetings = await known.buy()
    client = await open_client(PARTNER)
    told = await client.subscribe(COUNTS)
    await client.until(lambda: set(told.newest) > set())
    await assign(known, meetings, await known.add_user())
    (count,) = await stored_counts(known)
    await client.until(lambda: told.newest.get(count, {}).get("assigned") == 1, 10)

    new = await open_fresh()
    await new.buy()
    (count_of_new,) = await stored_counts(new)
    await client.until(lambda: count_of_new in told.newest, 6)
    await new.buy(quantity=5)
    await ring(gateway, new)
    await client.until(lambda: told.newest[count_of_new]["total"] == 15, 10)
    stored = await stored_counts(known) | await stored_counts(new)
    assert {count: told.newest[count] for count in stored} == stored


async def test_tells_a_partner_of_a_new_account_that_others_watch_already(open_fresh: Any, open_client: Open):
    partner = await open_client(PARTNER)
    told = await partner.subscribe(COUNTS)
    await partner.until(lambda: bool(told.events))
    new = await open_fresh()
    await new.buy()
    admin = await open_client(new.admin)
    watched = await admin.subscribe(COUNTS)
    await admin.until(lambda: bool(watched.events))
    await partner.until(lambda: set(watched.newest) <= set(told.newest), 6)
    assert {count: told.newest[count] for count in watched.newest} == await stored_counts(new)


async def test_ends_at_once_for_what_is_out_of_sight(open_fresh: Any, open_client: Open):
    """P4: an account of somebody else, one that was never given, and what is no id are alike."""
    own, other = await open_fresh(), await open_fresh()
    await other.buy()
    client = await open_client(own.admin)
    for account in (other.node, "account_" + "0" * 32, "nonsense"):
        for query in (COUNTS, "subscription ($account: ID!) { userChanges(accountId: $account) { kind } }"):
            told = await client.subscribe(query, {"account": account})
            await client.until(lambda told=told: told.end is not None)  # type: ignore[misc]
            assert (told.end, told.events) == ("complete", [])


async def test_is_forbidden_to_plain_users(account: FreshAccount, open_client: Open):
    """P3."""
    client = await open_client(await account.add_user(status="REGISTERED"))
    for query in (COUNTS, "subscription ($account: ID!) { userChanges(accountId: $account) { kind } }"):
        told = await client.subscribe(query, {"account": account.node})
        await client.until(lambda told=told: told.end is not None)  # type: ignore[misc]
        assert told.code == "FORBIDDEN"


async def test_everybody_gets_the_same_from_one_execution(account: FreshAccount, open_client: Open, assign: Assign):
    meetings = await account.buy()
    clients = [await open_client(account.admin if place % 2 else PARTNER) for place in range(20)]
    told = [
        await client.subscribe(COUNTS, {"account": account.node}, f"id {place}") for place, client in enumerate(clients)
    ]
    for client, one in zip(clients, told, strict=True):
        await client.until(lambda one=one: len(one.events) == 1)  # type: ignore[misc]
    await assign(account, meetings, await account.add_user())
    for client, one in zip(clients, told, strict=True):
        await client.until(lambda one=one: len(one.events) == 2)  # type: ignore[misc]
        assert one.events == told[0].events
