"""An attempt to sign in does the same work whatever is wrong, so that its time tells nothing (P4)."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from domain.user_errors import Declined
from events.attempts import Attempts
from events.broker import Broker
from gateway.identity.tokens import Tokens
from persistence.database import Database
from resolvers.context import Context
from resolvers.entrance import Entrance
from resolvers.password_hashes import PasswordHashes
from resolvers.sessions import sign_in
from tests.accounts import FreshAccount
from tests.conftest import RunningGateway
from tests.sessions.entrances import ANOTHER, PASSWORD, add_registered, new_host


class CountingPasswords(PasswordHashes):
    """The gateway's own, with the number of passwords that were tried."""

    tried = 0

    async def fits(self, password: str, password_hash: str | None) -> bool:
        self.tried += 1
        return await super().fits(password, password_hash)


@dataclass
class Counting:
    """Tries to sign in, and counts the passwords that were tried for that."""

    database: Database
    broker: Broker
    attempts: Attempts
    tokens: Tokens
    passwords: CountingPasswords = field(default_factory=CountingPasswords)

    async def tried(self, email: str, password: str) -> int:
        before = self.passwords.tried
        entrance = Entrance(self.tokens.issue, self.passwords, self.attempts, timedelta(days=1), new_host())
        context = Context(self.database, self.broker, None, "test", datetime.now(UTC), entrance=entrance)
        with pytest.raises(Declined, match="WRONG_CREDENTIALS"):
            await sign_in(context, email, password, None)
        return self.passwords.tried - before


@pytest.fixture
async def counting(gateway: RunningGateway) -> AsyncIterator[Counting]:
    redis_url = gateway.house.environment["REDIS_URL"]
    counting = Counting(
        await Database.open(gateway.database_url, pool_size=1, statement_timeout_seconds=5),
        Broker.open(redis_url),
        Attempts.open(redis_url),
        Tokens.load(gateway.house.data_dir / "keys", create=False),
    )
    yield counting
    counting.passwords.close()
    await counting.attempts.close()
    await counting.broker.close()
    await counting.database.close()


async def test_one_password_is_tried_whether_or_not_the_address_is_known(
    account: FreshAccount, open_fresh: Any, counting: Counting, email: str
):
    deactivated = await open_fresh(is_active=False)
    await add_registered(account, email)
    await add_registered(account, f"new-{email}", status="UNREGISTERED")
    await add_registered(deactivated, f"off-{email}")
    assert await counting.tried(email, ANOTHER) == 1
    assert await counting.tried(f"x{email}", ANOTHER) == 1
    assert await counting.tried("", "") == 1
    assert await counting.tried(f"new-{email}", PASSWORD) == 1
    assert await counting.tried(f"off-{email}", PASSWORD) == 1
