"""Workers: as many as one likes, inside a gateway or alone, none in another's way."""

import asyncio
import signal
from collections import Counter
from collections.abc import AsyncGenerator, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import IO, Any

import pytest

from domain.mailings import MailKind
from persistence.clean_up import CHUNK, clean_up
from persistence.database import Database
from persistence.jobs import enqueue_password_reset_request, wake_mailings
from tests.accounts import FreshAccount
from tests.conftest import RunningGateway
from tests.house.houses import House
from tests.mails.conftest import LINK_BASE, SENDER, Promises, Working, create, until
from tests.mails.post_offices import PostOffice

MANY = 200
BEGIN = "INSERT INTO sessions (user_id, expires_at) VALUES ($1, now() + $2) RETURNING id"
ADD_TOKENS = """
    INSERT INTO refresh_tokens (token_hash, session_id)
    SELECT sha256(($1::uuid::text || number)::bytea), $1 FROM generate_series(1, $2) AS number
"""
TOKENS = """
    refresh_tokens JOIN sessions ON sessions.id = session_id JOIN users ON users.id = user_id WHERE account_id = $1
"""
FAIL = """
    CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'not this time'; END $$;
    CREATE TRIGGER fail BEFORE INSERT ON mails EXECUTE FUNCTION fail()
"""
END_WORKERS = """
    SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name = 'accounts-gateway worker'
"""


async def test_two_workers_share_a_mailing_and_send_each_mail_once(
    account: FreshAccount, promises: Promises, post_office: PostOffice, working: Working
):  # M6
    users = {await account.add_user() for _ in range(MANY)}
    await promises.mails_to_all()
    async with working(), working():
        await promises.come_to(SENT=MANY)
    assert len(post_office.taken) == MANY
    assert len({mail.message_id for mail in post_office.taken}) == MANY
    emails = {row["email"] for row in await account.rows("SELECT email FROM users WHERE account_id = $1")}
    assert {mail.recipients[0] for mail in post_office.taken} <= emails
    assert len(users) == MANY
    assert len(Counter(mail.peer for mail in post_office.taken)) == 2, "each kept to one connection, and both sent"
    assert set(await promises.attempts()) == {1}
    (mailing,) = await account.rows("SELECT total, sent, failed, finished_at FROM mailings WHERE account_id = $1")
    assert (mailing["total"], mailing["sent"], mailing["failed"]) == (MANY, MANY, 0)


async def test_mails_are_throttled(
    account: FreshAccount, promises: Promises, post_office: PostOffice, working: Working
):
    for _ in range(11):
        await account.add_user()
    await promises.mails_to_all()
    async with working(mails_per_second=5):
        await promises.come_to(SENT=11)
    taken = [mail.at for mail in post_office.taken]
    assert taken[-1] - taken[0] >= 10 / 5 * 0.9


async def test_a_long_mailing_keeps_nobody_waiting(
    account: FreshAccount, promises: Promises, post_office: PostOffice, working: Working
):
    for _ in range(MANY):
        await account.add_user()
    await promises.mails_to_all()
    async with working(mails_per_second=50):
        await until(lambda: len(post_office.taken) > 5)
        await promises.mail(MailKind.PASSWORD_RESET, account.admin)
        admin = await account.sql.fetchval("SELECT email FROM users WHERE id = $1", account.admin)
        await until(lambda: bool(post_office.to(admin)))
        assert len(post_office.taken) < MANY


async def test_a_worker_alone_sends_and_ends_in_peace(
    gateway: RunningGateway, account: FreshAccount, promises: Promises, post_office: PostOffice
):
    create(gateway, account, "ada@acme.example")
    assert await promises.attempts() == [0], "the gateway itself was told --no-worker"
    environment = {"SMTP_URL": post_office.url, "GATEWAY_MAIL_SENDER": SENDER, "GATEWAY_LINK_BASE": LINK_BASE}
    house = House(gateway.house.data_dir, environment=gateway.house.environment | environment)
    worker = house.start("worker")
    try:
        await promises.come_to(SENT=1)
        create(gateway, account, "eve@acme.example")
        await promises.come_to(SENT=2)
    finally:
        assert worker.end(signal.SIGTERM) == 0, worker.printed
    assert len(post_office.taken) == 2
    for word in ("Traceback", "rror", *(mail.token for mail in post_office.taken)):
        assert word not in worker.printed


