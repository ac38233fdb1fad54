"""Links follow from their mails: the newest is in force, and a used one stays used (M1, M2, M5, U9)."""

from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from secrets import token_bytes

import pytest
from msgspec.structs import replace

from domain.mailings import DueMail, MailKind
from gateway.mail.link_tokens import LinkTokens
from gateway.setup_errors import SetupError
from persistence.mails import claim_mail
from persistence.password_links import find_link, issue_link, use_link, void_links
from tests.accounts import FreshAccount
from tests.mails.conftest import Promises, Working, until
from tests.mails.post_offices import OK, PostOffice, Taken

ADDRESS = "ada@acme.example"
LATER = datetime.now(UTC) + timedelta(hours=1)


async def test_a_newer_mail_voids_the_older_ones_link(
    account: FreshAccount, promises: Promises, post_office: PostOffice, working: Working
):  # M1
    async with working():
        await promises.mail(MailKind.PASSWORD_RESET, account.admin)
        await until(lambda: len(post_office.taken) == 1)
        await promises.mail(MailKind.PASSWORD_RESET, account.admin)
        await until(lambda: len(post_office.taken) == 2)
    first, second = post_office.taken
    assert first.token != second.token
    (link,) = await account.sql.fetch("SELECT token_hash FROM links WHERE user_id = $1", account.admin)
    assert link["token_hash"] == sha256(second.token.encode()).digest()


async def test_an_older_mail_that_is_tried_again_is_given_up(
    account: FreshAccount, promises: Promises, post_office: PostOffice, working: Working
):
    older = await promises.mail(MailKind.PASSWORD_RESET, account.admin)
    post_office.answer_mail = lambda mail: "451 later" if older in mail.message_id else OK
    async with working():
        await until(lambda: len(post_office.offered) == 1)
        await promises.mail(MailKind.PASSWORD_RESET, account.admin)
        await until(lambda: len(post_office.taken) == 1)
        await promises.hurry()
        await until(lambda: _both_ended(promises))
    assert await promises.states() == {"SENT": 1, "FAILED": 1}
    assert len(post_office.offered) == 2, "the older one was not sent with a link that does not work"


async def test_a_mail_that_goes_to_another_address_by_now_has_another_link(
    account: FreshAccount, promises: Promises, post_office: PostOffice, working: Working
):  # U9
    tokens: list[str] = []

    def refuse(mail: Taken) -> str:
        tokens.append(mail.token)
        return "451 later"

    post_office.answer_mail = refuse
    await promises.mail(MailKind.PASSWORD_RESET, account.admin)
    async with working():
        await until(lambda: len(tokens) == 1)
        await account.sql.execute(
            "UPDATE users SET email = 'new@acme.example', email_key = 'new@acme.example' WHERE id = $1", account.admin
        )
        async with promises.database.connection() as connection:
            await void_links(connection, [account.admin])
        await until(lambda: _waits_again(account))
        post_office.answer_mail = lambda _mail: OK
        await promises.hurry()
        await until(lambda: len(post_office.taken) == 1)
    (mail,) = post_office.taken
    assert mail.recipients == ["new@acme.example"]
    assert mail.token not in tokens
    (link,) = await account.sql.fetch("SELECT token_hash FROM links WHERE user_id = $1", account.admin)
    assert link["token_hash"] == sha256(mail.token.encode()).digest()


async def test_an_older_mail_never_takes_the_place_of_a_newer_one(account: FreshAccount, promises: Promises):
    older, newer = await _taken(promises, account.admin), await _taken(promises, account.admin)
    old_hash, new_hash = token_bytes(32), token_bytes(32)
    async with promises.database.connection() as connection:
        assert await issue_link(connection, newer, ADDRESS, new_hash, LATER)
        assert not await issue_link(connection, older, ADDRESS, old_hash, LATER)
        assert await issue_link(connection, newer, ADDRESS, new_hash, LATER + timedelta(hours=1)), "a try is no use"
    (link,) = await account.sql.fetch("SELECT * FROM links WHERE user_id = $1", account.admin)
    assert (link["mail_id"], link["token_hash"]) == (newer.id, new_hash)
    assert link["expires_at"] == LATER + timedelta(hours=1)


