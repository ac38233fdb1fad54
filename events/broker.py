"""The connection to Redis, over which a gateway tells the others what was committed."""

import asyncio
from typing import Final, Self

import structlog
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from events.announcements import Announcement
from events.cancelling import cancel
from events.channels import channel_of
from events.failures import reason_of

_PATIENCE_SECONDS: Final = 1.0
_PAUSE_SECONDS: Final = 0.5
# Accounts that wait to be announced; what is more is dropped, since readers catch up (S3).
_MOST_WAITING: Final = 1_000

_log: Final = structlog.get_logger("events.broker")


class Broker:
    """A client of Redis, shared by all requests of a process; it connects when it is first used.

    What is announced waits its turn, joined by account, and one task sends it. So announcing costs a mutation
    nothing, whether Redis answers or not.
    """

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._waiting: dict[str, Announcement] = {}
        self._sender: asyncio.Task[None] | None = None

    @classmethod
    def open(cls, url: str) -> Self:
        """Take the address; nothing connects yet."""
        return cls(
            Redis.from_url(  # pyright: ignore[reportUnknownMemberType] - its keywords have no types
                url,
                retry=Retry(NoBackoff(), 1),
                socket_timeout=_PATIENCE_SECONDS,
                socket_connect_timeout=_PATIENCE_SECONDS,
            )
        )

    async def ping(self) -> None:
        """Ask Redis for a sign of life. Raises what the driver raises when there is none."""
        await self._redis.ping()  # pyright: ignore[reportUnknownMemberType, reportGeneralTypeIssues]

    def announce(self, announcement: Announcement) -> None:
        """Tell all gateways of a change that was committed; nobody waits for that, and it may get lost (S3)."""
        waiting = self._waiting.get(announcement.account_id)
        if waiting is None and len(self._waiting) >= _MOST_WAITING:
            return
        self._waiting[announcement.account_id] = waiting.joined_with(announcement) if waiting else announcement
        if self._sender is None or self._sender.done():
            self._sender = asyncio.create_task(self._send())

    async def drain(self) -> None:
        """Wait until nothing waits to be announced."""
        if self._sender is not None:
            await self._sender

    async def close(self) -> None:
        """Send what waits, for as long as one that works may take, and give the connections back."""
        if self._sender is not None:
            await asyncio.wait([self._sender], timeout=_PATIENCE_SECONDS)
            await cancel(self._sender)
        await self._redis.aclose()

    async def _send(self) -> None:
        """Send until nothing waits. When Redis is away, all that waits is dropped, and then there is a pause."""
        while self._waiting:
            batch, self._waiting = self._waiting, {}
            try:
                async with self._redis.pipeline(transaction=False) as pipeline:
                    for account_id, announcement in batch.items():
                        pipeline.publish(channel_of(account_id), announcement.to_bytes())  # pyright: ignore[reportUnknownMemberType]
                    await pipeline.execute()
            except (RedisError, OSError, TimeoutError) as error:
                _log.warning("not announced", accounts=len(batch), reason=reason_of(error))
                await asyncio.sleep(_PAUSE_SECONDS)
