"""What a worker does: one function for each job, and for each thing that is due from time to time.

A job is enqueued in the transaction of the change that needs it (persistence.jobs), and gets its payload here, and when
that was. It may run twice, which changes nothing more. It may be lost: due mails are found again from time to time, and
whoever asked for a reset of a password and gets no mail asks again.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from secrets import token_hex
from typing import Final, TypeAlias

from msgspec import Struct

from events.broker import Broker
from gateway.mail.courier import Courier
from persistence import clean_up as cleaning
from persistence import jobs
from persistence.database import Database
from resolvers.context import Context
from resolvers.password_resets import promise_password_resets


class Tools(Struct, frozen=True):
    """What jobs work with. A job that takes long ends early when `stopping` is set."""

    database: Database
    broker: Broker
    courier: Courier
    stopping: asyncio.Event


async def send_mailing(tools: Tools, payload: bytes, _asked_at: datetime) -> None:
    """Send mails of one mailing."""
    await tools.courier.send_some(payload.decode(), tools.stopping)


async def request_password_reset(tools: Tools, payload: bytes, asked_at: datetime) -> None:
    """Promise the mails that reset the passwords of an address, where anybody has it."""
    context = Context(tools.database, tools.broker, None, f"job {token_hex(8)}", datetime.now(UTC))
    await promise_password_resets(context, payload.decode(), asked_at)


async def wake_mailings(tools: Tools) -> None:
    """See to it that every due mail has a job: the job of a new mail may be lost, and a mail that waits has none."""
    async with tools.database.connection() as connection:
        await jobs.wake_mailings(connection)


async def clean_up(tools: Tools) -> None:
    """Delete what nobody needs any more, and let others have the database between two chunks."""
    deleted = True
    while deleted and not tools.stopping.is_set():
        async with tools.database.connection() as connection:
            deleted = await cleaning.clean_up(connection) > 0


Job: TypeAlias = Callable[[Tools, bytes, datetime], Awaitable[None]]

JOBS: Final[Mapping[str, Job]] = {
    jobs.SEND_MAILING: send_mailing,
    jobs.REQUEST_PASSWORD_RESET: request_password_reset,
}
"""Every job by the name that it is enqueued under."""

TimedJob: TypeAlias = Callable[[Tools], Awaitable[None]]

TIMED: Final[Mapping[str, tuple[str, TimedJob]]] = {
    "wake_mailings": ("* * * * * */15", wake_mailings),
    "clean_up": ("*/5 * * * *", clean_up),
}
"""What is done from time to time, by one worker of all: when, in the order of cron with the seconds last, and what."""
