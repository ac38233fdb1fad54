"""What nobody needs any more is deleted, a bounded number of rows at a time.

Rows that somebody else holds are left for the next time: who waits while holding others may wait in a circle.
"""

from typing import Final

from persistence.database import Connection
from persistence.queue_names import QUEUE_NAMES

CHUNK: Final = 5_000
"""Rows that one statement deletes at most, lest it hold its locks for long."""

_RULES: Final = {
    # Mails before mailings: a mailing goes when its last mail is gone.
    "mails": ("id", "finished_at < now() - interval '30 days'"),
    "mailings": (
        "id",
        "finished_at < now() - interval '30 days' AND NOT EXISTS (SELECT FROM mails WHERE mailing_id = mailings.id)",
    ),
    # A link is remembered for longer than its mail is tried again: a used one must not come back.
    "links": ("token_hash", "expires_at < now() - interval '2 days'"),
    # For longer than a reader may be behind (resolvers.live.watches).
    "user_changes": ("id", "at < now() - interval '10 minutes'"),
    # Tokens before sessions, which may have thousands each, and would take them all along at once.
    "refresh_tokens": (
        "token_hash",
        f"session_id IN (SELECT id FROM sessions WHERE expires_at < now() LIMIT {CHUNK})",  # noqa: S608 - all ours
    ),
    "sessions": (
        "id",
        "expires_at < now() AND NOT EXISTS (SELECT FROM refresh_tokens WHERE session_id = sessions.id)",
    ),
    QUEUE_NAMES.qualified.queue_table_log: ("id", "created < now() - interval '1 day'"),
}
"""By table: what tells its rows apart, and which of them have to go."""

_STATEMENTS: Final = tuple(
    f"DELETE FROM {table} WHERE {key} IN"  # noqa: S608 - all ours
    f" (SELECT {key} FROM {table} WHERE {condition} LIMIT {CHUNK} FOR UPDATE SKIP LOCKED)"
    for table, (key, condition) in _RULES.items()
)


async def clean_up(connection: Connection) -> int:
    """Delete a chunk of each kind that is too old; give the number of the rows, 0 when nothing is left to do."""
    statuses = [await connection.execute(statement) for statement in _STATEMENTS]
    return sum(int(status.rpartition(" ")[2]) for status in statuses)
