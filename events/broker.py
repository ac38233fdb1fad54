"""The connection to Redis."""

import asyncio
from typing import Final, Self

import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

from events.announcements import Announcement

_CHANNEL: Final = "accounts-gateway:account:"
_PATIENCE_SECONDS: Final = 2.0

_log: Final = structlog.get_logger("events.broker")


class Broker:
    """A client of Redis, shared by all requests of a process; it connects when it is first used."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._announcing: set[asyncio.Task[None]] = set()

    @classmethod
    def open(cls, url: str) -> Self:
        """Take the address; nothing connects yet."""
        return cls(Redis.from_url(url))  # pyright: ignore[reportUnknownMemberType] - its keywords have no types

    async def ping(self) -> None:
        """Ask Redis for a sign of life. Raises what the driver raises when there is none."""
        await self._redis.ping()  # pyright: ignore[reportUnknownMemberType, reportGeneralTypeIssues]

    def announce(self, announcement: Announcement) -> None:
        """Tell all gateways of a change that was committed; nobody waits for that, and it may get lost (S3)."""
        task = asyncio.create_task(self._publish(announcement))
        self._announcing.add(task)
        task.add_done_callback(self._announcing.discard)

    async def _publish(self, announcement: Announcement) -> None:
        try:
            async with asyncio.timeout(_PATIENCE_SECONDS):
                await self._redis.publish(_CHANNEL + announcement.account_id, announcement.to_bytes())  # pyright: ignore[reportUnknownMemberType]
        except (RedisError, OSError, TimeoutError) as error:
            _log.warning("not announced", account_id=announcement.account_id, reason=repr(error))

    async def close(self) -> None:
        """Give the connections back."""
        await self._redis.aclose()
