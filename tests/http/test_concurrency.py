"""A process runs so many operations at once and refuses the rest at once. However one ends, its slot is free again."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import TypeAlias

import asyncpg
import httpx
import pytest

from tests.conftest import ADMIN, PARTNER, RunningGateway
from tests.house.houses import Gateway
from tests.http.asking import code_of
from tests.live.sockets import COUNTS, Client
from tests.live.streams import Stream

SLOTS = 3
ASKED = 20
DEADLINE_SECONDS = 4
# It reads a table that signing in does not, by a statement that nothing else here runs.
QUERY = "{ products { name } }"
# For it nobody needs to be signed in.
SIGN_OUT = 'mutation { signOut(input: { refreshToken: "nobody\'s" }) { userErrors { code } } }'
WAITING = "FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%FROM products ORDER BY%'"

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"


@pytest.fixture(scope="module")
def small(gateway: RunningGateway) -> Iterator[Gateway]:
    """Give a second gateway beside the first that runs few operations at once."""
    limits = {"GATEWAY_MAX_OPERATIONS": str(SLOTS), "GATEWAY_OPERATION_DEADLINE_SECONDS": str(DEADLINE_SECONDS)}
    with gateway.beside(**limits) as small:
        yield small


@pytest.fixture
async def asker(small: Gateway, signed_in: dict[str, str]) -> AsyncIterator[httpx.AsyncClient]:
    headers = {"accept": "application/graphql-response+json", **signed_in}
    async with httpx.AsyncClient(base_url=small.address, timeout=30, headers=headers) as asker:
        yield asker


@asynccontextmanager
async def locked(database: Connection) -> AsyncGenerator[None]:
    """Have whoever reads products wait."""
    async with database.transaction():
        await database.execute("LOCK TABLE products IN ACCESS EXCLUSIVE MODE")
        yield


def ask(asker: httpx.AsyncClient, count: int) -> list[asyncio.Task[httpx.Response]]:
    """Ask many times at once."""
    return [asyncio.create_task(asker.post("/graphql", json={"query": QUERY})) for _ in range(count)]


async def wait_until_waiting(database: Connection, count: int) -> None:
    async with asyncio.timeout(DEADLINE_SECONDS):
        while await database.fetchval(f"SELECT count(*) {WAITING}") != count:
            await asyncio.sleep(0.02)
            await database.execute("SELECT pg_stat_clear_snapshot()")  # a transaction sees the same one all the time


async def fill(asker: httpx.AsyncClient, database: Connection) -> list[asyncio.Task[httpx.Response]]:
    """Have as many operations wait as there are slots, while the lock is held."""
    asked = ask(asker, SLOTS)
    await wait_until_waiting(database, SLOTS)
    return asked


async def statuses(asked: list[asyncio.Task[httpx.Response]]) -> set[int]:
    return {response.status_code for response in await asyncio.gather(*asked)}


async def answered(asked: list[asyncio.Task[httpx.Response]], count: int) -> list[httpx.Response]:
    """Give the first answers, which come long before the deadline of the others."""
    async with asyncio.timeout(DEADLINE_SECONDS / 2):
        for _, first in zip(range(count), asyncio.as_completed(asked), strict=False):
            await first
    return [one.result() for one in asked if one.done()]


async def check_all_slots_free(asker: httpx.AsyncClient, database: Connection) -> None:
    async with locked(database):
        asked = await fill(asker, database)
        assert await statuses(ask(asker, 1)) == {503}
    assert await statuses(asked) == {200}


async def test_refuses_at_once_what_is_more(asker: httpx.AsyncClient, database: Connection):
    async with locked(database):
        asked = ask(asker, ASKED)
        for response in await answered(asked, ASKED - SLOTS):
            assert (response.status_code, code_of(response)) == (503, "SERVICE_UNAVAILABLE")
            assert response.headers["retry-after"] == "1"
            assert response.headers["content-type"].startswith("application/graphql-response+json")
        for path in ("/health/live", "/health/ready"):
            assert (await asker.get(path)).status_code == 200
        await wait_until_waiting(database, SLOTS)
    served = [response for response in await asyncio.gather(*asked) if response.status_code == 200]
    assert [response.json()["data"]["products"] != [] for response in served] == [True] * SLOTS
    await check_all_slots_free(asker, database)


async def test_looks_at_nothing_that_it_refuses(asker: httpx.AsyncClient, database: Connection):
    async with locked(database):
        asked = await fill(asker, database)
        for body in ('{"query": "{ viewer { role } }"}', '{"query": "{"}', "{"):
            headers = {"content-type": "application/json", "authorization": "Bearer nobody"}
            response = await asker.post("/graphql", content=body, headers=headers)
            assert (response.status_code, code_of(response)) == (503, "SERVICE_UNAVAILABLE")
        preflight = {"graphql-require-preflight": "1"}
        assert (await asker.get("/graphql", params={"query": QUERY}, headers=preflight)).status_code == 503
    assert await statuses(asked) == {200}


async def test_frees_the_slots_of_clients_that_have_gone(asker: httpx.AsyncClient, database: Connection):
    async with locked(database):
        for one in (asked := await fill(asker, database)):
            one.cancel()
        await asyncio.gather(*asked, return_exceptions=True)
        await wait_until_waiting(database, 0)
    await check_all_slots_free(asker, database)


async def test_frees_the_slots_of_operations_that_fail(asker: httpx.AsyncClient, database: Connection):
    async with locked(database):
        asked = await fill(asker, database)
        await database.execute(f"SELECT pg_cancel_backend(pid) {WAITING}")
        responses = await asyncio.gather(*asked)
    codes = [response.json()["errors"][0]["extensions"]["code"] for response in responses]
    assert codes == ["DEADLINE_EXCEEDED"] * SLOTS
    await check_all_slots_free(asker, database)


async def test_frees_the_slots_of_operations_that_take_too_long(asker: httpx.AsyncClient, database: Connection):
    async with locked(database):
        assert await statuses(await fill(asker, database)) == {504}
    await check_all_slots_free(asker, database)


async def test_frees_the_slots_of_what_it_cannot_run(asker: httpx.AsyncClient, database: Connection):
    for _ in range(SLOTS):
        json = {"content-type": "application/json"}
        assert (await asker.post("/graphql", content="{", headers=json)).status_code == 400
        assert (await asker.post("/graphql", json={"query": "{ nothing }"})).status_code == 400
        nobody = {"authorization": "Bearer nobody"}
        assert (await asker.post("/graphql", json={"query": QUERY}, headers=nobody)).status_code == 401
    await check_all_slots_free(asker, database)


async def test_runs_no_more_over_streams_and_sockets(
    small: Gateway, gateway: RunningGateway, asker: httpx.AsyncClient, database: Connection
):
    token = gateway.token(PARTNER)
    socket = await Client.open(small.address, token)
    async with locked(database):
        asked = await fill(asker, database)
        stream, told = Stream(small.address, token, QUERY, {}), await socket.subscribe(QUERY)
        await stream.end()
        await socket.until(lambda: told.end is not None)
        assert stream.events[0][1]["errors"][0]["extensions"]["code"] == told.code == "SERVICE_UNAVAILABLE"
    assert await statuses(asked) == {200}
    again = await socket.subscribe(QUERY)
    await socket.until(lambda: again.end == "complete")
    await socket.close()


async def test_leaves_most_slots_to_those_who_are_signed_in(
    small: Gateway, gateway: RunningGateway, asker: httpx.AsyncClient, database: Connection
):
    token = gateway.token(PARTNER)
    socket = await Client.open(small.address, token)
    async with database.transaction():
        await database.execute("LOCK TABLE refresh_tokens IN ACCESS EXCLUSIVE MODE")
        json = {"query": SIGN_OUT}
        asked = [asyncio.create_task(asker.post("/graphql", json=json)) for _ in range(ASKED)]
        for response in await answered(asked, ASKED - 1):
            assert (response.status_code, code_of(response)) == (503, "SERVICE_UNAVAILABLE")
            assert response.headers["retry-after"] == "1"
        stream, told = Stream(small.address, token, SIGN_OUT, {}), await socket.subscribe(SIGN_OUT)
        await stream.end()
        await socket.until(lambda: told.end is not None)
        assert stream.events[0][1]["errors"][0]["extensions"]["code"] == told.code == "SERVICE_UNAVAILABLE"
        async with asyncio.timeout(DEADLINE_SECONDS / 2):
            assert await statuses(ask(asker, SLOTS - 1)) == {200}
    assert await statuses(asked) == {200, 503}
    assert (await asker.post("/graphql", json=json)).json()["data"] == {"signOut": {"userErrors": []}}
    await socket.close()


async def test_holds_so_many_streams_and_sockets_together(gateway: RunningGateway):
    token = gateway.token(PARTNER)
    with gateway.beside(GATEWAY_MAX_SOCKETS="2") as few:
        socket, stream = await Client.open(few.address, token), Stream(few.address, token, COUNTS, {})
        await stream.until(1)
        late = Stream(few.address, token, COUNTS, {})
        await late.end()
        assert late.status == 503
        late_socket = await Client.open(few.address, token)
        assert await late_socket.closed() == 1013
        told = "The gateway holds as many streams and sockets as it can. Try again in a second."
        assert late_socket.socket.close_reason == told
        await socket.close()
        later = Stream(few.address, token, COUNTS, {})
        await later.until(1)
        for one in (stream, later):
            one.task.cancel()


async def test_sockets_of_nobody_keep_nobody_out(gateway: RunningGateway):
    token = gateway.token(PARTNER)
    with gateway.beside(GATEWAY_MAX_SOCKETS="2") as few:
        silent = [await Client.open(few.address, None) for _ in range(14)]
        socket, stream = await Client.open(few.address, token), Stream(few.address, token, COUNTS, {})
        assert socket.other == [{"type": "connection_ack"}]
        await stream.until(1)
        assert [await client.closed() for client in silent[:5]] == [1013] * 5
        assert not any(client.is_closed for client in silent[5:]), "10 may wait, and one that was let in waits no more"
        await silent[5].send({"type": "ping"})
        await silent[5].until(lambda: silent[5].other == [{"type": "pong"}])
        stream.task.cancel()
        for client in (socket, *silent):
            await client.close()


async def test_holds_so_many_of_one_user(gateway: RunningGateway):
    token, let_in = gateway.token(PARTNER), [{"type": "connection_ack"}]
    with gateway.beside(GATEWAY_MAX_SOCKETS_PER_USER="2") as few:
        socket, stream = await Client.open(few.address, token), Stream(few.address, token, COUNTS, {})
        await stream.until(1)
        late, late_stream = await Client.open(few.address, token), Stream(few.address, token, COUNTS, {})
        assert await late.closed() == 1013
        assert late.socket.close_reason == "A user may hold at most 2 streams and sockets at once."
        await late_stream.end()
        assert late_stream.status == 429
        other = await Client.open(few.address, gateway.token(ADMIN))
        assert other.other == let_in

        stream.task.cancel()
        async with asyncio.timeout(10):
            while (later := await Client.open(few.address, token)).other != let_in:
                await later.closed()
        for one in (socket, other, later):
            await one.close()


async def test_gives_no_slot_to_a_body_that_has_not_arrived(small: Gateway, asker: httpx.AsyncClient):
    url = httpx.URL(small.address)
    halves = [await asyncio.open_connection(url.host, url.port) for _ in range(SLOTS)]
    for _, writer in halves:
        writer.write(b"POST /graphql HTTP/1.1\r\nhost: x\r\n")
        writer.write(b"content-type: application/json\r\ncontent-length: 9\r\n\r\n{")
    assert await statuses(ask(asker, SLOTS)) == {200}
    assert not any(reader.at_eof() for reader, _ in halves)
    for _, writer in halves:
        writer.close()
        await writer.wait_closed()
