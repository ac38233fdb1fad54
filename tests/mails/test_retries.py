"""No mail is lost, none is sent twice, and one that does not go is given up in the end (M6)."""

import asyncio
from email.message import EmailMessage
from functools import partial
from pathlib import Path

import asyncpg
import pytest

from domain.mailings import PAUSES, MailKind
from gateway.mail.smtp import MailServer
from tests.accounts import FreshAccount
from tests.conftest import RunningGateway
from tests.live.proxies import Proxy
from tests.mails.conftest import PATIENCE_SECONDS, SENDER, Promises, Working, create, until
from tests.mails.post_offices import OK, PostOffice, Taken, scripted_office

BUSY = "451 4.3.2 try again later"


async def test_a_refused_mail_is_tried_again_as_the_same_mail(
    gateway: RunningGateway,
    account: FreshAccount,
    promises: Promises,
    post_office: PostOffice,
    working: Working,
    capfd: pytest.CaptureFixture[str],
):
    create(gateway, account, "ada@acme.example")
    tokens: list[str] = []

    def refuse_and_quote(mail: Taken) -> str:
        tokens.append(mail.token)
        return f"451 4.7.1 not now: https://console.example/register#token={mail.token}"

    post_office.answer_mail = refuse_and_quote
    async with working():
        await until(lambda: len(tokens) == 1)
        await until(lambda: _waits(account))
        wait = await account.sql.fetchval("SELECT next_attempt_at - now() FROM mails WHERE state = 'PENDING'")
        assert PAUSES[0] / 2 < wait <= PAUSES[0]
        post_office.answer_mail = lambda _mail: OK
        await promises.hurry()
        await until(lambda: len(post_office.taken) == 1)
        await promises.come_to(SENT=1)
    assert post_office.offered == [post_office.taken[0].message_id] * 2
    assert post_office.taken[0].token == tokens[0]
    assert await promises.attempts() == [2]
    told = capfd.readouterr()
    assert "451 4.7.1 not now" in told.out + told.err
    assert tokens[0] not in told.out + told.err  # M5


async def test_a_folder_that_cannot_be_written_gets_the_mails_later(
    gateway: RunningGateway,
    account: FreshAccount,
    promises: Promises,
    working: Working,
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
):
    folder = tmp_path / "mail"
    folder.touch()
    create(gateway, account, "ada@acme.example")
    async with working(smtp_url=None):
        await until(lambda: _waits(account))
        folder.unlink()
        await promises.hurry()
        await promises.come_to(SENT=1)
    assert len(list(folder.glob("new/*"))) == 1
    told = capfd.readouterr()
    assert "Not a directory" in told.out + told.err
    assert "Traceback" not in told.out + told.err


async def test_a_server_that_is_down_gets_the_mails_later(
    gateway: RunningGateway, account: FreshAccount, promises: Promises, post_office: PostOffice, working: Working
):
    post_office.close()
    create(gateway, account, "ada@acme.example")
    async with working():
        await until(lambda: _waits(account))
        post_office.open()
        await promises.hurry()
        await promises.come_to(SENT=1)
    assert len(post_office.taken) == 1


@pytest.mark.parametrize(
    "answers",
    [
        ["554 5.3.2 closed"],
        ["220 hello", "550 5.7.1 closed", "550 5.7.1 closed"],
        ["220 hello", "250-hello\r\n250 STARTTLS", "454 4.7.0 closed"],
    ],
)
async def test_a_server_that_turns_us_away_is_asked_once_and_not_for_each_mail(
    account: FreshAccount, promises: Promises, working: Working, answers: list[str]
):
    for _ in range(3):
        await account.add_user()
    await promises.mails_to_all()
    async with scripted_office(answers) as url, working(smtp_url=url):
        await until(lambda: account.sql.fetchval("SELECT count(*) = 0 FROM pgqueuer"))
    assert sorted(await promises.attempts()) == [0, 0, 1]


async def test_mails_wait_where_the_name_of_the_server_is_none(
    account: FreshAccount, promises: Promises, post_office: PostOffice, working: Working
):
    for _ in range(3):
        await account.add_user()
    await promises.mails_to_all()
    async with working(smtp_url="smtp://mail..example.com"):
        await until(lambda: account.sql.fetchval("SELECT count(*) = 0 FROM pgqueuer"))
    assert await promises.states() == {"PENDING": 3}
    assert sorted(await promises.attempts()) == [0, 0, 1]
    await promises.hurry()
    async with working():
        await promises.come_to(SENT=3)
    assert len(post_office.taken) == 3


