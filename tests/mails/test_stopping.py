"""A worker that is told to stop ends in time, whatever its servers do."""

import asyncio
import signal
import time

from gateway.process.worker import FINISH_SECONDS
from persistence.lending import PATIENCE_SECONDS
from tests.accounts import FreshAccount
from tests.conftest import RunningGateway
from tests.house.houses import House
from tests.http.test_health import stopped
from tests.mails.conftest import LINK_BASE, SENDER, Promises, until
from tests.mails.post_offices import PostOffice


async def test_ends_in_time_though_the_database_says_nothing(
    gateway: RunningGateway, account: FreshAccount, promises: Promises, post_office: PostOffice
):
    for _ in range(100):
        await account.add_user()
    await promises.mails_to_all()
    mails = {
        "SMTP_URL": post_office.url,
        "GATEWAY_MAIL_SENDER": SENDER,
        "GATEWAY_LINK_BASE": LINK_BASE,
        "GATEWAY_MAILS_PER_SECOND": "10",
    }
    worker = House(gateway.house.data_dir, environment=gateway.house.environment | mails).start("worker")
    await until(lambda: len(post_office.taken) > 10)
    with stopped(gateway.house.data_dir.parent / "servers/postgres"):
        await asyncio.sleep(1)
        started = time.monotonic()
        assert await asyncio.to_thread(worker.end, signal.SIGTERM) == 0
        assert time.monotonic() - started < FINISH_SECONDS + 2 * PATIENCE_SECONDS
    assert worker.faults == ""
    assert "broken off" in worker.printed
    assert len([line for line in worker.printed.splitlines() if "flush" in line.lower()]) <= 2, "one for each buffer"