async def test_a_used_link_never_comes_back_and_makes_room_for_the_next(account: FreshAccount, promises: Promises):
    mail, next_mail = await _taken(promises, account.admin), await _taken(promises, account.admin)
    token_hash = token_bytes(32)
    async with promises.database.connection() as connection:
        assert await issue_link(connection, mail, ADDRESS, token_hash, LATER)
        await account.sql.execute("UPDATE links SET used_at = now() WHERE user_id = $1", account.admin)
        assert not await issue_link(connection, mail, ADDRESS, token_hash, LATER)
        assert await account.sql.fetchval("SELECT used_at FROM links WHERE user_id = $1", account.admin)
        assert await issue_link(connection, next_mail, ADDRESS, token_bytes(32), LATER)
    assert await account.sql.fetchval("SELECT used_at FROM links WHERE user_id = $1", account.admin) is None


async def test_a_link_works_at_the_address_that_its_user_has(account: FreshAccount, promises: Promises):
    """The address may change between the taking of a mail and the issuing of its link."""  # U9
    mail = await _taken(promises, account.admin)
    token_hash = token_bytes(32)
    address = await account.sql.fetchval("SELECT email FROM users WHERE id = $1", account.admin)
    await account.sql.execute("UPDATE users SET status = 'REGISTERED' WHERE id = $1", account.admin)
    async with promises.database.connection() as connection:
        assert await issue_link(connection, mail, "old@acme.example", token_hash, LATER)
        assert await find_link(connection, mail.kind, token_hash) is None
        assert not await use_link(connection, mail.kind, token_hash)
        assert await issue_link(connection, mail, address, token_hash, LATER)
        assert await find_link(connection, mail.kind, token_hash)
        assert await use_link(connection, mail.kind, token_hash)


async def test_nobody_gets_a_link_who_is_gone(account: FreshAccount, promises: Promises):
    mail = replace(await _taken(promises, account.admin), user_id="f" * 32)
    async with promises.database.connection() as connection:
        assert not await issue_link(connection, mail, ADDRESS, token_bytes(32), LATER)


def test_tokens_follow_from_key_mail_and_address(tmp_path: Path):
    tokens = LinkTokens.load(tmp_path / "keys", create=True)
    token = tokens.token("a" * 32, "ada@acme.example")
    assert len(token) == 43
    assert LinkTokens.load(tmp_path / "keys", create=True).token("a" * 32, "Ada@Acme.example") == token
    assert tokens.token("b" * 32, "ada@acme.example") != token
    assert tokens.token("a" * 32, "eve@acme.example") != token
    assert LinkTokens.load(tmp_path / "others", create=True).token("a" * 32, "ada@acme.example") != token
    assert (tmp_path / "keys" / "links.key").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("content", ["", "secret", "abcd"])
def test_a_key_that_is_none_is_refused_in_one_sentence(tmp_path: Path, content: str):
    (tmp_path / "links.key").write_text(content)
    with pytest.raises(SetupError, match=r"take it away, or replace it\.$"):
        LinkTokens.load(tmp_path, create=True)


async def _taken(promises: Promises, user_id: str) -> DueMail:
    """Promise a mail, and take it as a worker does."""
    mail_id = await promises.mail(MailKind.PASSWORD_RESET, user_id)
    mailing = await promises.account.sql.fetchval("SELECT mailing_id FROM mails WHERE id = $1", mail_id)
    async with promises.database.connection() as connection:
        mail = await claim_mail(connection, mailing, domain="acme.example", lease=timedelta(minutes=1))
    assert mail is not None
    return mail


async def _both_ended(promises: Promises) -> bool:
    return "PENDING" not in await promises.states()


async def _waits_again(account: FreshAccount) -> bool:
    waiting: bool = await account.sql.fetchval(
        "SELECT next_attempt_at > now() + interval '30 s' FROM mails WHERE user_id = $1", account.admin
    )
    return waiting