@pytest.fixture
def full_disk() -> Iterator[IO[str]]:
    """Give a file that nothing can be written to."""
    with Path("/dev/full").open("w") as full:
        yield full


async def test_a_worker_whose_log_cannot_be_written_goes_on(
    gateway: RunningGateway, account: FreshAccount, promises: Promises, post_office: PostOffice, full_disk: IO[str]
):
    environment = {"SMTP_URL": post_office.url, "GATEWAY_MAIL_SENDER": SENDER, "GATEWAY_LINK_BASE": LINK_BASE}
    house = House(gateway.house.data_dir, environment=gateway.house.environment | environment)
    worker = house.start("worker", log=full_disk)
    try:
        create(gateway, account, "ada@acme.example")
        await promises.come_to(SENT=1)
        assert await account.sql.fetchval(END_WORKERS) > 0
        create(gateway, account, "eve@acme.example")
        await promises.come_to(SENT=2)
    finally:
        worker.end(signal.SIGTERM)


async def test_serve_keeps_mails_here_and_the_command_line_shows_them(
    gateway: RunningGateway, account: FreshAccount, promises: Promises, tmp_path: Path
):
    create(gateway, account, "ada@acme.example", "José")
    house = House(tmp_path / "other", environment=gateway.house.environment)
    assert house.run("mail").stdout == "There are no mails yet.\n"
    other = house.serve()
    try:
        await promises.come_to(SENT=1)
        await promises.mail(MailKind.PASSWORD_RESET, account.admin)
        await promises.come_to(SENT=2)
    finally:
        assert other.end(signal.SIGTERM) == 0, other.printed
    assert other.faults == ""
    first, second = house.run("mail").stdout.splitlines()
    assert first.startswith("   1  ")
    assert f"José <ada@acme.example>  Fresh {account.number}: set up your account" in first
    assert "reset your password" in second
    shown = house.run("mail", "2").stdout
    assert "Auto" not in shown
    assert f"http://127.0.0.1:{house.port}/reset#token=" in shown
    assert house.complaint("mail", "3").startswith("There is no mail 3")
    house.environment["SMTP_URL"] = "smtp://:secret@127.0.0.1:1"
    assert "SMTP_URL" in house.complaint("mail")


async def test_a_lost_job_is_found_again(
    account: FreshAccount, promises: Promises, post_office: PostOffice, working: Working
):  # M6
    await promises.mail(MailKind.PASSWORD_RESET, account.admin)
    await account.sql.execute("DELETE FROM pgqueuer")
    async with working():
        await promises.come_to(SENT=1)
    assert len(post_office.taken) == 1


@asynccontextmanager
async def failing_mails(account: FreshAccount) -> AsyncGenerator[None]:
    """Let nobody promise a mail for as long as the block runs."""
    await account.sql.execute(FAIL)
    try:
        yield
    finally:
        await account.sql.execute("DROP TRIGGER fail ON mails; DROP FUNCTION fail()")


async def request_reset(account: FreshAccount, database: Database) -> None:
    """Have the admin of an account ask for a mail that resets the password."""
    await account.set_password(account.admin, "any")
    email = await account.value("SELECT email FROM users WHERE account_id = $1 AND id = $2", account.admin)
    async with database.transaction() as connection:
        await enqueue_password_reset_request(connection, email)


async def test_a_job_that_fails_is_tried_again(
    account: FreshAccount, promises: Promises, post_office: PostOffice, working: Working
):
    await request_reset(account, promises.database)
    async with working():
        async with failing_mails(account):
            await until(lambda: _tried_again(account))
        assert await promises.states() == {}
        await account.sql.execute("UPDATE pgqueuer SET execute_after = now()")
        await promises.come_to(SENT=1)
    assert len(post_office.taken) == 1


async def test_a_job_that_fails_again_and_again_is_given_up(
    account: FreshAccount, promises: Promises, working: Working
):
    await request_reset(account, promises.database)
    await account.sql.execute("UPDATE pgqueuer SET attempts = 19")
    async with failing_mails(account), working():
        await until(lambda: _is_empty(account))
    assert await promises.states() == {}, "it was given up, and not done"


async def _tried_again(account: FreshAccount) -> bool:
    return bool(await account.sql.fetchval("SELECT count(*) FROM pgqueuer WHERE attempts > 0 AND status = 'queued'"))


async def _is_empty(account: FreshAccount) -> bool:
    return not await account.sql.fetchval("SELECT count(*) FROM pgqueuer")


