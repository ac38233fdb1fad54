"""Asking for a mail that resets a password (M1, M6, P4)."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from events.broker import Broker
from persistence.database import Database
from persistence.failures import UNDONE
from resolvers.context import Context
from resolvers.password_resets import promise_password_resets
from tests.accounts import FreshAccount
from tests.conftest import RunningGateway
from tests.sessions.entrances import REQUEST, Entrance, add_registered

DONE: dict[str, list[object]] = {"userErrors": []}


@pytest.fixture
async def job(gateway: RunningGateway) -> AsyncIterator[Any]:
    """Run the job of a request as the gateway's worker does."""
    database = await Database.open(gateway.database_url, pool_size=2, statement_timeout_seconds=5)
    broker = Broker.open(gateway.house.environment["REDIS_URL"])

    async def run(email_key: str, asked_at: datetime | None = None) -> None:
        now = datetime.now(UTC)
        await promise_password_resets(Context(database, broker, None, "job", now), email_key, asked_at or now)

    yield run
    await broker.close()
    await database.close()


async def jobs_for(account: FreshAccount, email: str) -> int:
    count: int = await account.sql.fetchval(
        "SELECT count(*) FROM pgqueuer WHERE entrypoint = 'request_password_reset' AND payload = $1", email.encode()
    )
    return count


async def mails(account: FreshAccount) -> list[str]:
    found = await account.rows(
        "SELECT mails.user_id FROM mails JOIN mailings ON mailings.id = mailing_id"
        " WHERE account_id = $1 AND mails.kind = 'PASSWORD_RESET' ORDER BY mails.created_at"
    )
    return [mail["user_id"] for mail in found]


async def test_enqueues_every_request_known_or_not(account: FreshAccount, entrance: Entrance, email: str):  # P4
    await add_registered(account, email)
    before = await account.traces()
    known = entrance.post(REQUEST, input={"email": email.upper()})
    assert known.json()["data"]["requestPasswordReset"] == DONE
    for unknown in (f"x{email}", "", "\u0000", "x" * 10_000):
        assert entrance.post(REQUEST, input={"email": unknown}).content == known.content
    assert await jobs_for(account, email) == 1
    assert await jobs_for(account, f"x{email}") == 1
    assert await account.traces() == before


async def test_more_requests_than_anybody_needs_are_dropped_quietly(
    account: FreshAccount, entrance: Entrance, email: str
):
    for _ in range(8):
        assert entrance.ask(REQUEST, email=email) == DONE
    assert await jobs_for(account, email) == 5


async def test_promises_a_mail_for_each_account(account: FreshAccount, open_fresh: Any, job: Any, email: str):  # M1
    second = await open_fresh()
    people = {one.id: await add_registered(one, email) for one in (account, second)}
    await job(email)
    for one in (account, second):
        assert await mails(one) == [people[one.id]]
        (entry,) = await one.rows("SELECT * FROM audit_events WHERE account_id = $1")
        assert (entry["action"], entry["actor_id"], entry["actor_name"]) == (
            "requestPasswordReset",
            None,
            "The gateway",
        )
        assert entry["subject_id"] == people[one.id]


async def test_promises_no_second_mail_within_a_minute(account: FreshAccount, job: Any, email: str):  # M6
    user_id = await add_registered(account, email)
    await job(email)
    before = await account.traces()
    await job(email)
    assert await account.traces() == before
    await account.sql.execute("UPDATE mails SET created_at = now() - interval '61 seconds' WHERE user_id = $1", user_id)
    await job(email)
    assert await mails(account) == [user_id, user_id]


async def test_a_job_that_is_run_again_later_promises_no_second_mail(
    account: FreshAccount, open_fresh: Any, job: Any, email: str
):  # M6
    second = await open_fresh()
    people = [await add_registered(one, email) for one in (account, second)]
    async with account.sql.transaction():
        await account.sql.execute("SELECT FROM accounts WHERE id = $1 FOR UPDATE", second.id)
        asked_at = datetime.now(UTC)
        with pytest.raises(UNDONE):
            await job(email, asked_at)
    later = timedelta(seconds=90)
    await account.sql.execute(
        "UPDATE mails SET created_at = created_at - $2::interval WHERE user_id = $1", people[0], later
    )
    await job(email, asked_at - later)
    assert [await mails(one) for one in (account, second)] == [[people[0]], [people[1]]]


@pytest.mark.parametrize("busy", [0, 1])
async def test_a_busy_account_keeps_no_other_waiting(
    account: FreshAccount, open_fresh: Any, job: Any, email: str, busy: int
):
    both = [account, await open_fresh()]
    people = [await add_registered(one, email) for one in both]
    async with account.sql.transaction():
        await account.sql.execute("SELECT FROM accounts WHERE id = $1 FOR UPDATE", both[busy].id)
        with pytest.raises(UNDONE):
            await job(email)
    assert [await mails(one) for one in both] == [[] if place == busy else [people[place]] for place in (0, 1)]


@pytest.mark.parametrize(
    "columns",
    [{"status": "UNREGISTERED"}, {"status": "INACTIVE", "inactive_reason": "DEACTIVATED_BY_SOURCE"}],
)
async def test_promises_nothing_to_who_is_not_registered(
    account: FreshAccount, job: Any, email: str, columns: dict[str, Any]
):  # M1
    await add_registered(account, email, **columns)
    before = await account.traces()
    for address in (email, "nobody@nowhere.example", "", "nonsense"):
        await job(address)
    assert await account.traces() == before


async def test_promises_nothing_in_a_deactivated_account(open_fresh: Any, job: Any, email: str):  # P5
    account = await open_fresh(is_active=False)
    await add_registered(account, email)
    before = await account.traces()
    await job(email)
    assert await account.traces() == before
