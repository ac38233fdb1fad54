"""Assigning and unassigning licenses (L2, L3, L4, L5, L7)."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import pytest

from tests.accounts import FreshAccount
from tests.bulk.actions import ALL, act, ids, mutation, numbers, refusals
from tests.conftest import RunningGateway

ASSIGN, UNASSIGN = "bulkAssignLicenses", "bulkUnassignLicenses"


async def test_assigns_to_those_named(gateway: RunningGateway, account: FreshAccount):  # L3
    product = await account.buy(quantity=5)
    users = [await account.add_user() for _ in range(3)]
    before = await account.value("SELECT revision FROM license_counts WHERE account_id = $1")
    payload = act(gateway, account, ASSIGN, ids(*users), productId=f"product_{product}")
    assert numbers(payload) == (3, 3, 0, {})
    assert payload["users"] == [
        {"id": f"user_{user}", "licenses": [{"product": {"code": "MITEAM_MEETINGS"}}]} for user in users
    ]
    count = payload["licenseCount"]
    assert (count["total"], count["assigned"], count["available"]) == (5, 3, 2)
    assert count["revision"] > before  # L7
    changes = await account.rows("SELECT kind::text, user_ids FROM user_changes WHERE account_id = $1")
    assert [(change["kind"], set(change["user_ids"])) for change in changes] == [("UPDATED", set(users))]


async def test_refuses_when_too_few_are_left_and_nobody_gets_one(gateway: RunningGateway, account: FreshAccount):  # L3
    product = await account.buy(quantity=2)
    users = [await account.add_user() for _ in range(5)]
    await account.give(product, users[0])
    before = await account.traces()
    payload = act(gateway, account, ASSIGN, ids(*users), productId=f"product_{product}")
    assert payload["outcome"] is None
    assert payload["userErrors"] == [
        {
            "__typename": "NotEnoughLicensesError",
            "code": "NOT_ENOUGH_LICENSES",
            "message": "3 more license(s) are needed to apply to the selected users. "
            "Please purchase more or unassign existing licenses and try again",
            "path": [],
            "needed": 4,
            "available": 1,
            "shortfall": 3,
        }
    ]
    assert await account.traces() == before


async def test_who_has_one_needs_none_and_inactive_ones_are_skipped(
    gateway: RunningGateway, account: FreshAccount
):  # L5
    product = await account.buy(quantity=2)
    has, lacks = [await account.add_user(status="REGISTERED") for _ in range(2)]
    off = await account.add_user(status="INACTIVE", inactive_reason="DEACTIVATED_BY_SOURCE", source="SCIM")
    gone = await account.add_user(status="INACTIVE", inactive_reason="ACCOUNT_REMOVED", source="PBX")
    await account.give(product, has)
    payload = act(gateway, account, ASSIGN, ids(has, lacks, off, gone), productId=f"product_{product}")
    assert numbers(payload) == (4, 1, 1, {"DEACTIVATED_BY_SOURCE": 1, "ACCOUNT_REMOVED": 1})
    skipped = {entry["reason"]: entry["userIds"] for entry in payload["outcome"]["skipped"]}
    assert skipped == {"DEACTIVATED_BY_SOURCE": [f"user_{off}"], "ACCOUNT_REMOVED": [f"user_{gone}"]}


async def test_takes_licenses_back(gateway: RunningGateway, account: FreshAccount):
    product = await account.buy(quantity=4)
    users = [await account.add_user() for _ in range(3)]
    off = await account.add_user(status="INACTIVE", inactive_reason="DEACTIVATED_BY_SOURCE", source="SCIM")
    await account.give(product, *users[:2], off)
    payload = act(gateway, account, UNASSIGN, ALL, productId=f"product_{product}")
    assert numbers(payload) == (5, 3, 2, {})
    assert payload["users"] == []
    assert payload["licenseCount"]["assigned"] == 0
    assert await account.value("SELECT count(*) FROM licenses WHERE account_id = $1") == 0


async def test_ended_subscriptions_leave_licenses_standing(gateway: RunningGateway, account: FreshAccount):  # L4
    product = await account.buy(quantity=3)
    users = [await account.add_user() for _ in range(3)]
    await account.give(product, *users[:2])
    await account.sql.execute(
        "UPDATE license_subscriptions SET expires_at = $2 WHERE account_id = $1",
        account.id,
        datetime.now(UTC) - timedelta(hours=1),
    )
    payload = act(gateway, account, ASSIGN, ids(users[2]), productId=f"product_{product}")
    assert refusals(payload) == [("NOT_ENOUGH_LICENSES", "")]
    assert payload["userErrors"][0]["available"] == 0
    assert await account.value("SELECT assigned FROM license_counts WHERE account_id = $1") == 2


@pytest.mark.parametrize(
    ("integrations", "bought"),
    [((), 10), (("MITEAM_MEETINGS", "MICOLLAB"), 10), (("MITEAM_MEETINGS",), 0)],
    ids=["integration off", "managed by MiCollab", "no subscription"],
)
@pytest.mark.parametrize("action", [ASSIGN, UNASSIGN])
async def test_not_where_they_are_not_managed(
    gateway: RunningGateway, open_fresh: Any, integrations: tuple[str, ...], bought: int, action: str
):  # L2
    account = await open_fresh(integrations=integrations)
    product = await account.sql.fetchval("SELECT id FROM products WHERE code = 'MITEAM_MEETINGS'")
    if bought:
        await account.buy(quantity=bought)
    before = await account.traces()
    payload = act(gateway, account, action, productId=f"product_{product}")
    assert refusals(payload) == [("LICENSES_NOT_MANAGED_HERE", "productId")]
    assert await account.traces() == before


async def test_a_product_that_is_not_there_is_not_found(gateway: RunningGateway, account: FreshAccount):
    assert refusals(act(gateway, account, ASSIGN, productId="product_x")) == [("NOT_FOUND", "productId")]


async def test_writes_down_the_count_and_the_target(gateway: RunningGateway, account: FreshAccount):  # O2
    product = await account.buy(quantity=4)
    await account.add_user("Zoe Zed")
    act(gateway, account, ASSIGN, {"matching": {"search": "zoe z"}}, productId=f"product_{product}", who=account.admin)
    query = "{ viewer { account { auditEvents { nodes { action actorName subjectName changes subject { id } } } } } }"
    (entry,) = gateway.data(query, who=account.admin)["viewer"]["account"]["auditEvents"]["nodes"]
    assert entry["subject"]["id"].startswith("count_")
    del entry["subject"]
    assert entry == {
        "action": "bulkAssignLicenses",
        "actorName": "Admin 0",
        "subjectName": "MiTeam Meetings",
        "changes": {
            "assigned": {"before": 0, "after": 1},
            "target": {"search": ["zoe", "z"], "filter": {}},
            "changed": 1,
        },
    }


async def test_licenses_that_run_out_at_the_last_moment_are_not_enough(
    gateway: RunningGateway, account: FreshAccount
):  # L3, L4
    await account.buy(quantity=2)
    product = await account.buy(quantity=1)
    users = [await account.add_user() for _ in range(3)]
    given = {"accountId": account.node, "productId": f"product_{product}", "target": ids(*users)}
    async with account.sql.transaction():
        # Holds the count, so that the database looks once more when the subscription is over.
        over = "UPDATE license_subscriptions SET expires_at = now() - interval '1 hour'"
        await account.sql.execute(f"{over} WHERE account_id = $1 AND quantity = 2", account.id)
        asked = asyncio.create_task(asyncio.to_thread(gateway.data, mutation(ASSIGN), {"input": given}))
        await account.somebody_waits()
    payload = (await asked)[ASSIGN]
    (error,) = payload["userErrors"]
    assert (error["code"], error["needed"], error["available"]) == ("NOT_ENOUGH_LICENSES", 3, 1)
    assert await account.value("SELECT count(*) FROM licenses WHERE account_id = $1") == 0


async def test_the_database_refuses_an_oversell_by_itself(account: FreshAccount):  # L4
    product = await account.buy(quantity=2)
    users = [await account.add_user() for _ in range(3)]
    await account.give(product, *users[:2])
    with pytest.raises(asyncpg.CheckViolationError, match="more licenses would be assigned"):
        await account.give(product, users[2])
    with pytest.raises(asyncpg.CheckViolationError):
        await account.sql.execute("UPDATE license_counts SET assigned = -1 WHERE account_id = $1", account.id)
    assert await account.value("SELECT assigned FROM license_counts WHERE account_id = $1") == 2
