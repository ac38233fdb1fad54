"""The connection to Redis."""

from typing import Self

from redis.asyncio import Redis


class Broker:
    """A client of Redis, shared by all requests of a process; it connects when it is first used."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    @classmethod
    def open(cls, url: str) -> Self:
        """Take the address; nothing connects yet."""
        return cls(Redis.from_url(url))  # pyright: ignore[reportUnknownMemberType] - its keywords have no types

    async def ping(self) -> None:
        """Ask Redis for a sign of life. Raises what the driver raises when there is none."""
        await self._redis.ping()  # pyright: ignore[reportUnknownMemberType, reportGeneralTypeIssues]

    async def close(self) -> None:
        """Give the connections back."""
        await self._redis.aclose()
