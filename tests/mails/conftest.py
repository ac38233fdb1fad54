"""A gateway without a worker, workers in the tests themselves, and mail servers that they send to."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from domain.mailings import MailKind
from domain.nodes import NO_ID
from domain.targets import Target
from domain.users import UserStatus
from gateway.process.worker import running_worker
from gateway.services import open_services
from gateway.settings import Settings
from persistence.database import Database
from persistence.jobs import wake_mailings
from persistence.mailings import promise_mail, promise_mails
from persistence.targets import Unchanged, gather_targets
from tests.accounts import FreshAccount, open_account
from tests.conftest import PARTNER, RunningGateway, plain_sql, running_gateway
from tests.mails.post_offices import PostOffice

SENDER = "Accounts <accounts@console.example>"
LINK_BASE = "https://console.example"
PATIENCE_SECONDS = 60

Working = Callable[..., AbstractAsyncContextManager[None]]
CREATE = """mutation ($input: CreateUserInput!) { createUser(input: $input) { user { id } userErrors { code } } }"""


def create(gateway: RunningGateway, account: FreshAccount, email: str, name: str = "Ada Byron") -> str:
    """Add a user as people do, and give the id in the database."""
    given = {"accountId": account.node, "name": name, "email": email}
    user = gateway.data(CREATE, {"input": given}, who=PARTNER)["createUser"]["user"]
    return str(user["id"]).removeprefix("user_")


@dataclass
class Promises:
    """Mails that are promised as a change promises them, and hurried as if time had passed."""

    database: Database
    account: FreshAccount

    async def mail(self, kind: MailKind, user_id: str) -> str:
        """Promise a mail to one user; give its id."""
        async with self.database.transaction() as connection:
            mailing = await promise_mail(connection, self.account.id, kind, user_id)
        mail_id: str = await self.account.sql.fetchval("SELECT id FROM mails WHERE mailing_id = $1", mailing.id)
        return mail_id

    async def mails_to_all(self) -> None:
        """Promise the welcome mail to all unregistered users of the account."""
        account_id = self.account.id
        async with self.database.transaction() as connection:
            everybody = await gather_targets(
                connection, account_id, Target(None), viewer_id=NO_ID, unchanged=Unchanged.WELCOMED_JUST_NOW
            )
            chosen = [group for group in everybody if group.status is UserStatus.UNREGISTERED]
            keys, total = [group.key for group in chosen], sum(group.count for group in chosen)
            await promise_mails(connection, account_id, MailKind.WELCOME, keys, total)

    async def hurry(self) -> None:
        """Let the pause of every mail be over, and have what is due looked for."""
        await self.account.sql.execute("UPDATE mails SET next_attempt_at = now() WHERE state = 'PENDING'")
        async with self.database.connection() as connection:
            await wake_mailings(connection)

    async def states(self) -> dict[str, int]:
        """Count the mails of the account by state."""
        rows = await self.account.rows(
            "SELECT mails.state::text, count(*) FROM mails JOIN mailings ON mailings.id = mailing_id"
            " WHERE account_id = $1 GROUP BY state"
        )
        return {row["state"]: row["count"] for row in rows}

    async def come_to(self, **states: int) -> None:
        """Wait until the mails of the account are in these states, so many in each."""

        async def have_come() -> bool:
            return await self.states() == states

        await until(have_come)

    async def attempts(self) -> list[int]:
        """Give how often each mail was tried."""
        rows = await self.account.rows(
            "SELECT attempts FROM mails JOIN mailings ON mailings.id = mailing_id"
            " WHERE account_id = $1 ORDER BY mails.id"
        )
        return [row["attempts"] for row in rows]


async def until(holds: Callable[[], bool] | Callable[[], Awaitable[bool]]) -> None:
    """Wait until something holds."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while True:
            answer = holds()
            if answer if isinstance(answer, bool) else await answer:
                return
            await asyncio.sleep(0.02)


@pytest.fixture(scope="session")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningGateway]:
    """Give a gateway that promises mails and sends none, and whose servers no other test uses."""
    with running_gateway(tmp_path_factory.mktemp("gateway"), "--no-worker") as gateway:
        yield gateway


@pytest.fixture(scope="session")
async def sql(gateway: RunningGateway) -> AsyncIterator[Any]:
    """Give a connection for plain SQL to this gateway's database."""
    async with plain_sql(gateway) as connection:
        yield connection


@pytest.fixture
async def account(sql: Any) -> AsyncIterator[FreshAccount]:
    """Give an account of the test's own; what mails and jobs it leaves behind are nobody's concern."""
    yield await open_account(sql)
    await sql.execute("UPDATE mails SET state = 'FAILED', finished_at = now() WHERE state = 'PENDING'")
    await sql.execute("DELETE FROM pgqueuer")


@pytest.fixture(scope="session")
async def database(gateway: RunningGateway) -> AsyncIterator[Database]:
    """Give the gateway's database, opened as it opens it."""
    database = await Database.open(gateway.database_url, pool_size=4, statement_timeout_seconds=30)
    yield database
    await database.close()


@pytest.fixture
def promises(database: Database, account: FreshAccount) -> Promises:
    return Promises(database, account)


@pytest.fixture
def post_office() -> Iterator[PostOffice]:
    """Give a mail server."""
    office = PostOffice().open()
    yield office
    office.close()


@pytest.fixture
def working(gateway: RunningGateway, post_office: PostOffice, tmp_path: Path) -> Working:
    """Run a worker in the test, as a process runs it, with settings of the test's own."""
    environment = gateway.house.environment

    @asynccontextmanager
    async def work(**more: Any) -> AsyncGenerator[None]:
        chosen: dict[str, Any] = {
            "database_url": environment["DATABASE_URL"],
            "redis_url": environment["REDIS_URL"],
            "data_dir": tmp_path,
            "smtp_url": post_office.url,
            "smtp_timeout_seconds": 5,
            "mail_sender": SENDER,
            "link_base": LINK_BASE,
            "mails_per_second": 1000,
        }
        settings = Settings(**(chosen | more))
        async with open_services(settings) as services, running_worker(settings, services, processes=1):
            yield

    return work
