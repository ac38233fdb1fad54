"""The gateway under test: a process as people run it, with the demo accounts, on servers of its own."""

import signal
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Generator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest

from domain.sessions import AccessToken
from gateway.embedded import embedded_servers
from gateway.identity.tokens import LIFETIME, Tokens
from tests.accounts import FreshAccount, miscounts, open_account
from tests.house.houses import Gateway, House

PARTNER = "partner@partner.example"
ADMIN = "admin@acme.example"
PLAIN_USER = "user@acme.example"


@dataclass(repr=False)
class RunningGateway:
    """A gateway that answers, and tokens for its people."""

    house: House
    process: Gateway
    url: str
    database_url: str
    client: httpx.Client
    tokens: dict[str, AccessToken] = field(default_factory=dict[str, AccessToken])

    @property
    def printed(self) -> str:
        """Give all that it has logged so far."""
        return self.process.printed

    @contextmanager
    def beside(self, **environment: str) -> Generator[Gateway]:
        """Run another gateway on its servers with its keys, which sends no mails either."""
        process = House(self.house.data_dir, environment=self.house.environment | environment).serve("--no-worker")
        try:
            yield process
        finally:
            process.end(signal.SIGTERM)

    def token(self, who: str) -> str:
        """Give a token of somebody: a demo person by address, anybody else by the user's id in the database.

        It works for some time yet, however long the whole run takes.
        """
        now = datetime.now(UTC)
        if who not in self.tokens or self.tokens[who].expires_at < now + LIFETIME / 2:
            self.tokens[who] = self._issue(who, now)
        return self.tokens[who].token

    def _issue(self, who: str, now: datetime) -> AccessToken:
        if "@" in who:
            return AccessToken(self.house.run("token", "--email", who).stdout.strip(), now + LIFETIME)
        tokens = Tokens.load(self.house.data_dir / "keys", create=False)
        return tokens.issue(who, now)

    def answer(self, query: str, variables: dict[str, Any] | None = None, *, who: str | None = PARTNER) -> Any:
        """Ask, and give the whole body of the answer."""
        headers = {} if who is None else {"authorization": f"Bearer {self.token(who)}"}
        body = {"query": query, "variables": variables or {}}
        return self.client.post(f"{self.url}/graphql", json=body, headers=headers).json()

    def data(self, query: str, variables: dict[str, Any] | None = None, *, who: str | None = PARTNER) -> Any:
        """Ask what must be answered without an error, and give the data."""
        answer = self.answer(query, variables, who=who)
        assert "errors" not in answer, f"{answer['errors']}\n{self.process.printed[-4000:]}"
        return answer["data"]

    def code(self, query: str, variables: dict[str, Any] | None = None, *, who: str | None = PARTNER) -> str:
        """Ask what must be refused, and give the code of the one error."""
        answer = self.answer(query, variables, who=who)
        assert len(answer["errors"]) == 1, answer
        assert not any((answer.get("data") or {}).values())
        code: str = answer["errors"][0]["extensions"]["code"]
        return code


@contextmanager
def running_gateway(directory: Path, *arguments: str, **environment: str) -> Generator[RunningGateway]:
    """Run a gateway in development mode on servers of its own."""
    (directory / "servers").mkdir()
    with embedded_servers(directory / "servers", durable=False) as servers:
        environment |= {"DATABASE_URL": servers.database_url, "REDIS_URL": servers.redis_url}
        house = House(directory / "gateway", environment=environment)
        process = house.serve(*arguments)
        try:
            with httpx.Client(timeout=30) as client:
                yield RunningGateway(house, process, process.address, servers.database_url, client)
        finally:
            process.end(signal.SIGTERM)


@asynccontextmanager
async def plain_sql(gateway: RunningGateway) -> AsyncGenerator[Any]:
    """Connect to its database; ids are text without dashes."""
    connection = await asyncpg.connect(gateway.database_url, server_settings={"jit": "off"})
    try:
        await connection.set_type_codec(
            "uuid", schema="pg_catalog", encoder=bytes.fromhex, decoder=bytes.hex, format="binary"
        )
        yield connection
    finally:
        await connection.close()


@pytest.fixture(scope="session")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningGateway]:
    """Give a gateway that promises mails and sends none, one for each worker of a test run."""
    with running_gateway(tmp_path_factory.mktemp("gateway"), "--no-worker") as gateway:
        yield gateway


@pytest.fixture(scope="session")
async def sql(gateway: RunningGateway) -> AsyncIterator[Any]:
    """Give a connection for plain SQL, which the gateway's answers are compared with.

    In the end, whatever the tests have written, users and licenses are counted right.
    """
    async with plain_sql(gateway) as connection:
        yield connection
        assert await miscounts(connection) == []


@pytest.fixture
async def open_fresh(gateway: RunningGateway, sql: Any) -> Callable[..., Awaitable[FreshAccount]]:
    """Open customer accounts of partner 1000 that belong to one test, so that nothing has to be cleaned up."""
    assert gateway

    async def open_one(**options: Any) -> FreshAccount:
        return await open_account(sql, **options)

    return open_one


@pytest.fixture
async def account(open_fresh: Callable[..., Awaitable[FreshAccount]]) -> FreshAccount:
    """Give an account of the test's own, with MiTeam Meetings on and one account admin."""
    return await open_fresh()
