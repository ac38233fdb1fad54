"""Argon2id takes the same time for nobody as for somebody (P4)."""

import statistics
import time
from collections.abc import Iterator
from typing import Any

import pytest

from persistence.credentials import credentials_of_email
from persistence.database import Database
from resolvers.password_hashes import PasswordHashes
from tests.conftest import RunningGateway
from tests.sessions.entrances import ANOTHER, PASSWORD, add_registered, hash_of


@pytest.fixture
def passwords() -> Iterator[PasswordHashes]:
    passwords = PasswordHashes()
    yield passwords
    passwords.close()


async def test_fits_only_the_hash_of_the_password(passwords: PasswordHashes):
    assert await passwords.fits(PASSWORD, hash_of(PASSWORD))
    assert not await passwords.fits(PASSWORD, hash_of(ANOTHER))
    assert not await passwords.fits(PASSWORD, None)
    assert not await passwords.fits(PASSWORD, "no hash")


async def test_takes_the_time_of_one_password_where_there_is_none(passwords: PasswordHashes):
    times: dict[str | None, list[float]] = {hash_of(PASSWORD): [], None: []}
    for _ in range(7):
        for password_hash, taken in times.items():
            started = time.perf_counter()
            assert not await passwords.fits(ANOTHER, password_hash)
            taken.append(time.perf_counter() - started)
    somebody, nobody = [statistics.median(taken) for taken in times.values()]
    assert 1 / 3 < nobody / somebody < 3


async def test_of_many_who_have_an_address_eight_are_tried_and_everybody_can_be_named(
    gateway: RunningGateway, open_fresh: Any
):
    accounts = [await open_fresh() for _ in range(9)]
    email = f"ada@many{accounts[0].number}.example"
    ids = [await add_registered(account, email) for account in accounts]
    database = await Database.open(gateway.database_url, pool_size=1, statement_timeout_seconds=5)
    async with database.connection() as connection:
        assert len(await credentials_of_email(connection, email)) == 8
        for account, user_id in zip(accounts, ids, strict=True):
            (found,) = await credentials_of_email(connection, email, account.id)
            assert found.user.id == user_id
    await database.close()
