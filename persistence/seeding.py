"""What filling a database with made-up people has to know of the people who are there."""

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from domain.accounts import AccountKind
from persistence.copying import CopyConnection

_LOCK = 7_203_655_019
"""Advisory lock that makes seedings started at once follow each other."""


class FoundAccount(NamedTuple):
    """An account that is to get more users."""

    id: str
    name: str
    kind: AccountKind
    created_at: datetime


async def wait_for_turn(connection: CopyConnection) -> None:
    """Wait until no other seeding runs, and keep others waiting until the transaction ends."""
    await connection.execute("SELECT pg_advisory_xact_lock($1)", _LOCK)


async def is_empty(connection: CopyConnection) -> bool:
    """Tell whether there is no account at all."""
    return bool(await connection.fetchval("SELECT NOT EXISTS (SELECT FROM accounts)"))


async def find_account(connection: CopyConnection, number: str) -> FoundAccount | None:
    """Find an account by its number."""
    row = await connection.fetchrow("SELECT id, name, kind::text, created_at FROM accounts WHERE number = $1", number)
    return (
        None if row is None else FoundAccount(row["id"].hex, row["name"], AccountKind(row["kind"]), row["created_at"])
    )


async def next_account_number(connection: CopyConnection, lowest: int) -> str:
    """Give a number above those of all accounts that have plain numbers, and not below the lowest."""
    query = "SELECT greatest(max(number::bigint) + 1, $1) FROM accounts WHERE number ~ '^[0-9]{1,15}$'"
    return str(await connection.fetchval(query, lowest))


async def add_products(connection: CopyConnection, products: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Add the products, code and name, that are not there, and give the ids of all of them by code."""
    add = "INSERT INTO products (code, name) VALUES ($1, $2) ON CONFLICT (code) DO NOTHING"
    await connection.executemany(add, sorted(products))
    rows = await connection.fetch("SELECT code, id FROM products WHERE code = ANY($1)", [code for code, _ in products])
    return {row["code"]: row["id"].hex for row in rows}


async def lock_available_licenses(connection: CopyConnection, account_id: str, until: datetime) -> dict[str, int]:
    """Give for each product how many licenses can be assigned, and keep others from assigning any meanwhile.

    Only subscriptions that last until an instant are counted, so that none ends while they are assigned.
    """
    await connection.execute(
        "SELECT FROM license_counts WHERE account_id = $1 ORDER BY product_id FOR UPDATE", account_id
    )
    query = """
        SELECT product_id, greatest(sum(quantity) - assigned, 0) AS available
        FROM license_counts JOIN license_subscriptions AS bought USING (account_id, product_id)
        WHERE account_id = $1 AND starts_at <= clock_timestamp() AND (expires_at IS NULL OR expires_at > $2)
        GROUP BY product_id, assigned
    """
    return {row["product_id"].hex: row["available"] for row in await connection.fetch(query, account_id, until)}


async def highest_numbers(connection: CopyConnection, account_id: str) -> dict[str, int]:
    """Give for what stands before the @, without digits at its end, the highest number at its end; 1 for none."""
    query = """
        SELECT regexp_replace(local, '[0-9]+$', '') AS stem,
               max(coalesce(substring(local FROM '[0-9]{1,9}$')::integer, 1)) AS highest
        FROM users, split_part(email_key, '@', 1) AS local
        WHERE account_id = $1
        GROUP BY stem
    """
    return {row["stem"]: row["highest"] for row in await connection.fetch(query, account_id)}
