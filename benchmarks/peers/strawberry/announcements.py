"""Changed license counts over Redis pub/sub: one connection a process, a queue for each reader."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncGenerator
from dataclasses import asdict, dataclass
from uuid import UUID

import orjson
from redis.asyncio import Redis


@dataclass(frozen=True)
class AnnouncedProduct:
    """The product of an announced count."""

    id: UUID
    code: str
    name: str


@dataclass(frozen=True)
class AnnouncedCount:
    """A license count as it stood right after its change."""

    id: UUID
    product: AnnouncedProduct
    total: int
    assigned: int
    available: int
    revision: int


class Announcements:
    """Publishes counts, and passes on those of the accounts that are listened to."""

    def __init__(self, redis: "Redis") -> None:
        self._redis = redis
        self._pubsub = redis.pubsub(ignore_subscribe_messages=True)
        self._queues: dict[str, set[asyncio.Queue[AnnouncedCount]]] = defaultdict(set)
        self._reader: asyncio.Task[None] | None = None

    async def publish(self, account_id: str, count: AnnouncedCount) -> None:
        """Tell every process."""
        await self._redis.publish(_channel(account_id), orjson.dumps(asdict(count), default=str))

    async def listen(self, account_id: str) -> AsyncGenerator[AnnouncedCount]:
        """Give the counts of an account as they change."""
        channel, queue = _channel(account_id), asyncio.Queue[AnnouncedCount]()
        if not self._queues[channel]:
            await self._pubsub.subscribe(channel)
        self._queues[channel].add(queue)
        if self._reader is None:
            self._reader = asyncio.create_task(self._read())
        try:
            while True:
                yield await queue.get()
        finally:
            self._queues[channel].remove(queue)

    async def close(self) -> None:
        """End the connection."""
        if self._reader is not None:
            self._reader.cancel()
        await self._pubsub.aclose()  # type: ignore[no-untyped-call]
        await self._redis.aclose()

    async def _read(self) -> None:
        async for message in self._pubsub.listen():
            count = _count_from(message["data"])
            for queue in self._queues[message["channel"].decode()]:
                queue.put_nowait(count)


def _channel(account_id: str) -> str:
    return f"license-counts:{account_id}"


def _count_from(text: bytes) -> AnnouncedCount:
    told = orjson.loads(text)
    product = told.pop("product")
    shown = AnnouncedProduct(UUID(product["id"]), product["code"], product["name"])
    return AnnouncedCount(UUID(told.pop("id")), shown, **told)
