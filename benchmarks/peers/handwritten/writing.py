"""Assigning and taking away licenses: one transaction, all or nothing, with its audit entry."""

from typing import Any

import asyncpg

from benchmarks.peers.handwritten.database import row_id

Asked = dict[str, Any]
Pool = asyncpg.Pool

_MATCHED = "SELECT count(*) FROM users WHERE account_id = $1 AND id = ANY($2)"
_ASSIGN = """
    INSERT INTO licenses (user_id, account_id, product_id)
    SELECT id, account_id, $2 FROM users WHERE account_id = $1 AND id = ANY($3) AND status <> 'INACTIVE'
    ON CONFLICT DO NOTHING
"""
_UNASSIGN = "DELETE FROM licenses WHERE account_id = $1 AND product_id = $2 AND user_id = ANY($3)"
_COUNT = """
    SELECT (SELECT coalesce(sum(quantity), 0)::integer FROM license_subscriptions AS bought
            WHERE bought.account_id = $1 AND bought.product_id = $2
              AND starts_at <= now() AND (expires_at IS NULL OR expires_at > now())), assigned
    FROM license_counts WHERE account_id = $1 AND product_id = $2
"""
_AUDIT = """
    INSERT INTO audit_events
        (account_id, actor_name, action, subject_kind, subject_id, subject_name, changes, request_id)
    VALUES ($1, 'benchmark', $2, 'ACCOUNT', $1, 'benchmark', '{}', 'benchmark')
"""


async def assign(pool: Pool, asked: Asked) -> Asked:
    """Assign a license to each of these users who has none."""
    return {"bulkAssignLicenses": await _change(pool, asked["input"], _ASSIGN, "bulkAssignLicenses")}


async def unassign(pool: Pool, asked: Asked) -> Asked:
    """Take the license away from each of these users who has one."""
    return {"bulkUnassignLicenses": await _change(pool, asked["input"], _UNASSIGN, "bulkUnassignLicenses")}


async def _change(pool: Pool, asked: Asked, statement: str, action: str) -> Asked:
    account, product = row_id(asked["accountId"]), row_id(asked["productId"])
    ids = [row_id(user) for user in asked["target"]["ids"]]
    async with pool.acquire() as connection, connection.transaction():
        matched = await connection.fetchval(_MATCHED, account, ids)
        status = await connection.execute(statement, account, product, ids)
        await connection.execute(_AUDIT, account, action)
        row = await connection.fetchrow(_COUNT, account, product)
    changed, (total, assigned) = int(status.rsplit(" ", 1)[1]), row or (0, 0)
    return {
        "outcome": {"matched": matched, "changed": changed, "unchanged": matched - changed},
        "licenseCount": {"total": total, "assigned": assigned, "available": max(total - assigned, 0)},
        "userErrors": [],
    }
