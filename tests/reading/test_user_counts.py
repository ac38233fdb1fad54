"""The kept counts of users are what counting the users gives, whoever writes them (docs/decisions/0016)."""

import asyncio
from typing import Any

import pytest

from tests.accounts import FreshAccount, miscounts
from tests.conftest import RunningGateway, plain_sql

KEPT = "SELECT sum(total)::integer FROM user_counts WHERE account_id = $1"
CHANGES = {
    "status": "status = 'REGISTERED'",
    "source": "source = 'SCIM'",
    "role": "role = 'ACCOUNT_ADMIN'",
    "flag": "is_iot_connected = true",
    "reason": "status = 'INACTIVE', inactive_reason = 'ACCOUNT_REMOVED'",
    "all at once": "status = 'REGISTERED', source = 'PBX', role = 'ACCOUNT_ADMIN', is_iot_connected = true",
}


@pytest.fixture
async def staffed(account: FreshAccount) -> FreshAccount:
    """Give an account with its admin and five users."""
    for _ in range(5):
        await account.add_user()
    return account


async def kept(account: FreshAccount) -> int:
    """Give how many users are counted in an account, when all groups are counted right."""
    assert await miscounts(account.sql) == []
    total: int = await account.value(KEPT)
    return total


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
async def test_a_change_of_some_is_counted(staffed: FreshAccount, change: str):
    some = "SELECT id FROM users WHERE account_id = $1 AND role = 'USER' ORDER BY id LIMIT 3"
    await staffed.sql.execute(f"UPDATE users SET {change} WHERE id IN ({some})", staffed.id)
    assert await kept(staffed) == 6


async def test_who_goes_is_counted_no_more(staffed: FreshAccount):
    await staffed.sql.execute("DELETE FROM users WHERE account_id = $1 AND role = 'USER'", staffed.id)
    assert await kept(staffed) == 1


async def test_who_moves_is_counted_in_the_other_account(staffed: FreshAccount, open_fresh: Any):
    other = await open_fresh()
    move = "UPDATE users SET account_id = $2 WHERE account_id = $1 AND role = 'USER'"
    await staffed.sql.execute(move, staffed.id, other.id)
    assert await kept(staffed) == 1
    assert await kept(other) == 6


async def test_what_is_taken_back_is_not_counted(staffed: FreshAccount):
    before = await kept(staffed)
    transaction = staffed.sql.transaction()
    await transaction.start()
    await staffed.sql.execute("DELETE FROM users WHERE account_id = $1 AND role = 'USER'", staffed.id)
    await transaction.rollback()
    assert await kept(staffed) == before


async def test_a_sign_in_leaves_the_counts_alone(staffed: FreshAccount):
    versions = "SELECT array_agg(xmin::text || ctid::text) FROM user_counts WHERE account_id = $1"
    before = await staffed.value(versions)
    await staffed.sql.execute("UPDATE users SET last_signed_in_at = now() WHERE account_id = $1", staffed.id)
    assert await staffed.value(versions) == before


async def test_changes_in_opposite_directions_wait_and_do_not_block_each_other(
    gateway: RunningGateway, staffed: FreshAccount
):
    ids = [row["id"] for row in await staffed.rows("SELECT id FROM users WHERE account_id = $1 AND role = 'USER'")]
    turn = "UPDATE users SET status = CASE status WHEN 'REGISTERED' THEN $2 ELSE 'REGISTERED' END::user_status"

    async def change(user_id: str) -> None:
        async with plain_sql(gateway) as connection:
            for _ in range(40):
                await connection.execute(f"{turn} WHERE id = $1", user_id, "UNREGISTERED")

    await asyncio.gather(*map(change, ids))
    assert await kept(staffed) == 6
