"""Hears what gateways announce: one connection to Redis for a process, one channel for each account watched."""

import asyncio
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any, Final, TypeAlias

import structlog
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from events.announcements import Announcement, read_announcement
from events.cancelling import cancel
from events.channels import account_of, channel_of
from events.failures import reason_of

_CONNECT_SECONDS: Final = 2.0
_PAUSE_SECONDS: Final = 0.25
# A connection over which nothing came for so long, not even the answer to a ping, is cut.
_PING_SECONDS: Final = 1.0
_SILENCE_SECONDS: Final = 3.0

PubSub: TypeAlias = Any
"""redis-py's, whose methods have no types."""

_log: Final = structlog.get_logger("events.doorbell")


class Doorbell:
    """Listens on the channels of the accounts that are watched, and connects again by itself.

    It rings for each announcement. It rings for an account whose channel was opened just now as well, as if its users
    had changed: from then on nothing is missed unless Redis loses it, but what was announced before may have been.
    """

    def __init__(self, url: str) -> None:
        self._url = url
        self._wanted: set[str] = set()
        self._changed = asyncio.Event()
        self._listener: asyncio.Task[None] | None = None
        self._heard: asyncio.Queue[Announcement] = asyncio.Queue()

    def listen(self, account_id: str) -> None:
        """Open the channel of an account, soon."""
        self._wanted.add(account_id)
        self._changed.set()
        if self._listener is None:
            self._listener = asyncio.create_task(self._stay_connected())

    def stop_listening(self, account_id: str) -> None:
        """Close the channel of an account, soon."""
        self._wanted.discard(account_id)
        self._changed.set()

    async def ring(self) -> Announcement:
        """Wait for the next announcement."""
        return await self._heard.get()

    async def close(self) -> None:
        """Stop, and give the connection back."""
        if self._listener is not None:
            await cancel(self._listener)

    async def _stay_connected(self) -> None:
        """Connect, listen until the connection breaks, and begin again."""
        is_away = False
        while True:
            try:
                async with self._connection() as pubsub:
                    if is_away:
                        _log.info("Redis is back")
                    is_away = False
                    await self._hear(pubsub)
            except Exception as error:  # noqa: BLE001 - whatever the driver raises, there is another try
                if not is_away:
                    _log.warning("Redis is away", reason=reason_of(error))
                is_away = True
            await asyncio.sleep(_PAUSE_SECONDS)

    @asynccontextmanager
    async def _connection(self) -> AsyncGenerator[PubSub]:
        """Connect for as long as the block runs."""
        redis = Redis.from_url(  # pyright: ignore[reportUnknownMemberType] - its keywords have no types
            self._url, retry=Retry(NoBackoff(), 0), socket_connect_timeout=_CONNECT_SECONDS
        )
        pubsub: PubSub = redis.pubsub()  # pyright: ignore[reportUnknownMemberType]
        try:
            await pubsub.connect()
            yield pubsub
        finally:
            await pubsub.aclose()
            await redis.aclose()

    async def _hear(self, pubsub: PubSub) -> None:
        """Hear until the connection breaks. Raises what it breaks with."""
        self._changed.set()
        channels = asyncio.create_task(self._keep_channels(pubsub))
        heard_at = time.monotonic()
        try:
            while True:
                message: dict[str, Any] | None = await pubsub.get_message(timeout=_PING_SECONDS)
                if message is not None:
                    heard_at = time.monotonic()
                    self._take(message)
                elif channels.done():
                    await channels
                elif time.monotonic() - heard_at > _SILENCE_SECONDS:
                    raise TimeoutError
                else:
                    await pubsub.ping()
        finally:
            await cancel(channels)

    def _take(self, message: dict[str, Any]) -> None:
        if message["type"] == "message":
            announcement = read_announcement(account_of(message["channel"]), message["data"])
            if announcement is not None:
                self._heard.put_nowait(announcement)
        elif message["type"] == "subscribe":
            self._heard.put_nowait(Announcement(account_of(message["channel"]), has_user_changes=True))

    async def _keep_channels(self, pubsub: PubSub) -> None:
        """Have those channels open on this connection that are wanted."""
        opened: set[str] = set()
        while True:
            await self._changed.wait()
            self._changed.clear()
            wanted = set(self._wanted)
            if missing := wanted - opened:
                await pubsub.subscribe(*map(channel_of, missing))
            if left := opened - wanted:
                await pubsub.unsubscribe(*map(channel_of, left))
            opened = wanted
