"""A mailing is told from how it stands to its end."""

import asyncio
from typing import Any

from redis.asyncio import Redis

from events.announcements import Announcement
from events.cancelling import cancel
from events.channels import channel_of
from tests.accounts import FreshAccount
from tests.conftest import RunningGateway
from tests.live.conftest import Open
from tests.live.sockets import COUNTS

PROGRESS = """subscription ($mailing: ID!) {
  mailingProgress(mailingId: $mailing) { id kind total sent failed pending finishedAt }
}"""


async def promise(account: FreshAccount, total: int) -> str:
    """Promise mails that no gateway sends, since no job does."""
    mailing = await account.value(
        "INSERT INTO mailings (account_id, kind, total) VALUES ($1, 'WELCOME', $2) RETURNING id", total
    )
    await account.sql.execute(
        "INSERT INTO mails (mailing_id, user_id, kind) SELECT $1, new_id(), 'WELCOME' FROM generate_series(1, $2::int)",
        mailing,
        total,
    )
    return str(mailing)


async def finish(account: FreshAccount, mailing: str, count: int, state: str = "SENT") -> None:
    await account.sql.execute(
        "UPDATE mails SET state = $3::mail_state, finished_at = now(), attempts = 1, message_id = 'x' WHERE id IN"
        " (SELECT id FROM mails WHERE mailing_id = $1 AND state = 'PENDING' LIMIT $2)",
        mailing,
        count,
        state,
    )


async def test_tells_each_step_to_the_end(account: FreshAccount, open_client: Open):
    mailing = await promise(account, 3)
    client = await open_client(account.admin)
    told = await client.subscribe(PROGRESS, {"mailing": f"mailing_{mailing}"})
    await client.until(lambda: len(told.events) == 1)
    await finish(account, mailing, 1)
    await client.until(lambda: len(told.events) == 2, 5)
    await finish(account, mailing, 1, "FAILED")
    await client.until(lambda: len(told.events) == 3, 5)
    await finish(account, mailing, 1)
    await client.until(lambda: told.end is not None, 5)

    steps = [event["data"]["mailingProgress"] for event in told.events]
    assert [(step["sent"], step["failed"], step["pending"]) for step in steps] == [
        (0, 0, 3),
        (1, 0, 2),
        (1, 1, 1),
        (2, 1, 0),
    ]
    assert [step["finishedAt"] is not None for step in steps] == [False, False, False, True]
    assert told.end == "complete"

    late = await client.subscribe(PROGRESS, {"mailing": f"mailing_{mailing}"})
    await client.until(lambda: late.end is not None)
    assert late.events == told.events[-1:]


async def test_does_not_end_by_a_read_that_began_before_it(
    gateway: RunningGateway, account: FreshAccount, open_client: Open
):
    """The account is read all the time, and mailings that come to be watched are in none of the reads under way."""
    client = await open_client(account.admin)
    counts = await client.subscribe(COUNTS, {"account": account.node})

    async def keep_reading() -> None:
        announcement = Announcement(account.id, has_user_changes=True).to_bytes()
        async with Redis.from_url(gateway.house.environment["REDIS_URL"]) as redis:  # pyright: ignore[reportUnknownMemberType]
            while counts.end is None:
                await redis.publish(channel_of(account.id), announcement)
                await asyncio.sleep(0.001)

    reading = asyncio.create_task(keep_reading())
    try:
        for _ in range(10):
            mailing = await promise(account, 3)
            told = await client.subscribe(PROGRESS, {"mailing": f"mailing_{mailing}"})
            await client.until(lambda told=told: bool(told.events))  # type: ignore[misc]
            await asyncio.sleep(0.05)
            assert told.end is None
    finally:
        await cancel(reading)


async def test_is_nothing_to_those_who_do_not_see_it(gateway: RunningGateway, open_fresh: Any, open_client: Open):
    """P4."""
    own, other = await open_fresh(), await open_fresh()
    mailing = f"mailing_{await promise(other, 1)}"
    client = await open_client(own.admin)
    told = await client.subscribe(PROGRESS, {"mailing": mailing})
    await client.until(lambda: told.end is not None)
    assert (told.end, told.events) == ("complete", [])

    node = "query ($id: ID!) { node(id: $id) { id ... on Mailing { total } } }"
    assert gateway.data(node, {"id": mailing}, who=own.admin)["node"] is None
    assert gateway.data(node, {"id": mailing}, who=other.admin)["node"] == {"id": mailing, "total": 1}
