"""Gateways killed while they create users and send mails: no mail is lost, and none comes from nowhere (M6, U4)."""

import asyncio
import multiprocessing
import os
import random
import signal
from collections import Counter
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from itertools import count
from multiprocessing.process import BaseProcess

import httpx

from gateway.settings import Settings
from tests.accounts import FreshAccount
from tests.conftest import PARTNER, RunningGateway
from tests.house.houses import free_port
from tests.mails.conftest import CREATE, LINK_BASE, PATIENCE_SECONDS, SENDER, Promises, Working, until
from tests.mails.lives import live
from tests.mails.post_offices import PostOffice, Taken

LIVES = 50
CREATORS = 4
LONGEST_LIFE_SECONDS = 0.4
TIMEOUT_SECONDS = 3.0
"""For a mail; half of the time after which a dead gateway's mail is somebody else's."""

PEOPLE = "SELECT id, email FROM users WHERE account_id = $1 AND email LIKE '%@crash.example'"
MAILS = "SELECT mails.* FROM mails JOIN mailings ON mailings.id = mailing_id WHERE account_id = $1"


async def test_no_mail_is_lost_and_none_comes_from_nowhere(
    gateway: RunningGateway, account: FreshAccount, promises: Promises, post_office: PostOffice, working: Working
):
    fork = multiprocessing.get_context("forkserver")
    fork.set_forkserver_preload(["tests.mails.lives"])
    settings = _settings(gateway, post_office)
    chance = random.Random(7)
    async with creating_users(gateway, account, f"http://127.0.0.1:{settings.port}") as told:
        for place in range(LIVES):
            process = fork.Process(target=live, args=(settings,), daemon=True)
            process.start()
            if place % 10 == 0:
                await _killed_by(post_office, process)
            else:
                if place % 10 != 1:  # which dies while it begins
                    await until(_grows(told))
                await asyncio.sleep(chance.uniform(0, LONGEST_LIFE_SECONDS))
                process.kill()
            await asyncio.to_thread(process.join, PATIENCE_SECONDS)
            assert process.exitcode == -signal.SIGKILL
    async with working(smtp_timeout_seconds=TIMEOUT_SECONDS):
        await until(lambda: _all_have_ended(promises))

    people = {row["email"]: row["id"] for row in await account.rows(PEOPLE)}
    mails = {row["message_id"]: row for row in await account.rows(MAILS)}
    assert told <= people.keys(), "who was told to be there is there"
    assert len(told) > LIVES
    assert Counter(mail["user_id"] for mail in mails.values()) == Counter(people.values()), "both or neither"
    assert {mail["state"] for mail in mails.values()} == {"SENT"}

    came = Counter(mail.message_id for mail in post_office.taken)
    assert came.keys() == mails.keys(), "none is lost, none comes from nowhere"
    for mail in post_office.taken:
        (recipient,) = mail.recipients
        assert people[recipient] == mails[mail.message_id]["user_id"]
    again = [message_id for message_id, times in came.items() if times > 1]
    assert len(again) >= LIVES / 10, "those whose gateway died before it could note them"
    assert came.total() - len(came) <= LIVES, "no gateway that died costs more than one mail too many"
    assert all(times <= mails[message_id]["attempts"] for message_id, times in came.items())


@asynccontextmanager
async def creating_users(gateway: RunningGateway, account: FreshAccount, url: str) -> AsyncGenerator[set[str]]:
    """Create users for as long as the block runs, whoever answers; give those that were told to be there."""
    told: set[str] = set()
    numbers = count()
    headers = {"authorization": f"Bearer {gateway.token(PARTNER)}"}

    async def create(client: httpx.AsyncClient) -> None:
        while True:
            email = f"{next(numbers)}@crash.example"
            given = {"accountId": account.node, "name": "Ada", "email": email}
            body = {"query": CREATE, "variables": {"input": given}}
            try:
                answer = await client.post(f"{url}/graphql", json=body, headers=headers)
            except httpx.TransportError:
                await asyncio.sleep(0.02)
            else:
                assert answer.json()["data"]["createUser"]["user"], answer.text
                told.add(email)

    async with httpx.AsyncClient(timeout=PATIENCE_SECONDS) as client:
        creators = [asyncio.create_task(create(client)) for _ in range(CREATORS)]
        yield told
        for creator in creators:
            creator.cancel()
        for outcome in await asyncio.gather(*creators, return_exceptions=True):
            assert isinstance(outcome, asyncio.CancelledError), outcome


async def _killed_by(post_office: PostOffice, process: BaseProcess) -> None:
    """Have a gateway killed when the mail server has taken a new mail of it, and has not said so."""
    done = asyncio.Event()
    loop = asyncio.get_running_loop()

    async def kill(mail: Taken) -> None:
        if post_office.offered.count(mail.message_id) > 1:
            return
        post_office.before_answer = None
        assert process.pid is not None
        os.kill(process.pid, signal.SIGKILL)
        loop.call_soon_threadsafe(done.set)

    post_office.before_answer = kill
    await asyncio.wait_for(done.wait(), PATIENCE_SECONDS)


def _settings(gateway: RunningGateway, post_office: PostOffice) -> Settings:
    return Settings(
        database_url=gateway.house.environment["DATABASE_URL"],
        redis_url=gateway.house.environment["REDIS_URL"],
        data_dir=gateway.house.data_dir,
        port=free_port(),
        smtp_url=post_office.url,
        smtp_timeout_seconds=TIMEOUT_SECONDS,
        mail_sender=SENDER,
        link_base=LINK_BASE,
        mails_per_second=200,
        log_level="error",
    )


def _grows(told: set[str]) -> Callable[[], bool]:
    """Tell from now on whether somebody was added."""
    before = len(told)
    return lambda: len(told) > before


async def _all_have_ended(promises: Promises) -> bool:
    return "PENDING" not in await promises.states()
