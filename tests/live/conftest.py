"""Gateways side by side, clients that are closed in the end, and changes of counts."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import Any, TypeAlias

import asyncpg
import pytest
from redis.asyncio import Redis

from gateway.live.announcing import announce
from gateway.settings import Settings
from tests.accounts import FreshAccount
from tests.conftest import RunningGateway
from tests.house.houses import Gateway
from tests.live.sockets import Client
from tests.live.streams import Stream

Open: TypeAlias = Callable[..., Awaitable[Client]]
OpenStream: TypeAlias = Callable[..., Stream]
Assign: TypeAlias = Callable[..., Awaitable[None]]


@pytest.fixture
async def open_client(gateway: RunningGateway) -> AsyncIterator[Open]:
    """Open sockets as somebody, on the first gateway unless told otherwise."""
    clients: list[Client] = []

    async def open_one(who: str, url: str | None = None, **options: Any) -> Client:
        clients.append(await Client.open(url or gateway.url, gateway.token(who), **options))
        return clients[-1]

    yield open_one
    for client in clients:
        await client.close()


@pytest.fixture
async def open_stream(gateway: RunningGateway) -> AsyncIterator[OpenStream]:
    """Open streams with a token, on the first gateway unless told otherwise."""
    streams: list[Stream] = []

    def open_one(token: str, query: str, variables: dict[str, Any], url: str | None = None) -> Stream:
        streams.append(Stream(url or gateway.url, token, query, variables))
        return streams[-1]

    yield open_one
    for stream in streams:
        stream.task.cancel()
    await asyncio.gather(*[stream.task for stream in streams], return_exceptions=True)


@pytest.fixture(scope="session")
def second(gateway: RunningGateway) -> Iterator[Gateway]:
    """Give a second gateway beside the first, on the same servers."""
    with gateway.beside() as second:
        yield second


@pytest.fixture
async def assign(gateway: RunningGateway) -> Assign:
    """Assign licenses of a product to users who have none, and have that announced."""

    async def assign_some(account: FreshAccount, product: str, *users: str, announced: bool = True) -> None:
        await account.give(product, *users)
        if announced:
            await ring(gateway, account)

    return assign_some


async def ring(gateway: RunningGateway, account: FreshAccount, *, users: bool = False) -> None:
    """Do what `python -m gateway announce` does, without the time that a process takes to start."""
    servers = gateway.house.environment
    await announce(Settings(), gateway.database_url, servers["REDIS_URL"], account.number, users=users)


async def channels_of(gateway: RunningGateway, account: FreshAccount) -> list[bytes | str]:
    """Give the channels that anybody listens on, of an account's."""
    async with Redis.from_url(gateway.house.environment["REDIS_URL"]) as redis:
        channels: list[bytes | str] = await redis.pubsub_channels(f"*{account.id}")
    return channels


async def stored_counts(account: FreshAccount) -> dict[str, dict[str, Any]]:
    """Give the counts as the database has them, in the form in which events tell them."""
    rows: list[asyncpg.Record] = await account.rows(
        "SELECT counts.id, assigned, revision,"
        " coalesce(sum(quantity) FILTER (WHERE starts_at <= now() AND coalesce(expires_at > now(), true)), 0)::int"
        " AS total,"
        " count(*) FILTER (WHERE starts_at <= now()) + count(*) FILTER (WHERE expires_at <= now()) AS turns"
        " FROM license_counts AS counts JOIN license_subscriptions USING (account_id, product_id)"
        " WHERE account_id = $1 GROUP BY counts.id"
    )
    return {
        f"count_{row['id']}": {
            "id": f"count_{row['id']}",
            "total": row["total"],
            "assigned": row["assigned"],
            "available": max(row["total"] - row["assigned"], 0),
            "revision": row["revision"] + row["turns"],
        }
        for row in rows
    }