async def test_an_address_that_the_server_cannot_take_holds_nobody_else_up(
    account: FreshAccount, promises: Promises, post_office: PostOffice, working: Working
):
    post_office.close()
    post_office.takes_all_letters = False
    post_office.open()
    for address in ("j\N{LATIN SMALL LETTER O WITH DIAERESIS}rg@acme.example", "ada@acme.example"):
        await account.add_user(email=address)
    await promises.mails_to_all()
    async with working():
        await until(lambda: account.sql.fetchval("SELECT count(*) = 0 FROM pgqueuer"))
        assert await promises.states() == {"SENT": 1, "PENDING": 1}
    assert [mail.recipients for mail in post_office.taken] == [["ada@acme.example"]]


async def test_of_two_mails_of_a_kind_that_wait_the_newer_is_sent(
    account: FreshAccount, promises: Promises, post_office: PostOffice, working: Working
):
    await promises.mail(MailKind.PASSWORD_RESET, account.admin)
    newer = await promises.mail(MailKind.PASSWORD_RESET, account.admin)
    later = "UPDATE mails SET next_attempt_at = now() + interval '1 hour' WHERE id = $1"
    await account.sql.execute(later, newer)
    async with working():
        await promises.come_to(FAILED=1, PENDING=1)
        await promises.hurry()
        await promises.come_to(FAILED=1, SENT=1)
    assert [mail.message_id for mail in post_office.taken] == [f"<{newer}@console.example>"]


async def test_a_connection_that_went_away_is_opened_again(
    gateway: RunningGateway, account: FreshAccount, promises: Promises, post_office: PostOffice, working: Working
):
    async with working():
        for place in range(3):
            create(gateway, account, f"ada{place}@acme.example")
            await until(lambda: _finished(account))
            post_office.close()
            post_office.open()
    assert len(post_office.taken) == 3
    assert await promises.attempts() == [1, 1, 1]


async def test_a_connection_that_went_silent_while_it_rested_is_opened_again(post_office: PostOffice):
    message = EmailMessage()
    message["To"] = "ada@acme.example"
    message["Message-ID"] = "<1@console.example>"
    async with Proxy.before(partial(asyncio.open_connection, "127.0.0.1", post_office.port)) as proxy:
        server = MailServer(f"smtp://127.0.0.1:{proxy.port}", SENDER, timeout_seconds=5, longest_rest_seconds=0)
        await server.send(message, "ada@acme.example")
        proxy.deafen()
        await server.send(message, "ada@acme.example")
        await server.close()
    assert len(post_office.taken) == 2


async def test_a_server_that_hangs_is_left_after_a_while(
    gateway: RunningGateway, account: FreshAccount, promises: Promises, post_office: PostOffice, working: Working
):
    create(gateway, account, "ada@acme.example")
    post_office.answer_mail = lambda _mail: "451 never told"
    hanging = True

    async def hang(_mail: Taken) -> None:
        while hanging:  # noqa: ASYNC110
            await asyncio.sleep(0.05)

    post_office.before_answer = hang
    async with working(smtp_timeout_seconds=0.5):
        await until(lambda: _waits(account))
        assert await promises.attempts() == [1]
        hanging = False
        post_office.answer_mail = lambda _mail: OK
        await promises.hurry()
        await promises.come_to(SENT=1)
    assert await promises.attempts() == [2]


@pytest.mark.parametrize("answer", ["550 5.1.1 no such user", "550 5.7.1 relaying denied", "530 sign in first"])
async def test_an_address_that_is_refused_is_tried_again(
    gateway: RunningGateway,
    account: FreshAccount,
    promises: Promises,
    post_office: PostOffice,
    working: Working,
    answer: str,
):
    post_office.answer_recipient = lambda _address: answer
    create(gateway, account, "ada@acme.example")
    async with working():
        await until(lambda: _waits(account))
        assert not post_office.taken
        post_office.answer_recipient = lambda _address: OK
        await promises.hurry()
        await promises.come_to(SENT=1)
    assert await promises.attempts() == [2]
    assert [mail.recipients for mail in post_office.taken] == [["ada@acme.example"]]