async def test_one_job_waits_for_a_mailing_and_no_more(account: FreshAccount, promises: Promises):
    await promises.mail(MailKind.PASSWORD_RESET, account.admin)
    jobs = await account.sql.fetchval("SELECT count(*) FROM pgqueuer")
    async with promises.database.connection() as connection:
        assert await wake_mailings(connection) == 0
    assert await account.sql.fetchval("SELECT count(*) FROM pgqueuer") == jobs
    await account.sql.execute("UPDATE pgqueuer SET status = 'picked'")
    async with promises.database.connection() as connection:
        assert await wake_mailings(connection) == 1
        assert await wake_mailings(connection) == 0


async def test_what_is_old_is_deleted(account: FreshAccount, promises: Promises):
    old, new = await account.add_user(), await account.add_user()
    for user in (old, new):
        await promises.mail(MailKind.WELCOME, user)
    await account.sql.execute("UPDATE mails SET state = 'FAILED', finished_at = now() WHERE state = 'PENDING'")
    month_ago = datetime.now(UTC) - timedelta(days=31)
    await account.sql.execute("UPDATE mails SET finished_at = $2 WHERE user_id = $1", old, month_ago)
    await account.sql.execute(
        "UPDATE mailings SET finished_at = $2 WHERE id IN (SELECT mailing_id FROM mails WHERE user_id = $1)",
        old,
        month_ago,
    )
    for days, user in ((3, old), (1, new)):
        await account.add_link(user, "WELCOME", hours=-24 * days)
    for minutes in (-1, 1):
        await account.sql.execute(
            "INSERT INTO sessions (user_id, expires_at) VALUES ($1, now() + $2)", new, timedelta(minutes=minutes)
        )
    await account.sql.execute(
        "INSERT INTO pgqueuer_log (job_id, status, priority, entrypoint, created) VALUES (1, 'successful', 0, 'x', $1)",
        month_ago,
    )
    await account.sql.execute(
        "INSERT INTO user_changes (account_id, kind, user_ids, at)"
        " SELECT $1, 'UPDATED', '{}', now() - minutes * interval '1 minute' FROM unnest('{9, 11}'::int[]) AS minutes",
        account.id,
    )
    async with promises.database.connection() as connection:
        assert await clean_up(connection) >= 6
        assert await clean_up(connection) == 0
    assert len(await promises.attempts()) == 1
    assert await _count(account, "mailings WHERE account_id = $1") == 1
    assert await _count(account, "links JOIN users ON users.id = user_id WHERE account_id = $1") == 1
    assert await _count(account, "sessions JOIN users ON users.id = user_id WHERE account_id = $1") == 1
    assert await _count(account, "user_changes WHERE account_id = $1") == 1
    assert not await account.sql.fetchval("SELECT count(*) FROM pgqueuer_log WHERE created < now() - interval '1 day'")


async def test_no_more_is_deleted_at_once_than_a_chunk(account: FreshAccount, promises: Promises):
    sessions = [await account.sql.fetchval(BEGIN, account.admin, timedelta(minutes=minutes)) for minutes in (-1, -1, 1)]
    for session in sessions:
        await account.sql.execute(ADD_TOKENS, session, CHUNK - 1)
    deleted = []
    left = 3 * (CHUNK - 1)
    async with promises.database.connection() as connection:
        while await clean_up(connection):
            before, left = left, await _count(account, TOKENS)
            deleted.append(before - left)
    assert max(deleted) == CHUNK
    assert left == CHUNK - 1, "those of the session that lasts"
    assert await _count(account, "sessions JOIN users ON users.id = user_id WHERE account_id = $1") == 1


async def test_who_cleans_up_waits_for_nobody(account: FreshAccount, promises: Promises, sql: Any):
    """A deletion of their users may hold some of the links, and want others."""
    held, free = await account.add_user(), await account.add_user()
    for user in (held, free):
        await account.add_link(user, "WELCOME", hours=-72)
    async with sql.transaction(), asyncio.timeout(20):
        await sql.execute("SELECT FROM links WHERE user_id = $1 FOR UPDATE", held)
        async with promises.database.connection() as connection:
            await clean_up(connection)
            left = await connection.fetch("SELECT user_id FROM links WHERE user_id = ANY($1)", [held, free])
    assert [row["user_id"] for row in left] == [held]


async def _count(account: FreshAccount, rows: str) -> Any:
    return await account.value(f"SELECT count(*) FROM {rows}")
