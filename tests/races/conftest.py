"""Two gateway processes on one database, and a crowd that asks both at once."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import httpx
import pytest

from tests.conftest import PARTNER, RunningGateway

Asked: TypeAlias = tuple[str, dict[str, Any], str]
"""A query, its input, and who asks."""


@dataclass(repr=False)
class Crowd:
    """Many clients, spread over two gateways."""

    gateway: RunningGateway
    urls: tuple[str, ...]
    client: httpx.AsyncClient

    async def ask(self, *asked: Asked) -> list[Any]:
        """Ask all of these at once, and give the payloads; none may be refused as a whole."""
        bodies = await self._bodies(asked)
        refused = [body["errors"] for body in bodies if "errors" in body]
        assert not refused, refused[0]
        return [next(iter(body["data"].values())) for body in bodies]

    async def ask_for_codes(self, *asked: Asked) -> set[str]:
        """Ask all of these at once, and give the codes with which some were refused, in either way."""
        bodies = await self._bodies(asked)
        codes = {error["extensions"]["code"] for body in bodies for error in body.get("errors", ())}
        payloads = [next(iter(body["data"].values())) for body in bodies if body.get("data")]
        return codes | {error["code"] for payload in payloads for error in payload["userErrors"]}

    async def _bodies(self, asked: Sequence[Asked]) -> list[Any]:
        answers = await asyncio.gather(
            *[
                self.client.post(
                    f"{self.urls[place % len(self.urls)]}/graphql",
                    json={"query": query, "variables": {"input": given}},
                    headers={"authorization": f"Bearer {self.gateway.token(who)}"},
                )
                for place, (query, given, who) in enumerate(asked)
            ]
        )
        return [answer.json() for answer in answers]


@pytest.fixture(scope="session")
def second_gateway(gateway: RunningGateway) -> Iterator[str]:
    """Give the address of another gateway on the same servers."""
    with gateway.beside() as second:
        yield second.address


@pytest.fixture
async def crowd(gateway: RunningGateway, second_gateway: str) -> AsyncIterator[Crowd]:
    gateway.token(PARTNER)
    limits = httpx.Limits(max_connections=200, max_keepalive_connections=200)
    async with httpx.AsyncClient(timeout=60, limits=limits) as client:
        yield Crowd(gateway, (gateway.url, second_gateway), client)