async def test_a_mail_refused_for_a_day_is_given_up(
    gateway: RunningGateway, account: FreshAccount, promises: Promises, post_office: PostOffice, working: Working
):
    assert 23 <= sum(pause.total_seconds() for pause in PAUSES) / 3600 <= 24
    create(gateway, account, "ada@acme.example")
    post_office.answer_mail = lambda _mail: BUSY
    async with working():
        for tried in range(1, len(PAUSES) + 1):
            await until(lambda: _waits(account))
            assert await promises.attempts() == [tried]
            await promises.hurry()
        await promises.come_to(FAILED=1)
    assert len(post_office.offered) == len(PAUSES) + 1
    assert len(set(post_office.offered)) == 1
    assert await account.value("SELECT failed FROM mailings WHERE account_id = $1") == 1


@pytest.mark.parametrize(
    "event",
    [
        "DELETE FROM users WHERE id = $1",
        "UPDATE users SET status = 'REGISTERED' WHERE id = $1",
        "UPDATE users SET status = 'INACTIVE', inactive_reason = 'DEACTIVATED_BY_SOURCE' WHERE id = $1",
        "UPDATE users SET status = 'INACTIVE', inactive_reason = 'ACCOUNT_REMOVED' WHERE id = $1",
        "UPDATE accounts SET is_active = false WHERE id = (SELECT account_id FROM users WHERE id = $1)",
    ],
)
async def test_a_mail_that_does_not_apply_any_more_is_given_up_unsent(
    gateway: RunningGateway,
    account: FreshAccount,
    promises: Promises,
    post_office: PostOffice,
    working: Working,
    event: str,
):  # M2, D3, P5
    user = create(gateway, account, "ada@acme.example")
    await account.sql.execute(event, user)
    async with working():
        await promises.come_to(FAILED=1)
    assert post_office.offered == []
    assert await account.sql.fetchval("SELECT count(*) FROM links WHERE user_id = $1", user) == 0


async def test_a_reset_mail_to_somebody_unregistered_is_given_up(
    account: FreshAccount, promises: Promises, post_office: PostOffice, working: Working
):  # M1
    await promises.mail(MailKind.PASSWORD_RESET, await account.add_user("Ada"))
    async with working():
        await promises.come_to(FAILED=1)
    assert post_office.offered == []


async def test_a_mail_is_noted_though_the_database_goes_away_meanwhile(
    gateway: RunningGateway, account: FreshAccount, promises: Promises, post_office: PostOffice, working: Working
):
    async def end_connections(_mail: Taken) -> None:
        connection = await asyncpg.connect(gateway.database_url)
        await connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'accounts-gateway%'"
        )
        await connection.close()

    for place in range(2):
        create(gateway, account, f"ada{place}@acme.example")
    post_office.before_answer = end_connections
    async with working():
        await promises.come_to(SENT=2)
        post_office.before_answer = None
        create(gateway, account, "last@acme.example")
        await promises.come_to(SENT=3)
    assert len(post_office.offered) == 3
    assert await promises.attempts() == [1, 1, 1]


async def test_a_mail_is_noted_though_somebody_else_holds_its_row_for_long(
    gateway: RunningGateway,
    account: FreshAccount,
    promises: Promises,
    post_office: PostOffice,
    working: Working,
    capfd: pytest.CaptureFixture[str],
):
    create(gateway, account, "ada@acme.example")
    holder = await asyncpg.connect(gateway.database_url)
    transaction = holder.transaction()
    loop = asyncio.get_running_loop()

    async def hold() -> None:
        await transaction.start()
        await holder.execute("SELECT FROM mails WHERE state = 'PENDING' FOR UPDATE")

    async def hold_there(_mail: Taken) -> None:
        await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(hold(), loop))

    post_office.before_answer = hold_there
    told = ""
    try:
        async with working(statement_timeout_seconds=0.2):
            async with asyncio.timeout(PATIENCE_SECONDS):
                while "not noted yet" not in told:
                    told += capfd.readouterr().out
                    await asyncio.sleep(0.05)
            await transaction.rollback()
            await promises.come_to(SENT=1)
    finally:
        await holder.close()
    assert len(post_office.offered) == 1


async def _waits(account: FreshAccount) -> bool:
    """Tell whether a mail of the account was tried, and waits for its next turn with nobody at it."""
    waiting: bool = await account.value(
        "SELECT EXISTS (SELECT FROM mails JOIN mailings ON mailings.id = mailing_id WHERE account_id = $1"
        " AND state = 'PENDING' AND attempts > 0 AND next_attempt_at > now() + interval '30 s')"
    )
    return waiting


async def _finished(account: FreshAccount) -> bool:
    return not await account.value("SELECT count(*) FROM mailings WHERE account_id = $1 AND finished_at IS NULL")
