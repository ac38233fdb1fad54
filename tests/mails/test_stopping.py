"""A worker that is told to stop ends in time, whatever its servers do."""

import asyncio
import signal
import time
from collections.abc import AsyncIterator
from contextlib import AbstractContextManager

import httpx
import pytest

from gateway.process.worker import FINISH_SECONDS
from persistence.lending import PATIENCE_SECONDS
from tests.accounts import FreshAccount
from tests.conftest import PARTNER, RunningGateway
from tests.house.houses import Gateway, House
from tests.http.test_health import stopped
from tests.mails.conftest import LINK_BASE, SENDER, Promises, until
from tests.mails.post_offices import PostOffice


@pytest.fixture
async def house(
    gateway: RunningGateway, account: FreshAccount, promises: Promises, post_office: PostOffice
) -> AsyncIterator[House]:
    """Give a house in which many mails are to be sent, ten a second."""
    for _ in range(100):
        await account.add_user()
    await promises.mails_to_all()
    mails = {
        "SMTP_URL": post_office.url,
        "GATEWAY_MAIL_SENDER": SENDER,
        "GATEWAY_LINK_BASE": LINK_BASE,
        "GATEWAY_MAILS_PER_SECOND": "10",
    }
    house = House(gateway.house.data_dir, environment=gateway.house.environment | mails)
    yield house
    for running in house.processes:
        if running.process.poll() is None:
            running.end(signal.SIGKILL)


def silent(gateway: RunningGateway) -> AbstractContextManager[None]:
    """Let its database say nothing for as long as the block runs."""
    return stopped(gateway.house.data_dir.parent / "servers/postgres")


async def seconds_to_end(gateway: Gateway) -> float:
    """Tell a gateway, or a worker, to end; tell how long that took."""
    started = time.monotonic()
    assert await asyncio.to_thread(gateway.end, signal.SIGTERM) == 0
    return time.monotonic() - started


async def test_ends_in_time_though_the_database_says_nothing(
    gateway: RunningGateway, house: House, post_office: PostOffice
):
    worker = house.start("worker")
    await until(lambda: len(post_office.taken) > 10)
    with silent(gateway):
        await asyncio.sleep(1)
        assert await seconds_to_end(worker) < FINISH_SECONDS + 2 * PATIENCE_SECONDS
    assert worker.faults == ""
    assert "broken off" in worker.printed
    assert len([line for line in worker.printed.splitlines() if "flush" in line.lower()]) <= 2, "one for each buffer"


async def test_requests_and_mails_finish_in_the_same_time(
    gateway: RunningGateway, house: House, post_office: PostOffice
):
    going = house.serve()
    headers = {"authorization": f"Bearer {gateway.token(PARTNER)}"}
    await until(lambda: len(post_office.taken) > 10)
    async with httpx.AsyncClient(base_url=going.address, headers=headers, timeout=60) as client:
        with silent(gateway):
            asking = asyncio.create_task(client.post("/graphql", json={"query": "{ products { name } }"}))
            await asyncio.sleep(1)
            assert await seconds_to_end(going) < FINISH_SECONDS + 3 * PATIENCE_SECONDS
        await asyncio.gather(asking, return_exceptions=True)
