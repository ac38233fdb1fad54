"""Nothing runs on for nobody: not past the deadline, and not when its client has gone."""

import asyncio
import json
import time
from typing import TypeAlias

import asyncpg
import httpx
import pytest

from gateway.identity.viewers import RecentViewers
from tests.conftest import RunningGateway
from tests.house.houses import Gateway
from tests.http.asking import ask, code_of, lines_about

QUERY = "{ users(first: 1) { nodes { id } } }"
WAITING = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"


async def wait_until(connection: Connection, waiting: int) -> float:
    """Wait until so many statements wait for a lock; give the seconds that it took."""
    started = time.monotonic()
    while await connection.fetchval(WAITING) != waiting:
        assert time.monotonic() - started < 5
        await asyncio.sleep(0.02)
    return time.monotonic() - started


async def test_stops_an_operation_at_its_deadline(strict: Gateway, signed_in: dict[str, str], database: Connection):
    async with httpx.AsyncClient(base_url=strict.address, timeout=30) as client:
        async with database.transaction():
            await database.execute("LOCK TABLE users IN ACCESS EXCLUSIVE MODE")
            started = time.monotonic()
            response = await client.post("/graphql", json={"query": QUERY}, headers=signed_in)
            assert 0.9 < time.monotonic() - started < 6
        assert response.status_code == 504
        assert code_of(response) == "DEADLINE_EXCEEDED"
        assert (await client.post("/graphql", json={"query": QUERY}, headers=signed_in)).is_success


async def test_a_statement_that_takes_too_long_is_no_fault(
    gateway: RunningGateway, signed_in: dict[str, str], database: Connection
):
    headers = signed_in | {"x-request-id": "overdue"}
    body = {"query": "{ products { name } viewer { role } }"}
    with gateway.beside(GATEWAY_STATEMENT_TIMEOUT_SECONDS="1", GATEWAY_LOG_FORMAT="json") as impatient:
        async with httpx.AsyncClient(base_url=impatient.address, timeout=30) as client:
            async with database.transaction():
                await database.execute("LOCK TABLE products IN ACCESS EXCLUSIVE MODE")
                response = await client.post("/graphql", json=body, headers=headers)
            (error,) = response.json()["errors"]
            assert (error["extensions"]["code"], error["path"]) == ("DEADLINE_EXCEEDED", ["products"])
            assert (await client.post("/graphql", json=body, headers=headers)).json()["data"]["products"]

            await asyncio.sleep(RecentViewers.remembers_seconds)  # the rights have to be looked up
            async with database.transaction():
                await database.execute("LOCK TABLE users IN ACCESS EXCLUSIVE MODE")
                response = await client.post("/graphql", json=body, headers=headers)
            assert (response.status_code, code_of(response)) == (504, "DEADLINE_EXCEEDED")
        logged = [line["event"] for line in lines_about(impatient, "overdue")]
    assert logged.count("statement given up") == 2
    assert "fault" not in logged


@pytest.mark.parametrize("accept", ["application/json", "text/event-stream"])
async def test_stops_an_operation_whose_client_has_gone(
    client: httpx.Client, signed_in: dict[str, str], database: Connection, accept: str
):
    headers, body = signed_in | {"accept": accept}, {"query": "{ products { name } }"}
    async with database.transaction():
        await database.execute("LOCK TABLE products IN ACCESS EXCLUSIVE MODE")  # which signing in does not read
        async with httpx.AsyncClient(base_url=client.base_url) as leaving:
            asking = asyncio.create_task(leaving.post("/graphql", json=body, headers=headers))
            await wait_until(database, 1)
            asking.cancel()
            with pytest.raises(asyncio.CancelledError):
                await asking
        assert await wait_until(database, 0) < 1
    assert ask(client, QUERY, headers=signed_in).is_success


async def test_stops_an_operation_that_came_slowly_and_whose_client_has_gone(
    client: httpx.Client, signed_in: dict[str, str], database: Connection
):
    body = json.dumps({"query": QUERY}).encode()
    head = f"POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: {len(body)}\r\n"
    head += f"authorization: {signed_in['authorization']}\r\n\r\n"
    assert ask(client, QUERY, headers=signed_in).is_success  # so that who asks is remembered
    async with database.transaction():
        await database.execute("LOCK TABLE users IN ACCESS EXCLUSIVE MODE")
        _, writer = await asyncio.open_connection(client.base_url.host, client.base_url.port)
        writer.write(head.encode() + body[:9])
        await asyncio.sleep(0.2)  # longer than requests are left alone
        writer.write(body[9:])
        await wait_until(database, 1)
        writer.close()
        await writer.wait_closed()
        assert await wait_until(database, 0) < 1


@pytest.mark.parametrize("accept", [b"application/json", b"text/event-stream"])
async def test_does_not_wait_for_ever_for_a_body(strict: Gateway, accept: bytes):
    url = httpx.URL(strict.address)
    reader, writer = await asyncio.open_connection(url.host, url.port)
    writer.write(b"POST /graphql HTTP/1.1\r\nhost: x\r\naccept: " + accept)
    writer.write(b"\r\ncontent-type: application/json\r\ncontent-length: 9\r\n\r\n{")
    answer = await asyncio.wait_for(reader.readuntil(b"}"), 3)
    writer.close()
    await writer.wait_closed()
    assert answer.startswith(b"HTTP/1.1 408")
    assert b"connection: close" in answer.lower()
