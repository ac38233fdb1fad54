"""What the clock does to the data, without anybody writing: license subscriptions begin and end (L1, L7)."""

from collections.abc import Mapping
from typing import Final

from persistence.database import Connection

_LOCK: Final = 0x6C697665  # any number, the same in every gateway

# A change of a count by the clock is found by its time, through two indexes. A gateway that ran within the last week
# has seen what is older. Counts that a write holds are passed over, and found the next time: no write is waited for
# with the counts of other accounts in hand.
_RAISE: Final = """
    WITH moves AS (
        SELECT account_id, product_id, starts_at AS at FROM license_subscriptions
        WHERE starts_at > now() - interval '7 days' AND starts_at <= now()
        UNION ALL
        SELECT account_id, product_id, expires_at FROM license_subscriptions
        WHERE expires_at > now() - interval '7 days' AND expires_at <= now()
    ), moved AS (
        SELECT account_id, product_id, max(at) AS at FROM moves GROUP BY account_id, product_id
    ), due AS (
        SELECT license_counts.id FROM license_counts JOIN moved USING (account_id, product_id)
        WHERE moved.at > counted_until FOR NO KEY UPDATE OF license_counts SKIP LOCKED
    )
    UPDATE license_counts SET revision = revision + 1, counted_until = now()
    FROM due WHERE license_counts.id = due.id
    RETURNING license_counts.account_id, license_counts.id, revision
"""
_FORGET: Final = "DELETE FROM user_changes WHERE at < now() - interval '10 minutes'"


async def take_clock(connection: Connection) -> bool:
    """Take it upon this gateway to follow the clock, until the transaction ends; False where another one does."""
    taken: bool = await connection.fetchval("SELECT pg_try_advisory_xact_lock($1)", _LOCK)
    return taken


async def raise_revisions(connection: Connection) -> Mapping[str, Mapping[str, int]]:
    """Raise the revision of each count whose total the clock has changed, save for those that a write holds.

    The new ones are given by account and count.
    """
    raised: dict[str, dict[str, int]] = {}
    for account_id, count_id, revision in await connection.fetch(_RAISE):
        raised.setdefault(account_id, {})[count_id] = revision
    return raised


async def forget_changes(connection: Connection) -> None:
    """Delete from the log of changed users what is older than ten minutes, which no reader goes back to."""
    await connection.execute(_FORGET)
