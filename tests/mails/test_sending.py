"""A promised mail arrives, and says what it should (U4, M1, M2, M6)."""

import asyncio
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

import orjson
import pytest
from redis.asyncio import Redis

from domain.mailings import MailKind
from persistence.mailings import promise_mail
from tests.accounts import FreshAccount
from tests.conftest import RunningGateway
from tests.mails.conftest import LINK_BASE, PATIENCE_SECONDS, Promises, Working, create, until
from tests.mails.post_offices import PostOffice


async def test_the_welcome_mail_of_a_created_user_arrives(
    gateway: RunningGateway, account: FreshAccount, promises: Promises, post_office: PostOffice, working: Working
):  # U4, M2
    user = create(gateway, account, "ada@acme.example")
    before = await account.sql.fetchrow("SELECT version, updated_at FROM users WHERE id = $1", user)
    async with working():
        await until(lambda: account.sql.fetchval("SELECT welcomed_at IS NOT NULL FROM users WHERE id = $1", user))
    (mail,) = post_office.taken
    assert (mail.sender, mail.recipients) == ("accounts@console.example", ["ada@acme.example"])
    message = mail.message
    assert message["From"] == "Accounts <accounts@console.example>"
    assert message["To"] == "Ada Byron <ada@acme.example>"
    assert message["Subject"] == f"Fresh {account.number}: set up your account"
    assert message["Auto-Submitted"] == "auto-generated"
    assert abs(message["Date"].datetime - datetime.now(UTC)) < timedelta(hours=1)
    for kind in ("plain", "html"):
        body = mail.body(kind)
        assert f"{LINK_BASE}/register#token={mail.token}" in body
        assert "Ada Byron" in body
        assert f"Fresh {account.number}" in body
        assert "7 days" in body
    assert mail.body("html").count(f'href="{LINK_BASE}/register#token={mail.token}"') == 2, "a button and a bare link"

    (link,) = await account.sql.fetch("SELECT *, expires_at - now() AS left FROM links WHERE user_id = $1", user)
    assert link["token_hash"] == sha256(mail.token.encode()).digest()
    assert timedelta(days=6, hours=23) < link["left"] <= timedelta(days=7)
    (row,) = await account.sql.fetch("SELECT * FROM mails WHERE user_id = $1", user)
    assert (row["message_id"], row["attempts"]) == (mail.message_id, 1)
    assert await promises.states() == {"SENT": 1}
    after = await account.sql.fetchrow("SELECT version, updated_at FROM users WHERE id = $1", user)
    assert before == after, "to be welcomed is no change of a user"


async def test_a_password_reset_mail_arrives(
    account: FreshAccount, promises: Promises, post_office: PostOffice, working: Working
):  # M1
    await promises.mail(MailKind.PASSWORD_RESET, account.admin)
    async with working(link_base=f"{LINK_BASE}/"):
        await until(lambda: bool(post_office.taken))
    (mail,) = post_office.taken
    assert mail.message["Subject"] == f"Fresh {account.number}: reset your password"
    for kind in ("plain", "html"):
        assert f"{LINK_BASE}/reset#token={mail.token}" in mail.body(kind)
        assert "within the hour" in mail.body(kind)
    left = await account.sql.fetchval("SELECT expires_at - now() FROM links WHERE user_id = $1", account.admin)
    assert timedelta(minutes=50) < left <= timedelta(hours=1)


async def test_the_progress_is_announced(
    gateway: RunningGateway, account: FreshAccount, promises: Promises, post_office: PostOffice, working: Working
):
    create(gateway, account, "ada@acme.example")
    mailing = await account.value("SELECT id FROM mailings WHERE account_id = $1")
    redis: Any = Redis.from_url(gateway.house.environment["REDIS_URL"])  # pyright: ignore[reportUnknownMemberType]
    heard = redis.pubsub()
    await heard.subscribe(f"accounts-gateway:account:{account.id}")
    try:
        async with working(), asyncio.timeout(PATIENCE_SECONDS):
            told: dict[str, Any] | None = None
            while told is None or told["type"] != "message":
                told = await heard.get_message(timeout=1)
    finally:
        await heard.aclose()
        await redis.aclose()
    assert orjson.loads(told["data"])["mailings"] == [mailing]
    assert len(post_office.taken) == 1
    assert await promises.states() == {"SENT": 1}


async def test_a_rollback_takes_mails_and_job_with_it(account: FreshAccount, promises: Promises):  # U4
    jobs = await account.sql.fetchval("SELECT count(*) FROM pgqueuer")
    with pytest.raises(LookupError):
        await _promise_and_fail(promises)
    assert await promises.states() == {}
    assert await account.sql.fetchval("SELECT count(*) FROM pgqueuer") == jobs
    await promises.mail(MailKind.PASSWORD_RESET, account.admin)
    assert await account.sql.fetchval("SELECT count(*) FROM pgqueuer") == jobs + 1


async def _promise_and_fail(promises: Promises) -> None:
    async with promises.database.transaction() as connection:
        await promise_mail(connection, promises.account.id, MailKind.PASSWORD_RESET, promises.account.admin)
        raise LookupError
