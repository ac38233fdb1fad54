"""The reading operations, each two or three statements on one connection."""

from typing import Any

import asyncpg

from benchmarks.peers.handwritten.database import row_id
from benchmarks.peers.handwritten.rows import (
    ALL_COLUMNS,
    LICENSES,
    licenses_by_user,
    page_info,
    shown_product,
    shown_user,
)

Asked = dict[str, Any]
Pool = asyncpg.Pool

_PAGE = f"SELECT {ALL_COLUMNS} FROM users WHERE account_id = $1 ORDER BY name_key, id LIMIT $2"
_USER = f"SELECT {ALL_COLUMNS} FROM users WHERE id = $1"
_TEN_FIELDS = """
    SELECT id, name, email, mobile, role, status, source, version, created_at, last_signed_in_at, name_key
    FROM users WHERE account_id = $1 ORDER BY name_key, id LIMIT $2
"""
_ACCOUNTS = """
    SELECT id, number, name FROM accounts WHERE id = $1 OR partner_id = $1 ORDER BY name_key, id LIMIT $2
"""
_PARTNER = "SELECT id FROM accounts WHERE kind = 'PARTNER' ORDER BY number LIMIT 1"
_COUNTS = """
    SELECT account_id, products.id, code, products.name, total, assigned, greatest(total - assigned, 0)
    FROM license_counts JOIN products ON products.id = product_id, LATERAL (
        SELECT coalesce(sum(quantity), 0)::integer AS total FROM license_subscriptions AS bought
        WHERE bought.account_id = license_counts.account_id AND bought.product_id = license_counts.product_id
          AND starts_at <= now() AND (expires_at IS NULL OR expires_at > now())
    ) AS bought
    WHERE account_id = ANY($1) ORDER BY products.name, products.id
"""
_FIRST_USERS = """
    SELECT account_id, page.* FROM unnest($1::uuid[]) AS account_id, LATERAL (
        SELECT id, name, email, status FROM users WHERE users.account_id = account_id.account_id
        ORDER BY name_key, id LIMIT $2
    ) AS page
"""
_MATCHES = """
    FROM user_search
    WHERE search_grams(account_id, search_text) @> wanted_grams($1, $2) AND search_text LIKE ALL($3)
"""
_FOUND = f"""
    SELECT id, name, email, status FROM users
    WHERE id IN (SELECT id {_MATCHES} ORDER BY name_key, id LIMIT $4) ORDER BY name_key, id
"""
_FOUND_TOTAL = f"SELECT count(*) {_MATCHES}"
_PROPERTIES = """
    SELECT count(*) FILTER (WHERE role IN ('ACCOUNT_ADMIN', 'PARTNER')) AS "ADMINS",
        count(*) AS "USERS",
        count(*) FILTER (WHERE status = 'REGISTERED') AS "REGISTERED",
        count(*) FILTER (WHERE status = 'UNREGISTERED') AS "UNREGISTERED",
        count(*) FILTER (WHERE source = 'PBX') AS "PBX_USERS",
        count(*) FILTER (WHERE source = 'MICLOUD_CONNECT') AS "MICLOUD_CONNECTED",
        count(*) FILTER (WHERE is_iot_connected) AS "IOT_CONNECTED",
        count(*) FILTER (WHERE status = 'INACTIVE') AS "INACTIVE"
    FROM users WHERE account_id = $1
"""
_PRODUCTS = """
    SELECT id, code, name, coalesce(total, 0)
    FROM products LEFT JOIN (
        SELECT product_id, count(*) AS total FROM licenses WHERE account_id = $1 GROUP BY product_id
    ) AS given ON product_id = id
    ORDER BY name, id
"""


async def page(pool: Pool, asked: Asked) -> Asked:
    """Give a page with all fields and licenses."""
    size = asked["first"]
    async with pool.acquire() as connection:
        rows = await connection.fetch(_PAGE, row_id(asked["account"]), size + 1)
        licenses = licenses_by_user(await connection.fetch(LICENSES, [row[0] for row in rows[:size]]))
    nodes = [shown_user(row, licenses) for row in rows[:size]]
    return {"users": {"nodes": nodes, "pageInfo": page_info(rows, size)}}


async def ten_fields(pool: Pool, asked: Asked) -> Asked:
    """Give a page with ten fields."""
    size = asked["first"]
    async with pool.acquire() as connection:
        rows = await connection.fetch(_TEN_FIELDS, row_id(asked["account"]), size + 1)
    nodes = [
        {
            "id": "user_" + row[0],
            "name": row[1],
            "email": row[2],
            "mobile": row[3],
            "role": row[4],
            "status": row[5],
            "source": row[6],
            "version": row[7],
            "createdAt": row[8],
            "lastSignedInAt": row[9],
        }
        for row in rows[:size]
    ]
    return {"users": {"nodes": nodes, "pageInfo": page_info(rows, size)}}


async def user(pool: Pool, asked: Asked) -> Asked:
    """Give one user."""
    async with pool.acquire() as connection:
        row = await connection.fetchrow(_USER, row_id(asked["id"]))
        if row is None:
            return {"user": None}
        return {"user": shown_user(row, licenses_by_user(await connection.fetch(LICENSES, [row[0]])))}


async def accounts(pool: Pool, asked: Asked) -> Asked:
    """Give accounts with their license counts and first users."""
    async with pool.acquire() as connection:
        partner = await connection.fetchval(_PARTNER)
        rows = await connection.fetch(_ACCOUNTS, partner, asked["first"])
        ids = [row[0] for row in rows]
        counts: dict[str, list[Any]] = {account_id: [] for account_id in ids}
        for account_id, product_id, code, name, total, assigned, available in await connection.fetch(_COUNTS, ids):
            product = shown_product(product_id, code, name)
            counts[account_id].append(
                {"product": product, "total": total, "assigned": assigned, "available": available}
            )
        users: dict[str, list[Any]] = {account_id: [] for account_id in ids}
        for account_id, *found in await connection.fetch(_FIRST_USERS, ids, asked["users"]):
            users[account_id].append(_found_user(found))
    nodes = [
        {
            "id": "account_" + account_id,
            "number": number,
            "name": name,
            "licenseCounts": counts[account_id],
            "users": {"nodes": users[account_id]},
        }
        for account_id, number, name in rows
    ]
    return {"accounts": {"nodes": nodes}}


async def search(pool: Pool, asked: Asked) -> Asked:
    """Give the first users that are found, and how many there are."""
    parts = asked["search"].lower().split()
    matches = (row_id(asked["account"]), parts, [f"%{part}%" for part in parts])
    async with pool.acquire() as connection:
        total = await connection.fetchval(_FOUND_TOTAL, *matches)
        rows = await connection.fetch(_FOUND, *matches, asked["first"])
    return {"users": {"totalCount": total, "nodes": [_found_user(row) for row in rows]}}


async def facets(pool: Pool, asked: Asked) -> Asked:
    """Count the users of an account by property and product."""
    account = row_id(asked["account"])
    async with pool.acquire() as connection:
        counts = await connection.fetchrow(_PROPERTIES, account)
        rows = await connection.fetch(_PRODUCTS, account)
    properties = [{"property": name, "count": count} for name, count in (counts or {}).items()]
    products = [{"product": shown_product(*row[:3]), "count": row[3]} for row in rows]
    total = properties[1]["count"]
    return {"users": {"totalCount": total, "facets": {"properties": properties, "products": products}}}


def _found_user(row: Any) -> Asked:
    return {"id": "user_" + row[0], "name": row[1], "email": row[2], "status": row[3]}
