"""The gateway under test: a process as people run it, with the demo accounts, on servers of its own."""

import signal
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest

from gateway.embedded import embedded_servers
from tests.house.houses import House

PARTNER = "partner@partner.example"
ADMIN = "admin@acme.example"
PLAIN_USER = "user@acme.example"


@dataclass
class RunningGateway:
    """A gateway that answers, and tokens for its people."""

    house: House
    url: str
    database_url: str
    client: httpx.Client
    tokens: dict[str, str] = field(default_factory=dict[str, str])

    def token(self, email: str) -> str:
        if email not in self.tokens:
            self.tokens[email] = self.house.run("token", "--email", email).stdout.strip()
        return self.tokens[email]

    def answer(self, query: str, variables: dict[str, Any] | None = None, *, who: str | None = PARTNER) -> Any:
        """Ask, and give the whole body of the answer."""
        headers = {} if who is None else {"authorization": f"Bearer {self.token(who)}"}
        body = {"query": query, "variables": variables or {}}
        return self.client.post(f"{self.url}/graphql", json=body, headers=headers).json()

    def data(self, query: str, variables: dict[str, Any] | None = None, *, who: str | None = PARTNER) -> Any:
        """Ask what must be answered without an error, and give the data."""
        answer = self.answer(query, variables, who=who)
        assert "errors" not in answer, answer["errors"]
        return answer["data"]

    def code(self, query: str, variables: dict[str, Any] | None = None, *, who: str | None = PARTNER) -> str:
        """Ask what must be refused, and give the code of the one error."""
        answer = self.answer(query, variables, who=who)
        assert len(answer["errors"]) == 1, answer
        assert not any((answer.get("data") or {}).values())
        code: str = answer["errors"][0]["extensions"]["code"]
        return code


@pytest.fixture(scope="session")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningGateway]:
    """Give a gateway in development mode, one for each worker of a test run."""
    with embedded_servers(tmp_path_factory.mktemp("servers"), durable=False) as servers:
        environment = {"DATABASE_URL": servers.database_url, "REDIS_URL": servers.redis_url}
        house = House(tmp_path_factory.mktemp("gateway"), environment=environment)
        process = house.serve()
        try:
            with httpx.Client(timeout=30) as client:
                yield RunningGateway(house, process.address, servers.database_url, client)
        finally:
            process.end(signal.SIGTERM)
