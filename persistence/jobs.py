"""The queue of jobs: enqueued in the transaction of the change that needs them, and so never without it."""

from datetime import timedelta
from typing import cast

import asyncpg
from pgqueuer.queries import Queries

from persistence.database import Connection

SEND_MAILING = "send_mailing"
"""The job that sends the mails of one mailing; its payload is the mailing's id."""


async def enqueue_mailing(connection: Connection, mailing_id: str, *, after: timedelta | None = None) -> None:
    """Enqueue the sending of a mailing, at once or later; once, however often it is asked for."""
    # A pool lends a proxy of its connection, which does all that the connection does.
    queries = Queries.from_asyncpg_connection(cast("asyncpg.Connection[asyncpg.Record]", connection))
    await queries.enqueue(
        SEND_MAILING,
        mailing_id.encode(),
        execute_after=after,
        dedupe_key=f"{SEND_MAILING}:{mailing_id}",
        on_conflict="skip",
    )
