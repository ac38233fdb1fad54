"""The queue of jobs: enqueued in the transaction of the change that needs them, and so never without it."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from typing import Final, TypeAlias, cast

import asyncpg
from pgqueuer.queries import Queries
from sqlalchemy import Select, Text, bindparam, column, exists, func, literal_column, select, table
from sqlalchemy import cast as sql_cast

from persistence.connecting import KEEPALIVES, connect
from persistence.database import Connection
from persistence.failures import FAILURES
from persistence.mails import is_due
from persistence.queue_names import QUEUE_NAMES
from persistence.statements import Statement
from persistence.tables import ID, mailings

SEND_MAILING = "send_mailing"
"""The job that sends mails of one mailing; its payload is the mailing's id."""

REQUEST_PASSWORD_RESET = "request_password_reset"  # noqa: S105 - no password
"""The job that promises the mails which reset the passwords of an address; its payload is the address."""

WOKEN_AT_ONCE: Final = 1000
"""Mailings for which jobs are enqueued in one statement."""

QueueConnection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"

_PATIENCE_SECONDS: Final = 30.0
"""For an answer on the queue's connection: a server that is gone without a word is noticed."""

_GOODBYE_SECONDS: Final = 2.0


def _unattended() -> Select[str]:
    """Select the mailings that have due mails, and no job that waits for a worker."""
    jobs = table(
        QUEUE_NAMES.queue_table,
        column("entrypoint"),
        column("payload"),
        column("status"),
    )
    payload = func.convert_to(func.replace(sql_cast(mailings.c.id, Text), "-", ""), "UTF8")
    waits = exists().where(
        jobs.c.entrypoint == SEND_MAILING, jobs.c.status == literal_column("'queued'"), jobs.c.payload == payload
    )
    return select(mailings.c.id).where(mailings.c.finished_at.is_(None), exists().where(*is_due(mailings.c.id)), ~waits)


_ALL_UNATTENDED: Final = Statement(
    _unattended().order_by(mailings.c.created_at).limit(literal_column(str(WOKEN_AT_ONCE)))
)
_UNATTENDED: Final = Statement(_unattended().where(mailings.c.id == bindparam("mailing_id", type_=ID)))


@asynccontextmanager
async def queue_connection(url: str) -> AsyncGenerator[QueueConnection]:
    """Open a connection for the queue alone, which hears of new jobs. Raises DatabaseUnavailable."""
    settings = KEEPALIVES | {"application_name": "accounts-gateway worker", "jit": "off"}
    connection: QueueConnection = await connect(url, settings, command_timeout=_PATIENCE_SECONDS)
    try:
        yield connection
    finally:
        with suppress(*FAILURES):
            await connection.close(timeout=_GOODBYE_SECONDS)


async def enqueue_mailing(connection: Connection, mailing_id: str) -> None:
    """Enqueue the sending of a mailing, in the transaction that promises it; once, however often it is asked for."""
    await _queries(connection).enqueue(
        SEND_MAILING, mailing_id.encode(), dedupe_key=f"{SEND_MAILING}:{mailing_id}", on_conflict="skip"
    )


async def enqueue_password_reset_request(connection: Connection, email_key: str) -> None:
    """Enqueue the answer to a request for a mail that resets a password."""
    await _queries(connection).enqueue(REQUEST_PASSWORD_RESET, email_key.encode())


async def wake_mailing(connection: Connection, mailing_id: str) -> None:
    """Enqueue another job for a mailing that has due mails, unless one waits already."""
    await _enqueue_all(connection, [row["id"] for row in await _UNATTENDED.fetch(connection, mailing_id=mailing_id)])


async def wake_mailings(connection: Connection) -> int:
    """Enqueue a job for every mailing that has due mails, unless one waits already; tell for how many.

    Jobs that run do not count: the worker of such a one may be dead. At worst two jobs share the mails of a mailing.
    """
    ids = [row["id"] for row in await _ALL_UNATTENDED.fetch(connection)]
    await _enqueue_all(connection, ids)
    return len(ids)


async def _enqueue_all(connection: Connection, mailing_ids: list[str]) -> None:
    if mailing_ids:
        payloads: list[bytes | None] = [mailing_id.encode() for mailing_id in mailing_ids]
        await _queries(connection).enqueue([SEND_MAILING] * len(payloads), payloads, [0] * len(payloads))


def _queries(connection: Connection) -> Queries:
    """Use a connection from the pool, which lends a proxy that does all that the connection does."""
    return Queries.from_asyncpg_connection(cast("asyncpg.Connection[asyncpg.Record]", connection))
